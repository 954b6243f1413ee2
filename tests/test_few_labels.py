"""Few labels: draws of the training texts, and settings chosen by cross-validation inside them."""

from collections import Counter

import jax
import numpy as np
import pytest
from small_corpus import numbers, of_run, small as small

from embexp import records, run
from embexp.errors import InputError
from embexp.parameters import FOLDS
from embexp.records.losses import cross_validated
from embexp.report.arms import arms_of
from embexp.runner.baselines import baselines_of, fitted
from embexp.runner.tuning import tuned
from embexp.search import SETTINGS
from embexp.tasks import folds_of, prepare_task

COMPILED: list[str] = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, *_, **__: COMPILED.append(event) if "backend_compile" in event else None
)

BUDGET = 40
FEW = {"train_texts": BUDGET, "holdout": "none", "regime": "random"}


def texts_of(split) -> Counter[tuple[int, ...]]:
    """The texts of a split as ids, with how often each stands there."""
    parts = np.split(split.ids.flat, split.ids.offsets[1:-1])
    return Counter(tuple(part.tolist()) for part in parts)


def words_of(task, split) -> Counter[tuple[str, ...]]:
    names = [*task.vocabulary.words, *task.others]
    return Counter({tuple(names[i] for i in ids): n for ids, n in texts_of(split).items()})


