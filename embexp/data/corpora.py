"""Loading labelled texts: named data sets, data sets of the hub, and a user's own files."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from embexp.data.corpus import Corpus, assembled
from embexp.data.files import (
    checksum,
    read_labelled,
    read_lines,
    split_files,
)
from embexp.data.hub import read_hub
from embexp.data.labels import LABELLINGS, Labelled
from embexp.data.registry import CORPORA
from embexp.data.sources import CorpusSource, locate
from embexp.data.stored import PREFIX, read_stored
from embexp.errors import InputError, unknown

ON_HUB = CorpusSource("", "", "see the data set's card on the hub", {})
"""A data set of the hub that is not known by name."""


def read_corpus(
    name_or_path: str | Path,
    *,
    text: str | int | None = None,
    label: str | int | None = None,
    header: bool = True,
    second: str | int | None = None,
    labels: str | None = None,
) -> Corpus:
    """A named data set, one of the hub, or a user's files or data in memory, in three splits.

    Splits that the source lacks are carved from its training texts, a tenth each, by a
    draw that is the same for every run. Nothing is drawn from a test split that the
    source has. All texts are held in memory. (`embexp.load_corpus` also makes synthetic
    worlds.)

    Args:
        name_or_path: a name in `CORPORA`, `hub:OWNER/NAME[:CONFIG]`, a name that
            `corpus_of` gave, a file, or a folder with files named train, validation (or
            dev) and test.
        text, label: the columns of texts and labels in a file or a data set of the hub;
            see `read_labelled`.
        header: whether the first line of a file names its columns.
        second: the column of the second texts, if texts come in pairs.
        labels: their kind, a name in `LABELLINGS`; by default that of a named data set, and
            else classes.

    Raises:
        InputError: an unknown name, missing data, or data that cannot be learnt from;
            the sentence says what to do.

    >>> corpus = read_corpus("movie-reviews-rt")
    >>> corpus.labels, len(corpus.splits["train"])
    (('negative', 'positive'), 6826)
    """
    name = str(name_or_path)
    if name in CORPORA or name.startswith(PREFIX):
        if any(column is not None for column in (text, label, second)):
            raise InputError(
                f"the columns of {name!r} are known; name columns only for a file (./{name} for a "
                "file of this name) or a hub data set"
            )
        return _named(name, CORPORA[name], labels) if name in CORPORA else read_stored(name, labels)
    labels = labels or "classes"
    if name.startswith("hub:"):
        hub_name, _, config = name.removeprefix("hub:").partition(":")
        if not hub_name:
            raise InputError(f"{name!r} names no data set of the hub; write hub:OWNER/NAME")
        source = replace(ON_HUB, second=second, labels=labels)
        return _from_hub(name, source, (hub_name, text, label), config or None)
    return _from_files(name, text, label, header, second, labels)


def _from_files(
    name: str,
    text: str | int | None,
    label: str | int | None,
    header: bool,
    second: str | int | None,
    labels: str,
) -> Corpus:
    """A user's file, or the files of a folder."""
    path = Path(name)
    if not os.path.exists(path) and not path.suffix and len(path.parts) == 1:
        raise unknown("data set", name, [*CORPORA, "world"])
    paths = split_files(path) if os.path.isdir(path) else {"train": path}
    return assembled(
        name,
        {
            split: read_labelled(file, text, label, header, None, second, labels)
            for split, file in paths.items()
        },
        {split: file.name for split, file in paths.items()},
        (),
        labels,
        provenance=f"file {path}",
        terms="the user's own",
        checksum=checksum(paths.values()),
    )


def unlabelled_file(name: str) -> Path:
    """The file of a named data set's texts without labels.

    Raises:
        InputError: it has none, or their file is missing.
    """
    source = CORPORA.get(name)
    if source is None or source.unlabelled is None:
        there = ", ".join(each for each in CORPORA if CORPORA[each].unlabelled)
        raise InputError(f"{name!r} has no unlabelled texts ({there} has); leave unlabelled out")
    return locate({"unlabelled": source.unlabelled}, source.package)["unlabelled"]


def _named(name: str, source: CorpusSource, labels: str | None) -> Corpus:
    """A named data set from its files, or from the hub where the files are missing."""
    labels = labels or source.labels
    if labels != source.labels:
        raise InputError(
            f"the labels of {name!r} are {source.labels}; give "
            f"head={LABELLINGS[source.labels].head} for them"
        )
    try:
        paths = locate(source.files, source.package)
    except InputError as missing:
        if source.package:
            raise InputError(f"{name!r} is not here: {missing}") from None
        if not source.hub:
            raise InputError(
                f"{name!r} is neither here ({missing}) nor on the hub; set EMBEXP_DATA to a folder "
                "that has it, or give a file"
            ) from None
        try:
            return _from_hub(name, source, source.hub)
        except InputError as error:
            raise InputError(f"{name!r} is not here ({missing}), and {error}") from error
    if source.by_class:
        rows = [(text, label) for label, path in paths.items() for text in read_lines(path)]
        parts = {"train": Labelled(*map(list, zip(*rows, strict=True)))}
    else:
        header = not isinstance(source.columns[0], int)
        parts = {
            split: read_labelled(
                path, *source.columns, header, source.rows_of(split), source.second, labels
            )
            for split, path in paths.items()
        }
        parts = _renamed(parts, {str(number): label for number, label in enumerate(source.classes)})
    corpus = assembled(
        name,
        parts,
        dict.fromkeys(parts, name),
        source.classes,
        labels,
        provenance=source.provenance,
        terms=source.terms,
        checksum=checksum([*dict.fromkeys(paths.values())]),
    )
    return replace(corpus, official=corpus.official and source.official)


def _from_hub(
    name: str, source: CorpusSource, hub: tuple[str, Any, Any], config: str | None = None
) -> Corpus:
    """A data set of the hub as a corpus, with the names of classes that the source has."""
    hub_name, text, label = hub
    parts, classes = read_hub(hub_name, config, text, label, source.second, source.labels)
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    if source.classes:
        numbers = classes or map(str, range(len(source.classes)))
        parts = _renamed(parts, dict(zip(numbers, source.classes, strict=True)))
        classes = source.classes
    return assembled(
        name,
        parts,
        {split: f"hub:{hub_name}, {split} split" for split in parts},
        classes,
        source.labels,
        provenance=f"Hugging Face hub, {hub_name}{f' ({config})' if config else ''}",
        terms=source.terms,
        checksum=digest,
    )


def _renamed(parts: Mapping[str, Labelled], names: Mapping[str, str]) -> dict[str, Labelled]:
    """The same texts with other names of the classes; a label without another name stays."""
    return {
        split: Labelled(part.texts, [names.get(label, label) for label in part.labels])
        for split, part in parts.items()
    }
