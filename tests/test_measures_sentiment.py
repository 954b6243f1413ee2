"""Log-odds against plain loops, the read-out against scikit-learn, consistency against
plain loops, chance against random tables."""

from itertools import pairwise

import numpy as np
import pytest
from measured import measured
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embexp.errors import InputError
from embexp.measures import sentiment
from embexp.measures.dependence import shared_error
from embexp.measures.geometry import nearest
from embexp.measures.read_out import PENALTIES, agreement, read_out
from embexp.measures.statistics import spearman
from embexp.words import Vectors


def polarity(rows, odds, fold=None):
    return agreement(read_out(rows, odds, fold), odds)


def lexicon_consistency(rows, sign, ks=(1, 10, 100)):
    everyone = np.arange(len(rows))
    among = np.ones(len(rows), bool)
    return {k: sentiment.consistency(nearest(rows, everyone, k), sign, among, everyone) for k in ks}


def test_log_odds_equal_plain_loops():
    rng = np.random.default_rng(0)
    lengths, labels = rng.integers(0, 9, size=40), rng.integers(0, 2, size=40)
    offsets = np.concatenate([[0], lengths.cumsum()])
    ids = rng.integers(0, 11, size=offsets[-1]).astype(np.int32)
    odds, documents = sentiment.log_odds(ids, offsets, labels, 12)
    texts = [set(ids[low:high].tolist()) for low, high in pairwise(offsets)]
    for word in range(12):
        positive = sum(
            word in text for text, label in zip(texts, labels, strict=True) if label == 1
        )
        negative = sum(
            word in text for text, label in zip(texts, labels, strict=True) if label == 0
        )
        assert odds[word] == pytest.approx(np.log((positive + 1) / (negative + 1)))
        assert documents[word] == positive + negative
    assert odds[11] == documents[11] == 0


def test_log_odds_of_words_in_few_documents_are_not_known():
    labels = np.tile([0, 1], 15)
    ids, offsets = np.repeat([1, 2], [20, 10]), np.arange(31)
    known = sentiment.known_log_odds(ids, offsets, labels, 4)
    assert np.isnan(known).tolist() == [True, False, True, True]
    assert known[1] == sentiment.log_odds(ids, offsets, labels, 4)[0][1]


def test_log_odds_refuse_other_labels():
    ids, offsets = np.array([0, 1, 2]), np.array([0, 2, 3])
    with pytest.raises(InputError, match="choose two classes"):
        sentiment.log_odds(ids, offsets, np.array([1, 2]), 3)


def by_scikit_learn(rows, target, fold):
    """The same read-out: the penalty by explicit generalised cross-validation, then
    predictions without intercept."""
    read = np.empty(len(target))
    for one in np.unique(fold):
        train, test = fold != one, fold == one
        scaler = StandardScaler().fit(rows[train])
        scaled, n = scaler.transform(rows[train]), train.sum()
        models = [
            make_pipeline(StandardScaler(), Ridge(penalty * n)).fit(rows[train], target[train])
            for penalty in PENALTIES
        ]
        scores = []
        for penalty, model in zip(PENALTIES, models, strict=True):
            hat = scaled @ np.linalg.solve(
                scaled.T @ scaled + penalty * n * np.eye(rows.shape[1]), scaled.T
            )
            error = np.mean((model.predict(rows[train]) - target[train]) ** 2)
            scores.append(error / (1 - (1 + np.trace(hat)) / n) ** 2)
        read[test] = models[int(np.argmin(scores))].predict(rows[test]) - target[train].mean()
    return read


@pytest.mark.parametrize("noise", [0.1, 3.0])
def test_read_out_equals_scikit_learn(noise):
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(120, 8)) @ rng.normal(size=(8, 8)) + 5
    rows[:, 3] = 2.0  # a feature that does not vary
    target, fold = (
        rows @ rng.normal(size=8) + noise * rng.normal(size=120),
        rng.integers(0, 4, size=120),
    )
    assert read_out(rows, target, fold) == pytest.approx(
        by_scikit_learn(rows, target, fold), abs=1e-8
    )
    value = polarity(rows, target, fold)
    assert value.value == pytest.approx(spearman(by_scikit_learn(rows, target, fold), target))


def test_a_feature_that_varies_in_one_fold_only_is_left_out_where_it_does_not():
    rng = np.random.default_rng(2)
    rows, fold = rng.normal(size=(60, 3)), np.repeat([0, 1, 2], 20)
    target = rows[:, 0] + 0.1 * rng.normal(size=60)
    rows[:40, 2], rows[40:, 2] = 1.0, rng.normal(size=20) * 1e6
    read = read_out(rows, target, fold)
    assert read[fold == 2] == pytest.approx(read_out(rows[:, :2], target, fold)[fold == 2])


def test_polarity_of_random_tables_has_chance_in_its_interval_and_of_polar_ones_not():
    rng = np.random.default_rng(3)
    values = [polarity(rng.normal(size=(300, 20)), rng.normal(size=300)) for _ in range(100)]
    assert np.mean([value.low <= 0 <= value.high for value in values]) >= 0.9
    rows = rng.normal(size=(300, 20))
    assert polarity(rows, rows[:, 4] + 0.1 * rng.normal(size=300)).low > 0.9


