"""An experiment file into its cells: a Python file whose `specs(seeds)` gives them,
whose docstring says what they answer.
"""

import importlib.util
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any, get_args

from embexp.errors import InputError, unknown
from embexp.spec import Spec, make


@dataclass(frozen=True)
class Experiment:
    """A named question: `specs(seeds)` gives the cells; the other fields are those of
    the file's capitals, where it has them.

    baseline, by, measures: what its table compares and shows. keep_models: whether
    trained parameters are kept. curves: whether what is published has every logged
    step, or the start, the picked step and the last one only.
    """

    name: str
    question: str
    specs: Callable[..., Sequence[Spec]]
    baseline: str | None
    by: str
    measures: tuple[str, ...] | None
    keep_models: bool
    curves: bool


def load(name_or_path: str) -> Experiment:
    """The experiment of a Python file, or of a name in the folder `experiments/` here
    or beside the package.

    Raises:
        InputError: no such file or name, or a file without `specs`.
    """
    path = find(name_or_path)
    module = execute(path)
    if not callable(getattr(module, "specs", None)):
        raise InputError(
            f"{path} has no function specs(seeds) that gives the cells of the experiment"
        )
    question = (module.__doc__ or "").strip().partition("\n")[0]
    return Experiment(
        path.stem,
        question,
        module.specs,
        baseline=getattr(module, "BASELINE", None),
        by=getattr(module, "BY", "regime"),
        measures=getattr(module, "MEASURES", None),
        keep_models=getattr(module, "KEEP_MODELS", False),
        curves=getattr(module, "CURVES", True),
    )


def folders() -> list[Path]:
    """Where experiments are sought by name."""
    return [Path("experiments"), Path(__file__).parent.parent / "experiments"]


def find(name_or_path: str) -> Path:
    """The file that a path or a name stands for."""
    path = Path(name_or_path)
    if path.suffix == ".py" and path.is_file():
        return path
    for folder in folders():
        if (
            (named := folder / f"{path.stem}.py").is_file()
            and path.name in (path.stem, named.name)
            and path.parent in (Path(), folder)
        ):
            return named
    raise unknown(
        "experiment",
        name_or_path,
        {found.stem for folder in folders() for found in folder.glob("*.py")},
    )


def execute(path: Path) -> ModuleType:
    """The module of an experiment's file, run as the user asked."""
    spec = importlib.util.spec_from_file_location(f"experiment_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} cannot be read as a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"{path} cannot be run: {type(error).__name__}: {error}; mend the experiment's file"
        ) from error
    return module


def cells(
    experiment: Experiment, *, seeds: int | None, settings: Sequence[str], only: Sequence[str]
) -> list[Spec]:
    """The experiment's specs for some seeds, with settings put in place and a selection made.

    Args:
        seeds: how many; the experiment's own number if not given.
        settings: `key=value` each, put into every spec.
        only: `key=value` each; a spec stays where every key has one of the values given
            for it.
    """
    if seeds is not None and seeds < 1:
        raise InputError(f"--seeds {seeds} makes no cells; give 1 or more")
    specs = given(experiment, seeds)
    if changes := dict(setting(text, "--set") for text in settings):
        specs = [make(**{**spec.model_dump(), **changes}) for spec in specs]
    return select(specs, only)


def given(experiment: Experiment, seeds: int | None) -> list[Spec]:
    """What the experiment's own function gives.

    Raises:
        InputError: it breaks, or gives something else than specs.
    """
    try:
        specs = list(experiment.specs() if seeds is None else experiment.specs(seeds))
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"specs of experiment {experiment.name!r} breaks: {type(error).__name__}: {error}; mend its file"
        ) from error
    if strange := next((one for one in specs if not isinstance(one, Spec)), None):
        raise InputError(
            f"specs of experiment {experiment.name!r} gives {strange!r:.60}, which is no Spec; build its cells with embexp.grid"
        )
    return specs


def select(specs: Sequence[Spec], only: Sequence[str]) -> list[Spec]:
    """The specs that have, for every key, one of the values given for it."""
    wanted: dict[str, list[Any]] = {}
    for text in only:
        key, value = setting(text, "--only")
        wanted.setdefault(key, []).append(value)
    for key, values in wanted.items():
        if missing := [
            value for value in values if not any(has(spec, key, value) for spec in specs)
        ]:
            raise unknown(
                f"{key} in this experiment",
                str(missing[0]),
                {str(getattr(spec, key)) for spec in specs},
            )
    return [
        spec
        for spec in specs
        if all(any(has(spec, key, value) for value in values) for key, values in wanted.items())
    ]


def has(spec: Spec, key: str, value: Any) -> bool:
    """Whether a field of a spec has a value, however a number is spelt: `rate=1` is 1.0."""
    own = spec.model_dump(mode="json")[key]
    return own == value or str(own) == str(value)


def setting(text: str, option: str) -> tuple[str, Any]:
    """`key=value` as a field of a spec and its value: JSON where it is JSON, `none`
    where nothing may be given, else text.
    """
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"{option} {text!r} is not of the form key=value")
    if key not in Spec.model_fields:
        raise unknown("setting", key, Spec.model_fields)
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        optional = NoneType in get_args(Spec.model_fields[key].annotation)
        return key, None if optional and value.lower() == "none" else value
