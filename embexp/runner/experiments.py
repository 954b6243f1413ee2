"""Experiments: Python files whose `specs(seeds)` gives the runs that answer a question."""

import importlib.util
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any, get_args

from embexp import aliases
from embexp.declared import declared
from embexp.errors import InputError, unknown
from embexp.grids import check_runs, fitting
from embexp.measures import MEASURES, describe
from embexp.report.inference import MARGIN
from embexp.report.published import check
from embexp.spec import Spec, settings as known_settings


@dataclass(frozen=True)
class Experiment:
    """A named question and its runs; other fields are the file's capitals, where it has them.

    Args:
        question: the first paragraph of the file's docstring.
        specs: called with the number of seeds, or nothing for its own number.
        baseline, by, measures: what its table compares and shows.
        family: the measures whose tests count as confirmatory and are adjusted together;
            the first of `measures` if not given.
        margin: the smallest difference that matters, of accuracy or by measure.
        save_models: whether trained parameters are saved.
        trials: draws of hyper-parameters that each arm is tuned with; 0 takes its specs as
            they are.
        fixed: hyper-parameters that the specs give, and that are not searched.
        searches: how often the whole search is repeated, with other draws; tables show the
            first.
        curves: whether every evaluation step is published, or the start, the selected step
            and the last one only.
        published: for each arm that a paper has, the fields that tell it apart, regime last,
            and what was printed, by measure.
        source: where it was printed.
    """

    name: str
    question: str
    specs: Callable[..., Sequence[Spec]]
    baseline: str | None = None
    by: str = "regime"
    measures: tuple[str, ...] | None = None
    family: tuple[str, ...] | None = None
    margin: float | Mapping[str, float] = MARGIN
    save_models: bool = False
    trials: int = 0
    fixed: Sequence[str] = ()
    searches: int = 1
    curves: bool = True
    published: Sequence[Mapping[str, Any]] = ()
    source: str = ""


def load(name_or_path: str) -> Experiment:
    """The experiment of a Python file, or of a name in one of the `folders`.

    Raises:
        InputError: no such file or name, a file without `specs`, or an unknown measure in its
            family.
    """
    path = find(name_or_path)
    module = execute(path)
    if not callable(getattr(module, "specs", None)):
        raise InputError(f"{path} has no function specs(seeds) that gives an experiment's runs")
    question = " ".join((module.__doc__ or "").strip().partition("\n\n")[0].split())
    options = [*Experiment.__dataclass_fields__][3:]
    given = {
        name: getattr(module, name.upper()) for name in options if hasattr(module, name.upper())
    }
    if given.get("measures") is MEASURES:  # imported, to put a measure in
        del given["measures"]
    if "family" not in given and given.get("measures"):
        given["family"] = tuple(given["measures"][:1])
    for name in given.get("family") or ():
        describe(name)
    check(given.get("published") or (), str(path), known_settings())
    return Experiment(path.stem, question, module.specs, **given)


def folders() -> list[Path]:
    """Where experiments are looked up by name: here, in the package, beside it."""
    package = Path(__file__).parent.parent
    return [Path("experiments"), package / "experiments", package.parent / "experiments"]


def find(name_or_path: str) -> Path:
    """The file that a path or a name stands for."""
    path = Path(name_or_path)
    if path.suffix == ".py" and os.path.isfile(path):
        return path
    known = {found.stem: found for folder in folders()[::-1] for found in folder.glob("*.py")}
    if path.stem not in known or path.parent not in (Path(), known[path.stem].parent):
        raise unknown("experiment", name_or_path, known)
    return known[path.stem]


def execute(path: Path) -> ModuleType:
    """The module of an experiment's file, run as the user asked."""
    spec = importlib.util.spec_from_file_location(f"experiment_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} cannot be read as a Python file")
    module = importlib.util.module_from_spec(spec)
    _call(f"{path} cannot be run", spec.loader.exec_module, module)
    return module