def test_draws_differ_and_a_smaller_one_lies_within_a_larger(small):
    def drawn(**fields):
        task = prepare_task(*small.specs(regime="random", seed=0, **fields))
        return words_of(task, task.train)

    first, other = (drawn(train_texts=BUDGET, draw=draw) for draw in (0, 1))
    assert first != other
    assert sum(first.values()) == sum(other.values()) == BUDGET
    assert not drawn(train_texts=BUDGET // 2, draw=1) - other


def test_folds_part_the_budget_and_each_has_both_classes(small):
    tasks = [prepare_task(*small.specs(seed=0, draw=3, fold=k, **FEW)) for k in range(FOLDS)]
    sizes = [(len(task.train), len(task.validation)) for task in tasks]
    assert sizes == [(BUDGET - BUDGET // FOLDS, BUDGET // FOLDS)] * FOLDS
    assert all(task.holdout for task in tasks)
    assert all(set(task.validation.labels) == {0, 1} for task in tasks)
    whole = prepare_task(*small.specs(seed=0, draw=3, **FEW))
    assert not whole.holdout
    assert [len(whole.train), len(whole.test)] == [BUDGET, len(tasks[0].test)]
    halves = [len(np.flatnonzero(task.train.labels)) for task in tasks]
    assert max(halves) - min(halves) <= 1


OTHERS = ["random", "frozen", "one-hot", "multichannel"]


@pytest.mark.long
@pytest.mark.parametrize(
    "regimes", [["tuned", "projected"], pytest.param(OTHERS, marks=pytest.mark.long)]
)
def test_room_for_other_draws_changes_no_number(small, tmp_path, monkeypatch, regimes):
    (first, *_) = specs = small.specs(regime=regimes, seed=0, train_texts=150)
    assert first.vocabulary == "extended"
    with_room = numbers(run(specs, results=tmp_path / "with"))
    for module in ("task", "split"):
        monkeypatch.setattr(f"embexp.tasks.{module}.room", lambda _, size: size)
    monkeypatch.setattr("embexp.runner.start.room", lambda _, size: size)
    monkeypatch.setattr("embexp.tasks.task.rounded", lambda _, widths: widths)
    without = numbers(run(specs, results=tmp_path / "without"))
    for one, other in zip(with_room, without, strict=True):
        assert all(one[name] == other[name] for name in ("digest", "step", "split", "measure", "n"))
        assert (one["value"] or 0) == pytest.approx(other["value"] or 0, rel=1e-3, abs=1e-5), one


@pytest.mark.long
def test_another_draw_compiles_next_to_nothing(small, tmp_path):
    def compiled(draw: int) -> int:
        before = len(COMPILED)
        specs = small.specs(seed=0, draw=draw, train_texts=100, trial=True)
        run(specs, results=tmp_path)
        return len(COMPILED) - before

    first, other = compiled(1), compiled(2)
    assert 10 * other < first


@pytest.fixture(scope="module")
def searched(small, tmp_path_factory):
    """A draw of a budget, tuned by itself, and its folder."""
    folder = tmp_path_factory.mktemp("few")
    settings = SETTINGS | {"epochs": 4, "patience": None, "buckets": 1, "batch_size": 16}
    specs = small.specs(seed=1, draw=1, **FEW | settings)

    def sweep(wanted, title):
        return run(wanted, results=folder)

    chosen, choices = tuned(specs, sweep, trials=2)
    run(chosen, results=folder)
    return folder, chosen, choices


@pytest.mark.slow
def test_each_draw_is_tuned_by_its_folds_and_then_trained_on_whole(searched):
    folder, chosen, choices = searched
    runs = records.read(folder).runs
    folds = Counter((r["spec"]["draw"], r["spec"]["fold"]) for r in runs.values())
    assert folds == {(1, k): 2 for k in range(FOLDS)} | {(1, None): 1}
    rows = records.read_rows(folder)
    for spec, choice in zip(chosen, choices, strict=True):
        assert (spec.fold, spec.patience, spec.seed) == (None, None, spec.draw)
        own = {d: r["spec"] for d, r in runs.items() if r["spec"]["draw"] == spec.draw}
        losses = {}
        for digest, fields in own.items():
            if fields["fold"] is not None:
                found = [
                    (row["value"], row["step"])
                    for row in rows
                    if row["digest"] == digest and row["split"] == "validation" and row["step"]
                ]
                losses.setdefault(fields["learning_rate"], []).append(min(found))
        best = min(losses, key=lambda rate: np.mean([loss for loss, _ in losses[rate]]))
        assert choice.settings["learning_rate"] == spec.learning_rate == best
        mean = np.mean([loss for loss, _ in losses[best]])
        assert cross_validated(records.read(folder)) == {spec.digest: pytest.approx(mean)}
        needed = np.mean([step for _, step in losses[best]]) * FOLDS / (FOLDS - 1)
        assert spec.last_step == round(needed)
        own = of_run(rows, spec)
        tested, steps = [row for row in own if row["split"] == "test"], {row["step"] for row in own}
        most = prepare_task(spec).schedule(spec).steps
        assert {row["step"] for row in tested} == {max(steps)} == {min(most, spec.last_step)}


@pytest.mark.slow
def test_baselines_of_such_a_run_choose_on_the_same_folds(searched):
    _, (spec,), _ = searched
    task = prepare_task(spec)
    every = {baseline.name: baseline for baseline in baselines_of([spec])}
    assert every.keys() == {"majority", "tf-idf", "nbsvm", "mean-vectors"}
    assert {baseline.fields["seed"] for baseline in every.values()} == {spec.draw}
    result = fitted(every["majority"], task)
    (loss,) = [value.value for _, split, name, value in result.values if split == "validation"]
    labels = [
        (prepare_task(spec.model_copy(update={"fold": fold})).train.labels, fold)
        for fold in range(FOLDS)
    ]
    folds = folds_of(task.train.labels, spec.draw)
    expected = []
    for train, fold in labels:
        shares = (np.bincount(train) + 1) / (len(train) + 2)
        expected.append(-np.log(shares[task.train.labels[folds == fold]]).mean())
    assert loss == pytest.approx(np.mean(expected))
    assert baselines_of([spec.model_copy(update={"last_step": None})]) == []


@pytest.mark.slow
def test_a_seed_with_a_draw_of_its_own_is_one_replicate_of_an_arm(searched):
    folder, *_ = searched
    (run,) = records.read(folder).reported().runs.values()

    def line(name, **fields):
        return {**run, "digest": name, "spec": {**run["spec"], **fields}}

    own = [line("one", seed=0, draw=0), line("other", seed=1, draw=1)]
    assert len({*arms_of(own).values()}) == 1
    crossed = [*own, line("third", seed=1, draw=7)]
    assert {arm.settings[-1] for arm in arms_of(crossed).values()} == {"draw=0", "draw=1", "draw=7"}


def test_what_is_chosen_for_each_draw_belongs_to_the_seed_unless_it_tells_arms_apart():
    def line(digest: int, **fields):
        spec = {"encoder": "mean", "regime": "tuned", "vectors": None, "dropout": 0.0}
        spec |= {"learning_rate": 0.1, "draw": 0} | fields
        return {"digest": str(digest), "arm": "tuned", "control": False, "spec": spec}

    own = [line(each, seed=each, draw=each, dropout=each / 10) for each in range(3)]
    assert len({*arms_of(own).values()}) == 1
    grid = [
        line(3 * each + number, seed=each, draw=each, learning_rate=rate)
        for each in range(3)
        for number, rate in enumerate((0.1, 0.2))
    ]
    assert {arm.rest for arm in arms_of(grid).values()} == {
        (("learning_rate", 0.1),),
        (("learning_rate", 0.2),),
    }
    same_draw = [line(each, seed=each, dropout=each / 10) for each in range(3)]
    assert len({*arms_of(same_draw).values()}) == 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"draw": 2}, "draw=2 draws train_texts; give their number, or leave draw out"),
        ({"fold": 1}, "fold=1 validates where nothing is held out; give holdout='none' too"),
        ({"holdout": "none", "patience": 2}, "patience needs validation texts"),
    ],
)
def test_what_does_not_go_together_is_refused(small, fields, sentence):
    with pytest.raises(InputError, match=sentence):
        small.specs(regime="random", seed=0, **fields)
