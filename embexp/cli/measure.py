"""The command `embexp measure`: every intrinsic measure of vector files, side by side."""

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from embexp.cli.options import Format, Many, Whole
from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.measures import Value
    from embexp.report.formatting import Grid, Table
    from embexp.words import Vectors


KINDS = ("semantic", "sentiment", "geometry")


def measure(
    files: Annotated[list[str], Parameter(negative=())],
    *,
    reference: str | None = None,
    start: str | None = None,
    words: str | None = None,
    similarity: Annotated[tuple[str, ...], Many] = (),
    lexicon: str | None = None,
    synonyms: str | None = None,
    analogies: str | None = None,
    limit: Annotated[int | None, Whole] = None,
    format: Format | None = None,
) -> None:
    """Measure vectors: meaning, sentiment and geometry, with intervals, chance levels and coverage.

    Parameters
    ----------
    files
        Vector files in any format, or names (see `embexp data list`); several are
        measured on their common words.
    reference
        Pretrained vectors that neighbours and geometry are compared with; words that
        they lack are not measured.
    start
        The table before training: how far did each file move from it?
    words
        The sheet of words that `embexp vectors export` writes beside a run's table: with
        it (and the start and the reference) every measure has the value in the run's
        rows.
    similarity
        Your own files of word1, word2, score, beside the known sets.
    lexicon
        Your own file of word and valence; its values stand beside those of VADER, Hu-Liu
        and Warriner.
    synonyms
        Your own file of synonym or antonym, word1, word2, or WordNet's dict folder; its
        values stand beside those of the WordNet that is found.
    analogies
        Your own questions, four words a line, beside Google's.
    limit
        Measure the first words of each file only.
    format
        How the table is printed; for reading in a terminal by default.
    """
    from embexp.cli.options import print_table
    from embexp.measures import intrinsic, lexical_resources, read_word_sheet
    from embexp.measures.resources import with_defaults
    from embexp.progress import saying

    names = labels(files)
    with saying("reading the vectors"):
        tables = {name: read(file, limit) for name, file in zip(names, files, strict=True)}
        against = {
            what: read(file, None)
            for what, file in (("reference", reference), ("start", start))
            if file is not None
        }
    with saying("reading pairs, lexicons and relations"):
        sheet = None if words is None else read_word_sheet(words)
        asked = lexical_resources(similarity, synonyms, lexicon, analogies)
        resources = with_defaults(asked)
    values = {}
    for name, vectors in zip(names, intrinsic.common(list(tables.values()), names), strict=True):
        with saying(f"measuring {name}"):
            values[name] = intrinsic.measure(vectors, **against, sheet=sheet, resources=resources)
    counts = {name: len(vectors) for name, vectors in tables.items()}
    print_table(table(values, counts, resources.missing), format)


def labels(files: Sequence[str]) -> list[str]:
    """What a table calls the files: their names, with their folders where names are equal.

    Raises:
        InputError: a file is given twice.
    """
    if repeated := next((file for file in files if list(files).count(file) > 1), None):
        raise InputError(f"{repeated} is given twice; name each file once")
    short = [Path(file).name for file in files]
    return [
        file if short.count(name) > 1 else name for file, name in zip(files, short, strict=True)
    ]


def read(file: str, limit: int | None) -> "Vectors":
    """Vectors by name or path, or their first words only."""
    from embexp.vectors.registry import load_vectors
    from embexp.words import Vectors

    if limit is not None and limit < 1:
        raise InputError(f"--limit {limit} leaves no words; give 1 or more")
    vectors = load_vectors(file)
    return vectors if limit is None else Vectors(vectors.words[:limit], vectors.table[:limit])


def table(
    values: "Mapping[str, Mapping[str, Value]]",
    words: Mapping[str, int],
    missing: Mapping[str, str],
) -> "Table":
    """The values of each file as a table.

    Measures without a value on any file are named below it, as are resources that were
    not there.

    Args:
        values: by file, then by measure.
        words: how many words each file has.
        missing: resources that are not on this machine, and why.
    """
    from embexp.measures import describe
    from embexp.report.formatting import Table
    from embexp.report.select import HEADLINE, few

    first, *others = values.values()
    measures = [name for name in first if all(name in other for other in others)]
    known = [
        name for name in measures if any(isfinite(found[name].value) for found in values.values())
    ]
    apart = [name for name in known if few(name, first[name].n)]
    enough = {
        kind: [name for name in known if name not in apart and describe(name).what == kind]
        for kind in KINDS
    }
    counts = ", ".join(f"{name} {count:,}" for name, count in words.items())
    shared = "measured on their common words; " if others else ""
    unknown = [in_a_list(describe(name).title) for name in measures if name not in known]
    caption = (
        f"Words: {counts}; {shared}unknown words are left out.",
        "Value [95 % interval over items]; n: items measured of those that there are.",
        f"No value, as too few of their words are known: {', '.join(unknown)}.",
    )
    return Table(
        title="Intrinsic measures",
        caption=caption if unknown else caption[:-1],
        summary=tuple(grid(values, names, kind) for kind, names in enough.items() if names),
        details=(grid(values, apart, f"Fewer than {HEADLINE} items, too few for a headline"),)
        if apart
        else (),
        notes=tuple(f"not measured: {name}: {reason}" for name, reason in missing.items()),
        objects=tuple(
            record(file, name, found[name]) for file, found in values.items() for name in measures
        ),
    )


def in_a_list(title: str) -> str:
    """A measure's title where commas stand between titles.

    >>> in_a_list("analogies, 3CosAdd")
    'analogies (3CosAdd)'
    """
    name, comma, which = title.partition(", ")
    return f"{name} ({which})" if comma else title


def grid(
    values: "Mapping[str, Mapping[str, Value]]", measures: Sequence[str], title: str
) -> "Grid":
    """A line for each measure, a column for each file."""
    from embexp.measures import describe
    from embexp.report.formatting import Grid, interval, number

    body = []
    for name in measures:
        found = [each[name] for each in values.values()]
        counts = dict.fromkeys(f"{value.n:,}/{value.total:,}" for value in found)
        chances = dict.fromkeys(
            "" if value.chance is None else number(value.chance) for value in found
        )
        shown = map(interval, found)
        body.append((describe(name).title, *shown, ", ".join(counts), ", ".join(chances)))
    return Grid(title, (title, *values, "n", "chance"), tuple(body), 1)


def record(file: str, name: str, value: "Value") -> dict[str, Any]:
    """One measure of one file in JSON's types; what is not defined is null."""
    from embexp.measures import describe

    row = {"vectors": file, "measure": name, "what": describe(name).what, **value._asdict()}
    del row["stratum"]
    return {key: None if isinstance(x, float) and not isfinite(x) else x for key, x in row.items()}