def test_polarity_edges():
    rng = np.random.default_rng(4)
    assert np.isnan(polarity(np.eye(30), rng.normal(size=30)).value)
    with pytest.raises(InputError, match="two words a fold"):
        read_out(rng.normal(size=(9, 2)), rng.normal(size=9))
    with pytest.raises(InputError, match="diverge"):
        polarity(np.full((20, 2), np.nan), rng.normal(size=20))


def test_consistency_equals_plain_loops():
    rng = np.random.default_rng(5)
    rows, sign = rng.normal(size=(40, 4)), np.where(rng.random(40) < 0.3, 1.5, -0.5)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    for k, value in lexicon_consistency(rows, sign, (1, 7)).items():
        shares = {True: [], False: []}
        for word in range(40):
            others = sorted(
                (other for other in range(40) if other != word),
                key=lambda other, word=word: -(unit[word] @ unit[other]),
            )
            shares[sign[word] > 0].append(
                np.mean([sign[other] * sign[word] > 0 for other in others[:k]])
            )
        assert value.value == pytest.approx(
            np.mean([np.mean(shares[True]), np.mean(shares[False])])
        )
        assert (value.n, value.total, value.chance) == (40, 40, 38 / 78)


def test_consistency_error_equals_a_loop_over_dependent_pairs():
    rng = np.random.default_rng(6)
    found, residual = (
        nearest(rng.normal(size=(15, 3)), np.arange(15), 4),
        rng.normal(size=(15, 4)) + 0.4,
    )
    edges = [
        ({word, int(found[word, j])}, residual[word, j]) for word in range(15) for j in range(4)
    ]
    expected = sum(a * b for pair, a in edges for other, b in edges if pair & other)
    assert shared_error(
        np.repeat(np.arange(15), 4), found.ravel(), residual.ravel()
    ) ** 2 == pytest.approx(expected)


def test_consistency_of_random_tables_has_chance_in_its_interval_however_unequal_the_classes():
    rng = np.random.default_rng(7)
    inside = []
    for _ in range(60):
        values = lexicon_consistency(
            rng.normal(size=(250, 20)), np.where(rng.random(250) < 0.25, 1, -1), (1, 10, 100)
        )
        inside.append([value.low <= value.chance <= value.high for value in values.values()])
    assert np.mean(inside, axis=0).min() >= 0.87


def test_consistency_edges():
    rows = np.random.default_rng(8).normal(size=(6, 3))
    words, signs = list("abcdef"), np.array([1, 1, 1, -1, -1, -1])
    mine = {"mine": dict(zip(words, signs.astype(float).tolist(), strict=True))}
    values = [
        measured(f"lexicon@{k}(mine)", Vectors(words, rows), lexicon=mine) for k in (1, 10, 100)
    ]
    assert [(value.n, value.total) for value in values] == [(6, 6), (0, 6), (0, 6)]
    assert values[0] == lexicon_consistency(rows.astype(np.float32), signs, (1,))[1]
    assert measured("lexicon@1(mine)", Vectors(["x"], rows[:1]), lexicon=mine).n == 0
    assert lexicon_consistency(rows, np.ones(6), (1,))[1].n == 0
    half = sentiment.consistency(
        nearest(rows, np.arange(6), 2),
        np.array([1, 1, 1, -1, -1, -1]),
        np.array([1, 0, 0, 1, 1, 0], bool),
        np.arange(6),
    )
    assert (half.n, half.chance) == (3, 0.4)


def test_shuffled_labels_write_shared_texts_into_a_table_and_polarity_with_them_but_not_frequency():
    rng = np.random.default_rng(9)
    texts, words = 4000, 400
    labels, signs = np.repeat([-1.0, 1.0], texts // 2), rng.choice([-1, 1], words)
    share = np.exp(rng.uniform(np.log(0.01), np.log(0.2), words))
    holds = rng.random((texts, words)) < share * (1 + 0.9 * labels[:, None] * signs)
    odds, frequency = (
        np.log(holds[labels > 0].sum(axis=0) + 1) - np.log(holds[labels < 0].sum(axis=0) + 1),
        holds.sum(axis=0),
    )
    alone = np.stack(
        [rng.permutation(column) for column in holds.T], axis=1
    )  # words as frequent that share no texts
    found = {"shared": [], "alone": [], "frequency": [], "shared, less frequency": []}
    for _ in range(8):
        shuffled = np.stack([rng.permutation(labels) for _ in range(20)], axis=1)
        table = holds.T @ shuffled / np.sqrt(frequency)[:, None]
        read = read_out(table, odds)
        found["shared"].append(spearman(read, odds))
        found["alone"].append(
            polarity(alone.T @ shuffled / np.sqrt(frequency)[:, None], odds).value
        )
        found["frequency"].append(
            spearman(read_out(table, np.log(frequency)), frequency.astype(float))
        )
        line = np.polynomial.Polynomial.fit(np.log(frequency), odds, 3)
        left = odds - line(np.log(frequency))
        found["shared, less frequency"].append(polarity(table, left).value)
    means = {name: float(np.mean(values)) for name, values in found.items()}
    assert means["shared"] > 0.25
    assert means["shared, less frequency"] == pytest.approx(means["shared"], abs=0.05)
    assert abs(means["alone"]) < 0.08
    assert abs(means["frequency"]) < 0.12
