"""The plan of a sweep: tasks prepared once, programs shared, groups that fit the machine."""

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
import small_corpus
from commands import call

from embexp import Spec, records, run
from embexp.errors import InputError
from embexp.runner import estimates, make_plan, plan as plans

small, trained_specs = small_corpus.small, small_corpus.trained_specs


@pytest.fixture
def prepared(monkeypatch) -> list[str]:
    """The corpora of the tasks that are prepared from now on, whoever asks for them."""
    from embexp.tasks import task

    corpora, encode = [], task.encode_corpus

    def counted(spec, *given):
        corpora.append(spec.corpus)
        return encode(spec, *given)

    monkeypatch.setattr(task, "encode_corpus", counted)
    return corpora


def three_corpora(small) -> list[Spec]:
    return [
        spec
        for corpus in ("plain", "poisoned", "twice")
        for spec in small.specs(corpus, regime=["random", "tuned"], encoder=["mean", "cnn"])
    ]


def test_a_sweep_prepares_each_of_its_tasks_once(small, tmp_path, prepared, trained_specs):
    specs = three_corpora(small)
    run(specs, results=tmp_path)
    assert len(trained_specs) == len(specs) == 24
    assert sorted(prepared) == sorted({spec.corpus for spec in specs})


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_the_command_line_prepares_each_task_once(
    small, tmp_path, monkeypatch, prepared, trained_specs, options
):
    specs = three_corpora(small)
    given = json.dumps([spec.model_dump(mode="json") for spec in specs])
    (tmp_path / "given.json").write_text(given)
    (tmp_path / "three.py").write_text(
        '"""Which corpus?"""\n\nimport json\nfrom pathlib import Path\n\nfrom embexp import Spec\n'
        "\n\ndef specs(seeds=2):\n"
        '    given = json.loads(Path(__file__).with_name("given.json").read_text())\n'
        "    return [Spec(**each) for each in given]\n"
    )
    monkeypatch.chdir(tmp_path)
    assert call("run", "three.py", *options) == 0
    assert len(trained_specs) == (0 if options else 24)
    assert sorted(prepared) == sorted({spec.corpus for spec in specs})


def test_what_is_only_a_number_shares_a_program_and_what_shapes_it_does_not(small, tmp_path):
    specs = [
        *small.specs(),
        *small.specs(regime="tuned", learning_rate=[0.1, 0.2], dropout=[0.0, 0.5], clip=1.0),
        *small.specs(regime="delayed", unfreeze_share=[0.1, 0.9]),
    ]
    plan = make_plan(specs, tmp_path)
    assert plan.programs == 2  # under a mean, tables that never move have one of their own
    assert plan.missing == len(specs) == 14 + 8 + 4
    more = [
        *specs,
        *small.specs(regime="one-hot"),
        *small.specs(regime="projected"),
        *small.specs(regime=["random", "tuned"], encoder="cnn", hidden_size=[4, 8]),
        *small.specs(regime="random", epochs=2),
    ]
    plan = make_plan(more, tmp_path)
    assert plan.programs == 2 + 2 + 2 + 1
    for group in plan.groups:
        assert [spec.seed for spec in group.specs] == sorted(spec.seed for spec in group.specs)


@pytest.mark.parametrize(
    ("cores", "runs", "sizes"),
    [(2, 7, [8]), (2, 1, [1]), (2, 13, [8, 8]), (64, 7, [7]), (8, 12, [16]), (1, 5, [5])],
)
def test_groups_fill_the_cores_and_repeat_no_more_runs_than_that_takes(
    small, tmp_path, monkeypatch, cores, runs, sizes
):
    monkeypatch.setattr(plans, "prepare", lambda: [SimpleNamespace(platform="cpu")] * cores)
    groups = make_plan(small.specs(regime="random", seed=range(runs)), tmp_path).groups
    assert [each.size for each in groups] == sizes
    assert [spec.seed for each in groups for spec in each.specs] == list(range(runs))


