"""Specs from keyword arguments: one, or every combination of lists."""

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from embexp import aliases
from embexp.declared import declared, foreign
from embexp.errors import InputError
from embexp.printable import quoted
from embexp.spec import Spec, settings

MOST_RUNS = 100_000
"""The most runs of one grid: a day's work even at a second each."""

UNMEASURED: dict[str, Any] = {
    "similarity": (),
    "lexicon": None,
    "tracked_pairs": (),
    "polarity_corpus": "validation",
}
"""Settings of runs that are looked at for their task alone: of tables only what needs nothing more
is measured."""

HELD = {"corpus": "corpus_of", "vectors": "vectors_of", "reference": "vectors_of"}
"""Fields that name data, and the function that names data in memory."""


def make(**fields: Any) -> Spec:
    """A spec, where a wrong field is a user's mistake in one sentence.

    Raises:
        InputError: names the field, the value and what it may be.
    """
    try:
        return Spec(**fields)
    except ValidationError as error:
        errors = error.errors()
        first = [each for each in errors if each["loc"][:1] == errors[0]["loc"][:1]][-1]
        if isinstance(cause := first.get("ctx", {}).get("error"), InputError):
            raise cause from None
        name, *inside = first["loc"]  # a place in a list, or one of the types of a union
        place = ".".join([str(name), *(str(each) for each in inside if isinstance(each, int))])
        if first["type"] == "missing":
            described = Spec.model_fields[place].description
            raise InputError(f"{place} is missing: {described}") from None
        plain = isinstance(first["input"], int | float | None)
        if first["type"] == "string_type" and place in HELD and not plain:
            raise InputError(
                f"{place} is a name or a path, not a {type(first['input']).__name__}; "
                f"embexp.{HELD[place]}(…) gives a name to what is in memory"
            ) from None
        raise InputError(
            f"{place} = {quoted(first['input'])} is refused: {first['msg'].lower()}"
        ) from None


def grid(**fields: Any) -> list[Spec]:
    """Every combination of the fields that are given as lists; a tuple is one value.

    A parameter of an encoder or a regime goes to those that have it, and runs that are
    equal then are given once.

    Raises:
        InputError: a wrong field, an empty list, or more runs than `MOST_RUNS`.

    >>> regimes = ["random", "frozen"]
    >>> [spec.title for spec in grid(corpus="sst2", regime=regimes, encoder="mean", seed=0)]
    ['mean · random · seed 0', 'mean · frozen · glove-6b-50d · seed 0']
    """
    lists = {
        name: value if isinstance(value, list | range) else [value]
        for name, value in fields.items()
    }
    if empty := next((name for name, values in lists.items() if not values), None):
        raise InputError(f"{empty} is an empty list, which makes a grid of no runs")
    check_runs(*map(length, lists.values()))
    products = itertools.product(*lists.values())
    return fitting(dict(zip(lists, values, strict=True)) for values in products)


def length(values: list[Any] | range) -> int:
    """How many values there are; `len` takes no range that is longer than memory."""
    return (
        len(values) if isinstance(values, list) else -(-(values.stop - values.start) // values.step)
    )


def check_runs(*lengths: int) -> None:
    """Checks that the product of the lengths of some lists is no more than `MOST_RUNS`.

    Raises:
        InputError: it is.
    """
    if (runs := math.prod(lengths)) > MOST_RUNS:
        factors = " × ".join(quoted(each) for each in lengths if each > 1)
        raise InputError(
            f"{factors} values make {quoted(runs)} runs, but a grid has {MOST_RUNS} at most; "
            "give fewer values"
        )


def fitting(combinations: Iterable[Mapping[str, Any]]) -> list[Spec]:
    """Specs of the given fields, each once, where every parameter goes to those that have it.

    Raises:
        InputError: a field is wrong, or a parameter is of none of them.
    """
    specs: dict[str, Spec] = {}
    unused: dict[str, InputError] = {}
    used: set[str] = set()
    for given in combinations:
        fields = aliases.accept(given)
        regime, encoder = fields.get("regime"), fields.get("encoder")
        own = {}
        if isinstance(regime, str) and isinstance(encoder, str):  # else `make` refuses them
            own = declared(regime, encoder)
        beside = {name for name in fields if name not in Spec.model_fields} - own.keys()
        unused |= {name: foreign(name, str(regime), str(encoder), settings()) for name in beside}
        used |= own.keys()
        spec = make(**{name: fields[name] for name in fields if name not in beside})
        specs.setdefault(spec.digest, spec)
    for name in unused.keys() - used:
        raise unused[name]
    return list(specs.values())
