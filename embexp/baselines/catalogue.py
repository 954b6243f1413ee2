"""The baselines by name."""

from embexp.baselines.baseline import Baseline, majority
from embexp.baselines.mean_vectors import mean_vectors
from embexp.baselines.nbsvm import nbsvm
from embexp.baselines.tf_idf import tf_idf

BASELINES = {
    "majority": Baseline(
        "the class shares of the training texts, for every text",
        "shares with add-one smoothing",
        majority,
    ),
    "tf-idf": Baseline(
        "logistic regression on TF-IDF weights of words, or of words and bigrams",
        "Salton & Buckley 1988",
        tf_idf,
    ),
    "nbsvm": Baseline(
        "logistic regression on words and bigrams scaled by their naive Bayes log-count ratio",
        "Wang & Manning 2012",
        nbsvm,
    ),
    "mean-vectors": Baseline(
        "logistic regression on the mean vector of each text: the best head of a frozen mean",
        "Conneau & Kiela 2018, bag of vectors",
        mean_vectors,
        reads="means",
    ),
}
"""A new baseline is one function and one entry here."""