def test_less_memory_makes_smaller_groups_and_too_little_is_refused(small, tmp_path, monkeypatch):
    monkeypatch.setattr(plans, "prepare", lambda: [SimpleNamespace(platform="cpu")])
    (whole,) = make_plan(small.specs(regime="random", seed=range(6)), tmp_path).groups
    needed = estimates.run_bytes(whole)
    assert needed > 4 * 8 * 28 * 6  # eight copies of the table alone
    monkeypatch.setattr(plans, "free_memory", lambda: int(2.1 * needed / plans.MEMORY))
    plan = make_plan(small.specs(regime="random", seed=range(6)), tmp_path)
    assert [each.size for each in plan.groups] == [2, 2, 2]
    assert plan.bytes() == 2 * needed
    assert plan.programs == 1
    monkeypatch.setattr(plans, "free_memory", lambda: needed - 1)
    with pytest.raises(InputError, match=r"one run of mean · random · seed 0 needs about .* GiB"):
        make_plan(small.specs(regime="random"), tmp_path)


def test_larger_models_are_estimated_to_take_more_time_and_memory(small, tmp_path):
    def estimate(**fields):
        plan = make_plan(small.specs(regime="random", **fields), tmp_path)
        return plan.seconds(), plan.bytes()

    plain = estimate(encoder="cnn", hidden_size=10)
    for larger in ({"hidden_size": 1000}, {"hidden_size": 10, "windows": tuple(range(1, 60))}):
        assert all(a > b for a, b in zip(estimate(encoder="cnn", **larger), plain, strict=True))
    assert estimate(encoder="cnn", hidden_size=10, epochs=30)[0] > plain[0]
    until = {"holdout": "none", "last_step": 2}
    assert estimate(encoder="cnn", hidden_size=10, epochs=30, **until)[0] < plain[0]


def finished(folder, specs, checksums) -> None:
    """Writes lines of runs that succeeded, without any values."""
    for spec in specs:
        line = records.Run(
            digest=spec.digest,
            run=f"of {spec.digest}",
            spec=spec.model_dump(mode="json"),
            hashed=sorted(spec.hashed),
            arm=spec.arm,
            control=False,
            data=checksums,
            code={},
            versions={},
            device="",
            seconds=1.0,
            time="",
        )
        records.append(folder, [], line)


def test_a_finished_sweep_says_why_its_data_could_not_be_compared(small, tmp_path):
    corpus = tmp_path / "mine.csv"
    shutil.copy(small.folder / "corpus" / "train.csv", corpus)
    specs = [
        spec.model_copy(update={"corpus": str(corpus)}) for spec in small.specs(regime="random")
    ]
    (group,) = make_plan(specs, tmp_path / "results").groups
    finished(tmp_path / "results", specs, group.task.checksums)
    corpus.unlink()
    plan = make_plan(specs, tmp_path / "results")
    assert (plan.groups, plan.finished) == ([], 2)
    assert plan.unchecked == f"there is no file '{corpus}'"
    other = specs[0].model_copy(update={"seed": 9})
    with pytest.raises(InputError, match="there is no file"):
        make_plan([*specs, other], tmp_path / "results")


def test_a_run_that_states_a_default_is_the_one_that_leaves_it_out(small, tmp_path):
    (spec, _) = small.specs(regime="delayed")
    (group,) = make_plan([spec], tmp_path).groups
    finished(tmp_path, [spec], group.task.checksums)
    (same, _) = small.specs(regime="delayed", unfreeze_share=0.5, dropout=0.0)
    assert make_plan([same], tmp_path).missing == 0
    (other, _) = small.specs(regime="delayed", unfreeze_share=0.25)
    assert make_plan([other], tmp_path).missing == 1


def test_a_few_long_texts_take_the_memory_of_so_many(small, tmp_path):
    (group,) = make_plan(small.specs(regime="random", encoder="lstm", seed=[0]), tmp_path).groups
    wide = replace(group.static, widths=(10, 1000), rows=(64, 64))
    few = replace(wide, rows=(64, 2))
    every, two = (estimates.run_bytes(group._replace(static=each)) for each in (wide, few))
    each = estimates.encoder_of(group.static).floats_per_token(1000)
    assert every - two == 4 * 62 * 1000 * each
