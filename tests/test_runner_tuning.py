"""Tuned sweeps: equal trials, patience, paired controls, and words that only scoring meets."""

import shutil
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small_corpus
from small_corpus import numbers, values

from embexp import records, run, search
from embexp.comparing import request
from embexp.comparing.effort import Effort
from embexp.errors import InputError
from embexp.records.losses import least_of
from embexp.runner import Training, make_group, trained, tuning
from embexp.runner.baselines import baselines_of, run_baselines
from embexp.runner.predict import predict
from embexp.runner.searched import searches_of
from embexp.tasks import prepare_task

small = small_corpus.small
TUNED = {"optimiser": "lazy-adam", "epochs": 12, "patience": 2}


@pytest.fixture(scope="module")
def tuned(small) -> SimpleNamespace:
    """Three arms and two controls, tuned with three trials each, then with two seeds."""
    folder, swept = small.folder / "tuned", []

    def sweep(specs, title):
        swept.append((title, list(specs)))
        return run(specs, results=folder)

    regimes = ["random", "frozen", "tuned", "permuted", "random-labels"]
    asked = small.specs(regime=regimes, **TUNED)
    specs, choices = tuning.tuned(asked, sweep, trials=4)
    rows = run(specs, results=folder)
    same = {"folder": folder, "swept": swept, "asked": asked, "choices": choices}
    return SimpleNamespace(**same, specs=specs, rows=rows)


def test_every_arm_gets_as_many_trials_and_controls_none(tuned):
    (_, trials), (_, finalists) = tuned.swept
    assert [spec.regime for spec in trials] == ["random"] * 4 + ["frozen"] * 4 + ["tuned"] * 4
    assert len(finalists) == 3 * search.FINALISTS * (search.REPEATS + 1)
    assert trials == tuning.trials_of(tuned.asked, 4)
    for one, other in zip(trials[:4], trials[8:], strict=True):
        assert one.learning_rate == other.learning_rate


def test_trials_keep_their_loss_and_nothing_else(tuned):
    rows = [row for row in tuned.rows if row["spec"]["trial"]]
    assert {(row["measure"], row["split"]) for row in rows} == {("nll", "validation")}
    trials = {row["digest"] for row in rows}
    kept = {path.stem for path in (tuned.folder / "logits").iterdir()}
    assert not trials & kept


def test_the_choice_has_the_least_mean_loss_and_fresh_seeds(tuned):
    found = least_of(tuned.rows)
    for regime in ("random", "frozen", "tuned"):
        (spec, other) = [spec for spec in tuned.specs if spec.regime == regime]
        assert [spec.seed, other.seed] == [0, 1]
        ranges = search.space(spec)
        finalists = [each for each in tuned.swept[1][1] if each.regime == regime]
        means = {}
        for each in finalists:
            means.setdefault(tuple(getattr(each, name) for name in ranges), []).append(
                found[each.digest].loss
            )
        best = min(means, key=lambda settings: np.mean(means[settings]))
        assert best == tuple(getattr(spec, name) for name in ranges)
        assert {len(each) for each in means.values()} == {4}


def test_a_choice_is_said_in_a_line(tuned):
    assert [choice.spec.regime for choice in tuned.choices] == [
        *dict.fromkeys(spec.regime for spec in tuned.asked)
    ]
    for choice in tuned.choices:
        assert str(choice).startswith(f"{choice.spec.arm} (mean): learning_rate ")
        assert ("at an end of its range" in str(choice)) == bool(choice.edges)


def test_the_searches_of_a_folder_are_read_back_from_its_trials(tuned):
    found = records.read(tuned.folder)
    searches = {each.line["spec"]["regime"]: each for each in searches_of(found)}
    assert searches.keys() == {"random", "frozen", "tuned"}  # controls have none
    for choice in tuned.choices:
        if choice.spec.selection == "paired":
            continue
        own = searches[choice.spec.regime]
        assert (own.settings, own.edges) == (choice.settings, choice.edges)
        assert (len(own.losses), own.failed, own.missing, own.errors) == (4, 0, 0, ())
        ended = [
            steps(tuned.rows, spec.digest, "test") == {max(steps(tuned.rows, spec.digest))}
            for spec in tuned.specs
            if spec.regime == choice.spec.regime
        ]
        assert list(own.at_bound) == ended
        assert min(own.losses) >= min(least_of(tuned.rows).values()).loss
    assert searches_of(found.with_trials(())) == []


def steps(rows, digest, split=None):
    return {
        row["step"] for row in rows if row["digest"] == digest and split in (None, row["split"])
    }


def test_controls_take_settings_and_step_of_the_arm_they_control(tuned):
    of = {(spec.regime, spec.seed): spec for spec in tuned.specs}
    for control, partner in (("permuted", "tuned"), ("random-labels", "random")):
        for seed in (0, 1):
            own, other = of[control, seed], of[partner, seed]
            assert own.partner == other
            assert own.learning_rate == other.learning_rate
            assert steps(tuned.rows, own.digest, "test") == steps(tuned.rows, other.digest, "test")
            assert max(steps(tuned.rows, own.digest)) == max(steps(tuned.rows, other.digest))


