"""How sure levels and differences are: what intervals cover, which tests count, and power."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from embexp import measures as measuring
from embexp.errors import InputError
from embexp.measures.entry import SHARE
from embexp.measures.equivalence import BEYOND, EQUIVALENT, UNTESTED, equivalence
from embexp.measures.variance import MeanEstimate, crossed_difference, crossed_mean
from embexp.records.scores import ItemScores
from embexp.report.arms import Runs
from embexp.report.formatting import ends, inside, number
from embexp.report.items import Scores, tables_of

SEEDS = "seeds"
MARGIN = 0.01
"""The smallest difference of accuracy that matters, where an experiment declares none."""
Arm = Sequence[Mapping[str, Any]]
"""The row of each seed of an arm, in one order for all arms."""


class Inference(NamedTuple):
    """What levels and differences are judged by, beside the rows.

    Args:
        scores: of single items; without them intervals are over seeds alone.
        family: the measures whose tests are adjusted together; all other tests are
            exploratory. If not given, the first usual measure that has rows.
        margin: the smallest difference that matters, of accuracy and other shares that
            say how well the task is solved, or by measure.
    """

    scores: Mapping[str, Mapping[str, ItemScores]] = {}
    family: Sequence[str] | None = None
    margin: float | Mapping[str, float] = MARGIN

    def margin_of(self, measure: str) -> float | None:
        """The margin of a measure; None where none is declared."""
        if isinstance(self.margin, Mapping):
            return self.margin.get(measure)
        try:
            entry = measuring.describe(measure)
        except InputError:
            return None
        solved = entry.what == "task" and entry.unit == SHARE and entry.higher
        return self.margin if solved else None


OVER_SEEDS = Inference()
"""Intervals over seeds alone, and the default family and margin."""


class Sure(NamedTuple):
    """A mean or a mean difference with its error, and what that covers, such as `seeds and texts`.

    The mean is that of the rows' values.
    """

    estimate: MeanEstimate
    sources: str


def level(measure: str, own: Arm, scores: Scores, runs: Runs) -> Sure | None:
    """The mean over seeds, over items too; None where single items have no scores."""
    found = tables_of(measure, scores, runs, [own])
    if found is None:
        return None
    mean = float(np.mean([row["value"] for row in own]))
    sure = around(mean, crossed_mean(found.tables[0]), found.items)
    return sure._replace(estimate=inside(sure.estimate, *ends(measure)))


def difference(measure: str, own: Arm, other: Arm, scores: Scores, runs: Runs) -> Sure:
    """The mean of own − other over pairs of seeds, over items too where they have scores."""
    a, b = (np.array([[row["value"]] for row in rows], float) for rows in (own, other))
    over_seeds = crossed_difference(a, b)
    found = tables_of(measure, scores, runs, [own, other])
    crossed = over_seeds if found is None else crossed_difference(*found.tables)
    sure = around(over_seeds.mean, crossed, "" if found is None else found.items)
    least, most = ends(measure)
    return sure._replace(estimate=inside(sure.estimate, least - most, most - least))


def opposite(each: MeanEstimate) -> MeanEstimate:
    """The difference the other way round."""
    return each._replace(mean=-each.mean, low=-each.high, high=-each.low)


def around(mean: float, estimate: MeanEstimate, items: str) -> Sure:
    """An estimate's interval around the mean of the rows, which scores give but for rounding."""
    shift = mean - estimate.mean
    names = {"replicates": SEEDS, "items": items}
    return Sure(
        estimate._replace(mean=mean, low=estimate.low + shift, high=estimate.high + shift),
        " and ".join(names[source] for source in estimate.sources),
    )


def verdict(estimate: MeanEstimate, margin: float | None) -> str:
    """Whether a difference lies within a margin, in words; empty where that was not tested.

    Two one-sided tests show that it is smaller (`equivalence`).
    """
    found = equivalence(*estimate[:1], estimate.error, estimate.df, margin) if margin else None
    if found is None or found.verdict == UNTESTED:
        return ""
    if found.verdict == EQUIVALENT:
        return f"equal within {number(found.margin, 2)}"
    if found.verdict == BEYOND:
        return f"differs by more than {number(found.margin, 2)}"
    return "not shown to differ" if estimate.low <= 0 <= estimate.high else "differs"
