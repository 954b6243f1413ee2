"""What the script of regularisation paths fits, scores and says of lines that are known."""

import numpy as np
import pytest
import regularisation_path
import regularisation_path_checks as checks
import regularisation_path_words as of_words
from regularisation_path_table import table
from scipy import optimize, stats
from scipy.special import expit

from embexp import grid
from embexp.data import Ids
from embexp.grids import UNMEASURED
from embexp.report import writers
from embexp.tasks import prepare_task

TEXTS = Ids(np.array([0, 1, 1, 2, 2, 0, 1], np.int32), np.array([0, 3, 4, 4, 7]))
EPOCHS = checks.EPOCHS["mean"]
C = (0.1, 10.0, 1000.0)


def run_lines(data, encoder, seed, powers, rho, polarity):
    """The lines of one run, a value of each list for each epoch."""
    return [
        {
            "data": data,
            "encoder": encoder,
            "seed": seed,
            "epoch": epoch,
            "matched_c": 10.0**power,
            "rho": {"10^-1": 0.1, "10^1": near},
            "polarity": {checks.MATCHED: read, "seen 1-4": None, "seen 5-99": read},
        }
        for epoch, power, near, read in zip(
            checks.EPOCHS[encoder], powers, rho, polarity, strict=False
        )
    ]


def counts_lines(data, polarity):
    """The lines of the regression."""
    about = {"data": data, "encoder": checks.COUNTS, "compared": 50}
    return [
        {
            **about,
            "c": c,
            "words": {checks.MATCHED: 40, "seen 1-4": 3, "seen 5-99": 40},
            "polarity": {checks.MATCHED: each, "seen 1-4": None, "seen 5-99": each},
        }
        for c, each in zip(C, polarity, strict=True)
    ]


def known(encoder="mean", near=0.95, last=0.3, weights=(0.5, 0.6, 0.3)):
    """Lines of one data set that rise, match and decay as was predicted, by default."""
    rho, polarity = [near - 0.1] + [near] * 5, [0.4, 0.5, 0.4, last, last, last]
    found = counts_lines("mr", weights)
    for seed in range(3):
        noise = 0.001 * seed
        own = (
            [each + noise for each in rho],
            [each + noise * place for place, each in enumerate(polarity)],
        )
        found += run_lines("mr", encoder, seed, (-1, -1, 1, 1, 3, 3), *own)
    return found


def answered(lines):
    """The verdict on each prediction, with its encoder."""
    (grid,) = table(lines, "as it was").summary
    return {line[:2]: line[3] for line in grid.body}


def test_features_are_the_means_of_one_hot_words():
    expected = [[1 / 3, 2 / 3, 0], [0, 0, 1], [0, 0, 0], [1 / 3, 1 / 3, 1 / 3]]
    assert np.allclose(of_words.shares(TEXTS, 3).toarray(), expected)


def test_weights_minimise_the_loss_that_the_table_names(monkeypatch):
    monkeypatch.setattr(of_words, "C", C)
    monkeypatch.setattr(of_words, "TOLERANCE", 1e-9)
    rng = np.random.default_rng(0)
    ids = Ids(rng.integers(0, 6, 400).astype(np.int32), np.arange(0, 401, 8))
    features, labels = of_words.shares(ids, 6), rng.integers(0, 2, 50)
    dense, sign = np.hstack([features.toarray(), np.ones((50, 1))]), 2 * labels - 1
    for c, found in zip(C, of_words.regressions(features, labels), strict=True):

        def loss(w, c=c):
            return w @ w / 2 + c * np.logaddexp(0, -sign * (dense @ w)).sum()

        def slope(w, c=c):
            return w - c * dense.T @ (sign * expit(-sign * (dense @ w)))

        best = optimize.minimize(loss, np.zeros(7), jac=slope, tol=1e-10).x
        assert np.allclose(found, best[:-1], rtol=1e-3, atol=1e-3)


@pytest.mark.slow  # compiles
def test_a_word_s_logit_is_its_row_times_the_head_and_lines_follow_from_it(monkeypatch):
    monkeypatch.setattr(regularisation_path, "C", C)
    monkeypatch.setitem(checks.EPOCHS, "mean", (0.5, 2))
    fields = {**UNMEASURED, **regularisation_path.SHARED, "dim": 4, "buckets": 1, "epochs": 2}
    specs = grid(corpus="world:words=100,texts=200", encoder="mean", seed=[0, 1], **fields)
    task = prepare_task(specs[0])
    words = of_words.words_of(task, "validation")
    seen = {}

    class Recorded(regularisation_path.Training):
        def logits(self, split, params=None):
            seen[self.step] = super().logits(split, params), self.params
            return seen[self.step][0]

    monkeypatch.setattr(regularisation_path, "Training", Recorded)
    rng = np.random.default_rng(0)
    weights = list(rng.normal(size=(len(C), len(task.vocabulary))))
    lines = regularisation_path.of_runs(specs, task, words, weights)
    assert [(line["epoch"], line["seed"]) for line in lines] == [(0.5, 0), (0.5, 1), (2, 0), (2, 1)]
    (_, (logits, params)) = max(seen.items())
    head, rows = params["head"], np.asarray(params["embedding"]["rows"])[1]
    own = rows @ np.asarray(head["kernel"])[1] + np.asarray(head["bias"])[1]
    assert np.allclose(logits[1], own[: len(task.vocabulary)], atol=1e-5)
    difference = (own[:, 1] - own[:, 0])[: len(task.vocabulary)]
    among = np.flatnonzero(words.compared)
    rho = [stats.spearmanr(difference[among], each[among])[0] for each in weights]
    assert list(lines[-1]["rho"].values()) == pytest.approx(rho, abs=1e-5)
    assert lines[-1]["matched_c"] == C[int(np.argmax(rho))]
    rows = np.flatnonzero(words.strata["seen 5-99"])
    assert lines[-1]["polarity"]["seen 5-99"] == pytest.approx(
        stats.spearmanr(difference[rows], words.odds[rows])[0], abs=1e-5
    )


