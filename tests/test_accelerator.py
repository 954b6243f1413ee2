"""The path of an accelerator against that of the host's cores: the same runs, in a batch.

Where JAX finds an accelerator these tests try it; elsewhere the path is forced on the cores,
where it computes the same. Sums are taken in another order, with a relative rounding of 6e-8
each, and forty steps of an optimiser carry it on. What training has changed must agree to a
thousandth of the change, which is far less than seeds differ by.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
import pytest
import small_corpus
from device_rows import agree, on_host_but_no_tables

from embexp import devices, records, run
from embexp.models import ENCODERS
from embexp.runner import Training, make_group, plan, training as trainings
from embexp.runner.training import compact
from embexp.tasks import prepare_task
from embexp.training import program
from embexp.training.static import StaticConfig
from embexp.vectors import checkpoint

small = small_corpus.small
CLOSE = 1e-3
FORCED = devices.on_host(devices.prepare()[0])
"""Whether there is no accelerator, so that its path is tried on the host's cores."""


@contextmanager
def on_cores() -> Iterator[None]:
    """Trains on the cores of the host, one run after another."""
    cores = jax.devices("cpu")
    with pytest.MonkeyPatch.context() as patch, jax.default_device(cores[0]):
        for module in ("devices", "runner.group", "runner.plan", "runner.training"):
            patch.setattr(f"embexp.{module}.prepare", lambda: cores)
        yield


@contextmanager
def on_accelerator() -> Iterator[None]:
    """Trains the runs of a group as one batch; programs for cores are forgotten."""
    with pytest.MonkeyPatch.context() as patch:
        if FORCED:
            patch.setattr(devices, "ON_HOST", ())
        jax.clear_caches()
        yield
    if FORCED:
        jax.clear_caches()


def trained(small, **fields: Any) -> tuple[Any, Any, np.ndarray]:
    """All runs' parameters before and after training, and their logits of validation texts."""
    specs = small.specs(**fields)
    training = Training(make_group(specs, prepare_task(specs[0])))
    begun = jax.tree.map(np.array, training.params)
    training.advance(training.group.schedule.steps)
    after = jax.tree.map(np.array, training.params)
    return begun, after, training.logits(training.group.task.validation)


def assert_close(found: Any, expected: Any, begun: Any) -> None:
    """Each run's arrays differ by less than a thousandth of what training has changed."""

    def check(path: Any, found: np.ndarray, expected: np.ndarray, begun: np.ndarray) -> None:
        axes = tuple(range(1, found.ndim))
        off, changed = (
            np.sqrt(np.square(each - expected).sum(axis=axes)) for each in (found, begun)
        )
        assert np.all(off <= CLOSE * changed + 1e-6), (jax.tree_util.keystr(path), off, changed)

    jax.tree_util.tree_map_with_path(check, found, expected, begun)


