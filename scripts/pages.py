"""Fills the places for tables, numbers and lines of results in Markdown pages.

Places are comments; what stands between them and `<!-- end -->` is made anew:

- `<!-- table FOLDER MEASURES OPTION=VALUE… -->`: the summary of a folder's table, with
  options of `comparison` such as stratum=0; any other name is a field of the spec, and
  selects runs (encoder=mean);
- `<!-- value FOLDER FIELD MEASURE KEY=VALUE… -->`: a number with its interval, FIELD as
  in the JSON of `embexp table` (mean, difference) or `embexp table --emergence` (start,
  peak, decay), of the arm with these values, written without spaces; FIELD `item` gives
  the interval over items alone, and stratum=100-999 is as in `embexp table --stratum`;
- `<!-- files PACKAGE -->`: its files, each with the first line of its docstring;
- `<!-- lines FILE START -->`: the lines of a file that begin so;
- `<!-- verified FILE -->`: what `embexp verify --note FILE` wrote, the last line of each folder
  and environment;
- `<!-- languages CODE… -->`: the data sets, word lists and lexicons of each language, and where
  they come from;
- `<!-- data KIND… -->`: the data sets of each kind, and where their files lie.
"""

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

from embexp import records
from embexp.comparing.rendered import options_of
from embexp.comparing.tables import table_from
from embexp.data.registry import CORPORA
from embexp.data.scripts import DICTIONARIES
from embexp.data.tagged import TAGGED
from embexp.errors import InputError
from embexp.measures.data_files import Location
from embexp.measures.languages import word_lists
from embexp.report import emergence, writers
from embexp.report.formatting import Table, bounds, number
from embexp.report.tables import comparison
from embexp.runner.experiments import Experiment, load

ROOT = Path(__file__).parent.parent
PAGES = tuple(
    path.relative_to(ROOT) for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
)
OPTIONS = signature(comparison).parameters
WIDTH = 88
SENTIMENT = "polarity"
"""The measure whose onset others are ordered against."""
LISTS = {
    "texts": "labelled texts",
    "similarity": "word pairs with scores",
    "lexicon": "lexicon of polarity",
    "questions": "analogy questions",
}
"""What the lists of a language are called."""
DATA = {"texts": CORPORA, "tagged": TAGGED}
"""Data sets by kind."""
PLACE = re.compile(
    r"(<!-- (table|value|lines|files|verified|languages|data) (.+?) -->).*?(<!-- end -->)",
    re.DOTALL,
)


read = cache(records.read)
"""The results of a folder, read once for all places that show them."""


def experiment_of(folder: Path) -> Experiment:
    """The experiment that a folder has its rows from."""
    return load(str(ROOT / "experiments" / f"{folder.name}.py"))


def table(folder: Path, measures: Sequence[str] | None = None, **options: Any) -> Table:
    """The comparison of a folder's rows, with its experiment's measures by default.

    Args:
        options: those of `comparison`; any other is a field that the runs must have.
    """
    experiment, found = experiment_of(folder), read(folder)
    wanted = {name: options.pop(name) for name in [*options] if name not in OPTIONS}
    runs = {
        digest: run
        for digest, run in found.runs.items()
        if all(str(run["spec"].get(name)) == value for name, value in wanted.items())
    }
    options = options_of(experiment, found.reported()) | options
    options["measures"] = measures or options["measures"]
    return table_from(folder, found._replace(runs=runs), **options)


def filled(page: str) -> str:
    """The page with every place made anew."""
    return PLACE.sub(
        lambda place: f"{place[1]}{PLACES[place[2]](*place[3].split())}{place[4]}", page
    )


def shown(folder: str, measures: str, *options: str) -> str:
    """A folder's summary; its caption says how to read the means, and not the details."""
    given: dict[str, Any] = dict(option.split("=", 1) for option in options)
    made = table(ROOT / folder, split(measures), **given)
    caption = made.caption if any(each["starred"] for each in made.objects) else made.caption[:1]
    return f"\n\n{writers.summary(replace(made, caption=caption), WIDTH)}\n"


def value(folder: str, field: str, measure: str, *arm: str) -> str:
    """One number with its interval.

    Raises:
        ValueError: no arm or more than one has these values, or the arm has no such
            number.
    """
    wanted = dict(part.split("=", 1) for part in arm)
    stratum = wanted.pop("stratum", "all")
    shown = "item_low" if field == "item" else field
    found = [
        each
        for each in (objects(folder) if stratum == "all" else inside(folder, measure, stratum))
        if each["measure"] == measure
        and each.get(shown) is not None
        and all(str(each.get(key)).replace(" ", "") == text for key, text in wanted.items())
    ]
    if len(found) != 1:
        raise ValueError(
            f"{len(found)} arms of {folder} have {field} of {measure} with {' '.join(arm)}"
        )
    low, high = (
        found[0].get(f"{'' if field == 'mean' else field + '_'}{end}") for end in ("low", "high")
    )
    interval = ""
    if low is not None and high is not None and number(low) != number(high):
        interval = bounds(low, high)
    return interval if field == "item" else f"{number(found[0][field])} {interval}".strip()


