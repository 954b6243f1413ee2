"""Baselines against plain loops and other solvers, on odd data, and near published numbers."""

import dataclasses
import math
import warnings
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embexp.baselines import (
    BASELINES,
    Baseline,
    LabelledTexts,
    Texts,
    family,
    logistic,
    mean_vectors as means,
    nbsvm,
    tf_idf,
)
from embexp.baselines.family import log_loss
from embexp.baselines.mean_vectors import mean_vectors
from embexp.baselines.ngrams import NGrams
from embexp.data import tokenize
from embexp.errors import InputError
from embexp.synthetic import load_corpus
from embexp.vectors.registry import load_vectors

CLASSIFIERS = [name for name, each in BASELINES.items() if each.labelling == "classes"]
every = pytest.mark.parametrize("name", CLASSIFIERS)


def drawn(texts: int, seed: int, classes: int = 2) -> LabelledTexts:
    """Texts of up to eight words, which their class makes likely, and their mean vectors."""
    rng = np.random.default_rng(seed)
    vectors = np.random.default_rng(0).normal(size=(3 * classes + 8, 5))
    labels = rng.integers(0, classes, texts)
    ids = [rng.integers(3 * label, 3 * label + 8, rng.integers(0, 9)) for label in labels]
    means = np.array([vectors[each].mean(axis=0) if len(each) else np.zeros(5) for each in ids])
    return LabelledTexts([[f"w{word}" for word in each] for each in ids], means, labels)


def labelled(texts: list[str], labels: list[int]) -> LabelledTexts:
    """Texts of words with spaces between; the mean vector counts `a`s, and is constant."""
    tokens = [text.split() for text in texts]
    means = np.array([[text.count("a"), 1.0] for text in texts]) if texts else np.zeros((0, 2))
    return LabelledTexts(tokens, means, np.array(labels, np.int64))