SPARSE = {"optimiser": "lazy-adam", "row_updates": "sparse"}
CASES = [
    {"encoder": "lstm", "regime": "tuned", **SPARSE},
    {"encoder": "mean", "regime": ["random", "tuned", "delayed"], **SPARSE},
    {"encoder": "mean", "regime": ["frozen", "random-frozen"], "vocabulary": "extended"},
    {"encoder": "cnn", "regime": "tuned", "head_inputs": "centred", "dropout": 0.3, "clip": 1.0},
]
REGIMES = ("anchored", "low-rank", "projected", "multichannel")
MORE = [
    {"encoder": "mean", "regime": "joint", "schedule": "one-cycle"},
    *({"encoder": encoder, "regime": "tuned"} for encoder in ENCODERS),
    *({"encoder": "mean", "regime": regime} for regime in REGIMES),
]
"""Cases whose programs take long to compile on few cores; an accelerator tries them, too."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        *(pytest.param(case, marks=pytest.mark.long) for case in (*CASES[:2], CASES[3])),
        CASES[2],
        *(() if FORCED else MORE),
    ],
    ids=lambda case: f"{case['encoder']}-{case['regime']}",
)
def test_a_batch_of_runs_learns_what_they_learn_one_after_another(small, fields):
    if "hidden_size" in ENCODERS[fields["encoder"]].parameters:
        fields = {**fields, "hidden_size": 6}
    if "heads" in ENCODERS[fields["encoder"]].parameters:
        fields = {**fields, "heads": 2}
    with on_cores():
        begun, expected, logits = trained(small, **fields)
    with on_accelerator():
        started, found, others = trained(small, **fields)
    assert_close(started, begun, jax.tree.map(np.zeros_like, begun))
    assert_close(found, expected, begun)
    assert_close(others, logits, np.zeros_like(logits))


@pytest.mark.long
def test_a_sweep_has_the_rows_of_one_on_the_cores(small, tmp_path, monkeypatch):
    """Steps, selection and numbers of items are the same; values agree as tables do."""
    regimes = ["random", "tuned", "frozen", "delayed"]
    specs = small.specs(regime=regimes, encoder="mean", patience=1, epochs=8)
    with on_cores():
        rows = run(specs, results=tmp_path / "cores")
    with on_accelerator():
        monkeypatch.setattr("embexp.evaluation.table.on_host", on_host_but_no_tables)
        others = run(specs, results=tmp_path / "accelerator")
    agree(rows, others, relative=CLOSE, absolute=1e-4)
    if not FORCED:
        made = records.read_runs(tmp_path / "accelerator").values()
        assert {line["device"] for line in made} == {devices.describe()}


@pytest.mark.slow
@pytest.mark.skipif(len(jax.devices()) < 2, reason="needs two devices")
def test_rows_are_spread_over_devices_where_one_does_not_hold_a_table(small, monkeypatch):
    """No device holds more than its share, at any time, and the same is learned."""
    specs = small.specs(regime="tuned", encoder="mean", seed=0, vocabulary="extended", **SPARSE)
    task, count = prepare_task(specs[0]), len(jax.devices())

    def learned(group: Any) -> tuple[Training, Any, np.ndarray]:
        training = Training(group)
        training.advance(40)
        rows = task.vocabulary.words
        table = np.asarray(training.params["embedding"]["rows"])[:, : len(rows)]
        return training, table, training.logits(task.validation)

    with on_accelerator():
        whole, expected, logits = learned(make_group(specs, task))
        monkeypatch.setattr(plan, "free_memory", lambda: plan.run_bytes(whole.group) - 1)
        (group,) = plan.groups_of(specs, {plan.task_key(specs[0]): task})
        monkeypatch.undo()
        training, found, others = learned(group)
        table = training.params["embedding"]["rows"]
        moments = [leaf for leaf in jax.tree.leaves(training.state) if leaf.shape == table.shape]
        shapes = {shard.data.shape for each in moments for shard in each.addressable_shards}
        given = (training.mesh, training.texts, training.buckets)
        span = (np.int32(40), np.int32(50))
        compiled = program.advance.lower(
            group.static,
            *given,
            span,
            training.state,
            training.inputs,
            np.ones(training.size, bool),
        ).compile()
    runs, vocab, dim = table.shape
    assert (group.shards, len(moments)) == (count, 3)
    assert shapes == {(runs, vocab // count, dim)}
    assert f",{vocab},{dim}]" not in str(compiled.as_text())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(others, logits, rtol=1e-5, atol=1e-6)


@pytest.mark.long
@pytest.mark.skipif(len(jax.devices()) < 2, reason="needs two devices")
def test_a_sweep_with_spread_tables_has_the_rows_of_one_on_the_cores(small, tmp_path, monkeypatch):
    """Even if it was stopped and goes on."""
    fields = {"encoder": "mean", "vocabulary": "extended", "head_inputs": "centred", **SPARSE}
    specs = small.specs(regime="tuned", seed=0, patience=1, epochs=8, **fields)
    group, of = make_group(specs, prepare_task(specs[0])), trainings.run_mesh
    meshes, steps = [], []

    def watched(*given: Any) -> jax.sharding.Mesh:
        meshes.append(of(*given))
        return meshes[-1]

    def on_step(group: Any, step: int) -> None:
        steps.append(step)
        if step == 16 and steps.count(step) == 1:
            raise KeyboardInterrupt

    with on_cores():
        rows = run(specs, results=tmp_path / "cores")
    with on_accelerator():
        monkeypatch.setattr(plan, "free_memory", lambda: plan.run_bytes(group) - 1)
        monkeypatch.setattr(trainings, "run_mesh", watched)
        monkeypatch.setattr(checkpoint, "EVERY", 0.0)
        with pytest.raises(KeyboardInterrupt):
            run(specs, results=tmp_path / "accelerator", on_step=on_step)
        others = run(specs, results=tmp_path / "accelerator", on_step=on_step)
    agree(rows, others, relative=CLOSE, absolute=1e-4)
    assert {mesh.axis_names for mesh in meshes} == {("runs", "rows")}
    assert steps == sorted(set(steps))  # no step was made twice


def test_runs_that_are_left_become_a_smaller_batch():
    def left(*places: int, of: int, devices: int = 1) -> list[int]:
        return compact(np.isin(np.arange(of), places), devices).tolist()

    assert left(0, 1, 2, of=4) == [0, 1, 2, 0]
    assert left(1, 3, of=4) == [1, 3]
    assert left(2, of=512) == [2]
    assert left(1, 4, 6, of=9) == [1, 4, 6]
    assert left(1, 5, 6, 7, of=9) == [1, 5, 6, 7, 1]
    assert left(6, of=12, devices=2) == [6, 6]
    assert left(6, of=16, devices=4) == [6, 6, 6, 6]


@pytest.mark.long
@pytest.mark.slow
def test_runs_that_stop_early_leave_the_others_as_they_are(small, monkeypatch):
    """Seven runs of which most stop soon end as each does in a batch that none leaves."""
    specs = small.specs(regime="tuned", encoder="cnn", hidden_size=6, seed=range(7))
    task = prepare_task(specs[0])
    sizes: list[int] = []

    def counted(static: StaticConfig, mesh: Any, texts: Any, buckets: Any, *given: Any) -> Any:
        sizes.append(len(given[-1]))
        return advance(static, mesh, texts, buckets, *given)

    advance = program.advance
    monkeypatch.setattr(trainings.program, "advance", counted)
    with on_accelerator():
        whole, some = (Training(make_group(specs, task)) for _ in range(2))
        whole.advance(20)
        some.advance(8)
        some.advance(12, stopped=[0, 3])
        some.advance(16, stopped=[0, 1, 3, 4, 5])
        some.advance(20, stopped=[0, 1, 3, 4, 5, 6])
        expected, found = (jax.tree.map(np.array, each.params) for each in (whole, some))
    assert sizes[:3] == [some.size] * 3
    assert sizes[-1] <= sizes[-2] < some.size or some.mesh.size > 2
    begun = jax.tree.map(lambda leaf: np.zeros_like(leaf[2:3]), expected)
    only = [jax.tree.map(lambda leaf: leaf[2:3], each) for each in (found, expected)]
    assert_close(*only, begun)


MEMORY = """
import json, sys
import jax
from embexp import grid
from embexp.runner import Training, make_group
from embexp.runner.estimates import run_bytes
from embexp.tasks import prepare_task