@cache
def objects(folder: str) -> Sequence[Mapping[str, Any]]:
    """What the tables of a folder say of every measure that the pages quote from it."""
    path = ROOT / folder
    rows, runs, _ = read(path).reported()
    measures = quoted(folder)
    found = [*table(path, measures).objects]
    orders = [SENTIMENT, *(name for name in measures if name != SENTIMENT)]
    orders = [name for name in orders if any(row["measure"] == name for row in rows)]
    with suppress(InputError):  # too few steps or seeds for a curve
        found += emergence.table(rows, runs, orders).objects
    return found


@cache
def inside(folder: str, measure: str, stratum: str) -> Sequence[Mapping[str, Any]]:
    """What the table of a folder says of a measure on the words of a stratum."""
    return table(ROOT / folder, [measure], stratum=f"seen {stratum}").objects


def quoted(folder: str) -> list[str]:
    """The measures of a folder that the pages quote a number of."""
    places = [place for page in PAGES for place in PLACE.finditer((ROOT / page).read_text("utf-8"))]
    words = [place[3].split() for place in places if place[2] == "value"]
    return sorted({measure for name, _, measure, *_ in words if name == folder})


def lines(file: str, *start: str) -> str:
    """Lines of a file, as a list.

    Raises:
        ValueError: no line begins so.
    """
    begin = " ".join(start)
    every = (ROOT / file).read_text("utf-8").splitlines()
    if not (kept := [line for line in every if line.startswith(begin)]):
        raise ValueError(f"no line of {file} begins with {begin!r}")
    return "\n\n" + "\n".join(f"- {line}" for line in kept) + "\n\n"


def files(package: str) -> str:
    """Every file of a package with the first line of its docstring, as a list."""
    shown = []
    for path in sorted((ROOT / package).rglob("*.py")):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if path.name not in ("__init__.py", "__main__.py"):
            shown.append(f"- `{path.relative_to(ROOT / package)}`: {said.partition(chr(10))[0]}")
    return "\n\n" + "\n".join(shown) + "\n\n"


def verified(file: str) -> str:
    """Which results were verified where, and how many rows were found again, as a table."""
    made = [
        "| results | where | runs | rows | equal | near | not |",
        "|:--|:--|--:|--:|--:|--:|--:|",
    ]
    lines: dict[tuple[str, str], Mapping[str, Any]] = {}
    for each in map(json.loads, (ROOT / file).read_text("utf-8").splitlines()):
        where = f"{each['device']}, Python {each['python']}, JAX {each['versions']['jax']}"
        lines[each["results"], where] = each
    for (name, where), each in sorted(lines.items()):
        counts = (each[count] for count in ("runs", "rows", "equal", "within", "beyond"))
        made.append(f"| {name} | {where} | {' | '.join(map(str, counts))} |")
    return "\n\n" + "\n".join(made) + "\n\n"


def languages(*codes: str) -> str:
    """What there is by name for each language, a line for each name."""
    made = ["| language | what | name | where it lies |", "|:--|:--|:--|:--|"]
    for code in codes:
        texts = {name: each for name, each in CORPORA.items() if name.startswith(f"{code}-")}
        files = {name: sorted({*each.files.values()}) for name, each in texts.items()}
        places = {name: Location(tuple(each)) for name, each in files.items()}
        for kind, known in {"texts": places, **word_lists(code)}.items():
            made += [
                f"| {DICTIONARIES[code]} | {LISTS[kind]} | `{name}` | {place.summary} |"
                for name, place in known.items()
            ]
    return "\n\n" + "\n".join(made) + "\n\n"


def data(*kinds: str) -> str:
    """The data sets of each kind by name, and where they can be had."""
    made = ["| name | what | published as | files | hub |", "|:--|:--|:--|:--|:--|"]
    for name, each in (item for kind in kinds for item in DATA[kind].items()):
        files = "<br>".join(f"`{file}`" for file in dict.fromkeys(each.files.values()))
        place = f"package `{each.package}`" if each.package else files
        hub = f"`{each.hub[0]}`" if each.hub else ""
        made.append(f"| `{name}` | {each.summary} | {each.provenance} | {place} | {hub} |")
    return "\n\n" + "\n".join(made) + "\n\n"


def split(measures: str) -> list[str]:
    """Names separated by commas, but not by those inside parentheses."""
    return re.findall(r"[^,(]+(?:\([^)]*\))?", measures)


PLACES: Mapping[str, Callable[..., str]] = {
    "table": shown,
    "value": value,
    "lines": lines,
    "files": files,
    "verified": verified,
    "languages": languages,
    "data": data,
}


def write() -> None:
    """All pages, made anew."""
    for page in PAGES:
        (ROOT / page).write_text(filled((ROOT / page).read_text("utf-8")), encoding="utf-8")


def drift() -> list[str]:
    """The pages that do not show what the rows give."""
    texts = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
    return [
        f"{page} does not show what the rows give; run python scripts/render.py"
        for page, text in texts.items()
        if filled(text) != text
    ]