@every
@pytest.mark.parametrize("classes", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_scores_are_log_probabilities_and_the_same_bits_again(name, classes):
    train, validation = drawn(200, 1, classes), drawn(5, 2, classes)
    test = drawn(50, 3, classes)
    fitted, again = (BASELINES[name].fit(train, validation, classes) for _ in range(2))
    scores = fitted.score(test)
    assert scores.shape == (50, classes)
    np.testing.assert_allclose(np.exp(scores).sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(scores, again.score(test))
    assert fitted.chosen == again.chosen
    assert fitted.converged
    held = fitted.score(validation)
    assert fitted.loss == again.loss == -held[np.arange(5), validation.labels].mean()
    assert fitted.seconds > 0


@every
def test_test_texts_change_neither_the_fit_nor_each_other(name):
    train, validation, test = drawn(100, 1), drawn(30, 2), drawn(40, 3)
    fitted = BASELINES[name].fit(train, validation, 2)
    before = fitted.score(test)
    fitted.score(Texts([["new", "words"]] * 9, np.full((9, 5), 1e3)))
    np.testing.assert_array_equal(fitted.score(test), before)
    alone = [fitted.score(Texts([test.tokens[i]], test.means[i : i + 1]))[0] for i in range(40)]
    np.testing.assert_allclose(alone, before, rtol=1e-12)


@every
def test_baselines_learn_unless_they_are_constant(name):
    train, validation, test = drawn(600, 1), drawn(100, 2), drawn(400, 3)
    fitted = BASELINES[name].fit(train, validation, 2)
    loss = log_loss(fitted.score(test), test.labels)
    assert loss == pytest.approx(math.log(2), abs=0.01) if name == "majority" else loss < 0.6


@every
@pytest.mark.parametrize(
    ("texts", "labels", "classes"),
    [
        (["a b", "b a a", "c"], [0, 0, 1], 2),  # a class that occurs once
        (["a b", "b a a", "c", "c a"], [0, 0, 3, 3], 5),  # classes that do not occur
        (["a b", "b a a", "c"], [1, 1, 1], 2),
        (["a"], [2], 3),
        (["", "", "", ""], [0, 1, 0, 1], 2),
        (["", "a", "", "b"], [0, 1, 2, 1], 3),
        (["好 电影", "坏 电影", "خوب فیلم", "अच्छी फ़िल्म"], [1, 0, 1, 0], 2),
    ],
)
def test_odd_training_texts_give_finite_scores(name, texts, labels, classes):
    train = labelled(texts, labels)
    validation = labelled(["a", "", "unknown words", "b c", "电影"], [0, 1, 0, classes - 1, 0])
    scores = BASELINES[name].fit(train, validation, classes).score(validation)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(np.exp(scores).sum(axis=1), 1, rtol=1e-12)
    absent = np.setdiff1d(np.arange(classes), labels)
    np.testing.assert_allclose(np.exp(scores[:, absent]), 1 / (len(texts) + classes))
    if len(set(labels)) == 1:
        np.testing.assert_allclose(
            np.exp(scores[:, labels[0]]), (len(texts) + 1) / (len(texts) + classes)
        )
    assert BASELINES[name].fit(train, validation, classes).score(labelled([], [])).shape == (
        0,
        classes,
    )


@every
def test_texts_without_a_known_word_are_scored_alike(name):
    train, validation = drawn(100, 1), drawn(30, 2)
    scores = BASELINES[name].fit(train, validation, 2).score(Texts([[], ["x"]], np.zeros((2, 5))))
    np.testing.assert_array_equal(scores[0], scores[1])


def test_words_of_other_scripts_are_features():
    train = labelled(["好 电影", "坏 电影"] * 20, [1, 0] * 20)
    for name in ("tf-idf", "nbsvm"):
        scores = BASELINES[name].fit(train, train, 2).score(Texts([["好"], ["坏"]]))
        assert scores.argmax(axis=1).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("name", "train", "validation", "sentence"),
    [
        ("tf-idf", labelled([], []), labelled(["a"], [0]), "no training texts"),
        ("tf-idf", labelled(["a"], [0]), labelled([], []), "no validation texts"),
        ("tf-idf", labelled(["a"], [2]), labelled(["a"], [0]), "training labels reach from 2 to 2"),
        ("tf-idf", labelled(["a"], [0]), labelled(["a"], [-1]), "validation labels reach from -1"),
        (
            "mean-vectors",
            labelled(["a"], [0]),
            LabelledTexts([["a"]], labels=np.array([0])),
            "reads mean vectors",
        ),
    ],
)
def test_what_cannot_be_fitted_is_refused(name, train, validation, sentence):
    with pytest.raises(InputError, match=sentence):
        BASELINES[name].fit(train, validation, 2)


def test_texts_are_checked_once():
    with pytest.raises(InputError, match="not a string"):
        Texts(["a film"])
    with pytest.raises(InputError, match="1 texts have 2 mean vectors"):
        Texts([["a"]], np.zeros((2, 3)))
    with pytest.raises(InputError, match="NaN or infinity"):
        Texts([["a"]], np.array([[np.nan]]))
    with pytest.raises(InputError, match="1 texts have 2 labels"):
        LabelledTexts([["a"]], labels=np.array([0, 1]))
    fitted = BASELINES["mean-vectors"].fit(drawn(20, 1), drawn(9, 2), 2)
    with pytest.raises(InputError, match="reads mean vectors"):
        fitted.score(Texts([["a"]]))


def test_majority_gives_the_smoothed_shares():
    train = labelled(["a", "b", "c", "d"], [0, 2, 2, 2])
    scores = BASELINES["majority"].fit(train, train, 3).score(train)
    np.testing.assert_allclose(np.exp(scores), [[2 / 7, 1 / 7, 4 / 7]] * 4)


def test_ngrams_are_counted_as_by_hand():
    ngrams = NGrams(Texts([["a", "b", "a", "b"], [], ["c"]]))
    counted = ngrams.count(Texts([["b", "a", "b", "x", "c", "a"], ["c", "c"], []])).toarray()
    # a, b, c; then ab, ba, the bigrams of training; x is unknown, and stands between b and c
    assert counted.tolist() == [[2, 2, 1, 1, 1], [0, 0, 2, 0, 0], [0, 0, 0, 0, 0]]


def grams(text: list[str]) -> list[tuple[str, ...]]:
    return [(word,) for word in text] + list(pairwise(text))


def optimum(features: np.ndarray, positive: np.ndarray, penalty: float) -> np.ndarray:
    """Weights, the last that of a constant 1, of the least penalised logistic loss, by BFGS."""
    given = np.column_stack([features, np.ones(len(features))])
    signs = np.where(positive, 1.0, -1.0)

    def loss(weights):
        margins = signs * (given @ weights)
        slope = weights - penalty * given.T @ (signs * expit(-margins))
        return weights @ weights / 2 + penalty * np.logaddexp(0, -margins).sum(), slope

    return minimize(loss, np.zeros(given.shape[1]), jac=True, options={"gtol": 1e-8}).x


@pytest.mark.parametrize("classes", [2, 3])
def test_nbsvm_equals_explicit_loops(classes, monkeypatch):
    """Counts by dictionaries, weights by another solver."""
    train, validation, test = drawn(50, 1, classes), drawn(40, 2, classes), drawn(50, 3, classes)
    monkeypatch.setattr(logistic, "TOLERANCE", 1e-6)
    fitted = BASELINES["nbsvm"].fit(train, validation, classes)
    names = list(dict.fromkeys(gram for text in train.tokens for gram in grams(text)))
    columns = []
    for each in [1] if classes == 2 else range(classes):
        p, q = dict.fromkeys(names, 1.0), dict.fromkeys(names, 1.0)
        for text, label in zip(train.tokens, train.labels, strict=True):
            for gram in set(grams(text)):
                (p if label == each else q)[gram] += 1
        ratio = {
            gram: math.log((p[gram] / sum(p.values())) / (q[gram] / sum(q.values())))
            for gram in names
        }

        def rows(texts, ratio=ratio):
            found = [set(grams(text)) for text in texts.tokens]
            return np.array([[ratio[gram] * (gram in has) for gram in names] for has in found])

        *weights, bias = optimum(rows(train), train.labels == each, fitted.chosen["C"])
        beta = fitted.chosen["beta"]
        w = (1 - beta) * np.mean(np.abs(weights)) + beta * np.array(weights)
        columns.append(rows(test) @ w + bias)
    logits = np.column_stack(columns)
    if classes == 2:
        expected = np.column_stack([np.log(expit(-logits)), np.log(expit(logits))])
    else:
        expected = np.log(expit(logits) / expit(logits).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(fitted.score(test), expected, atol=1e-4)


def test_interpolated_weights_lie_between_the_fitted_ones_and_their_mean_size():
    linear = logistic.Linear(np.array([[1.0], [-3.0]]), np.zeros(1), True)
    assert nbsvm.interpolated(linear, 1.0).ravel().tolist() == [1, -3]
    assert nbsvm.interpolated(linear, 0.0).ravel().tolist() == [2, 2]
    assert nbsvm.interpolated(linear, 0.25).ravel().tolist() == [1.75, 0.75]


def test_tf_idf_equals_a_computation_by_hand(monkeypatch):
    monkeypatch.setattr(logistic, "TOLERANCE", 1e-6)
    train, validation, test = drawn(90, 1), drawn(40, 2), drawn(50, 3)
    fitted = BASELINES["tf-idf"].fit(train, validation, 2)
    order = fitted.chosen["ngrams"]

    def kept(text):
        return [gram for gram in grams(text) if len(gram) <= order]

    names = list(dict.fromkeys(gram for text in train.tokens for gram in kept(text)))
    df = {name: sum(name in kept(text) for text in train.tokens) for name in names}

    def rows(texts):
        found = np.zeros((len(texts), len(names)))
        for row, text in zip(found, texts.tokens, strict=True):
            for column, name in enumerate(names):
                if tf := kept(text).count(name):
                    row[column] = (1 + math.log(tf)) * (1 + math.log(91 / (1 + df[name])))
        return found / np.linalg.norm(found, axis=1, keepdims=True).clip(1e-300)

    *weights, bias = optimum(rows(train), train.labels == 1, fitted.chosen["C"])
    logits = rows(test) @ np.array(weights) + bias
    expected = np.column_stack([np.log(expit(-logits)), np.log(expit(logits))])
    np.testing.assert_allclose(fitted.score(test), expected, atol=1e-4)


@pytest.mark.parametrize("classes", [2, 4])
def test_mean_vectors_reach_the_optimum(classes):
    """The same loss by another solver (BFGS); features of very different sizes."""
    train, validation, test = drawn(150, 1, classes), drawn(60, 2, classes), drawn(50, 3, classes)
    train, validation, test = (
        LabelledTexts(each.tokens, each.means * [1e-3, 1, 1, 1e3, 0] + 7, each.labels)
        for each in (train, validation, test)
    )
    fitted = BASELINES["mean-vectors"].fit(train, validation, classes)
    varies = train.means[:, :4]
    centre, spread = varies.mean(axis=0), varies.std(axis=0)
    given = (varies - centre) / spread
    hot, logits = np.eye(classes)[train.labels], classes - (classes == 2)

    def scores(flat, features):
        theta = flat.reshape(5, logits)
        found = features @ theta[:4] + theta[4]
        return log_softmax(np.hstack([np.zeros_like(found), found]) if classes == 2 else found, 1)

    def loss(flat):
        penalty = (flat[: 4 * logits] ** 2).sum() / 2
        return penalty - fitted.chosen["C"] * (scores(flat, given) * hot).sum()

    found = minimize(loss, np.zeros(5 * logits), method="BFGS", options={"gtol": 1e-4})
    expected = scores(found.x, (test.means[:, :4] - centre) / spread)
    np.testing.assert_allclose(fitted.score(test), expected, atol=2e-3)


def test_mean_vectors_weigh_a_feature_that_does_not_vary_by_nothing():
    train, validation = drawn(60, 1), drawn(30, 2)
    wide = [
        LabelledTexts(
            each.tokens, np.column_stack([each.means, np.full(len(each), 0.1)]), each.labels
        )
        for each in (train, validation)
    ]
    fitted = BASELINES["mean-vectors"].fit(*wide, 2)
    narrow = BASELINES["mean-vectors"].fit(train, validation, 2)
    changed = np.column_stack([validation.means, np.full(30, 1e6)])
    np.testing.assert_allclose(
        fitted.score(Texts(validation.tokens, changed)), narrow.score(validation), atol=1e-4
    )


def test_the_search_ends_where_the_loss_rises_and_says_whether_at_the_edge():
    seen = []

    def search(losses):
        seen.clear()

        def trial(value):
            seen.append(value)
            return family.Trial(losses[int(value)], {"C": value}, ())

        return family.search([0.0, 1.0, 2.0, 3.0], trial).chosen["C"], len(seen)

    assert search([0.5, 0.4, 0.6, 0.1]) == (1, 3)
    assert search([0.5, 0.5, 0.1, 0.1]) == (0, 2)
    assert search([0.5, 0.4, 0.3, 0.2]) == (3, 4)
    noise = LabelledTexts([["a"], ["b"]] * 9, labels=np.tile([0, 1], 9))
    against = LabelledTexts([["a"], ["b"]], labels=np.array([1, 0]))
    for name, grid in (("tf-idf", tf_idf.GRID), ("nbsvm", nbsvm.GRID)):
        fitted = BASELINES[name].fit(noise, against, 2)
        assert (fitted.chosen["C"], fitted.at_edge) == (grid[0], True)
        assert BASELINES[name].fit(noise, noise, 2).chosen["C"] == grid[-1]


def test_a_solver_that_stops_early_is_recorded_and_prints_nothing(monkeypatch):
    monkeypatch.setattr(logistic, "MOST_ITERATIONS", 1)
    monkeypatch.setattr("embexp.baselines.mean_vectors.MOST_ITERATIONS", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("tf-idf", "nbsvm", "mean-vectors"):
            assert not BASELINES[name].fit(drawn(90, 1), drawn(30, 2), 2).converged


def test_a_new_baseline_is_one_function():
    own = Baseline("the mean's", "none", mean_vectors, reads="means")
    train, validation = drawn(60, 1), drawn(30, 2)
    np.testing.assert_array_equal(
        own.fit(train, validation, 2).score(validation),
        BASELINES["mean-vectors"].fit(train, validation, 2).score(validation),
    )


def splits(name: str, vectors: str | None = None) -> tuple[dict[str, LabelledTexts], int]:
    """A corpus by name, tokenised, with means of vectors."""
    corpus = load_corpus(name)
    found = {}
    for split, part in corpus.splits.items():
        tokens, means = [tokenize(text) for text in part.texts], None
        if vectors:
            words = {word for text in tokens for word in text}
            known = load_vectors(vectors, words=sorted(words))
            rows = [[known.index[word] for word in text if word in known] for text in tokens]
            zero = np.zeros(known.dim)
            means = np.array([known.table[row].mean(axis=0) if row else zero for row in rows])
        found[split] = LabelledTexts(tokens, means, part.labels)
    return found, len(corpus.labels)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("corpus", "name", "published"),
    [("mr", "nbsvm", 0.794), pytest.param("imdb", "nbsvm", 0.912, marks=pytest.mark.long)],
)
def test_published_accuracies_are_near(data_dir, corpus, name, published):
    """Wang & Manning 2012, Table 2, with bigrams: cited from memory, and of ten folds.

    MR is one split of 1,066 test texts here, so the bound is three standard errors, with
    half a point for another loss and tokenizer.
    """
    found, classes = splits(corpus)
    scores = BASELINES[name].fit(found["train"], found["validation"], classes).score(found["test"])
    accuracy = (scores.argmax(axis=1) == found["test"].labels).mean()
    error = (published * (1 - published) / len(found["test"])) ** 0.5
    assert abs(accuracy - published) < 3 * error + 0.005


@pytest.mark.data
@pytest.mark.slow
def test_tolerance_of_the_solver_moves_no_accuracy(data_dir, monkeypatch):
    found, classes = splits("mr")
    scores = []
    for tolerance in (logistic.TOLERANCE, 1e-5):
        monkeypatch.setattr(logistic, "TOLERANCE", tolerance)
        fitted = BASELINES["tf-idf"].fit(found["train"], found["validation"], classes)
        scores.append(fitted.score(found["test"]))
    np.testing.assert_allclose(*scores, atol=0.02)


@pytest.mark.long
@pytest.mark.data
@pytest.mark.slow
def test_mean_vectors_reach_the_known_optimum_of_a_frozen_mean(data_dir):
    """.722 on these reviews with 50 dimensions, found by other code, within a point."""
    found, classes = splits("movie-reviews-rt", "glove-6b-50d")
    fitted = BASELINES["mean-vectors"].fit(found["train"], found["validation"], classes)
    guess = fitted.score(found["test"]).argmax(axis=1)
    assert (guess == found["test"].labels).mean() == pytest.approx(0.722, abs=0.01)


def test_cross_validation_chooses_as_scikit_learn_does_and_fits_all_texts():
    train, test = drawn(200, 1), drawn(50, 2)
    fold = np.random.default_rng(3).integers(0, 5, len(train))
    own = BASELINES["mean-vectors"].cross_validated(train, fold, 2)
    model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-6, max_iter=10_000))
    grid = {"logisticregression__C": means.GRID}
    search = GridSearchCV(model, grid, scoring="neg_log_loss", cv=PredefinedSplit(fold))
    search.fit(train.means, train.labels)
    assert own.chosen == {"C": search.best_params_["logisticregression__C"]}
    assert own.loss == pytest.approx(-np.mean(of_folds(search)), abs=1e-4)
    expected = search.predict_log_proba(test.means)
    np.testing.assert_allclose(own.score(test), expected, atol=0.02)  # of the classes' smoothing


