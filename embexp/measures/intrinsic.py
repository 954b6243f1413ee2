"""Measure a table by everything that needs no task, in a run and for a vector file alike."""

from collections.abc import Iterable, Sequence

from embexp.errors import InputError
from embexp.measures.evaluated import evaluated_words
from embexp.measures.resources import LexicalResources, lexical_resources, with_defaults
from embexp.measures.statistics import Value
from embexp.measures.summary import MeasuredTable
from embexp.measures.tables import table_measures
from embexp.measures.word_sheet import WordSheet, columns
from embexp.words import Vectors


def measure(
    vectors: Vectors,
    reference: Vectors | None = None,
    start: Vectors | None = None,
    sheet: WordSheet | None = None,
    resources: LexicalResources | None = None,
) -> dict[str, Value]:
    """Every intrinsic measure of a table, by its name in `MEASURES`.

    A run's table, measured with its start, its word sheet and its pretrained vectors as
    the reference, has the values of the run's rows.

    Args:
        reference: pretrained vectors; neighbours and geometry are compared with theirs,
            and words that they lack are not measured.
        start: the table before training, in any order of words; words that it lacks are
            not measured.
        sheet: counts, known words and log-odds; without it all words are measured, in
            the order of the file.
        resources: by default all that are on this machine.

    Raises:
        InputError: the table has no word in common with its reference, start or sheet.
    """
    if not len(vectors):
        raise InputError("the table has no words, so there is nothing to measure")
    if resources is None:
        resources = with_defaults(lexical_resources())
    if start is not None and vectors.dim != start.dim:
        raise InputError(
            f"a table of width {vectors.dim} did not start from one of width {start.dim}; "
            "is that its start?"
        )
    shared = [each for each in (vectors, start) if each is not None]
    shared = common(shared, ["the table", "its start"], sheet)
    if reference is not None:
        common([shared[0], reference], ["the table", "its reference"])
    words = evaluated_words(
        shared[0].words,
        **(columns(sheet, shared[0].words) if sheet else {}),
        resources=resources,
        reference=reference,
    )
    began = MeasuredTable(words, shared[1].table) if start is not None else None
    return dict(table_measures(MeasuredTable(words, shared[0].table, began), each_step=False))


def common(
    tables: Sequence[Vectors], names: Sequence[str], words: Iterable[str] | None = None
) -> list[Vectors]:
    """The tables on the words that all of them have.

    Args:
        words: the words that count, in their order; by default those of the first
        table.

    Raises:
        InputError: there is no such word; two tables that have none in common are
            named.
    """
    wanted = tables[0].words if words is None else words
    kept = [word for word in wanted if all(word in table for table in tables)]
    if not kept:
        lone = (
            i
            for i, table in enumerate(tables)
            if not any(word in table for word in tables[0].words)
        )
        other = "its words" if words is not None else names[next(lone, 1)]
        raise InputError(
            f"{names[0]} and {other} have no word in common, so they cannot be compared; "
            "is one in another case or language?"
        )
    return [
        table
        if kept == table.words
        else Vectors(kept, table.table[[table.index[word] for word in kept]])
        for table in tables
    ]
