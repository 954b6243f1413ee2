"""The kinds of labels: a class, a number, or a set of classes for each text."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Shaped

from embexp.errors import InputError


class Labelled(NamedTuple):
    """Texts, or pairs of texts, and each one's label as it is written."""

    texts: list[Any]
    labels: list[str]


Parts = Mapping[str, Labelled]
Labels = Shaped[np.ndarray, "labels *classes"]
"""Whole numbers of classes, floats, or a row of truth values for each text."""
Encoded = tuple[dict[str, Labels], tuple[str, ...]]
"""The labels of each split, and the names of classes."""
BETWEEN = ","
"""What stands between the names of a set of classes."""


MOST_RATINGS = 20
"""Numbers that may be classes: those of a scale of ratings."""


class Labelling(NamedTuple):
    """One kind of labels.

    Args:
        encode: parts of a corpus, what errors call each, and the classes in their order as
            far as it is known, as arrays.
        head: the head of a model that learns such labels.
        read: a label as a name from what a file holds: "" for none, None for what cannot be
            one.
        wrong: what is said of that, after the label.
        strata: whether splits have the same share of each label.
        empty: whether a text may be without a label.
    """

    encode: Callable[[Parts, Mapping[str, str], Sequence[str]], Encoded]
    head: str
    read: Callable[[Any], str | None]
    wrong: str = "not a name or a number; give it one, or leave the row out"
    strata: bool = False
    empty: bool = False


def classes(parts: Parts, where: Mapping[str, str], order: Sequence[str]) -> Encoded:
    """The number of each text's class.

    Raises:
        InputError: fewer than two classes, or parts whose classes differ.
    """
    names = class_names(parts["train"].labels)
    if len(names) < 2:
        raise InputError(
            f"{where['train']}: two classes are needed, but its labels are {list(names)}; does "
            "another column hold them?"
        )
    for split, part in parts.items():
        for odd in sorted(set(names) ^ set(part.labels)):
            here = where["train"] if odd in names else where[split]
            raise InputError(
                f"{where[split]} and {where['train']} differ in their labels: {odd!r:.60} stands "
                f"in {here} only; "
                "every split needs the same classes"
            )
    names = ordered(names, order)
    index = {name: number for number, name in enumerate(names)}
    return {
        split: np.array([index[label] for label in part.labels], np.int64)
        for split, part in parts.items()
    }, names


def numbers(parts: Parts, where: Mapping[str, str], order: Sequence[str]) -> Encoded:  # noqa: ARG001
    """The number of each text, as float32.

    Raises:
        InputError: numbers that are all the same.
    """
    found = {split: np.array(part.labels, np.float32) for split, part in parts.items()}
    if np.ptp(found["train"]) == 0:
        raise InputError(
            f"{where['train']}: all its numbers are {parts['train'].labels[0]}, so there is "
            "nothing to learn; does another column hold them?"
        )
    return found, ("number",)


def sets(parts: Parts, where: Mapping[str, str], order: Sequence[str]) -> Encoded:
    """Which classes each text has; names are separated by commas, and there may be none.

    Raises:
        InputError: fewer than two classes, or a class that no training text has.
    """
    named = {split: [*map(members, part.labels)] for split, part in parts.items()}
    names = ordered(class_names(name for each in named["train"] for name in each), order)
    if len(names) < 2:
        raise InputError(
            f"{where['train']}: two classes are needed, but its labels are {list(names)}; names "
            "of a text's classes are separated by commas"
        )
    index = {name: number for number, name in enumerate(names)}
    found: dict[str, Labels] = {}
    for split, every in named.items():
        for odd in sorted({name for each in every for name in each} - set(names)):
            raise InputError(
                f"{where[split]} has the label {odd!r:.60}, which no training text has; leave its "
                "rows out"
            )
        own = np.zeros((len(every), len(names)), bool)
        for row, each in enumerate(every):
            own[row, [index[name] for name in each]] = True
        found[split] = own
    return found, names


def class_name(label: Any) -> str | None:
    """A label as a name: "1" for 1 and 1.0, without spaces around it.

    "" for a missing label, as NaN is however it is written; None for what cannot be one.
    """
    if label is None or str(label).strip().lower() == "nan":
        return ""
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    return str(label).strip() if isinstance(label, str | int | float) else None


def named(label: Any, names: Mapping[int, str]) -> Any:
    """The name of a numbered class, or those of a list of them."""
    if isinstance(label, list):
        return [names.get(each) for each in label]
    return names.get(label)


def set_name(label: Any) -> str | None:
    """A set of classes as their names with commas between, from such a text or a list."""
    if not isinstance(label, list | tuple):
        return class_name(label)
    names = [*map(class_name, label)]
    return None if None in names else BETWEEN.join(filter(None, names))


def class_names(labels: Iterable[str]) -> tuple[str, ...]:
    """Distinct labels in the order of the classes: numerical if all are integers, else by name.

    >>> class_names(["10", "9", "9"]), class_names(["pos", "neg"])
    (('9', '10'), ('neg', 'pos'))
    """
    names = sorted(set(labels))
    try:
        return tuple(sorted(names, key=int))
    except ValueError:
        return tuple(names)


def ordered(names: tuple[str, ...], order: Sequence[str]) -> tuple[str, ...]:
    """Names in a known order, where it has all of them."""
    return tuple(name for name in order if name in names) if set(names) <= set(order) else names


def number_name(label: Any) -> str | None:
    """A finite number as text; as `class_name` else, None for what is none.

    >>> number_name("2.5"), number_name(float("nan")), number_name("good"), number_name("inf")
    ('2.5', '', None, None)
    """
    name = class_name(label)
    try:
        return name if not name or isfinite(float(name)) else None
    except ValueError:
        return None


def numbers_notice(names: Collection[str]) -> str | None:
    """What a user should know whose classes are more numbers than a scale of ratings has.

    >>> numbers_notice({"1", "2", "3"}) is numbers_notice({f"v{i}" for i in range(99)}) is None
    True
    >>> numbers_notice({f"{i / 10}" for i in range(99)})
    'its 99 labels are numbers; head=regression learns them as such'
    """
    if len(names) <= MOST_RATINGS or not all(map(number_name, names)):
        return None
    return f"its {len(names)} labels are numbers; head=regression learns them as such"


def alike_notice(names: Iterable[str]) -> str | None:
    """What a user should know whose classes differ by upper and lower case alone.

    >>> alike_notice(["pos", "neg"])
    >>> alike_notice(["neg", "Pos", "pos"])
    "its labels 'Pos' and 'pos' are two classes; write them alike if they mean the same"
    """
    first = dict[str, str]()
    for name in names:
        if (other := first.setdefault(name.casefold(), name)) != name:
            return (
                f"its labels {other!r} and {name!r} are two classes; write them alike if they "
                "mean the same"
            )
    return None


def members(label: str) -> list[str]:
    """The names in a set of classes.

    >>> members("joy, anger"), members("")
    (['joy', 'anger'], [])
    """
    return [name for name in map(str.strip, label.split(BETWEEN)) if name]


LABELLINGS = {
    "classes": Labelling(classes, "classes", class_name, strata=True),
    "numbers": Labelling(
        numbers,
        "regression",
        number_name,
        "which is no number; leave head out for classes, or name another column",
    ),
    "sets": Labelling(sets, "multi-label", set_name, empty=True),
}
"""The kinds of labels by name."""