def of_folds(search) -> list[float]:
    """The scores of the best settings on the five folds."""
    return [search.cv_results_[f"split{fold}_test_score"][search.best_index_] for fold in range(5)]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_cross_validation_of_every_baseline_weighs_no_text_that_it_fits(name):
    """Texts of the one class that a fold alone has choose nothing, and nothing breaks."""
    train, test = drawn(60, 1), drawn(30, 2)
    fold = np.arange(60) % 5
    one = BASELINES[name].cross_validated(train, fold, 2)
    parts = [(train.at(fold != each), train.at(fold == each)) for each in range(5)]
    losses = [BASELINES[name].fit(rest, held, 2).loss for rest, held in parts]
    assert one.loss >= np.mean(losses) - 1e-9  # each part alone chooses with hindsight
    apart = np.where(train.labels == 1, 0, 1 + fold)
    assert np.isfinite(BASELINES[name].cross_validated(train, apart, 2).score(test)).all()
    alone = train.at(np.arange(60) < 2)  # a text of each class: no fold has both
    alone = dataclasses.replace(alone, labels=np.array([0, 1]))
    fitted = BASELINES[name].cross_validated(alone, np.array([0, 1]), 2)
    assert np.isnan(fitted.loss)
    assert np.isfinite(fitted.score(test)).all()
