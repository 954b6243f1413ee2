"""Says in words what readings of known tables show: the verdicts of `validity.py`."""

from collections.abc import Mapping, Sequence
from math import isnan

from embexp.synthetic.null_calibration import Calibration
from embexp.synthetic.validity import Reading

TARGETS: Mapping[str, str] = {
    **dict.fromkeys(
        ("similarity", "purity", "overlap_reference@10", "cka", "rsa", "procrustes"), "topic"
    ),
    **dict.fromkeys(
        (
            "antonym_auc",
            "polar_antonym_auc",
            "polarity",
            "lexicon@1",
            "lexicon@10",
            "lexicon@100",
            "lexicon_probe",
            "lexicon_selectivity",
            "lexicon_codelength",
            "valence_r2",
            "valence_rho",
            "semaxis",
        ),
        "polarity",
    ),
    **dict.fromkeys(("analogy_add", "analogy_mul"), "polarity and pair"),
}
"""The factor that each measure is for; measures of shape, and the analogies' baseline,
are for none."""

LOWER_IS_MORE = ("procrustes", "lexicon_codelength")
MOSTLY = 0.5
ALONE = ("none", "topic", "polarity", "pair", "frequency")
"""Factors that stand alone: a measure should read chance on those that are neither its
own nor part of it."""
LEAST, SIGNIFICANT = 0.9, 0.01
"""A measure fails if its intervals hold chance significantly less often than `LEAST`
(exact binomial test, one-sided)."""
ERRORS, PART = 3.0, 0.25
"""A mean is off chance if it is further away than this many of its standard errors and
than this part of an interval's half width."""


def fails(one: Calibration) -> bool:
    """Whether significantly fewer than `LEAST` of the intervals hold chance.

    False for a measure without intervals.
    """
    from scipy.special import bdtr

    return not isnan(one.coverage) and bool(
        bdtr(round(one.coverage * one.draws), one.draws, LEAST) < SIGNIFICANT
    )


def bias(one: Calibration) -> float:
    """Mean value minus mean chance, in the measure's unit; 0 if it is not relevant.

    It is relevant beyond `ERRORS` standard errors and `PART` of an interval's half width.
    """
    off = one.value - one.chance
    return off if abs(off) > ERRORS * one.error and not abs(off) <= PART * one.half_width else 0.0


def calibration_verdict(one: Calibration) -> str:
    """A sentence that says whether the intervals hold chance and whether the mean is off it."""
    said = (
        "no interval within a table" if isnan(one.coverage) else "fails" if fails(one) else "holds"
    )
    off = bias(one)
    if off:
        said += f"; mean {f'{abs(off):.3f}'.lstrip('0')} {'above' if off > 0 else 'below'} chance"
    return said


def validity_verdict(readings: Sequence[Reading], measure: str) -> str:
    """A sentence that says whether a measure tells its own factor from the others.

    "fit" means that its interval on its own factor lies beyond those on all other
    factors that stand alone; otherwise the ones it is not apart from are named. "above
    chance on" a factor means that the measure also reads some of that one; "below
    chance on" means that a value below chance may come from there.
    """
    if measure not in TARGETS:
        return "for no factor of its own"
    by_factor = {reading.factor: reading for reading in readings if reading.measure == measure}
    target, sign = by_factor[TARGETS[measure]], -1 if measure in LOWER_IS_MORE else 1
    parts = target.factor.split(" and ")
    others = [by_factor[name] for name in ALONE if name in by_factor and name not in parts]
    floor = min(sign * target.low, sign * target.high)
    crossed = [one.factor for one in others if not max(sign * one.low, sign * one.high) < floor]
    said = [f"unfit: not apart from {', '.join(crossed)}" if crossed else "fit"]
    off = [one for one in others if one.chance is not None and one.coverage < MOSTLY]
    for side, above in (("above", True), ("below", False)):
        names = [one.factor for one in off if (sign * (one.value - (one.chance or 0)) > 0) == above]
        said += [f"{side} chance on {', '.join(names)}"] * bool(names)
    return "; ".join(said)
