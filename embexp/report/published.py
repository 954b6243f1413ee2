"""What a paper printed, beside the same arms here."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from embexp.errors import InputError, unknown
from embexp.measures import MEASURES
from embexp.report.formatting import HOLE, Grid, Interval, Table, interval, number, title

Known = Mapping[str, Any]
"""Fields that tell an arm apart, as the objects of a table have them, and its printed values by
measure."""


class Beside(NamedTuple):
    """A printed value, and what the table here says of the same arm.

    fields: those that tell the arm apart, regime last.
    here: the object of the table; empty where there is no such arm.
    """

    fields: tuple[str, ...]
    measure: str
    printed: float
    here: Mapping[str, Any]


def check(known: Sequence[Known], where: str, settings: Collection[str]) -> None:
    """Refuses printed values that no arm could have.

    Args:
        where: the file that has them.
        settings: all names of fields.

    Raises:
        InputError: a name that is neither a measure nor a setting, an entry without a measure,
            or entries that tell their arms apart by different settings.
    """
    for each in known:
        if strange := next((name for name in each if name not in {*settings, *MEASURES}), None):
            what = f"measure or setting in PUBLISHED of {where}"
            raise unknown(what, strange, {*settings, *MEASURES})
        if MEASURES.keys().isdisjoint(each):
            raise InputError(f"{where}: {dict(each)} in PUBLISHED has no measure; give its value")
    if len({tuple(name for name in each if name not in MEASURES) for each in known}) > 1:
        raise InputError(f"{where}: entries of PUBLISHED need the same settings in the same order")


def beside(made: Table, known: Sequence[Known]) -> Iterator[Beside]:
    """Each printed value with the object of its arm and measure."""
    for each in known:
        fields = {name: value for name, value in each.items() if name not in MEASURES}
        for measure in (name for name in each if name in MEASURES):
            wanted = {**fields, "measure": measure}
            found = (one for one in made.objects if wanted.items() <= one.items())
            yield Beside((*map(str, fields.values()),), measure, each[measure], next(found, {}))


def table(made: Table, known: Sequence[Known], source: str) -> Table:
    """A table of printed values, and of printed differences from the baseline, if any, beside ours.

    Args:
        made: the comparison of the experiment's arms.
        known: what the source printed, the arms of one kind after each other and each with the
            same fields, regime last.
        source: where it was printed, and what is known of that.
    """
    found = [*beside(made, known)]
    fields = [name for name in known[0] if name not in MEASURES]
    levels = Grid(
        "",
        (*fields, "measure", "published", "here [95 %]", "difference"),
        tuple(
            (*each.fields, title(each.measure), number(each.printed), *level(each))
            for each in found
        ),
        len(fields) + 1,
    )
    name, where = f"{made.title}, as published", f"Published: {source}."
    if not (pairs := [*against_baseline(found)]):
        return Table(name, (where,), (levels,), (), (), ())
    differences = Grid(
        "Differences from the baseline",
        (*fields, "measure", "published", "here [95 %]", "inside"),
        tuple(
            (
                *each.fields,
                title(each.measure),
                number(printed),
                interval(difference(each)),
                "yes" if inside(each, printed) else "no",
            )
            for each, printed in pairs
        ),
        len(fields) + 1,
    )
    what = f"{where} Inside: the interval here holds the published difference."
    return Table(name, (what, sentence(pairs)), (levels, differences), (), (), ())


def level(each: Beside) -> tuple[str, str]:
    """Our value with its interval, and by how much it differs from the printed one."""
    if not each.here:
        return HOLE, HOLE
    ours = Interval(*(each.here[name] for name in ("mean", "low", "high")))
    return interval(ours), number(ours.mean - each.printed)


def against_baseline(found: Sequence[Beside]) -> Iterator[tuple[Beside, float]]:
    """Each arm that has a difference from its baseline here, with the printed difference."""
    printed = {(each.measure, each.fields[:-1], each.here.get("arm")): each for each in found}
    for each in found:
        of = (each.measure, each.fields[:-1], each.here.get("baseline"))
        if each.here.get("difference") is not None and of in printed:
            yield each, each.printed - printed[of].printed


def difference(each: Beside) -> Interval:
    """Ours from the baseline, with its interval."""
    names = ("difference", "difference_low", "difference_high")
    return Interval(*(each.here[name] for name in names))


def inside(each: Beside, printed: float) -> bool:
    """Whether the interval of our difference holds the printed one."""
    ours = difference(each)
    return ours.low <= printed <= ours.high


def sentence(pairs: Sequence[tuple[Beside, float]]) -> str:
    """How the differences compare, counted."""
    signs = sum(difference(each).mean * printed > 0 for each, printed in pairs)
    held = sum(inside(*pair) for pair in pairs)
    return (
        f"Of {len(pairs)} published differences from the baseline {signs} have the same sign here; "
        f"the intervals of {held} hold the published value."
    )
