"""A sweep from end to end: its rows, which of them agree bit for bit, and what is run."""

import itertools
import shutil
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import small_corpus
from scipy import stats
from small_corpus import REGIMES, in_any_order, numbers, of_run, values

from embexp import records, run
from embexp.devices import describe
from embexp.errors import InputError
from embexp.measures import MEASURES
from embexp.runner import RunResult, init, make_plan
from embexp.tasks import prepare_task

small, trained_specs, untrained = (
    small_corpus.small,
    small_corpus.trained_specs,
    small_corpus.untrained,
)


@pytest.fixture(scope="module")
def finished(small) -> SimpleNamespace:
    """All regimes by two seeds, run once."""
    folder, steps, plans = small.folder / "finished", [], []
    rows = run(
        small.specs(),
        results=folder,
        on_plan=plans.append,
        on_step=lambda group, step: steps.append((group, step)),
    )
    return SimpleNamespace(folder=folder, rows=rows, plans=plans, steps=steps)


def rows_of(finished, spec) -> list[dict]:
    return of_run(finished.rows, spec)


def test_two_runs_of_the_same_specs_give_the_same_rows_and_logits(small, finished):
    again = small.folder / "again"
    assert numbers(run(small.specs(), results=again)) == numbers(finished.rows)
    logits = {path.name: path.read_bytes() for path in (finished.folder / "logits").iterdir()}
    assert logits == {path.name: path.read_bytes() for path in (again / "logits").iterdir()}
    assert len(logits) == 2 * len(REGIMES)


@pytest.mark.parametrize("regime", ["tuned", "random-labels"])
def test_a_run_alone_has_the_rows_that_it_has_among_others(small, finished, regime):
    (spec,) = small.specs(regime=regime, seed=1)
    rows = run(spec, results=small.folder / f"alone-{regime}")
    assert numbers(rows) == numbers(rows_of(finished, spec))


@pytest.mark.slow
def test_runs_in_other_groups_have_the_same_rows(small, finished, monkeypatch):
    monkeypatch.setattr("embexp.runner.plan.LARGEST", 4)
    rows = run(small.specs(), results=small.folder / "in-fours")
    assert in_any_order(rows) == in_any_order(finished.rows)


def test_a_finished_sweep_trains_nothing_and_a_larger_one_only_what_is_missing(
    small, finished, trained_specs
):
    folder = small.folder / "grown"
    shutil.copytree(finished.folder, folder)
    assert run([*small.specs(), *small.specs()], results=folder) == finished.rows
    assert not trained_specs
    run(small.specs(seed=range(3)), results=folder)
    assert {spec.seed for spec in trained_specs} == {2}
    assert len(trained_specs) == len(REGIMES)


def test_the_plan_and_every_evaluation_step_of_every_group_are_told(finished):
    (plan,) = finished.plans
    assert (plan.missing, plan.finished) == (2 * len(REGIMES), 0)
    told = [
        (group, [step for _, step in steps])
        for group, steps in itertools.groupby(finished.steps, key=lambda each: each[0])
    ]
    assert [id(group) for group, _ in told] == [id(group) for group in plan.groups]
    assert all(steps == group.schedule.evaluation_steps for group, steps in told)


def test_every_run_is_evaluated_at_every_step_and_on_the_test_split_once(finished):
    steps = sorted({row["step"] for row in finished.rows})
    assert steps[:5] == [0, 1, 2, 4, 8]
    assert len(steps) > 6
    task = {name for name, each in MEASURES.items() if each.what == "task"}
    for digest in {row["digest"] for row in finished.rows}:
        own = [row for row in finished.rows if row["digest"] == digest]
        for split, measure in (
            ("validation", "nll"),
            ("validation", "accuracy"),
            ("words", "cos(good,bad)"),
            ("words", "top1_share"),
        ):
            found = [row for row in own if (row["split"], row["measure"]) == (split, measure)]
            assert [row["step"] for row in found if row["stratum"] == "all"] == steps
        scored = Counter(row["measure"] for row in own if row["split"] == "test")
        assert set(scored.values()) == {1}
        assert {"accuracy", "nll", "macro_f1", "calibration_error"} <= scored.keys() <= task


def test_validation_selects_the_step_that_the_test_split_is_scored_at(finished):
    for digest in {row["digest"] for row in finished.rows}:
        own = [row for row in finished.rows if row["digest"] == digest]
        nll = {
            row["step"]: row["value"]
            for row in own
            if row["split"] == "validation" and row["measure"] == "nll"
        }
        best = min((value, step) for step, value in nll.items() if step > 0)[1]
        assert {row["step"] for row in own if row["split"] == "test"} == {best}


def test_the_parameters_scored_are_those_of_the_selected_step(small):
    specs = small.specs("twice", regime=["random", "tuned"], learning_rate=0.5)
    rows = run(specs, results=small.folder / "twice-run")
    last, selected = max(row["step"] for row in rows), set()
    for spec, measure in itertools.product(specs, ("accuracy", "nll")):
        own = {"digest": spec.digest, "measure": measure}
        (test,) = [row for row in rows if {**row, **own} == row and row["split"] == "test"]
        assert [test["value"]] == values(rows, split="validation", step=test["step"], **own)
        selected.add(test["step"])
    assert min(selected) < last  # the rate is so high that the last step is not the best


