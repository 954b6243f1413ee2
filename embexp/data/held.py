"""Labelled texts that a user holds in memory: data frames, `datasets`' objects, and lists."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from embexp.data.columns import LABEL_NAMES, TEXT_NAMES, check_apart, choose_column
from embexp.data.files import SPLIT_STEMS, checked_rows
from embexp.data.labels import LABELLINGS, Labelled, named
from embexp.data.stored import Rows, store
from embexp.errors import InputError, unknown

BATCH = 1 << 14
"""Rows that are looked at at once."""
MISSING = ("None", "nan", "NaT", "<NA>")
"""What values that stand for none are printed as."""
Batches = Iterable[tuple[Sequence[Any], Sequence[Any]]]
"""Texts and labels, as many of both in each batch."""


class Held(NamedTuple):
    """Rows of one split in memory, or still to come.

    Args:
        names: what its columns of texts and labels are called.
        classes: the names of the classes whose labels are numbers, in order.
    """

    batches: Batches
    names: tuple[str, str]
    classes: tuple[str, ...] = ()


def corpus_of(
    data: Any, *, text: str | None = None, label: str | None = None, labels: str = "classes"
) -> str:
    """Keeps labelled texts in memory as a file, and returns the name that specs take as `corpus`.

    The name is made of a checksum of the texts and labels, so that runs are found again
    when the same data are given again, in whatever form. The file lies in the folder
    `corpora` of the cache (`EMBEXP_CACHE`, by default `embexp` in the user's folder of
    caches), where it stays until it is deleted; `load_corpus(name).provenance` says where.

    Streaming data sets are read in one pass, in batches: in memory are some batches of
    16,384 rows and the names of the classes. A run reads the file again: while its data are
    made ready the texts are in memory, and while it trains the ids of their words.

    Args:
        data: a pandas `DataFrame`; a `Dataset` or `IterableDataset` of the library
            `datasets`, whose `ClassLabel` names the classes; a pair `(texts, labels)`; or
            a mapping of these by split, such as a `DatasetDict`. Splits are named train,
            validation (or dev, valid, val) and test, others are left out; those that are
            missing are carved from train as with files. Missing texts are refused.
        text, label: the columns of texts and labels, by default those of usual names.
        labels: their kind: `classes`, `numbers` (head `regression`) or `sets` (lists of
            classes, head `multi-label`).

    Raises:
        InputError: data of another kind or without rows, a missing column, text or label,
            labels of mixed kinds or of fewer than two classes, or no cache.

    >>> texts = ["good film", "bad film", "fine cast", "poor cast", "fine film", "poor plot"]
    >>> corpus_of((texts, ["pos", "neg"] * 3))
    'stored:a849bf8ac643a125'
    """
    if data is None:
        raise InputError(
            "None was given for the data; give a data frame, a Dataset or a pair of lists (texts, "
            "labels)"
        )
    if labels not in LABELLINGS:
        raise unknown("kind of labels", labels, LABELLINGS)
    splits = _splits(data) if isinstance(data, Mapping) else {"train": (f"the {_kind(data)}", data)}
    parts, classes = {}, ()
    for split, (where, each) in splits.items():
        held = _held(each, text, label, where)
        parts[split] = Rows(_checked(held, where, labels), where)
        classes = classes or held.classes
    return store(parts, classes, labels)


def _splits(data: Mapping[Any, Any]) -> dict[str, tuple[str, Any]]:
    """What each split of a mapping is called in an error, and its rows."""
    found: dict[str, tuple[str, Any]] = {}
    for key, rows in data.items():
        split = SPLIT_STEMS.get(str(key))
        if split in found:
            raise InputError(
                f"the {_kind(data)} has two entries for the {split} split, one of them {key!r}; "
                "keep only one"
            )
        if split:
            found[split] = f"the {_kind(data)}'s {key!r}", rows
    if "train" not in found:
        raise InputError(
            f"the {_kind(data)} has no split named train, but {[str(key) for key in data]}; name "
            "the splits train, validation and test"
        )
    return found


def _kind(data: Any) -> str:
    return "pair of lists" if isinstance(data, tuple) else type(data).__name__


def _held(data: Any, text: str | None, label: str | None, where: str) -> Held:
    """The columns of texts and labels of one object.

    The libraries of an object are there where the object is, so none is imported for it.
    """
    frames, sets = (sys.modules.get(name) for name in ("pandas", "datasets"))
    if frames is not None and isinstance(data, frames.DataFrame):
        columns = list(map(str, data.columns))
        names = _columns(columns, text, label, where)
        texts, labels = (data.iloc[:, columns.index(name)] for name in names)
        return Held(_slices(len(data), lambda rows: (texts.iloc[rows], labels.iloc[rows])), names)
    if sets is not None and isinstance(data, sets.Dataset | sets.IterableDataset):
        return _of_dataset(data, text, label, where)
    if isinstance(data, tuple) and len(data) == 2 and all(map(_is_list, data)):
        return _of_lists(*data, text, label, where)
    raise InputError(
        f"{where} is no data frame, no Dataset, no pair of lists (texts, labels) and no mapping of "
        "these by split; make it one of them, or give the path of a file as corpus"
    )


def _is_list(values: Any) -> bool:
    """Whether values can be counted and sliced, as those of lists, arrays and columns can."""
    sliced = hasattr(values, "__len__") and hasattr(values, "__getitem__")
    return sliced and not isinstance(values, str | bytes | Mapping)


def _of_lists(texts: Any, labels: Any, text: str | None, label: str | None, where: str) -> Held:
    if text is not None or label is not None:
        raise InputError(f"{where} has no columns; leave out text and label")
    if len(texts) != len(labels):
        raise InputError(
            f"{where} has {len(texts)} texts but {len(labels)} labels; give a label to each text"
        )
    rows = len(texts)
    texts, labels = (getattr(each, "iloc", each) for each in (texts, labels))
    return Held(_slices(rows, lambda rows: (texts[rows], labels[rows])), ("texts", "labels"))


def _columns(
    names: Sequence[str], text: str | None, label: str | None, where: str
) -> tuple[str, str]:
    """The names of the columns of texts and of labels."""
    found = (
        choose_column(names, text, TEXT_NAMES, "text", where),
        choose_column(names, label, LABEL_NAMES, "label", where),
    )
    check_apart(where, {"texts": found[0], "labels": found[1]})
    if twice := next((name for name in found if names.count(name) > 1), None):
        raise InputError(f"{where} has two columns named {twice!r}; rename one")
    return found


def _of_dataset(data: Any, text: str | None, label: str | None, where: str) -> Held:
    """A data set's columns; a streamed one may not name them before its first row."""
    names = data.column_names
    if names is None:
        names = list(next(iter(data), {}))
        if not names:
            raise InputError(f"{where} holds no rows; a row for each text is needed")
    chosen = _columns(names, text, label, where)
    feature = (data.features or {}).get(chosen[1])
    classes = tuple(getattr(getattr(feature, "feature", feature), "names", None) or ())
    rows = data.with_format(None).select_columns(list(chosen)).iter(BATCH)
    return Held(((batch[chosen[0]], batch[chosen[1]]) for batch in rows), chosen, classes)