def test_a_run_stops_when_its_patience_ends(tuned):
    schedule = prepare_task(tuned.specs[0]).schedule(tuned.specs[0])
    each = schedule.steps // schedule.epochs
    for spec in tuned.specs:
        if spec.selection == "paired":
            continue
        (selected,) = steps(tuned.rows, spec.digest, "test")
        last = max(steps(tuned.rows, spec.digest, "validation"))
        ends = [end for end in schedule.epoch_ends if end - selected >= spec.patience * each]
        assert last == (ends[0] if ends else schedule.steps)
    assert any(max(steps(tuned.rows, spec.digest)) < schedule.steps for spec in tuned.specs)


def test_a_tuned_run_alone_is_what_it_is_among_others(small, tuned):
    """Runs that stop beside it, and on which device it lies, change no bit."""
    spec = next(spec for spec in tuned.specs if spec.regime == "tuned" and spec.seed == 1)
    rows = run(spec, results=small.folder / "alone")
    assert numbers(rows) == numbers(row for row in tuned.rows if row["digest"] == spec.digest)


def test_the_selected_table_is_measured_where_it_was_selected(tuned):
    for spec in tuned.specs:
        (selected,) = steps(tuned.rows, spec.digest, "test")
        assert selected in steps(tuned.rows, spec.digest, "words")


def test_a_control_without_its_arm_is_refused(small):
    alone = small.specs(regime="permuted", selection="paired")
    with pytest.raises(InputError, match="takes the step of regime 'tuned', which is not among"):
        run(alone, results=small.folder / "without")
    with pytest.raises(InputError, match="'random' controls no other"):
        small.specs(regime="random", selection="paired")


def test_baselines_are_runs_beside_the_arms(small, tuned):
    run_baselines(tuned.specs, results=tuned.folder)
    rows = [row for row in records.read_rows(tuned.folder) if row["encoder"] == "linear"]
    regimes = {row["regime"] for row in rows}
    assert regimes == {
        f"baseline: {name}"
        for name in (
            *("majority", "tf-idf", "nbsvm", "mean-vectors"),
            *("training-counts", "polarity-ceiling"),
        )
    }
    assert {row["measure"] for row in rows} >= {"accuracy", "nll"}
    (majority,) = values(rows, regime="baseline: majority", split="test", measure="accuracy")
    assert majority == 0.5
    (linear,) = values(rows, regime="baseline: tf-idf", split="test", measure="accuracy")
    assert linear > 0.8
    before = (tuned.folder / "runs.jsonl").read_bytes()
    run_baselines(tuned.specs, results=tuned.folder)
    assert (tuned.folder / "runs.jsonl").read_bytes() == before
    assert len(baselines_of(tuned.specs)) == 6


UNHEARD = "unheard superb film"
"""`unheard` has a vector, and stands in no training text."""


@pytest.fixture(scope="module")
def other_test(small) -> Path:
    """The corpus with another test split, which has a word that only its vector knows."""
    folder = small.folder / "unheard"
    shutil.copytree(small.folder / "corpus", folder)
    lines = ["text,label", f"{UNHEARD},pos", "nowhere,neg", "unheard,pos", "awful end,neg"]
    (folder / "test.csv").write_text("\n".join(lines) + "\n")
    return folder


def specs_on(small, folder, **fields):
    given = small.specs(**{"regime": "tuned", "seed": 0, **fields})
    return [spec.model_copy(update={"corpus": str(folder)}) for spec in given]


@pytest.mark.parametrize("optimiser", ["lazy-adam", pytest.param("adam", marks=pytest.mark.long)])
def test_test_texts_change_no_bit_of_training(small, other_test, optimiser):
    trained = []
    for folder in (small.folder / "corpus", other_test):
        specs = specs_on(small, folder, optimiser=optimiser)
        training = Training(make_group(specs, prepare_task(specs[0])))
        training.advance(9)
        trained.append(training)
    one, other = (training.state for training in trained)
    assert (
        np.asarray(one.params["embedding"]["rows"]).tobytes()
        == np.asarray(other.params["embedding"]["rows"]).tobytes()
    )
    assert (
        np.asarray(one.params["head"]["kernel"]).tobytes()
        == np.asarray(other.params["head"]["kernel"]).tobytes()
    )


@pytest.mark.parametrize(
    "regime",
    [
        *("frozen", "tuned", "random"),
        *(pytest.param(each, marks=pytest.mark.long) for each in ("projected", "multichannel")),
        pytest.param("one-hot", marks=pytest.mark.long),
    ],
)
def test_a_word_that_training_does_not_show_is_read_by_its_vector_or_as_unknown(
    small, other_test, regime
):
    """Against the model called with the vector put in by hand."""
    specs = specs_on(small, other_test, regime=regime)
    task = prepare_task(specs[0])
    assert task.others == ("unheard",)
    assert task.test.ids.flat.tolist()[0] == len(task.vocabulary)
    training = Training(make_group(specs, task))
    training.advance(5)
    logits = training.logits(task.test)[0]
    params = jax.tree.map(lambda leaf: leaf[0], training.params)
    vector = task.vectors["unheard"]
    own = dict(params.get("embedding", {}))
    for name in ("rows", "static"):
        if name in own:
            row = vector if regime != "random" else own[name][1]
            own[name] = jnp.append(own[name], row[None], axis=0)
    static = training.group.static
    model = static.model_with(params | {"embedding": own}) if own else static.model_with(params)
    unheard = len(task.vocabulary) if own else 1
    index = task.vocabulary.index
    ids = jnp.array([[unheard, index["superb"], index["film"]]])
    expected = model(ids, jnp.ones_like(ids, bool))
    np.testing.assert_allclose(logits[0], expected[0], rtol=1e-5, atol=1e-6)
    ids = jnp.array([[1]])
    np.testing.assert_allclose(
        logits[1], model(ids, jnp.ones_like(ids, bool))[0], rtol=1e-5, atol=1e-6
    )