@pytest.mark.slow
def test_without_a_holdout_all_but_the_test_split_is_trained_on_and_the_last_step_is_scored(small):
    specs = small.specs(regime=["random", "random-labels"], holdout="none", epochs=20)
    rows = run(specs, results=small.folder / "all")
    whole, split = prepare_task(specs[0]), prepare_task(small.specs()[0])
    steps = whole.schedule(specs[0]).steps
    assert len(whole.train) == len(split.train) + len(split.validation) == 264
    assert {row["step"] for row in rows if row["split"] == "test"} == {steps}
    assert steps == 20 * -(-264 // 16)
    assert {row["split"] for row in rows} == {"words", "train", "test"}
    assert not [row for row in rows if row["measure"] == "polarity"]
    train, test = (
        {
            regime: values(rows, regime=regime, split=split, measure="nll", step=steps)
            for regime in ("random", "random-labels")
        }
        for split in ("train", "test")
    )
    # noise is fitted, too, where it is trained on
    assert max(train["random"]) < min(train["random-labels"]) < np.log(2)
    assert min(test["random-labels"]) > np.log(2)


def test_saved_logits_give_the_test_scores(small, finished):
    labels = prepare_task(small.specs()[0]).test.labels
    for spec in small.specs():
        logits = np.load(finished.folder / "logits" / f"{spec.digest}.npy", allow_pickle=False)
        assert logits.shape == (64, 2)
        scored = values(rows_of(finished, spec), split="test", measure="accuracy")
        assert scored == [float((logits.argmax(1) == labels).mean())]


def test_saved_scores_are_those_of_the_logits_and_of_the_pairs(small, finished):
    """Right or wrong exactly, losses to 1/16, and pseudo-values whose mean is the row's ρ."""
    labels = prepare_task(small.specs()[0]).test.labels
    scores = records.read_scores(finished.folder)
    assert scores.keys() == {spec.digest for spec in small.specs()}
    measured = set()
    for spec in small.specs():
        logits = np.load(finished.folder / "logits" / f"{spec.digest}.npy").astype(float)
        own = scores[spec.digest]
        np.testing.assert_array_equal(own["accuracy"], logits.argmax(1) == labels)
        losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(labels)), labels]
        np.testing.assert_allclose(own["nll"], losses, rtol=1 / 16 + 1e-3, atol=1e-5)
        for name in set(own) - {"accuracy", "nll"}:
            (row,) = [
                row
                for row in rows_of(finished, spec)
                if (row["measure"], row["stratum"]) == (name, "all")
                and row["step"] == selected_step(finished, spec)
            ]
            known = own[name][~np.isnan(own[name])].astype(float)
            assert (len(own[name]), len(known)) == (row["total"], row["n"])
            assert abs(known.mean() - row["value"]) < 2e-3  # float16
            measured.add(name)
    assert "simlex999" in measured


def selected_step(finished, spec) -> int:
    (step,) = {row["step"] for row in rows_of(finished, spec) if row["split"] == "test"}
    return step


def test_a_run_whose_scores_are_damaged_is_made_again(small, finished):
    folder = small.folder / "damaged-scores"
    shutil.copytree(finished.folder, folder)
    first, second, *_ = small.specs()
    path = folder / "scores" / f"{first.digest}.npz"
    path.write_bytes(path.read_bytes()[:-1])
    (folder / "scores" / f"{second.digest}.npz").unlink()
    (group,) = make_plan(small.specs(), folder).groups
    assert {*group.specs} == {first, second}
    assert in_any_order(run(small.specs(), results=folder)) == in_any_order(finished.rows)
    for name in (path.name, f"{second.digest}.npz"):
        with np.load(finished.folder / "scores" / name) as whole:
            again = np.load(folder / "scores" / name)
            for each in whole.files:
                np.testing.assert_array_equal(again[each], whole[each], each)


def test_trials_keep_no_scores(small):
    specs = small.specs(regime="random", trial=True)
    run(specs, results=small.folder / "trials")
    assert not (small.folder / "trials" / "scores").exists()
    assert records.read_scores(small.folder / "trials") == {}


def test_the_test_split_changes_nothing_but_its_own_scores(small, finished):
    regimes = ["tuned", "random"]
    rows = run(small.specs("poisoned", regime=regimes), results=small.folder / "poisoned-run")
    keys = ("regime", "seed", "step", "split", "measure", "value", "low", "high")

    def chosen(rows: list[dict], test: bool) -> list[list[str]]:
        return sorted(
            [str(row[key]) for key in (*keys, "n", "total", "stratum")]
            for row in rows
            if row["regime"] in regimes and (row["split"] == "test") == test
        )

    assert chosen(rows, False) == chosen(finished.rows, False)
    assert len(chosen(rows, True)) == len(chosen(finished.rows, True))
    assert chosen(rows, True) != chosen(finished.rows, True)


