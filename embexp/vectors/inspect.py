"""Facts about vector files: format, shape, lengths, mended damage, and coverage of words."""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from embexp.data.files import read_texts
from embexp.data.readers import suffix_of
from embexp.data.tokens import tokenize
from embexp.errors import InputError
from embexp.formats import streams
from embexp.formats.limits import lines
from embexp.synthetic import load_corpus
from embexp.vectors.registry import contents, files
from embexp.vectors.text import texts_of

PLAIN = (".txt", ".text", "")


class Covered(NamedTuple):
    """How many distinct words and tokens have a vector.

    `missing` lists the most frequent words without one.
    """

    types: int
    types_total: int
    tokens: int
    tokens_total: int
    missing: list[str]


def describe(name_or_path: str | Path) -> tuple[dict[str, Any], list[str]]:
    """Facts about vectors by name or path, in JSON's types, and their words.

    `length` is the Euclidean length of a row. `mean share` is the length of the mean
    row over the mean length of rows, in [0, 1]; 0 if the rows point everywhere alike.
    """
    paths, found = files(name_or_path), contents(name_or_path)
    table, subwords = found.table, found.subwords
    lengths = np.sqrt(np.einsum("rd,rd->r", table, table, dtype=np.float64))
    low, middle, high = (float(each) for each in np.quantile(lengths, (0, 0.5, 1)))
    mean = float(np.linalg.norm(table.mean(axis=0, dtype=np.float64)))
    facts = {
        "file": ", ".join(map(str, paths)),
        "format": found.format,
        "bytes": sum(streams.inside(path)[0].stat().st_size for path in paths),
        "words": len(found.words),
        "dim": table.shape[1],
        "duplicates": found.duplicates,
        "broken": found.broken,
        "length low": low,
        "length median": middle,
        "length high": high,
        "zero rows": int((lengths == 0).sum()),
        "mean share": mean / float(lengths.mean()) if lengths.any() else 0.0,
        "n-grams": f"{subwords.shortest}–{subwords.longest}, {subwords.buckets} buckets"
        if subwords
        else "none",
    }
    return facts, found.words


def coverage(words: list[str], counts: Mapping[str, int], most: int = 10) -> Covered:
    """How many of the counted words have a vector; they are looked up as written."""
    has = frozenset(words)
    missing = sorted(
        (word for word in counts if word not in has), key=lambda word: (-counts[word], word)
    )
    total, lost = sum(counts.values()), sum(counts[word] for word in missing)
    return Covered(len(counts) - len(missing), len(counts), total - lost, total, missing[:most])


def count_corpus(
    name_or_path: str | Path, column: str | int | None = None, header: bool = True
) -> Counter[str]:
    """Token counts of a data set's training texts, or of all texts of a file, packed or not.

    Args:
        column: of the texts in a file that has several.
        header: whether the first line of a file with columns names them.
    """
    path = Path(name_or_path)
    if not os.path.isfile(path):
        texts = load_corpus(name_or_path, text=column).splits["train"].texts
    elif column is None and suffix_of(path) in PLAIN:
        texts = texts_of(path)
    else:
        texts = read_texts(path, column, header)
    counts = Counter(token for text in texts for token in tokenize(text))
    if not counts:
        raise InputError(f"{name_or_path} holds no words")
    return counts


def count_vocabulary(path: str | Path) -> Counter[str]:
    """Words of a vocabulary text, one a line, with their counts behind a tab or 1.

    Raises:
        InputError: no such file, no words in it, a count that is no number; the line is
            named.
    """
    counts = Counter[str]()
    with streams.reading(Path(path)) as stream:
        for number, line in enumerate(lines(stream), 1):
            word, tab, count = line.decode(errors="replace").rstrip("\r\n").partition("\t")
            if tab and not count.strip().isdecimal():
                raise InputError(f"{path}: line {number}: {count!r} is no count")
            if word:
                counts[word] += int(count) if tab else 1
    if not counts:
        raise InputError(f"{path} holds no words")
    return counts
