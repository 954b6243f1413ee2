"""The tables that stand beside the rows of a folder, and whether they are what the rows give."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embexp.comparing.tables import table_from
from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.records import Results
    from embexp.runner.experiments import Experiment


def experiment_of(folder: Path) -> "Experiment | None":
    """The experiment of a folder's name; the results of `embexp compare`, say, have none."""
    from embexp.runner import experiments

    try:
        path = experiments.find(folder.name)
    except InputError:
        return None
    return experiments.load(str(path))


def options_of(experiment: "Experiment | None", found: "Results") -> dict[str, Any]:
    """How the table of some results is made: as their experiment asks, where they have that."""
    from embexp.report.comparison import fitting
    from embexp.report.select import measures_in

    if experiment is None:
        return fitting(found.runs, None, "regime")
    there = measures_in(found.rows)
    return {
        **fitting(found.runs, experiment.baseline, experiment.by),
        "family": experiment.family,
        "margin": experiment.margin,
        "measures": [name for name in experiment.measures or () if name in there] or None,
    }


def texts(folder: Path, found: "Results") -> dict[str, bytes]:
    """The tables that a folder's rows are enough for, in Markdown, by the names of their files.

    Args:
        found: from `records.read` of the folder.
    """
    from embexp.report import emergence, published, searches, writers
    from embexp.runner.searched import searches_of

    shown = found.reported()
    experiment = experiment_of(folder)
    made = {"table.md": table_from(folder, found, **options_of(experiment, shown))}
    if experiment and experiment.published:
        given = (experiment.published, experiment.source)
        made["published.md"] = published.table(made["table.md"], *given)
    if emergence.enough(shown.rows):
        made["emergence.md"] = emergence.table(**shown._asdict())
    if tuned := searches_of(found):
        made["search.md"] = searches.table(tuned, found.damaged)
    return {
        name: writers.markdown(each).encode(errors="backslashreplace")
        for name, each in made.items()
    }


def drift(folder: Path, made: Mapping[str, bytes]) -> list[str]:
    """Which tables of a folder are not those that are made from its rows."""
    return [
        name
        for name, text in made.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != text
    ]
