"""Baselines whose loss weighs classes as the arms' does, against scikit-learn's setting."""

import csv
import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import log_softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler
from test_class_weight import FIELDS, of_splits

from embexp import grid, load_corpus, records, run
from embexp.baselines import BASELINES, LabelledTexts, logistic, mean_vectors as means, tf_idf
from embexp.baselines.baseline import weighed
from embexp.baselines.nbsvm import binarised, log_count_ratio
from embexp.baselines.ngrams import NGrams
from embexp.models.model import mean_nll
from embexp.runner.baselines import BaselineSpec, run_baselines

CLASSIFIERS = [name for name, each in BASELINES.items() if each.labelling == "classes"]


def drawn(texts: int, seed: int, shares: list[float]) -> LabelledTexts:
    """Texts of words that classes share in part, and their mean vectors; some classes are rare."""
    rng = np.random.default_rng(seed)
    vectors = np.random.default_rng(0).normal(size=(2 * len(shares) + 8, 5))
    labels = rng.choice(len(shares), texts, p=shares)
    labels[: len(shares)] = range(len(shares))
    ids = [rng.integers(2 * label, 2 * label + 8, rng.integers(1, 7)) for label in labels]
    rows = np.array([vectors[each].mean(axis=0) for each in ids])
    return LabelledTexts([[f"w{word}" for word in each] for each in ids], rows, labels)


TWO = [drawn(count, seed, [0.9, 0.1]) for count, seed in ((240, 1), (80, 2), (60, 3))]


def model(penalty: float, tol: float = 1e-8, **settings) -> LogisticRegression:
    return LogisticRegression(
        C=penalty, class_weight="balanced", tol=tol, max_iter=100_000, **settings
    )


def liblinear(penalty: float) -> LogisticRegression:
    return model(penalty, solver="liblinear", dual=True, random_state=0, tol=1e-6)


def lines(texts: LabelledTexts) -> list[str]:
    return [" ".join(tokens) for tokens in texts.tokens]


def held_loss(scores, train: LabelledTexts, held: LabelledTexts) -> float:
    """The mean of −log p(label) times the weight of the class in training."""
    (_, texts) = weighed((train, held), scores.shape[1], "balanced")
    whole = log_loss(held.labels, np.exp(scores), sample_weight=texts.weights, normalize=False)
    return whole / len(held)


def test_mean_vectors_are_fitted_and_chosen_as_scikit_learn_weighs_classes():
    train, held, test = TWO
    fitted = BASELINES["mean-vectors"].fit(train, held, 2, "balanced")
    scale = StandardScaler().fit(train.means)

    def scores(penalty, texts):
        found = model(penalty).fit(scale.transform(train.means), train.labels)
        return found.predict_log_proba(scale.transform(texts.means))

    losses = {penalty: held_loss(scores(penalty, held), train, held) for penalty in means.GRID}
    assert fitted.chosen == {"C": min(losses, key=losses.__getitem__)}
    assert fitted.loss == pytest.approx(min(losses.values()), rel=1e-4)
    expected = scores(fitted.chosen["C"], test)
    np.testing.assert_allclose(fitted.score(test), expected, atol=1e-3)
    plain = BASELINES["mean-vectors"].fit(train, held, 2)
    assert np.abs(plain.score(test) - expected).max() > 0.5


def test_tf_idf_is_fitted_and_chosen_as_scikit_learn_weighs_classes(monkeypatch):
    monkeypatch.setattr(logistic, "TOLERANCE", 1e-6)
    train, held, test = TWO
    fitted = BASELINES["tf-idf"].fit(train, held, 2, "balanced")

    def scores(penalty, order, texts):
        counted = TfidfVectorizer(
            tokenizer=str.split, token_pattern=None, ngram_range=(1, order), sublinear_tf=True
        )
        found = liblinear(penalty).fit(counted.fit_transform(lines(train)), train.labels)
        return found.predict_log_proba(counted.transform(lines(texts)))

    losses = {
        (penalty, order): held_loss(scores(penalty, order, held), train, held)
        for penalty in tf_idf.GRID[:8]  # where scikit-learn's solver converges, too
        for order in (1, 2)
    }
    chosen = (fitted.chosen["C"], fitted.chosen["ngrams"])
    assert not fitted.at_edge
    assert chosen == min(losses, key=losses.__getitem__)
    assert fitted.loss == pytest.approx(losses[chosen], rel=1e-4)
    np.testing.assert_allclose(fitted.score(test), scores(*chosen, test), atol=1e-3)


