"""The table of how each arm was tuned: its trials, what they chose, and what fewer would give."""

from collections.abc import Iterator, Sequence
from typing import Any

from embexp.errors import InputError
from embexp.report import search_grids
from embexp.report.arms import corpora, notes_of
from embexp.report.formatting import HOLE, Table, finite
from embexp.report.search_analysis import (
    Ranking,
    Search,
    TunedArm,
    rankings_of,
    tuned_arms,
)
from embexp.report.search_grids import range_text, setting_text

NO_TRIALS = (
    "there is no search to show: none of these runs is a trial with all labels; "
    "embexp compare, or an experiment with TRIALS, tunes its arms"
)
CAPTION = (
    (
        "Each arm has independent draws from its own ranges; the best are repeated with other "
        "seeds, or each is tried on five folds, and the least mean validation loss chooses. A "
        "star marks a choice at an end of its range. Seconds: of trials and repetitions "
        "together. At the bound: of the seeds with the chosen settings, those whose selected "
        "step is their last."
    ),
    (
        "Expected least validation loss: of k of the n trials, the mean over all subsets of k "
        f"(Tang et al. 2020). A trial that failed is worse than any; {HOLE} where all k may have "
        "failed. There are no intervals, neighbours in the order may be equal, and n trials do not "
        "show what more would change."
    ),
)


def table(searches: Sequence[Search], damaged: int = 0) -> Table:
    """How the arms of a folder were tuned.

    Controls that take the settings of another arm have no search.

    Args:
        searches: from `runner.searched`.
        damaged: the number of ignored lines (`records.damage`), said below the table.

    Raises:
        InputError: there are none.
    """
    if not searches:
        raise InputError(NO_TRIALS)
    arms = tuned_arms(searches)
    rankings = rankings_of(arms)
    settled = {id(each.search): own for own in rankings for each in own.arms}
    return Table(
        title=f"{corpora(each.line for each in searches)}: how the arms were tuned",
        caption=CAPTION,
        summary=(
            search_grids.chosen(arms),
            search_grids.expected(arms),
            *(search_grids.order(each, len(rankings) > 1) for each in rankings),
        ),
        details=(search_grids.ranges(arms),),
        notes=(*(note for each in arms for note in _notes(each)), *notes_of({}, damaged)),
        objects=tuple(_object(each, settled.get(id(each.search))) for each in arms),
    )


def _notes(each: TunedArm) -> Iterator[str]:
    """What failed or is missing, and choices that may not be the best."""
    search, arm = each.search, each.arm
    made = len(search.losses)
    if search.errors:
        first = " ".join(search.errors[0].split())
        yield f"Failed: {arm}, {len(search.errors)} of {made} trials, the first with {first}"
    if search.missing:
        yield (
            f"Not chosen: {arm}, as {search.missing} repetitions of the best trials are missing; "
            "the command that made the trials makes them, too"
        )
    elif not search.settings:
        yield f"Not chosen: {arm}, as no trial has a loss"
    for name in search.edges:
        own, value = search.ranges[name], search.settings[name]
        end = "lower" if own.share(value) < 1 / 2 else "upper"
        yield (
            f"At an end: {arm}, {name} {setting_text(value)} is at the {end} end of "
            f"{range_text(own)}"
        )
    if bound := sum(search.at_bound):
        epochs = search.line["spec"].get("epochs", HOLE)
        yield (
            f"At the bound: {arm}, {bound} of {len(search.at_bound)} seeds stopped at the bound of "
            f"{epochs} epochs, with their least validation loss"
        )


def _object(each: TunedArm, ranking: Ranking | None) -> dict[str, Any]:
    arm, search = each.arm, each.search
    made: dict[str, Any] = {
        "encoder": arm.encoder,
        "arm": arm.label,
        "regime": arm.regime,
        "vectors": arm.vectors,
        "control": arm.control,
        **{name: None if value == HOLE else value for name, value in arm.rest},
        "search": search.number,
        "trials": len(search.losses),
        "failed": search.failed,
        "missing": search.missing,
        "seconds": round(search.seconds, 3),
    }
    for name, own in search.ranges.items():
        ends = {f"{name}_low": own.low, f"{name}_high": own.high}
        made |= {name: search.settings.get(name), **ends}
    made |= {
        "edges": ", ".join(search.edges) or None,
        "seeds": len(search.at_bound),
        "at_bound": sum(search.at_bound),
        "same_order_from": ranking.settled if ranking else None,
    }
    return made | finite({f"best_of_{k}": value for k, value in enumerate(each.best, 1)})
