"""Fills the places for tables, numbers and lines of results in Markdown pages.

Places are comments; what stands between them and `<!-- end -->` is made anew:

- `<!-- table FOLDER MEASURES OPTION=VALUE… -->`: the summary of a folder's table, with
  options of `comparison` such as stratum=0;
- `<!-- value FOLDER FIELD MEASURE KEY=VALUE… -->`: a number with its interval, FIELD as
  in the JSON of `embexp table` (mean, difference) or `embexp table --emergence` (start,
  peak, decay), of the arm with these values;
- `<!-- lines FILE START -->`: the lines of a file that begin so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from embexp import records
from embexp.runner.experiments import Experiment, load
from embexp.report import emergence, writers
from embexp.report.formatting import Table, bounds, number
from embexp.report.tables import comparison

ROOT = Path(__file__).parent.parent
PAGES = (Path("README.md"), Path("docs", "findings.md"))
PLACE = re.compile(r"(<!-- (table|value|lines) (.+?) -->).*?(<!-- end -->)", re.DOTALL)


def experiment_of(folder: Path) -> Experiment:
    """The experiment that a folder has its rows from."""
    return load(str(ROOT / "experiments" / f"{folder.name}.py"))


def table(folder: Path, measures: Sequence[str] | None = None, **options: Any) -> Table:
    """The comparison of a folder's rows, with its experiment's measures by default."""
    experiment = experiment_of(folder)
    options = {"baseline": experiment.baseline, "by": experiment.by} | options
    chosen = measures or experiment.measures
    return comparison(**records.read(folder)._asdict(), measures=chosen, **options)


def filled(page: str) -> str:
    """The page with every place made anew."""
    return PLACE.sub(
        lambda place: f"{place[1]}{PLACES[place[2]](*place[3].split())}{place[4]}", page
    )


def shown(folder: str, measures: str, *options: str) -> str:
    """A folder's summary."""
    given: dict[str, Any] = dict(option.split("=", 1) for option in options)
    return f"\n\n{writers.summary(table(ROOT / folder, split(measures), **given))}\n\n"


def value(folder: str, field: str, measure: str, *arm: str) -> str:
    """One number with its interval.

    Raises:
        ValueError: no arm or more than one has these values, or the arm has no such
            number.
    """
    wanted = dict(part.split("=", 1) for part in arm)
    found = [
        each
        for each in objects(folder, measure)
        if field in each and all(str(each.get(key)) == text for key, text in wanted.items())
    ]
    if len(found) != 1 or found[0][field] is None:
        raise ValueError(
            f"{len(found)} arms of {folder} have {field} of {measure} with {' '.join(arm)}"
        )
    low, high = (
        found[0].get(f"{'' if field == 'mean' else field + '_'}{end}") for end in ("low", "high")
    )
    interval = "" if low is None or high is None or low == high else f" {bounds(low, high)}"
    return f"{number(found[0][field])}{interval}"


@cache
def objects(folder: str, measure: str) -> Sequence[Mapping[str, Any]]:
    """What the tables of a folder say of a measure, an object an arm and table."""
    path = ROOT / folder
    rows, runs, _ = records.read(path)
    emerging = emergence.table(rows, runs, [measure]).objects if emergence.enough(rows) else ()
    return [*table(path, [measure]).objects, *emerging]


def lines(file: str, *start: str) -> str:
    """Lines of a file, as a list."""
    begin = " ".join(start)
    kept = [
        line
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines()
        if line.startswith(begin)
    ]
    return "\n\n" + "\n".join(f"- {line}" for line in kept) + "\n\n"


def split(measures: str) -> list[str]:
    """Names separated by commas, but not by those inside parentheses."""
    return re.findall(r"[^,(]+(?:\([^)]*\))?", measures)


PLACES: Mapping[str, Callable[..., str]] = {"table": shown, "value": value, "lines": lines}


def write() -> None:
    """All pages, made anew."""
    for page in PAGES:
        (ROOT / page).write_text(
            filled((ROOT / page).read_text(encoding="utf-8")), encoding="utf-8"
        )


def drift() -> list[str]:
    """The pages that do not show what the rows give."""
    texts = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
    return [
        f"{page} does not show what the rows give; run python scripts/render.py"
        for page, text in texts.items()
        if filled(text) != text
    ]
