"""The saved model that a command is asked for."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.runner import Trained
    from embexp.spec import Spec


SHOWN = 4
"""How many runs are named of which one is to be chosen."""
USUAL = ("regime", "vectors", "encoder", "seed")
"""What runs are told apart by where that is enough."""


def saved_model(folder: Path, only: Sequence[str]) -> "Trained":
    """The one saved model of a folder whose run has some values.

    Where nothing is asked for and there are several, it is that of the arm that the answer chose.
    Runs at settings that other data sets chose are taken where they are asked for.

    Raises:
        InputError: there is none, or more than one; or one that it may be is damaged.
    """
    from embexp import records
    from embexp.grids import make
    from embexp.regimes import REGIMES
    from embexp.runner import trained
    from embexp.runner.checkpoints import model_path
    from embexp.runner.experiments import select

    runs = records.read_runs(folder)
    if lost := len(records.lost(folder, runs)):
        them = "1 run" if lost == 1 else f"{lost} runs"
        raise InputError(
            f"{them} of {folder} or what belongs to them is damaged, so that another model could "
            "be taken for yours; repeat the command that made them, which makes them again"
        )
    ended = [run["spec"] for run in runs.values() if run["error"] is None]
    every = (make(**fields) for fields in ended if fields["regime"] in REGIMES)
    specs = select([spec for spec in every if not spec.trial], only)
    saved = [spec for spec in specs if model_path(folder, spec.digest).is_file()]
    chosen = saved or specs
    if len(saved) > 1 and not only:
        chosen = chosen_by_answer(folder, saved) or saved
    elif len(saved) > 1:
        chosen = [spec for spec in saved if spec.search != records.OTHER_DATA] or saved
    if len(chosen) != 1:
        asked = f"--only {' '.join(only)}" if only else "without --only"
        bare = "" if saved else " (none has a saved model: run with --save-models)"
        more = "; …" if len(chosen) > SHOWN else ""
        raise InputError(
            f"{len(chosen)} runs of {folder} fit {asked}{bare}; name one: "
            f"{told_apart(chosen[:SHOWN])}{more}"
        )
    return trained(chosen[0], results=folder)


def chosen_by_answer(folder: Path, saved: "Sequence[Spec]") -> "list[Spec]":
    """The first seed's run of the arm that a comparison's answer chose, if it is saved."""
    from embexp import records
    from embexp.comparing.request import is_best
    from embexp.comparing.tables import answer_from

    found = records.read(folder)
    said = answer_from(folder, found)
    reported = found.reported().runs
    fit = [spec for spec in saved if spec.digest in reported and spec.train_texts is None]
    every = [spec for spec in fit if said and is_best(spec, said.best)]
    return sorted(every, key=lambda spec: spec.seed)[:1]


def told_apart(specs: "Sequence[Spec]") -> str:
    """Runs by the first settings that tell them apart, as `--only` takes them."""
    fields = [spec.model_dump(mode="json") for spec in specs]
    first = fields[0] if fields else {}
    names = dict.fromkeys((*USUAL, *first))
    differ = [name for name in names if any(each[name] != first[name] for each in fields)]
    named = [[f"{name}={json_or_text(each[name])}" for name in differ] for each in fields]
    count = next(
        n for n in range(1 + len(differ)) if len({tuple(each[:n]) for each in named}) == len(named)
    )
    return "; ".join(shlex.join(each[:count]) for each in named)


def json_or_text(value: Any) -> str:
    """A setting's value as `--only` reads it."""
    return value if isinstance(value, str) else "none" if value is None else json.dumps(value)
