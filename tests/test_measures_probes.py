"""Probes against scikit-learn, axes against plain loops, chance on random tables."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embexp.measures import probes
from embexp.measures.class_probe import logistic
from embexp.measures.read_out import read_out
from embexp.words import Vectors


@pytest.mark.parametrize("classes", [2, 4])
def test_logistic_regression_equals_scikit_learn(classes):
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(150, 6)), rng.integers(0, classes, size=150)
    features[:, 0] += labels
    weights, bias = logistic(features, labels, classes)
    model = LogisticRegression(tol=1e-8, max_iter=1000).fit(features, labels)
    scores = features @ weights + bias
    mine = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert mine == pytest.approx(model.predict_proba(features), abs=2e-4)


@pytest.mark.parametrize("classes", [2, 3])
def test_class_probe_equals_scikit_learn_on_the_same_folds(classes):
    rng = np.random.default_rng(1)
    labels = (rng.random(240) ** 2 * classes).astype(int)
    rows, groups = rng.normal(size=(240, 5)) * 3 + labels[:, None] * 1.5, np.arange(240) // 2
    rows[:, 4] = 1  # a feature that does not vary
    fold, predicted = probes.group_folds(groups), np.empty(240, int)
    for held in range(5):
        model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-8)).fit(
            rows[fold != held], labels[fold != held]
        )
        predicted[fold == held] = model.predict(rows[fold == held])
    value = probes.class_probe(rows, labels, groups)
    assert value.value == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert value.chance == 1 / classes
    assert all(len(set(fold[groups == group])) == 1 for group in np.unique(groups))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 0.3])
def test_random_tables_have_chance_in_the_interval_of_a_probe(share):
    rng = np.random.default_rng(2)
    values = [
        probes.class_probe(rng.normal(size=(300, 10)), (rng.random(300) < share).astype(int))
        for _ in range(60)
    ]
    assert np.mean([value.low <= value.chance <= value.high for value in values]) >= 0.9


def words_of(count: int) -> list[str]:
    return [
        f"w{'abcdefghij'[i // 100]}{'abcdefghij'[i // 10 % 10]}{'abcdefghij'[i % 10]}x"
        for i in range(count)
    ]


def test_valence_probe_is_the_read_out_over_stems():
    rng = np.random.default_rng(3)
    words = words_of(200)
    vectors = Vectors([*words, "other"], rng.normal(size=(201, 8)))
    valence = dict(
        zip(words, (vectors.table[:200, 0] + rng.normal(size=200)).tolist(), strict=True)
    ) | {"absent": 1.0}
    target = np.array([valence[word] for word in words])
    read = read_out(vectors.table[:200], target, probes.group_folds(probes.stem_groups(words)))
    found = {score: probes.valence_probe(vectors, valence, score) for score in ("r2", "rho")}
    assert found["r2"].value == pytest.approx(r2_score(target, read + target.mean()))
    assert found["rho"].value == pytest.approx(stats.spearmanr(target, read)[0])
    assert found["r2"].low > 0.2
    assert (found["r2"].n, found["rho"].total) == (200, 201)
    assert probes.valence_probe(Vectors(words[:5], vectors.table[:5]), valence, "r2").n == 0


def test_valence_of_random_tables_has_chance_in_the_interval():
    rng = np.random.default_rng(4)
    words = words_of(150)
    drawn = [
        (
            Vectors(words, rng.normal(size=(150, 6))),
            dict(zip(words, rng.normal(size=150).tolist(), strict=True)),
        )
        for _ in range(40)
    ]
    for score in ("r2", "rho"):
        found = [probes.valence_probe(*sides, score) for sides in drawn]
        assert np.mean([value.low <= 0 <= value.high for value in found]) >= 0.85


def test_semaxis_equals_plain_loops_and_leaves_the_seeds_out():
    rng = np.random.default_rng(5)
    words = [*words_of(60), "good", "lovely", "bad"]
    vectors = Vectors(words, rng.normal(size=(63, 5)))
    valence = {word: float(rng.normal()) for word in words}
    unit = {
        word: row / np.linalg.norm(row)
        for word, row in zip(words, vectors.table.astype(float), strict=True)
    }
    axis = (unit["good"] + unit["lovely"]) / 2 - unit["bad"]
    scores = [axis @ unit[word] / np.linalg.norm(axis) for word in words[:60]]
    value = probes.semaxis(vectors, valence)
    assert value.value == pytest.approx(
        stats.spearmanr(scores, [valence[word] for word in words[:60]])[0]
    )
    assert (value.n, value.total) == (60, 60)
    assert probes.semaxis(Vectors(words[:60], vectors.table[:60]), valence).n == 0


def test_lexicon_probe_finds_told_polarity_and_needs_two():
    rng = np.random.default_rng(6)
    words = words_of(120)
    sign = np.where(rng.random(120) < 0.4, 1.0, -1.0)
    vectors = Vectors(words, rng.normal(size=(120, 4)) + sign[:, None] * 2)
    valence = dict(zip(words, sign.tolist(), strict=True)) | {"neutral": 0.0, "absent": 1.0}
    value = probes.lexicon_probe(vectors, valence)
    assert value.low > 0.9
    assert (value.n, value.total) == (120, 121)
    assert probes.lexicon_probe(vectors, dict.fromkeys(words, 1.0)).n == 0


def test_stems_join_the_forms_of_a_word():
    groups = probes.stem_groups(["abandon", "abandoned", "happy", "Abandonment", "unhappy"])
    assert groups.tolist() == [0, 0, 1, 0, 2]
