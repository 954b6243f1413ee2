"""Labelled texts that are kept as a Parquet file in the cache, named by their checksum."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from embexp.data.corpus import Corpus, assembled
from embexp.data.labels import LABELLINGS, Labelled
from embexp.data.splits import SPLITS
from embexp.errors import InputError
from embexp.formats import parquet, private, streams

PREFIX = "stored:"
FOLDER = "corpora"
LETTERS = 16
"""Letters of the checksum that are in a name: enough that no two data sets share one."""
ROWS = 1 << 16
"""Rows that are read from a file at once."""


class Rows(NamedTuple):
    """Rows of one split as they come, in batches, and what an error calls the split."""

    batches: Iterable[Labelled]
    where: str


class _Sum:
    """A checksum of labelled texts, which does not depend on how they come in batches."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, split: str, rows: Labelled) -> None:
        """Goes on by some rows; those of "train" come first, and those of "test" last."""
        for row in zip(rows.texts, rows.labels, strict=True):
            self._digest.update(json.dumps([split, *row]).encode())

    def of(self, classes: Sequence[str], labels: str) -> str:
        """SHA-256, as hex, of all rows and the names of their classes, by the kind of labels."""
        about = classes if labels == "classes" else [labels, classes]
        self._digest.update(json.dumps(about).encode())
        return self._digest.hexdigest()


def store(parts: Mapping[str, Rows], classes: Sequence[str] = (), labels: str = "classes") -> str:
    """Writes labelled splits into the cache and returns the name that `read_stored` takes.

    The name is `stored:` and the checksum of texts, labels and splits, so the same data have
    the same name whatever they came from. One batch of rows is held in memory.

    Args:
        classes: the classes in their order, as far as it is known.
        labels: their kind, a name in `LABELLINGS`.

    Raises:
        InputError: no cache, a disk that cannot be written, text that is no Unicode, or
            labels that cannot be learnt from.
    """
    where = {split: part.where for split, part in parts.items()}
    shown: dict[str, dict[str, None]] = {split: {} for split in parts}

    def content(stream: BinaryIO) -> str:
        import pyarrow as pa
        import pyarrow.parquet as pq

        total = _Sum()
        schema = pa.schema([(name, pa.string()) for name in ("split", "text", "label")])
        with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
            for split in filter(parts.__contains__, SPLITS):
                for rows in parts[split].batches:
                    total.add(split, rows)
                    shown[split].update(dict.fromkeys(rows.labels))
                    columns = [split] * len(rows.texts), rows.texts, rows.labels
                    try:
                        arrays = [pa.array(column, pa.string()) for column in columns]
                    except UnicodeEncodeError as error:
                        raise InputError(
                            f"{where[split]} holds {error.object[error.start]!r}, an unpaired "
                            "surrogate, which no file can hold; mend the text or leave its row out"
                        ) from None
                    writer.write_batch(pa.record_batch(arrays, schema=schema))
            each = {split: Labelled(list(names), list(names)) for split, names in shown.items()}
            _, order = LABELLINGS[labels].encode(each, where, classes)
            about = {"classes": json.dumps(order), "labels": labels}
            writer.add_key_value_metadata(about)
        return f"{total.of(order, labels)[:LETTERS]}.parquet"

    return PREFIX + private.keep(FOLDER, content).stem


def read_stored(name: str, labels: str | None = None) -> Corpus:
    """The corpus of a name that `store` gave; splits that it lacks are carved from "train".

    Args:
        labels: the kind that they must be of, a name in `LABELLINGS`.

    Raises:
        InputError: the file is not there, it does not hold what its name says, or its
            labels are of another kind.
    """
    path = stored_file(name)
    parts: dict[str, Labelled] = {}
    total = _Sum()
    for split, rows in _read(path):
        total.add(split, rows)
        there = parts.setdefault(split, Labelled([], []))
        there.texts.extend(rows.texts)
        there.labels.extend(rows.labels)
    classes, kind = json.loads(_noted(path, b"classes")), _noted(path, b"labels")
    digest = total.of(classes, kind)
    if not digest.startswith(name.removeprefix(PREFIX)):
        raise _damaged(path)
    if labels not in (None, kind):
        raise InputError(
            f"the labels of {name!r} are {kind}; give head={LABELLINGS[kind].head} for them"
        )
    return assembled(
        name,
        parts,
        {split: f"{name}, {split} split" for split in parts},
        classes,
        kind,
        provenance=f"data in memory, kept in {path}",
        terms="the user's own",
        checksum=digest,
    )


def stored_file(name: str) -> Path:
    """Where the data of a name that `store` gave lie, as Parquet with columns split, text, label.

    Raises:
        InputError: they are not there.
    """
    file = f"{name.removeprefix(PREFIX)}.parquet"
    return private.kept(FOLDER, file, name, "embexp.corpus_of(…) of the same data")


def _read(path: Path) -> Iterator[tuple[str, Labelled]]:
    """The rows of a file in batches, each of one split."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with private.reading(path) as stream, pq.ParquetFile(stream) as file:
            parquet.check_size(file.metadata)
            for batch in file.iter_batches(ROWS, columns=["split", "text", "label"]):
                splits, texts, labels = (column.to_pylist() for column in batch.columns)
                for split in dict.fromkeys(splits):
                    first, count = splits.index(split), splits.count(split)
                    inside = slice(first, first + count)
                    yield split, Labelled(texts[inside], labels[inside])
    except (pa.ArrowException, *streams.BROKEN) as error:
        if isinstance(error, InputError):
            raise
        raise _damaged(path) from error


def _noted(path: Path, what: bytes) -> str:
    """What a file notes of its labels: their kind, or the names of the classes in their order."""
    import pyarrow.parquet as pq

    return pq.read_metadata(path).metadata[what].decode()


def _damaged(path: Path) -> InputError:
    return InputError(
        f"{path} does not hold the data that its name stands for; embexp.corpus_of(…) of the same "
        "data writes it again"
    )
