"""The table beside Kim's: accuracies and differences, with what he and a replication print."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from embexp.measures.replicates import resampled_mean
from embexp.measures.variance import MeanEstimate
from embexp.report.beyond import SIZES
from embexp.report.formatting import HOLE, Grid, Table, inside, interval, number

GLOVE, NEWS = "glove-6b-100d", "googlenews-subset"
FEWER, SHORTER = f"thinned-67:{GLOVE}", "glove-6b-50d"
"""GloVe's vectors of two words of three, which is what `googlenews-subset` has of the words that
GloVe knows, and shorter vectors."""
PRINTED: Mapping[str, tuple[Mapping[str, float], Mapping[str, float]]] = {
    "mr": (
        {"random": 0.761, "frozen": 0.810, "tuned": 0.815, "multichannel": 0.811},
        {"random": 0.759, "frozen": 0.805, "tuned": 0.813, "multichannel": 0.808},
    ),
    "subj": (
        {"random": 0.896, "frozen": 0.930, "tuned": 0.934, "multichannel": 0.932},
        {"random": 0.892, "frozen": 0.930, "tuned": 0.934, "multichannel": 0.932},
    ),
}
"""Accuracies of his table 2 (rand, static, non-static and multichannel), and those that the
replication harvardnlp/sent-conv-torch prints. His random vectors stand beside both of ours."""
RANDOM, PLAIN = "matched-norms", ("frozen", "tuned")
Arm = tuple[str, str]
"""A regime and its vectors."""
DIFFERENCES: tuple[tuple[Arm, Arm], ...] = (
    (("frozen", GLOVE), ("random", GLOVE)),
    (("tuned", GLOVE), ("random", GLOVE)),
    (("frozen", GLOVE), (RANDOM, GLOVE)),
    (("tuned", GLOVE), (RANDOM, GLOVE)),
    (("tuned", GLOVE), ("frozen", GLOVE)),
    (("multichannel", GLOVE), ("tuned", GLOVE)),
    (("tuned", NEWS), ("frozen", NEWS)),
    *(((regime, other), (regime, GLOVE)) for other in (NEWS, FEWER, SHORTER) for regime in PLAIN),
)
Found = Mapping[tuple[str, Arm], Float[np.ndarray, "splits"]]
"""Accuracies by data set and arm, in the order of splits."""


def accuracies(lines: Sequence[Mapping[str, Any]]) -> Found:
    """Of every arm."""
    found: dict[tuple[str, Arm], list[float]] = {}
    for line in lines:
        arm = line["regime"], line["vectors"]
        found.setdefault((line["data"], arm), []).append(line["accuracy"])
    return {key: np.array(values) for key, values in found.items()}


def printed(data: str, regime: str) -> list[float]:
    """What Kim and the replication print of an arm."""
    name = "random" if regime == RANDOM else regime
    return [source[name] for source in PRINTED[data]]


def printed_difference(data: str, one: Arm, other: Arm) -> list[float]:
    """How far one arm is above another there; nothing where these have different vectors."""
    if one[1] != other[1]:
        return []
    pairs = zip(printed(data, one[0]), printed(data, other[0]), strict=True)
    return [above - below for above, below in pairs]


def differences(found: Found) -> dict[tuple[str, Arm, Arm], MeanEstimate]:
    """Between arms, over the splits that both have."""
    made = {}
    for data in PRINTED:
        for one, other in DIFFERENCES:
            if (data, one) in found and (data, other) in found:
                pair = found[data, one], found[data, other]
                splits = min(map(len, pair))
                made[data, one, other] = resampled_mean(pair[0][:splits] - pair[1][:splits], *SIZES)
    return made


def said(made: Mapping[tuple[str, Arm, Arm], MeanEstimate]) -> Iterator[str]:
    """How many printed differences have their sign here, and each one beside ours."""
    pairs = [(own, kim[0]) for key, own in made.items() if (kim := printed_difference(*key))]
    signs = sum(own.mean * kim > 0 for own, kim in pairs)
    held = sum(own.low <= kim <= own.high for own, kim in pairs)
    yield (
        f"Of {len(pairs)} differences that Kim prints, beside each of our random starts where it "
        f"is one of his, {signs} have the same sign here; the intervals of {held} hold the "
        "printed value."
    )
    for (data, one, other), own in made.items():
        kim = printed_difference(data, one, other)
        beside = f", where Kim prints {number(kim[0])}" if kim else ""
        yield f"Less {called(other)} on {data}, {called(one)} has {interval(own[:3])}{beside}."


def called(arm: Arm) -> str:
    """What a table calls an arm."""
    return " · ".join(arm)


def table(lines: Sequence[Mapping[str, Any]]) -> Table:
    """Ours beside what is published, then differences between arms."""
    found = accuracies(lines)
    made = differences(found)
    level = [
        (
            *(data, called(arm), str(len(values)), *map(number, printed(data, arm[0]))),
            interval(inside(resampled_mean(values, *SIZES), 0.0, 1.0)[:3]),
        )
        for (data, arm), values in found.items()
    ]
    between = [
        (
            *(data, f"{called(one)} − {called(other)}"),
            *([*map(number, printed_difference(data, one, other))] or [HOLE, HOLE]),
            interval(own[:3]),
        )
        for (data, one, other), own in made.items()
    ]
    ends = ("Kim", "replication", "here [95 %]")
    return Table(
        title="Convolutional networks (Kim 2014, table 2)",
        caption=(
            (
                "Test accuracy, the mean over random splits with the corrected resampled t "
                "interval; his over ten folds has none. His vectors are word2vec's, of 300 numbers."
            ),
            *said(made),
        ),
        summary=(
            Grid("", ("data", "arm", "splits", *ends), tuple(level), 2),
            Grid("Differences", ("data", "arms", *ends), tuple(between), 2),
        ),
        details=(),
        notes=(),
        objects=tuple(dict(line) for line in lines),
    )
