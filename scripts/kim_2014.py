"""Does a convolutional network need pretrained vectors, and is it better to train them further?

Reproduces table 2 of Kim (2014, Convolutional Neural Networks for Sentence Classification) on
MR with his settings: windows of 3, 4 and 5 words, 100 maps each, half of the features dropped,
weights of a class no longer than 3, Adadelta with a rate of 1, batches of 50, words of all texts
from a count of 1, at most 25 epochs. The table goes to `results/reproductions/kim_2014.md`. It
needs MR, GloVe 6B 100d and the words of GoogleNews below EMBEXP_DATA, and about two and a half
hours of one core; one that was stopped goes on where it was.

    python scripts/kim_2014.py
    python scripts/kim_2014.py --quick         # two splits of MR

Where it differs: most arms have GloVe of 100 numbers in place of word2vec's 300, and those with
word2vec have only the words that `googlenews-subset` holds. Random splits, of which a tenth tests
and a tenth validates, stand for his ten folds: ten, and five with other vectors, to save time.
Two of these look for the reason of a gap: GloVe without a third of its words, and GloVe of 50
numbers. The step is chosen by validation loss, where his is by accuracy, and a run ends when five
epochs have not lowered it. Filters and head start as Keras's do, where his are within .01 and
zero. His random vectors are within .25; of ours, `random` is narrower, within .05, and `matched-
norms` is wider, as long as GloVe's. As settings are fixed and not tuned, this ranks no starts for
other settings.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from reproduction import is_quick, show

from embexp import Spec, grid, progress, run
from embexp.grids import UNMEASURED
from embexp.malloc import keep_memory
from embexp.measures.replicates import resampled_mean
from embexp.measures.variance import MeanEstimate
from embexp.report.beyond import SIZES
from embexp.report.formatting import HOLE, Grid, Table, inside, interval, number

GLOVE, NEWS = "glove-6b-100d", "googlenews-subset"
FEWER, SHORTER = f"thinned-67:{GLOVE}", "glove-6b-50d"
"""GloVe's vectors of two words of three, which is what `googlenews-subset` has of the words that
GloVe knows, and shorter vectors."""


class Sweep(NamedTuple):
    """Arms that are trained on so many splits of a data set."""

    data: str
    vectors: str
    regimes: tuple[str, ...]
    splits: int


PLAIN = ("frozen", "tuned")
REGIMES = ("random", "matched-norms", *PLAIN, "multichannel")
SWEEPS = (
    Sweep("mr", GLOVE, REGIMES, 10),
    *(Sweep("mr", vectors, PLAIN, 5) for vectors in (NEWS, FEWER, SHORTER)),
)
PRINTED: Mapping[str, tuple[Mapping[str, float], Mapping[str, float]]] = {
    "mr": (
        {"random": 0.761, "frozen": 0.810, "tuned": 0.815, "multichannel": 0.811},
        {"random": 0.759, "frozen": 0.805, "tuned": 0.813, "multichannel": 0.808},
    ),
}
"""Accuracies of his table 2 (rand, static, non-static and multichannel), and those that the
replication harvardnlp/sent-conv-torch prints. His random vectors stand beside both of ours."""
RANDOM = "matched-norms"
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
SETTINGS: Mapping[str, Any] = {
    "vocabulary": "open",
    "encoder": "cnn",
    "windows": (3, 4, 5),
    "hidden_size": 100,
    "dropout": 0.5,
    "max_norm": 3.0,
    "optimiser": "adadelta",
    "learning_rate": 1.0,
    "batch_size": 50,
    "epochs": 25,
    "patience": 5,
    **UNMEASURED,
}


def specs(sweep: Sweep, split: int) -> list[Spec]:
    """The arms of a sweep on one split, each with the split's own seed."""
    own = {"vectors": sweep.vectors, "regime": list(sweep.regimes)}
    return grid(corpus=sweep.data, split=split, seed=split, **own, **SETTINGS)


def lines_of(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """A line for each split and arm: the accuracy at the step that validation selected."""
    folder = Path("runs", "kim_2014", sweep.data)
    for split in range(1, sweep.splits + 1):
        wanted = specs(sweep, split)
        found = {
            row["digest"]: row
            for row in run(wanted, results=folder)
            if (row["split"], row["measure"]) == ("test", "accuracy")
        }
        for spec in wanted:
            row = found[spec.digest]
            yield {
                "data": sweep.data,
                "split": split,
                "regime": spec.regime,
                "vectors": sweep.vectors,
                "step": row["step"],
                "texts": row["n"],
                "accuracy": row["value"],
            }
        progress.tell(f"{sweep.data}, {sweep.vectors}: {split} of {sweep.splits} splits")


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


def main() -> None:
    """Makes the table."""
    quick = is_quick(__doc__, "two splits of MR")
    keep_memory()
    sweeps = [SWEEPS[0]._replace(splits=2)] if quick else SWEEPS
    lines = [line for sweep in sweeps for line in lines_of(sweep)]
    show(table(lines), "kim_2014", quick=quick)


if __name__ == "__main__":
    main()
