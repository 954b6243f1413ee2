"""The command `embexp tensorboard`, which writes results as TensorBoard reads them."""

import re
from collections import defaultdict
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from embexp.cli.options import Whole, say
from embexp.errors import InputError
from embexp.printable import printable

if TYPE_CHECKING:
    from embexp.records import Results
    from embexp.runner import Trained

WORDS = 5000
"""As many words of a table TensorBoard's projector moves with ease."""


def tensorboard(results: str, target: Path, *, words: Annotated[int, Whole] = WORDS) -> None:
    """Write results for TensorBoard: curves of every run, words of saved models.

    For example: `embexp tensorboard mine logs`, then `tensorboard --logdir logs`.

    Parameters
    ----------
    results
        A folder of results, or its name in runs/ or results/.
    target
        The new folder.
    words
        How many of the most frequent words of each saved model to write for the projector.
    """
    from embexp import progress, records
    from embexp.cli.reports import folder_of

    folder = folder_of(results)
    if find_spec("tensorboardX") is None:
        raise InputError(
            "TensorBoard's files are written by an extra that is not installed: "
            'pip install "embexp[tensorboard]"'
        )
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target} is there already; give a new folder")
    writer_of = import_module("tensorboardX").SummaryWriter
    found, models = records.read(folder).reported(), 0
    with progress.saying(f"writing {target}"):
        for digest, curve in (curves := curves_of(found)).items():
            run = found.runs[digest]
            with writer_of(str(target / name_of(run))) as writer:
                for tag, value, step in curve:
                    writer.add_scalar(tag, value, step)
                if words and (model := saved(folder, run)) is not None:
                    add_words(writer, model, words)
                    models += 1
    say(f"{target}: curves of {len(curves)} runs, words of {models}; tensorboard --logdir {target}")


def curves_of(found: "Results") -> dict[str, list[tuple[str, float, int]]]:
    """Tag, value and step of all values over all words, by digest of the runs that trained."""
    curves: dict[str, list[tuple[str, float, int]]] = defaultdict(list)
    for row in found.rows:
        if row["stratum"] == "all" and row["value"] is not None:
            tag = f"{row['split']}/{row['measure']}"
            curves[row["digest"]].append((tag, row["value"], row["step"]))
    return {digest: curve for digest, curve in curves.items() if any(step for *_, step in curve)}


def name_of(run: Mapping[str, Any]) -> str:
    """A folder's name for a run: its arm, encoder and seed, and what tells it from others."""
    spec = run["spec"]
    title = f"{spec['encoder']} {run['arm']} seed {spec['seed']} {run['digest'][:6]}"
    return re.sub(r"[^\w.,=-]+", "-", title)


def saved(folder: Path, run: Mapping[str, Any]) -> "Trained | None":
    """The trained model of a run, if it was saved."""
    from embexp.grids import make
    from embexp.runner import trained
    from embexp.runner.checkpoints import model_path

    if not model_path(folder, run["digest"]).is_file():
        return None
    return trained(make(**run["spec"]), results=folder)


def add_words(writer: Any, model: "Trained", most: int) -> None:
    """Puts the vectors of a model's most frequent words into the projector, with what is known."""
    sheet = [*model.words_sheet()]
    frequent = sorted(range(len(sheet)), key=lambda row: -sheet[row][1])[:most]
    words = (sheet[row] for row in frequent)
    writer.add_embedding(
        model.vectors.table[frequent],
        metadata=[
            [printable(word), str(count), "" if log_odds is None else f"{log_odds:.3f}"]
            for word, count, _, log_odds in words
        ],
        metadata_header=["word", "training count", "log-odds"],
        tag="words",
    )
