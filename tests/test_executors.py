"""Executors: what they refuse, how groups are cut for workers, and rows equal to local ones."""

import threading
import time
from contextlib import suppress

import pytest
from small_corpus import in_any_order, small as small

from embexp import records
from embexp.devices import describe
from embexp.errors import InputError
from embexp.runner import executor, make_plan, remote, run
from embexp.runner.remote import Host

GIB = 1 << 30
PLENTY = 64 * GIB


@pytest.fixture(scope="module")
def group(small):
    specs = small.specs(regime=["random", "tuned"], seed=range(6))
    (group,) = make_plan(specs, small.folder / "nowhere").groups
    return group


def hosts(*sizes):
    return [Host(f"h{at}", f"k{at}", *size) for at, size in enumerate(sizes)]


def sizes(found):
    assert {part.size >= len(part.specs) > 0 for part in found.groups} == {True}
    assert len({part.size for part in found.groups}) == 1
    return found.cores, [len(part.specs) for part in found.groups]


# Sizes --------------------------------------------------------------------------------------


def test_groups_are_cut_for_four_turns_of_all_workers(group):
    assert len(group.specs) == 12
    assert sizes(remote.fitted([group], hosts((1, PLENTY)))) == (1, [3, 3, 3, 3])
    assert sizes(remote.fitted([group], hosts(*[(1, PLENTY)] * 3))) == (1, [1] * 12)
    assert sizes(remote.fitted([group], hosts((8, PLENTY), (2, PLENTY)))) == (2, [2] * 6)
    assert sizes(remote.fitted([group], hosts((64, PLENTY)))) == (12, [12])
    parts = remote.fitted([group], hosts((5, PLENTY))).groups
    assert [spec for part in parts for spec in part.specs] == [*group.specs]


def test_a_head_without_cores_is_no_worker(group):
    assert remote.fitted([group], hosts((0, PLENTY), (2, PLENTY))).cores == 2
    with pytest.raises(InputError, match="no node with a core for tasks; start one"):
        remote.fitted([group], hosts((0, PLENTY)))


def test_a_worker_s_runs_fit_its_share_of_the_memory(group, monkeypatch):
    monkeypatch.setattr(remote, "run_bytes", lambda _: GIB)
    assert sizes(remote.fitted([group], hosts((1, 3 * GIB)))) == (1, [2] * 6)
    assert sizes(remote.fitted([group], hosts((4, 12 * GIB), (2, 6 * GIB)))) == (2, [2] * 6)
    assert remote.needed(group._replace(size=3)) == 4 * GIB
    small_one = hosts((1, 3 * GIB), (1, 3 * GIB), (1, GIB))
    assert sizes(remote.fitted([group], small_one)) == (1, [1] * 12)


def test_a_run_that_no_node_holds_is_refused_in_one_sentence(group, monkeypatch):
    monkeypatch.setattr(remote, "run_bytes", lambda _: 5 * GIB)
    sentence = r"no node has the memory for one run of .*, about 6.0 GiB: the largest gives 3.0 GiB"
    with pytest.raises(InputError, match=sentence):
        remote.fitted([group], hosts((1, 3 * GIB), (1, 2 * GIB)))


def test_parts_of_a_group_have_one_size(group):
    assert [(len(part.specs), part.size) for part in remote.cut(group, 5)] == [(4, 4)] * 3
    assert [(len(part.specs), part.size) for part in remote.cut(group, 8)] == [(6, 6)] * 2


# What is refused ----------------------------------------------------------------------------


def test_unknown_options_and_missing_packages_are_one_sentence(monkeypatch, tmp_path, small):
    with pytest.raises(InputError, match="the executor 'local' has no address; leave address out"):
        executor("local", address="10.0.0.1:6379")
    with pytest.raises(InputError, match="the executor 'ray' has no partition"):
        executor("ray", partition="cpu")
    monkeypatch.setattr("embexp.runner.executors.find_spec", lambda _: None)
    for name, package in (("ray", "ray"), ("slurm", "submitit")):
        with pytest.raises(
            InputError, match=rf'needs {package}, .*; pip install "embexp\[{name}\]'
        ):
            run(small.specs(), results=tmp_path / "results", executor=name)
    assert executor("local", address=None, partition=None)


def test_a_node_with_other_versions_is_refused():
    from embexp.runner.versions import code, versions

    remote.check_versions(code() | versions(), "node7")
    wanted = code() | versions() | {"jax": "0.1"}
    with pytest.raises(InputError, match=r"node7 has jax .*, but the sweep was started with 0\.1"):
        remote.check_versions(wanted, "node7")
    with pytest.raises(InputError, match="node7 has the sources of embexp "):
        remote.check_versions(code() | {"sources": "other"}, "node7")