fields = {"corpus": "world:words=20000,texts=4000,length=60", "vectors": None, "dim": 100}
fields |= {"regime": "random", "lexicon": None, "similarity": [()], "epochs": 2}
specs = grid(**fields, seed=range(16), **json.loads(sys.argv[1]))
group = make_group(specs, prepare_task(specs[0]))
training = Training(group)
training.advance(20)
training.logits(group.task.validation)
jax.block_until_ready(training.params)
print(group.size * run_bytes(group), jax.devices()[0].memory_stats()["peak_bytes_in_use"])
"""


@pytest.mark.skipif(not jax.devices()[0].memory_stats(), reason="no device tells its memory")
@pytest.mark.parametrize("encoder", ["mean", "cnn", "lstm"])
def test_a_group_takes_no_more_of_the_device_than_is_planned(encoder):
    """A plan fills half of the free memory, so up to twice the planned bytes do no harm."""
    given = {"encoder": encoder} | ({} if encoder == "mean" else {"hidden_size": 100})
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, json.dumps(given)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    planned, peak = map(int, done.stdout.split())
    print(f"{encoder}: {planned / 2**30:.2f} GiB planned, {peak / 2**30:.2f} GiB at most")
    assert peak <= planned / plan.MEMORY


@pytest.mark.parametrize(("runs", "sizes"), [(7, [7]), (600, [300, 300]), (1500, [500] * 3)])
def test_groups_of_an_accelerator_are_large(small, monkeypatch, runs, sizes):
    specs = small.specs(regime="random", encoder="mean", seed=range(runs))
    task = prepare_task(specs[0])
    with on_accelerator():
        groups = plan.groups_of(specs, {plan.task_key(specs[0]): task})
    devices_used = len(devices.prepare())
    assert [group.size for group in groups] == [
        size + -size % min(devices_used, size) for size in sizes
    ]