def test_frozen_tables_do_not_change_and_delayed_ones_not_before_their_half(finished):
    half = max(row["step"] for row in finished.rows) // 2
    for regime, seed in itertools.product(("random-frozen", "frozen", "delayed"), (0, 1)):
        own = [
            row
            for row in finished.rows
            if (row["regime"], row["seed"], row["split"]) == (regime, seed, "words")
            and (regime != "delayed" or row["step"] <= half)
        ]
        for measure in ("cos(good,bad)", "overlap@10", "simlex999", "top1_share"):
            found = values(own, measure=measure, stratum="all")
            assert len(found) > 5
            assert len(set(found)) == 1
    tuned, late, frozen = (
        values(finished.rows, regime=regime, seed=0, measure="cos(good,bad)")
        for regime in ("tuned", "delayed", "frozen")
    )
    assert len(set(tuned)) == len(tuned)
    assert late[0] == frozen[0] != late[-1]


def test_coverage_is_that_of_the_vectors(finished):
    # <unk> and <pad> are no words; two of the twenty-six have no vector
    assert set(values(finished.rows, measure="coverage_types")) == {24 / 26}
    rows = [row for row in finished.rows if row["measure"] == "coverage_types"]
    assert {(row["n"], row["total"]) for row in rows} == {(24, 26)}


def test_regimes_of_a_seed_share_all_that_they_can(small, finished):
    (plan,) = finished.plans
    runs, task = {}, plan.groups[0].task
    for spec in small.specs():
        result = RunResult(spec)
        runs[spec.regime, spec.seed] = init(plan.groups[0], result)
        assert result.error is None
    first, other_seed = runs["random", 0], runs["random", 1]
    assert (first.inputs.text_indices != other_seed.inputs.text_indices).any()
    assert (first.start.table != other_seed.start.table).any()
    for regime in REGIMES:
        other = runs[regime, 0]
        np.testing.assert_array_equal(first.inputs.text_indices, other.inputs.text_indices)
        kernels = [each.params["head"]["kernel"] for each in (first, other)]
        np.testing.assert_array_equal(*kernels)
        assert (first.inputs.key == other.inputs.key).all()
        true = [task.train.labels, task.validation.labels]
        for labels, expected in zip((other.inputs.labels, other.labels), true, strict=True):
            assert bool((labels == expected).all()) == (regime != "random-labels")
    for one, other in (("random", "random-labels"), ("tuned", "frozen")):
        np.testing.assert_array_equal(runs[one, 0].start.table, runs[other, 0].start.table)
    shuffled = runs["random-labels", 0]
    assert np.bincount(shuffled.inputs.labels).tolist() == np.bincount(task.train.labels).tolist()
    assert np.bincount(shuffled.labels).tolist() == np.bincount(task.validation.labels).tolist()


def test_what_an_encoder_drops_is_a_number_of_its_run_and_no_program_of_its_own(small, tmp_path):
    specs = small.specs(regime="random", encoder="dan", word_dropout=[0.0, 0.4], seed=0)
    plan = make_plan(specs, tmp_path)
    assert (plan.programs, len(plan.groups)) == (1, 1)
    found = [init(plan.groups[0], RunResult(spec)).inputs.numbers for spec in specs]
    rates = [each.encoder_parameters for each in found]
    assert rates == [{"word_dropout": 0.0}, {"word_dropout": np.float32(0.4)}]


@pytest.mark.slow
def test_random_labels_end_at_chance_where_true_ones_end_far_above(small):
    specs = small.specs(regime=["random", "random-labels"], seed=range(10))
    rows = run(specs, results=small.folder / "control")
    control, true = (
        values(rows, regime=regime, split="test", measure="accuracy")
        for regime in ("random-labels", "random")
    )
    assert len(control) == 10
    assert stats.ttest_1samp(control, 0.5).pvalue > 0.01
    assert min(true) > 0.8
    assert stats.ttest_ind(true, control).pvalue < 1e-3


def test_a_sweep_of_nothing_and_one_that_cannot_be_written_are_refused_before_training(
    small, tmp_path, untrained
):
    with pytest.raises(InputError, match="there are no runs to make"):
        run([], results=tmp_path / "results")
    with pytest.raises(InputError, match="unknown executor 'locla'; did you mean 'local'"):
        run(small.specs(), results=tmp_path / "results", executor="locla")
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    for folder in (in_the_way, in_the_way / "below"):
        with pytest.raises(
            InputError, match=r"results cannot be written to .*; give another folder"
        ):
            run(small.specs(), results=folder)


def test_a_run_notes_what_it_was_made_with(small, finished):
    lines = records.read_runs(finished.folder)
    assert lines.keys() == {spec.digest for spec in small.specs()}
    plan = make_plan(small.specs(), finished.folder)
    assert plan.finished == len(lines)
    controls = {"random-frozen", "permuted", "random-labels"}
    for line in lines.values():
        assert line["device"] == describe()
        assert line["data"].keys() == {"corpus", "vectors", "lexicon", "similarity"}
        assert line["control"] == (line["spec"]["regime"] in controls)
        assert line["versions"].keys() >= {"jax", "flax", "numpy"}
        assert line["code"].keys() == {"version", "sources"}
        assert line["seconds"] > 0
