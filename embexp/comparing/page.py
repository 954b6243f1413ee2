"""The page of a folder of results, under the question of its experiment."""

import ast
import shlex
from contextlib import suppress
from pathlib import Path

from embexp.comparing.disagreements import disagreements
from embexp.comparing.rendered import options_of
from embexp.comparing.tables import table_from
from embexp.errors import InputError


def page_of(folder: Path, command: str, projection: str = "pca") -> str:
    """The page of a folder's rows, made by a command.

    Question, baseline and measures are those of the experiment of that name, as far as
    the rows have them.

    Args:
        projection: how the map of words is laid out, a name in `PROJECTIONS`.
    """
    from embexp import records
    from embexp.baselines import BASELINES
    from embexp.regimes import REGIMES
    from embexp.report.arms import BASELINE
    from embexp.report.page import About, page
    from embexp.runner import experiments
    from embexp.runner.baselines import POLARITY_BASELINES
    from embexp.runner.searched import searches_of

    every, options = records.read(folder), {}
    found = every.reported()
    question, commands, disagreeing = "", [command], None
    with suppress(InputError):  # no scores of single texts
        disagreeing = disagreements(folder, found)
    try:
        path = experiments.find(folder.name)
    except InputError:
        pass  # the results of `embexp compare`, say
    else:
        experiment = experiments.load(str(path))
        options = options_of(experiment, found)
        question = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        commands = [f"embexp run {shlex.quote(experiment.name)}", command]
    baselines = {**BASELINES, **POLARITY_BASELINES}
    known = {**REGIMES, **{BASELINE + name: each for name, each in baselines.items()}}
    return page(
        found.rows,
        found.runs,
        table_from(folder, every, **options),
        about=About(question, {name: each.summary for name, each in known.items()}, commands),
        searches=searches_of(every),
        paths=records.read_word_paths(folder, found.runs),
        disagreements=disagreeing,
        projection=projection,
    )


def write_page(folder: Path, out: Path, command: str, projection: str = "pca") -> None:
    """Writes the page of a folder's rows to a file."""
    from embexp import progress, storage

    with progress.saying("drawing the page"):
        text = page_of(folder, command, projection)
    storage.replace(out, lambda file: file.write(text.encode(errors="backslashreplace")))
