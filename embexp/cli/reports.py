"""The commands `table`, `figure` and `report`, which show the rows of a folder of results."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from embexp.aliases import accept
from embexp.cli.options import Format, Many, On, print_table, say
from embexp.comparing.tables import results_of, table_of
from embexp.errors import InputError, unknown

if TYPE_CHECKING:
    from embexp.report.formatting import Table


def table(
    name: str,
    *,
    format: Format | None = None,
    measure: Annotated[list[str], Many] = [],
    baseline: str | None = None,
    by: str = "regime",
    checkpoint: str = "selected",
    stratum: str = "all",
    family: Annotated[list[str], Many] = [],
    emergence: Annotated[bool, On] = False,
    search: Annotated[bool, On] = False,
    disagree: Annotated[bool, On] = False,
    wide: Annotated[bool, On] = False,
) -> None:
    """Show the comparison table of results, with intervals and differences from a baseline.

    Parameters
    ----------
    name
        A folder of results, or its name in runs/ or results/.
    format
        The format of the table; made for the terminal if not given.
    measure
        Which measures.
    baseline
        The arm or regime, or the value of what --by names, that the others are compared
        with.
    by
        What is compared: regime, encoder, or another setting in which runs differ.
    checkpoint
        The step of the values: selected (by validation), start, last, or a number.
    stratum
        Words whose rows were updated that often: all, 0, 1-4, 5-99, 100-999, >=1000.
    family
        The measures whose p values are adjusted together; by default the first usual one.
    emergence
        Show instead when each measure rises, how far, whether it falls again, and
        whether sentiment comes before meaning.
    search
        Show instead how each arm was tuned: its trials, what they chose and whether that
        lies at an end of its range, and what fewer trials would have found.
    disagree
        Show instead the test texts on which each pair of arms disagrees most.
    wide
        Let lines on a terminal be longer than 80 columns, with more measures on each.
    """
    folder, shown = folder_of(name), {"measures": measure, "stratum": stratum}
    plain = baseline is None and (by, checkpoint, family) == ("regime", "selected", [])
    alone = plain and not (emergence or measure or stratum != "all")
    check_together(
        search=search and not alone,
        disagree=disagree and (search or not alone),
        emergence=emergence and not plain,
    )
    if search or disagree:
        made = (searched if search else disagreed)(folder)
    elif emergence:
        from embexp.report.emergence import table as emergence_table

        made = emergence_table(**results_of(folder), **shown)
    else:
        ((by, baseline),) = accept({by: baseline}).items()
        own = {"baseline": baseline, "by": by, "checkpoint": step_of(checkpoint)}
        made = table_of(folder, family=known(family) or None, **shown, **own)
    print_table(made, format, wide=wide)


def searched(folder: Path) -> "Table":
    """How the arms of a folder were tuned."""
    from embexp import records
    from embexp.runner.searched import search_table

    return search_table(records.read(folder))


def disagreed(folder: Path) -> "Table":
    """The test texts on which the arms of a folder disagree."""
    from embexp import records
    from embexp.comparing.disagreements import disagreements

    return disagreements(folder, records.read(folder).reported())


def check_together(*, search: bool, disagree: bool, emergence: bool) -> None:
    """Refuses options of one table beside those of another.

    Args:
        search, disagree, emergence: whether that table is asked for, and more.

    Raises:
        InputError: says which to leave out.
    """
    if disagree:
        raise InputError(
            "--disagree shows texts at the selected step; leave all other options but --format out"
        )
    if search:
        raise InputError(
            "--search shows how arms were tuned, by validation loss alone; leave all other "
            "options but --format out"
        )
    if emergence:
        raise InputError(
            "--emergence shows whole curves and no baseline; "
            "leave --checkpoint, --by, --baseline and --family out"
        )


def step_of(checkpoint: str) -> int | str:
    """The number of a step, or the name of one; longer numbers are no step."""
    return int(checkpoint) if checkpoint.isdecimal() and len(checkpoint) < 10 else checkpoint


def known(measures: Sequence[str]) -> Sequence[str]:
    """The names of measures, of which one that is none is refused."""
    from embexp.measures import describe

    for each in measures:
        describe(each)
    return measures


def figure(
    name: str,
    *,
    out: Path | None = None,
    measure: Annotated[list[str], Many] = [],
    kind: Literal["svg", "png", "pdf"] = "png",
    dark: Annotated[bool, On] = False,
) -> None:
    """Draw each figure for which there are enough results.

    They are the semantic–sentiment plane, curves of emergence, measures of sentiment by
    how often words' rows were updated, the sensitivity to a setting, and what searches
    find with fewer trials.

    Parameters
    ----------
    name
        A folder of results, or its name in runs/ or results/.
    out
        The folder that the figures go to; that of the results by default.
    measure
        The measures of the curves.
    kind
        The kind of file.
    dark
        Draw for dark paper, in files whose names end in -dark.
    """
    from embexp import records
    from embexp.report import drawing, figures
    from embexp.runner.searched import searches_of

    folder = folder_of(name)
    found = records.read(folder)
    rows = found.reported().rows
    if not (drawable := figures.drawable(rows, measure, searches_of(found))):
        raise InputError(
            f"{folder} has too little to draw: no word pairs with scores and few evaluation "
            f"steps; embexp table {name} shows it"
        )
    for title, draw in drawable.items():
        path = (out or folder) / f"{title}{'-dark' if dark else ''}.{kind}"
        drawing.save(draw(), path, dark=dark)
        say(path)


def report(name: str, *, out: Path | None = None, map: Literal["pca", "umap"] = "pca") -> None:
    """Write one page of HTML: what was run, tables, figures, holes, and how to read the numbers.

    Parameters
    ----------
    name
        A folder of results, or its name in runs/ or results/.
    out
        The file of the page; report.html beside the results by default.
    map
        How words are laid out: by principal components, or by UMAP, an extra, which keeps
        neighbours together and takes about a minute.
    """
    from embexp.comparing.page import write_page

    folder = folder_of(name)
    out = out or folder / "report.html"
    option = "" if map == "pca" else f" --map {map}"
    write_page(folder, out, f"embexp report {shlex.quote(name)}{option}", map)
    say(out)


def folder_of(name: str) -> Path:
    """The folder of results with a path or a name, in runs/ first, then in results/.

    Raises:
        InputError: there is none, or it holds no results.
    """
    from embexp.records import RUNS

    folders = (Path(name), Path("runs", name), Path("results", name))
    for folder in folders:
        if os.path.isfile(folder / RUNS):
            return folder
    if empty := next(filter(os.path.isdir, folders), None):
        raise InputError(
            f"the folder {str(empty)!r} holds no results; name one that embexp run or compare "
            "has written"
        )
    found = (path for root in ("runs", "results") for path in Path(root).glob(f"*/{RUNS}"))
    raise unknown("results", name, {path.parent.name for path in found})
