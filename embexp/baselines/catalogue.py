"""The baselines by name."""

from embexp.baselines.baseline import Baseline, PlainBaseline, majority
from embexp.baselines.label_sets import base_rates, set_loss, sets_mean_vectors, sets_tf_idf
from embexp.baselines.mean_vectors import mean_vectors
from embexp.baselines.nbsvm import nbsvm
from embexp.baselines.numbers import (
    mean_number,
    ridge_mean_vectors,
    ridge_tf_idf,
    squared_error,
)
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
    "mean-number": PlainBaseline(
        "the mean of the training numbers, for every text",
        "the least squared error without texts",
        mean_number,
        labelling="numbers",
        loss=squared_error,
    ),
    "ridge-tf-idf": PlainBaseline(
        "ridge regression on TF-IDF weights of words, or of words and bigrams",
        "Hoerl & Kennard 1970",
        ridge_tf_idf,
        labelling="numbers",
        loss=squared_error,
    ),
    "ridge-mean-vectors": PlainBaseline(
        "ridge regression on the mean vector of each text: the best head of a frozen mean",
        "Hoerl & Kennard 1970",
        ridge_mean_vectors,
        reads="means",
        labelling="numbers",
        loss=squared_error,
    ),
    "base-rates": PlainBaseline(
        "the share of each class in the training texts, for every text",
        "shares with add-one smoothing",
        base_rates,
        labelling="sets",
        loss=set_loss,
    ),
    "sets-tf-idf": PlainBaseline(
        "a logistic regression for each class on TF-IDF of words, or of words and bigrams",
        "Salton & Buckley 1988",
        sets_tf_idf,
        labelling="sets",
        loss=set_loss,
    ),
    "sets-mean-vectors": PlainBaseline(
        "a logistic regression for each class on the mean vector of each text",
        "Conneau & Kiela 2018, bag of vectors",
        sets_mean_vectors,
        reads="means",
        labelling="sets",
        loss=set_loss,
    ),
}
"""A new baseline is one function and one entry here."""
