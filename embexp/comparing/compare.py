"""Which start and regime is best on a user's own texts, asked in Python."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embexp import aliases
from embexp.comparing.beyond import check_arms, check_variants
from embexp.comparing.comparison import Comparison
from embexp.comparing.effort import ENCODER, REGIMES, VECTORS, Effort
from embexp.comparing.request import compared, request, save_best
from embexp.comparing.tables import written
from embexp.data.held import corpus_of
from embexp.errors import InputError, unknown
from embexp.models import HEADS
from embexp.spec import settings
from embexp.vectors.stored import vectors_of

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

    from embexp.words import Vectors

COLUMNS = {"text": None, "label": None, "second": None, "header": True, "head": "classes"}
"""Settings of the data, with what users get by default."""
ARGUMENTS = {"corpus": "the data, the first argument", "regime": "regimes", "seed": "seeds"}
"""Settings that `compare` has an argument for."""
OTHERS = ("results", "regimes", "executor", "save_models")
"""Arguments that are no settings, beside those of the effort."""


def compare(
    data: Any,
    labels: Any = None,
    *,
    vectors: "str | Path | Vectors | KeyedVectors | Iterable[Any]" = VECTORS,
    regimes: str | Iterable[str] = REGIMES,
    encoder: str | Iterable[str] = ENCODER,
    seeds: int = 12,
    trials: int = 12,
    results: str | Path = "runs",
    **options: Any,
) -> Comparison:
    """Compares regimes on labelled texts, each tuned with the same effort.

    It is the command `embexp compare`, with the same numbers: every arm gets as many trials
    of its hyper-parameters, the least validation loss chooses, fresh seeds measure the choice,
    and baselines stand beside the arms. Runs that the folder of results holds are not made
    again, so a call that was interrupted continues when it is repeated.

    Args:
        data: a path, a data set's name, or `hub:NAME`; a list of texts beside their `labels`;
            or what `embexp.corpus_of` takes, such as a pandas frame or a `Dataset`.
        labels: one for each text of a list.
        vectors: pretrained vectors, or several: names, paths, `Vectors` or `KeyedVectors`.
        regimes: names in `embexp.REGIMES`.
        encoder: a name in `embexp.ENCODERS`, or several.
        seeds: of each arm, after its hyper-parameters are chosen.
        trials: draws of hyper-parameters of each arm; with 0 settings stay as they are.
        results: where a folder for these data is made.
        options: `text` and `label` (columns of a file or a frame), `second` and `header` (of
            a file) and `head` (`classes`, `regression` or `multi-label`); `splits`, `budgets`
            and `minutes`, as on the command line; `save_models` and `executor`, as in
            `embexp.run`; and any setting of a `Spec`, which is then not searched.

    Raises:
        InputError: a mistake in the data, the options or the folder, before any training.

    >>> import numpy as np
    >>> from tempfile import TemporaryDirectory
    >>> from embexp import Vectors
    >>> texts = [f"a {word} film {n}" for n in range(20) for word in ("good", "bad")]
    >>> vectors = Vectors(["good", "bad", "film"], np.eye(3))
    >>> quick = {"regimes": "frozen", "seeds": 1, "trials": 0, "epochs": 1, "lexicon": None}
    >>> with TemporaryDirectory() as folder:
    ...     found = compare(texts, ["+", "-"] * 20, vectors=vectors, results=folder, **quick)
    ...     found.best.predict(["a good one", "a bad one"]).shape
    (2,)
    >>> print(found.answer[:25])
    Validation chooses frozen
    >>> found.sure, "accuracy" in {*found.table()["measure"]}
    (False, True)
    """
    arms = {"vectors": vectors, "regime": regimes, "encoder": encoder}
    return answered(
        data, labels, arms, Path(results), {"seeds": seeds, "trials": trials, **options}
    )


def answered(
    data: Any, labels: Any, arms: Mapping[str, Any], results: Path, options: dict[str, Any]
) -> Comparison:
    """The comparison that `compare` is asked for.

    Args:
        arms: vectors, regimes and encoders, each one or several.
        options: those of `compare`.
    """
    known = {*OTHERS, *COLUMNS, *Effort._fields, *settings(), *aliases.FIELDS}
    for name in options.keys() - known:
        raise unknown("argument", name, known - aliases.FIELDS.keys(), aliases.SETTINGS_ELSEWHERE)
    given: dict[str, Any] = {name: options.pop(name) for name in Effort._fields if name in options}
    effort = Effort(**given)
    effort = effort._replace(budgets=several(effort.budgets))
    effort.check()
    check_variants(effort.splits, effort.budgets)
    training = {"executor": options.pop("executor", "local"), "tasks": {}}
    save_models = options.pop("save_models", False)
    for name in ARGUMENTS.keys() & options.keys():
        raise InputError(f"{name} is no setting here; give {ARGUMENTS[name]}")
    every = {name: several(value) for name, value in arms.items()}
    named = {"vectors": every["vectors"], "regimes": every["regime"], "encoder": every["encoder"]}
    check_arms(options.get("head", COLUMNS["head"]), named)
    asked = request(
        data_of(data, labels, {name: options.pop(name, COLUMNS[name]) for name in COLUMNS}),
        every | {"vectors": list(map(vectors_name, every["vectors"]))},
        options,
        results=results,
        effort=effort,
        tasks=training["tasks"],
    )
    made = compared(asked, training, save_models=save_models)
    found = written(asked.folder, only=made.asked, tried=made.tried)
    found.check(made.specs, asked.folder)
    best, answer = None, found.table.answer
    if answer:
        best = save_best(answer["best"], made, asked.folder, training)
    return Comparison(asked.folder, found.table, found.results.with_trials(made.tried), best)


def several(given: Any) -> list[Any]:
    """What was given as a list, or one value as a list of it."""
    return [*given] if isinstance(given, list | tuple | set | range) else [given]


def vectors_name(given: Any) -> str:
    """The name by which runs know vectors: those in memory are kept in the cache."""
    return str(given) if isinstance(given, str | Path) else vectors_of(given)


def data_of(data: Any, labels: Any, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The corpus and its columns as settings of runs: texts in memory are kept in the cache.

    Raises:
        InputError: labels beside data that have some, columns of a file for data in memory,
            or whatever `corpus_of` refuses.
    """
    if columns["head"] not in HEADS:
        raise unknown("head", columns["head"], HEADS)
    named = isinstance(data, str | Path)
    table = isinstance(data, Mapping) or hasattr(data, "columns") or hasattr(data, "column_names")
    if labels is not None and (named or table):
        kind = f"the path {str(data)!r}" if named else f"a {type(data).__name__}"
        raise InputError(f"labels are given beside {kind}; name their column, as label=…")
    if named:
        return {"corpus": str(data), **columns}
    if odd := [name for name in ("second", "header") if columns[name] != COLUMNS[name]]:
        raise InputError(f"{odd[0]} is of a file, but the data are a {type(data).__name__}")
    corpus = corpus_of(
        data if labels is None else (data, labels),
        text=columns["text"],
        label=columns["label"],
        labels=HEADS[columns["head"]].labelling,
    )
    return {"corpus": corpus, **COLUMNS, "head": columns["head"]}