def _slices(rows: int, take: Callable[[slice], tuple[Any, Any]]) -> Batches:
    """Batches of so many rows; `take` gives those of a slice."""
    for first in range(0, rows, BATCH):
        yield take(slice(first, first + BATCH))


def _plain(values: Any) -> list[Any]:
    """Values of Python's own types; None for what is missing, however a library writes it."""
    listed = values.tolist() if hasattr(values, "tolist") else values
    plain = [each.item() if isinstance(each, np.generic) else each for each in listed]
    return [each if isinstance(each, str) or str(each) not in MISSING else None for each in plain]


def _checked(held: Held, where: str, kind: str) -> Iterator[Labelled]:
    """The rows in batches, with the names of their classes.

    Raises:
        InputError: no rows, only empty texts, a missing text or label, labels of mixed kinds.
    """
    first, written, kinds = 0, False, {}
    for texts, labels in held.batches:
        texts, labels = _plain(texts), _plain(labels)
        place = lambda row, first=first: f"{where}, row {first + row}"  # noqa: E731
        for row, label in enumerate(labels):
            if isinstance(label, str | int | float):
                kinds.setdefault(isinstance(label, str), (place(row), label))
        if len(kinds) > 1:
            (here, one), (there, other) = kinds.values()
            raise InputError(
                f"{here} has the label {one!r:.60} and {there} the label {other!r:.60}; make all "
                "of them text or all of them numbers"
            )
        if held.classes:
            names = dict(enumerate(held.classes))
            labels = [named(label, names) for label in labels]
        rows = checked_rows(texts, labels, place, held.names, kind)
        first, written = first + len(texts), written or any(map(str.strip, rows.texts))
        yield rows
    if not first:
        raise InputError(f"{where} holds no rows; a row for each text is needed")
    if not written:
        raise InputError(
            f"{where}: every text in {held.names[0]!r} is empty; does another column hold the "
            "texts?"
        )