def test_runs_of_a_worker_that_is_lost_end_with_an_error(group):
    errors = {result.error for result in remote.lost(group, "its worker\nwas lost")}
    assert errors == {"RuntimeError: its worker was lost"}


def test_an_address_that_does_not_answer_is_one_sentence():
    pytest.importorskip("ray", reason="ray is not installed: pip install 'embexp[ray]'")
    from embexp.runner import ray_cluster

    for address in ("127.0.0.1:1", "127.0.0.1:none", "127.0.0.1:99999"):
        with pytest.raises(InputError, match=f"no Ray cluster answers at {address}; start one"):
            ray_cluster.connect(address)


# Ray ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    """Three nodes with a core each, and one without the memory for a group."""
    pytest.importorskip("ray", reason="ray is not installed: pip install 'embexp[ray]'")
    import ray
    from cluster_campaign import cluster as started

    from embexp.runner.ray_cluster import connect, quiet

    with quiet(), started(3) as made:
        made.add_node(num_cpus=1, memory=GIB // 2, object_store_memory=200 << 20)
        connect(made.address)
        yield made
        ray.shutdown()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_rows_are_the_same_though_workers_and_a_node_are_killed(small, cluster, tmp_path):
    from cluster_campaign import workers

    specs = small.specs(regime=["random", "tuned"], seed=range(6), epochs=6)
    killed, steps = [], []

    def kill():
        for number in range(3):
            while not (there := workers(cluster)) and not ended.wait(0.1):
                pass
            for each in there[:1]:
                each.kill()
                killed.append(each.pid)
            if number == 1:
                cluster.remove_node(cluster.list_all_nodes()[1], allow_graceful=False)
            ended.wait(2.0)

    def on_step(group, step):
        steps.append((group.specs[0].digest, step, group.schedule.steps))

    ended = threading.Event()
    killing = threading.Thread(target=kill)
    killing.start()
    try:
        with pytest.warns(UserWarning, match=r"1 of 4 nodes have no memory for .* \(.*: 0.5 GiB\)"):
            there = run(specs, results=tmp_path / "there", executor="ray", on_step=on_step)
    finally:
        ended.set()
        killing.join()
    assert len(killed) == 3
    assert in_any_order(there) == in_any_order(run(specs, results=tmp_path / "here"))
    logits = [
        {path.name: path.read_bytes() for path in (tmp_path / each / "logits").iterdir()}
        for each in ("there", "here")
    ]
    assert logits[0] == logits[1]
    finished = {digest for digest, step, last in steps if step == last}
    assert len(finished) == len(specs)  # parts of one run, four for each core
    lines = records.read_runs(tmp_path / "there").values()
    assert all(" on " in line["device"] for line in lines)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:. of . nodes have no memory")
def test_a_disk_that_fills_up_ends_the_sweep_and_its_tasks_and_loses_nothing(
    small, cluster, tmp_path, monkeypatch
):
    from cluster_campaign import workers

    specs = small.specs(regime="random", seed=range(6))
    append, made = records.append, []

    def full(*given):
        if len(made) == 2:
            raise OSError(28, "No space left on device", "rows.jsonl")
        made.append(append(*given))

    with monkeypatch.context() as patch:
        patch.setattr(records, "append", full)
        with pytest.raises(OSError, match="No space left"):
            run(specs, results=tmp_path / "there", executor="ray")
    assert len(records.ended_well(tmp_path / "there")) == 2
    end = time.monotonic() + 30
    while workers(cluster) and time.monotonic() < end:
        time.sleep(0.2)
    assert not workers(cluster)
    there = run(specs, results=tmp_path / "there", executor="ray")
    assert in_any_order(there) == in_any_order(run(specs, results=tmp_path / "here"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:. of . nodes have no memory")
def test_a_node_whose_memory_is_taken_says_so(small, cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "run_bytes", lambda _: 1 << 45)
    node = cluster.add_node(num_cpus=1, memory=1 << 46, object_store_memory=200 << 20)
    try:
        sentence = r"GiB free, too little for one run of .*, and no other node is left; free memory"
        with pytest.raises(InputError, match=sentence):
            run(small.specs(regime="random"), results=tmp_path / "results", executor="ray")
    finally:
        cluster.remove_node(node)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:. of . nodes have no memory")
def test_a_group_that_a_node_refused_goes_to_another(small, cluster, tmp_path, monkeypatch):
    from embexp.runner import on_ray

    refused = []

    def got(self, made, group):
        results = plain(self, made, group)
        if not refused:
            free = next(host for host in on_ray.hosts() if self.holds(host, group))
            refused.append(on_ray.NoRoom(free.name, free.key, 0))
            return refused[0]
        return results

    plain = on_ray.Sweep.got
    monkeypatch.setattr(on_ray.Sweep, "got", got)
    with pytest.warns(UserWarning, match="0.0 GiB free, too little for .*; it goes to another"):
        rows = run(small.specs(regime="random"), results=tmp_path / "there", executor="ray")
    here = run(small.specs(regime="random"), results=tmp_path / "here")
    assert in_any_order(rows) == in_any_order(here)


# Slurm --------------------------------------------------------------------------------------


@pytest.fixture
def submitit():
    return pytest.importorskip(
        "submitit", reason="submitit is not installed: pip install 'embexp[slurm]'"
    )


def test_a_machine_without_slurm_and_jobs_of_nothing_are_refused(submitit, small, tmp_path):
    with pytest.raises(InputError, match=r"the jobs cannot be submitted: .*; run the"):
        run(small.specs(), results=tmp_path / "results", executor="slurm")
    with pytest.raises(InputError, match="a job of 0 cores and 240 minutes trains nothing"):
        run(small.specs(), results=tmp_path / "results", executor=executor("slurm", cores=0))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings(  # submitit's debug executor leaves its log files open
    r"ignore:Exception ignored in.*_log\.(out|err):pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize("cluster", ["debug", "local"])
def test_jobs_give_the_rows_of_local_runs(submitit, small, tmp_path, monkeypatch, cluster):
    monkeypatch.setattr("embexp.runner.on_slurm.LARGEST", 2)  # two jobs
    specs = small.specs(regime=["random", "tuned"], seed=[0, 1])
    steps = []
    there = run(
        specs,
        results=tmp_path / "there",
        save_models=True,
        executor=executor("slurm", cluster=cluster, cores=2),
        on_step=lambda group, step: steps.append(step == group.schedule.steps),
    )
    assert in_any_order(there) == in_any_order(run(specs, results=tmp_path / "here"))
    assert sum(steps) >= 2
    assert not (tmp_path / "there" / ".jobs").exists()
    assert len([*(tmp_path / "there" / "models").iterdir()]) == len(specs)
    if cluster == "local":
        devices = {line["device"] for line in records.read_runs(tmp_path / "there").values()}
        assert all(device.startswith("2 × ") and " on " in device for device in devices)


@pytest.mark.slow
def test_a_job_that_is_killed_leaves_errors_and_the_others(submitit, small, tmp_path, monkeypatch):
    from embexp.runner import on_slurm

    monkeypatch.setattr("embexp.runner.on_slurm.LARGEST", 1)
    specs = small.specs(regime="random", seed=[0, 1])
    submit = on_slurm.submit

    def killing(*given):
        jobs = submit(*given)
        jobs[0]._process.kill()
        return jobs

    there = executor("slurm", cluster="local", cores=1)
    with monkeypatch.context() as patch:
        patch.setattr(on_slurm, "submit", killing)
        run(specs, results=tmp_path / "results", executor=there)
    runs = records.read_runs(tmp_path / "results")
    assert [bool(runs[spec.digest]["error"]) for spec in specs] == [True, False]
    assert "its job" in runs[specs[0].digest]["error"]
    rows = run(specs, results=tmp_path / "results", executor=there)
    assert in_any_order(rows) == in_any_order(run(specs, results=tmp_path / "here"))


def test_jobs_that_are_left_are_cancelled_however_a_sweep_ends(submitit, group):
    from embexp import scratch
    from embexp.runner import on_slurm

    class Job:
        def __init__(self):
            self.cancelled = 0

        def cancel(self, check):
            assert not check
            self.cancelled += 1

    left, done = Job(), Job()
    with suppress(KeyboardInterrupt), on_slurm.cancelling() as waiting:
        waiting |= {left: group, done: group}
        del waiting[done]
        scratch.remove()  # as a signal does
        raise KeyboardInterrupt
    assert (left.cancelled, done.cancelled) == (2, 0)
    scratch.remove()
    assert left.cancelled == 2


def test_local_runs_do_not_name_the_machine(small, tmp_path):
    run(small.specs(regime="random", seed=0), results=tmp_path)
    (line,) = records.read_runs(tmp_path).values()
    assert line["device"] == describe()