def test_nbsvm_is_fitted_as_scikit_learn_weighs_classes(monkeypatch):
    monkeypatch.setattr(logistic, "TOLERANCE", 1e-6)
    train, held, test = TWO
    fitted = BASELINES["nbsvm"].fit(train, held, 2, "balanced")
    ngrams = NGrams(train)
    counts, others = (binarised(ngrams.count(texts)) for texts in (train, test))
    ratio = log_count_ratio(counts, train.labels == 1)
    found = liblinear(fitted.chosen["C"]).fit(counts.multiply(ratio[None]).tocsr(), train.labels)
    beta, own = fitted.chosen["beta"], found.coef_[0]
    logits = others @ (ratio * ((1 - beta) * np.abs(own).mean() + beta * own)) + found.intercept_
    np.testing.assert_allclose(fitted.score(test)[:, 1], -np.logaddexp(0, -logits), atol=1e-3)
    assert fitted.loss == pytest.approx(held_loss(fitted.score(held), train, held), rel=1e-6)


def test_of_several_classes_a_text_of_weight_two_stands_there_twice(monkeypatch):
    monkeypatch.setattr(logistic, "TOLERANCE", 1e-6)
    train = drawn(90, 1, [0.6, 0.3, 0.1])
    weights = 1.0 + (train.labels == 2)
    twice = np.repeat(np.arange(90), weights.astype(int))
    features, labels = csr_array(train.means), train.labels
    alike = logistic.one_vs_rest(lambda _: features[twice], labels[twice], 3.0)
    found = logistic.one_vs_rest(lambda _: features, labels, 3.0, weights)
    np.testing.assert_allclose(found.weights, alike.weights, atol=1e-4)
    np.testing.assert_allclose(found.bias, alike.bias, atol=1e-4)
    exact = LogisticRegression(C=3.0, tol=1e-8)
    alike = means.fitted(exact, train.means[twice], labels[twice])
    found = means.fitted(exact, train.means, labels, weights)
    np.testing.assert_allclose(found.weights, alike.weights, atol=1e-4)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classes_of_one_size_are_weighed_by_nothing(name):
    train, held, test = (drawn(60, seed, [0.5, 0.5]) for seed in (1, 2, 3))
    train = dataclasses.replace(train, labels=np.arange(60) % 2)
    plain, alike = (BASELINES[name].fit(train, held, 2, weight) for weight in ("none", "balanced"))
    np.testing.assert_array_equal(plain.score(test), alike.score(test))
    assert plain.loss == alike.loss


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classes_that_are_rare_or_absent_break_no_fold(name):
    train, test = drawn(60, 1, [0.7, 0.25, 0.05]), drawn(30, 2, [0.7, 0.25, 0.05])
    fold = np.where(train.labels == 2, 0, np.arange(60) % 5)
    fitted = BASELINES[name].cross_validated(train, fold, 4, "balanced")
    assert np.isfinite(fitted.loss)
    assert np.isfinite(fitted.score(test)).all()


def test_the_head_over_a_frozen_mean_has_its_optimum_where_the_baseline_is():
    """The slope of the arms' own loss, with the penalty's, is zero there and nowhere else."""
    train, held, _ = (drawn(count, count, [0.7, 0.2, 0.1]) for count in (200, 50, 50))
    train, held = weighed((train, held), 3, "balanced")
    per_class = jnp.asarray([train.weights[train.labels == each][0] for each in range(3)])
    features = jnp.asarray(train.means)

    def loss(linear):
        weights, bias = linear
        every = jnp.ones(len(train), bool)
        logits = features @ weights + bias
        whole = len(train) * mean_nll(logits, jnp.asarray(train.labels), every, per_class)
        return (weights**2).sum() / 2 + whole

    def slope(weights) -> float:
        exact = LogisticRegression(C=1.0, tol=1e-8, max_iter=1000)
        found = means.fitted(exact, train.means, train.labels, weights)
        slopes = jax.grad(loss)((jnp.asarray(found.weights), jnp.asarray(found.bias)))
        return max(float(jnp.abs(each).max()) for each in slopes)

    assert slope(train.weights) < 1e-3  # of a sum over 200 texts, in float32
    assert slope(None) > 1