def specs_of(
    experiment: Experiment,
    *,
    seeds: int | None = None,
    settings: Sequence[str] = (),
    only: Sequence[str] = (),
) -> list[Spec]:
    """The experiment's runs for some seeds, with settings put in place and a selection made.

    Args:
        seeds: how many; the experiment's own number if not given.
        settings: `key=value` each, put into every spec; a list makes a grid.
        only: `key=value` each; a spec stays if every key has one of the values given for it.
    """
    if seeds is not None and seeds < 1:
        raise InputError(f"--seeds {seeds} makes no runs; give 1 or more")
    check_runs(seeds or 1)
    given = () if seeds is None else (seeds,)
    specs = _call(f"specs of {experiment.name!r} breaks", lambda: list(experiment.specs(*given)))
    if strange := next((one for one in specs if not isinstance(one, Spec)), None):
        raise InputError(
            f"specs of experiment {experiment.name!r} gives {strange!r:.60}, which is no Spec; "
            "build its runs with embexp.grid"
        )
    for key, value in given_settings(settings).items():
        values = value if isinstance(value, list) else [value]
        if not values:
            raise InputError(f"--set {key}=[] makes no runs; give it a value")
        check_runs(len(specs), len(values))
        specs = fitting(changed(spec, key, one) for spec in specs for one in values)
    return select(specs, only)


def given_settings(texts: Sequence[str], command: str = "run") -> dict[str, Any]:
    """The settings that `--set` puts in place, from `key=value` each.

    Args:
        command: the one that they are given to.

    Raises:
        InputError: a text that is none, or a setting that is given twice.
    """
    found: dict[str, Any] = {}
    for text in texts:
        key, value = setting(text, "--set")
        if key in found:
            listed = f", or as a list, {key}=[…,…], of which each value makes runs"
            raise InputError(
                f"--set gives {key} twice, {found[key]} and {value}; give it once"
                + listed * (command == "run")
            )
        found[key] = value
    return found


def changed(spec: Spec, key: str, value: Any) -> dict[str, Any]:
    """The fields of a spec with one of them set.

    A parameter that another encoder or regime does not have goes with the old one.
    """
    fields = {**spec.model_dump(), **aliases.accept({key: value})}
    names = fields["regime"], fields["encoder"]
    known = all(isinstance(name, str) for name in names)  # else the fields' own checks say so
    own = {*Spec.model_fields, *(declared(*names) if known else ()), key}
    return {name: fields[name] for name in fields if name in own}


def _call(what: str, function: Callable[..., Any], *given: Any) -> Any:
    """Calls a user's own code.

    Raises:
        InputError: it breaks.
    """
    try:
        return function(*given)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{what}: {type(error).__name__}: {error}; mend the file") from error


def select(specs: Sequence[Spec], only: Sequence[str]) -> list[Spec]:
    """The specs that have, for every key, one of the values given for it."""
    wanted: dict[str, list[Any]] = {}
    for key, value in (setting(text, "--only") for text in only):
        if not any(has(spec, key, value) for spec in specs):
            there = {str(getattr(spec, key, None)) for spec in specs}
            raise unknown(f"{key} in this experiment", str(value), there)
        wanted.setdefault(key, []).append(value)
    return [
        spec
        for spec in specs
        if all(any(has(spec, key, value) for value in values) for key, values in wanted.items())
    ]


def has(spec: Spec, key: str, value: Any) -> bool:
    """Whether a field of a spec has a value, however a number is spelt: `clip=1` is 1.0."""
    own = getattr(spec, key, None)
    return own == value or str(own) == str(value)


def setting(text: str, option: str) -> tuple[str, Any]:
    """A field of a spec and its value, from `key=value`.

    The value is JSON where it is JSON, None for `none` where nothing may be given, and a
    tuple where the field takes one, a single name being a tuple of one.
    """
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"{option} {text!r} is not of the form key=value")
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):  # no JSON, thousands of digits, or of levels
        parsed = value
    ((key, parsed),) = aliases.accept({key: parsed}).items()
    if key not in known_settings():
        raise unknown("setting", key, known_settings(), aliases.SETTINGS_ELSEWHERE)
    if option == "--set" and key == "plugins":
        raise InputError(f"{option} {text}: plug-ins are found by themselves; --plugin loads one")
    if option == "--set" and key in ("trial", "search"):
        raise InputError(f"{option} {text}: searches set {key} themselves; leave it out")
    field = Spec.model_fields.get(key)
    if field is not None and NoneType in get_args(field.annotation) and parsed in ("none", "None"):
        parsed = None
    if isinstance(known_settings()[key], tuple) and isinstance(parsed, list | str):
        parsed = (parsed,) if isinstance(parsed, str) else tuple(parsed)
    return key, parsed