def test_the_unknown_word_trains_where_words_stand_once(small, tmp_path):
    """With a closed vocabulary counted from 1 nothing ever reads it."""
    folder = tmp_path / "once"
    shutil.copytree(small.folder / "corpus", folder)
    with (folder / "train.csv").open("a") as file:
        file.writelines(f"rare{number} good,pos\n" for number in range(20))
    moved = {}
    for vocabulary in ("extended", "training"):
        specs = specs_on(small, folder, vocabulary=vocabulary)
        task = prepare_task(specs[0])
        training = Training(make_group(specs, task))
        training.advance(training.group.schedule.steps)
        rows = np.asarray(training.state.optimiser.updates)[0]
        rare = [task.vocabulary.index[f"rare{number}"] for number in range(20)]
        moved[vocabulary] = int(rows[1]), int(rows[rare].sum())
    epochs = specs[0].epochs
    assert moved["training"] == (0, 20 * epochs)
    assert 0 < moved["extended"][0] <= 20 * epochs
    assert 0.25 * 20 * epochs < moved["extended"][1] < 0.75 * 20 * epochs


@pytest.mark.parametrize(
    "regime",
    [
        "frozen",
        "random",
        *(pytest.param(each, marks=pytest.mark.long) for each in ("tuned", "projected")),
    ],
)
def test_predicting_the_test_texts_gives_the_logits_of_the_run(small, other_test, regime):
    (spec,) = specs_on(small, other_test, regime=regime, max_length=5)
    folder = small.folder / f"predicted-{regime}"
    run(spec, results=folder, save_models=True)
    texts = ["unheard superb film", "nowhere", "unheard", "awful end"]
    own = predict(trained(spec, results=folder), texts)
    logits = np.load(folder / "logits" / f"{spec.digest}.npy")
    np.testing.assert_allclose(own, logits, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        predict(trained(spec, results=folder), texts[::-1]), logits[::-1], rtol=1e-5, atol=1e-6
    )


def test_how_long_trials_and_seeds_take(small):
    """Three searched arms and two controls; nine repetitions of an arm, five arms at the end."""
    regimes = ["random", "frozen", "tuned", "permuted", "random-labels"]
    specs = small.specs(regime=regimes, **TUNED)
    assert tuning.seconds_of(specs, 0.5, trials=12, seeds=7) == 0.5 * (3 * (12 + 9) + 2 * 5 * 7)
    drawn = [spec.model_copy(update={"train_texts": 40, "draw": spec.seed}) for spec in specs]
    assert tuning.seconds_of(drawn, 1.0, 4, 4) == tuning.seconds_of(specs, 1.0, 4, 4)


@pytest.mark.parametrize(
    ("minutes", "count", "splits", "budgets", "said"),
    [
        (13.0, 12, 2, [20, 40], []),
        (5.0, 4, 2, [20, 40], []),
        (4.5, 5, 2, [20], ["left out, as 4.5 minutes are too short for them: budgets 40\n"]),
        (1.5, 7, 1, [], [": budgets 20, 40 and 1 of 2 splits\n"]),
        (0.5, 4, 1, [], ["and 1 of 2 splits\n", "take longer, about 1 minutes\n"]),
    ],
)
def test_trials_and_seeds_fit_into_minutes_or_budgets_and_splits_are_left_out(
    small, tmp_path, monkeypatch, capsys, minutes, count, splits, budgets, said
):
    """A trial of a second; three arms with n of them and n seeds take 9 n + 27 on a split, and
    21 n with a budget, as each of its trials has five folds."""
    specs = small.specs(regime=["random", "frozen", "tuned"], seed=range(12), **TUNED)
    monkeypatch.setattr(request, "sweep", lambda *_, **__: None)
    monkeypatch.setattr(records, "read_runs", lambda _: defaultdict(lambda: {"seconds": 1.0}))
    asked = request.Request(specs, tmp_path, Effort(splits=2, budgets=(40, 20)), ())
    kept, most = request.within(minutes, asked, {})
    assert (most, kept.effort.splits, sorted(kept.effort.budgets)) == (count, splits, budgets)
    assert {spec.seed for spec in kept.specs} == {*range(count)}
    told = capsys.readouterr().err
    assert all(each in told for each in said)
    assert told.count("\n") == 1 + len(said)
