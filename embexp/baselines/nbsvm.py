"""NBSVM: a linear model of n-grams that are scaled by naive Bayes log-count ratios."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import csr_array

from embexp.baselines.family import Family, Fit, LogProbabilities, Settings, log_loss
from embexp.baselines.logistic import Linear, one_vs_rest, problems, rest_probabilities
from embexp.baselines.ngrams import NGrams
from embexp.baselines.texts import LabelledTexts, Texts

GRID = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""C, which multiplies the loss of the texts."""
INTERPOLATIONS = (1.0, 0.75, 0.5, 0.25, 0.1, 0.0)
"""β, the share of the fitted weights; 0 leaves naive Bayes, scaled, and the bias."""


def nbsvm(train: LabelledTexts, held: LabelledTexts) -> Family:
    """NBSVM on binarised words and bigrams, with a logistic loss in place of the hinge.

    The n-grams f of a text are multiplied by r = log((p/‖p‖₁)/(q/‖q‖₁)), where p and q
    are 1 + the number of training texts of the class, and of the others, that have the
    n-gram (Wang & Manning 2012, section 2.1, α = 1). A linear model w is fitted to f∘r, and
    w′ = (1 − β)·w̄ + β·w replaces it, where w̄ is the mean of |w| (section 2.3); the
    bias stays. C and β are chosen on held-out texts.

    The paper fits w by a squared hinge loss, which gives no probabilities. The logistic
    loss gives them, is as near to the hinge as a smooth loss can be, and is the usual
    variant. More than two classes are fitted each against the rest, with an r each.
    Weights of texts multiply their losses; p and q are counts of texts whatever they weigh.
    """
    ngrams = NGrams(train)
    counts, others = binarised(ngrams.count(train)), binarised(ngrams.count(held))
    ratios = np.column_stack(
        [log_count_ratio(counts, train.labels == each) for each in problems(train.labels)]
    )
    column = {each: number for number, each in enumerate(problems(train.labels))}
    bayes = others @ ratios

    def scaled(each: int) -> csr_array:
        ratio = ratios[:, column[each]]
        data = counts.data * ratio[counts.indices]
        return csr_array((data, counts.indices, counts.indptr), shape=counts.shape)

    def fit(_: Settings, penalty: float) -> Fit:
        linear = one_vs_rest(scaled, train.labels, penalty, train.weights)
        mean, own = np.abs(linear.weights).mean(axis=0), others @ (ratios * linear.weights)

        def loss(beta: float) -> float:
            logits = (1 - beta) * mean * bayes + beta * own + linear.bias
            return log_loss(rest_probabilities(logits), held.labels, held.weights)

        def score(settings: Settings, texts: Texts) -> LogProbabilities:
            weights = ratios * interpolated(linear, settings["beta"])
            return rest_probabilities(binarised(ngrams.count(texts)) @ weights + linear.bias)

        choices = [{"beta": beta} for beta in INTERPOLATIONS]
        return Fit(choices, list(map(loss, INTERPOLATIONS)), score, linear.converged)

    return Family(fit, grid=GRID)


def binarised(counts: csr_array) -> csr_array:
    """1 where an n-gram occurs."""
    return csr_array((np.ones_like(counts.data), counts.indices, counts.indptr), shape=counts.shape)


def log_count_ratio(
    counts: csr_array, positive: Bool[np.ndarray, "texts"]
) -> Float[np.ndarray, "features"]:
    """The r of each n-gram: the log of its share among the class, over that among the rest."""
    p, q = (1 + np.asarray(counts[rows].sum(axis=0)) for rows in (positive, ~positive))
    return np.log(p / p.sum()) - np.log(q / q.sum())


def interpolated(linear: Linear, beta: float) -> Float[np.ndarray, "features problems"]:
    """(1 − β)·w̄ + β·w for each problem, where w̄ is the mean of |w|."""
    return (1 - beta) * np.abs(linear.weights).mean(axis=0) + beta * linear.weights