def test_words_are_counted_in_texts_that_are_left_out():
    fields = {**UNMEASURED, **regularisation_path.SHARED}
    (spec,) = grid(corpus="world:words=100,texts=200", encoder="mean", seed=0, **fields)
    task = prepare_task(spec)
    words = of_words.words_of(task, "validation")
    row = int(np.flatnonzero(words.strata["seen 5-99"])[0])
    texts = [
        (label, text)
        for split in (task.validation, task.test)
        for label, text in zip(
            split.labels, np.split(split.ids.flat, split.ids.offsets[1:-1]), strict=True
        )
    ]
    having = [label for label, text in texts if row in text]
    assert words.odds[row] == pytest.approx(np.log((sum(having) + 1) / (having.count(0) + 1)))
    assert len(having) >= of_words.LEAST_HELD
    assert (task.vocabulary.counts[words.compared] >= of_words.LEAST_READ).all()
    assert not words.compared[:2].any()


def test_a_rise_is_shown_where_the_mean_never_falls():
    risen = checks.rises(np.array([[0, 1, 1, 2], [0, 0, 1, 2.5], [0, 1, 1, 2]]))
    assert risen.verdict == checks.YES
    assert risen.mean == pytest.approx(6.5 / 3)
    assert checks.rises(np.array([[0, 2, 1], [0, 2, 1], [0, 2, 1.0]])).verdict == checks.NO
    assert checks.rises(np.array([[0, 0, 4], [0, 0, 0], [0, 0, 0.0]])).verdict == checks.OPEN


def test_a_fall_is_from_the_peak_of_the_other_seeds():
    found = checks.drop(np.array([[1, 5, 2], [1, 6, 2.5], [8, 5, 2]]))
    peaks = [5 - 2, 6 - 2.5, 5 - 2]
    low, high = stats.t.interval(0.95, 2, np.mean(peaks), stats.sem(peaks))
    assert found[:3] == pytest.approx((np.mean(peaks), low, high))
    assert found.verdict == checks.YES
    assert checks.drop(np.array([[1, 2, 3], [1, 2, 4], [1, 2, 5.0]])).verdict == checks.NO
    assert checks.drop(np.array([[1, np.nan, 3], [1, 2, 4], [1, 2, 5.0]])).verdict == checks.OPEN


@pytest.mark.parametrize(
    ("each", "least", "expected"),
    [
        ("yyyyyn", 5, "held"),
        ("yyyynn", 5, "not held"),
        ("yyyyun", 5, "undecided"),
        ("yyyy", 5, "undecided"),
        ("yyy", None, "held"),
        ("yyn", None, "not held"),
        ("yuy", None, "undecided"),
        ("", None, "undecided"),
    ],
)
def test_a_prediction_is_held_not_held_or_undecided(each, least, expected):
    names = {"y": checks.YES, "n": checks.NO, "u": checks.OPEN}
    assert checks.verdict([names[one] for one in each], least) == expected


def test_weights_fall_from_the_least_matched_c_to_the_largest():
    lines = [*counts_lines("mr", (0.9, 0.5, 0.2))]
    lines += run_lines("mr", "mean", 0, (1, 1, 1, 3), [0.9] * 4, [0.5] * 4)
    assert checks.fall_of_weights(lines, "mr", "seen 5-99") == pytest.approx(0.5 - 0.2)
    assert np.isnan(checks.fall_of_weights(lines, "mr", "seen 1-4"))


def test_the_table_answers_every_prediction_from_its_lines():
    lines = known() + [line for line in known("cnn", near=0.8) if line["encoder"] == "cnn"]
    assert answered(lines) == {
        ("matched C rises on 5 data sets", "mean"): "undecided",
        ("best match has ρ ≥ .9", "mean"): "held",
        ("best match is lower than the mean's", "cnn"): "held",
        ("polarity decays in every stratum", "mean"): "held",
        ("polarity decays in every stratum", "cnn"): "held",
        ("polarity of the weights falls with C", "counts"): "held",
    }
    text = writers.markdown(table(lines, "as it was"))
    assert "12 at 10^-1 (mr mean epoch 0.5, mr mean epoch 1, mr cnn epoch 0.5" in text
    assert "6 at 10^3 (mr mean epoch 8, mr mean epoch 16)" in text


def test_what_contradicts_a_prediction_is_not_held():
    found = answered(known(near=0.7, last=0.6, weights=(0.5, 0.6, 0.51)))
    assert found["best match has ρ ≥ .9", "mean"] == "not held"
    assert found["polarity decays in every stratum", "mean"] == "not held"
    assert found["polarity of the weights falls with C", "counts"] == "not held"