def written(folder) -> tuple[str, str]:
    """Texts of two classes, a tenth of them of the second, and vectors of their words."""
    rng = np.random.default_rng(0)
    words = [f"w{number}" for number in range(12)]
    with (folder / "rare.csv").open("w", newline="", encoding="utf-8") as target:
        file = csv.writer(target)
        file.writerow(["text", "label"])
        for number in range(900):
            shares = np.arange(4, 16) if number % 10 == 0 else np.arange(15, 3, -1)
            row = rng.choice(words, 5, p=shares / shares.sum())
            file.writerow([" ".join(row), ["often", "rare"][number % 10 == 0]])
    lines = [" ".join([word, *(f"{x:.4f}" for x in rng.normal(size=6))]) for word in words]
    (folder / "vectors.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return str(folder / "rare.csv"), str(folder / "vectors.txt")


def arms_of(folder) -> list:
    """A frozen mean arm on these texts, without and with weights."""
    corpus, vectors = written(folder)
    own = {"vectors": vectors, "dim": None, "regime": "frozen", "learning_rate": 0.1, "epochs": 20}
    return grid(**FIELDS | own, corpus=corpus, class_weight=["none", "balanced"])


def losses_of(folder) -> dict[tuple[str, str, str], float]:
    """The test losses of baselines by name, digest and measure."""
    rows = [row for row in records.read_rows(folder) if row["split"] == "test"]
    return {
        (row["regime"], row["digest"], row["measure"]): row["value"]
        for row in rows
        if row["measure"] in ("nll", "weighted_nll") and row["regime"].startswith("baseline: ")
    }


def test_baselines_are_recorded_with_the_loss_that_their_arms_have(tmp_path):
    plain, alike = arms_of(tmp_path)
    run_baselines([plain, alike], results=tmp_path)
    found = losses_of(tmp_path)
    assert len(found) == 2 * len(CLASSIFIERS)
    for spec, measure in ((plain, "nll"), (alike, "weighted_nll")):
        for name in CLASSIFIERS:
            assert (f"baseline: {name}", BaselineSpec(name, spec).digest, measure) in found
    parts = {
        name: LabelledTexts([[]] * len(part.labels), None, part.labels)
        for name, part in load_corpus(plain.corpus).splits.items()
    }
    for name in ("tf-idf", "nbsvm", "mean-vectors"):
        unweighted, own = (BaselineSpec(name, spec).digest for spec in (plain, alike))
        other, scores = (
            log_softmax(np.load(tmp_path / "logits" / f"{digest}.npy"), axis=1)
            for digest in (unweighted, own)
        )
        loss = found[f"baseline: {name}", own, "weighted_nll"]
        assert loss == pytest.approx(held_loss(scores, parts["train"], parts["test"]), rel=1e-5)
        assert loss < held_loss(other, parts["train"], parts["test"]) - 0.05


@pytest.mark.long
def test_a_frozen_mean_arm_comes_to_the_baseline_under_the_same_weights(tmp_path):
    """Trained steps; that the optimum is the same to many digits is tested above."""
    _, alike = arms_of(tmp_path)
    run([alike], results=tmp_path / "arm")
    run_baselines([alike], results=tmp_path)
    own = BaselineSpec("mean-vectors", alike).digest
    optimum = losses_of(tmp_path)["baseline: mean-vectors", own, "weighted_nll"]
    loss = of_splits(tmp_path / "arm")["test", "weighted_nll"]
    assert loss == pytest.approx(optimum, abs=0.05)


def test_weights_make_another_run_and_none_the_run_that_was():
    """The first names are those of runs that were made before baselines had weights."""
    names = ["majority", "tf-idf", "nbsvm", "mean-vectors", "training-counts"]
    fields = {"corpus": "imdb", "vectors": "glove-6b-50d", "regime": "frozen", "seed": 0}
    plain, alike = grid(**fields, encoder="mean", class_weight=["none", "balanced"])
    before = {name: BaselineSpec(name, plain).digest for name in names}
    assert before == {
        "majority": "88b3abac196b3738",
        "tf-idf": "4515313b1bbd7314",
        "nbsvm": "0a6985515f87bd3c",
        "mean-vectors": "30a46f1eb4947f96",
        "training-counts": "2230ac0564891f4e",
    }
    after = {name: BaselineSpec(name, alike).digest for name in names}
    assert {name for name in names if before[name] == after[name]} == {"training-counts"}
