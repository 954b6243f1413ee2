"""Does a convolutional network need pretrained vectors, and is it better to train them further?

Reproduces table 2 of Kim (2014, Convolutional Neural Networks for Sentence Classification) on
MR and Subj with his settings: windows of 3, 4 and 5 words, 100 maps each, half of the features
dropped, weights of a class no longer than 3, Adadelta with a rate of 1, batches of 50, words of
all texts from a count of 1, at most 25 epochs. The table goes to
`results/reproductions/kim_2014.md`. It needs these data, GloVe 6B 100d and the words of
GoogleNews below EMBEXP_DATA, and about three hours of one core; one that was stopped goes on
where it was.

    python scripts/kim_2014.py
    python scripts/kim_2014.py --quick         # two splits of MR

Where it differs: most arms have GloVe of 100 numbers in place of word2vec's 300, and those with
word2vec have only the words that `googlenews-subset` holds. Random splits, of which a tenth tests
and a tenth validates, stand for his ten folds: ten of MR, and five elsewhere, to save time.
Two of these look for the reason of a gap: GloVe without a third of its words, and GloVe of 50
numbers. The step is chosen by validation loss, where his is by accuracy, and a run ends when five
epochs have not lowered it. Filters and head start as Keras's do, where his are within .01 and
zero. His random vectors are within .25; of ours, `random` is narrower, within .05, and `matched-
norms` is wider, as long as GloVe's. As settings are fixed and not tuned, this ranks no starts for
other settings.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kim_2014_table import FEWER, GLOVE, NEWS, PLAIN, RANDOM, SHORTER, table
from reproduction import is_quick, show

from embexp import Spec, grid, progress, run
from embexp.grids import UNMEASURED
from embexp.malloc import keep_memory


class Sweep(NamedTuple):
    """Arms that are trained on so many splits of a data set."""

    data: str
    vectors: str
    regimes: tuple[str, ...]
    splits: int


REGIMES = ("random", RANDOM, *PLAIN, "multichannel")
SWEEPS = (
    Sweep("mr", GLOVE, REGIMES, 10),
    *(Sweep("mr", vectors, PLAIN, 5) for vectors in (NEWS, FEWER, SHORTER)),
    Sweep("subj", GLOVE, REGIMES, 5),
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


def main() -> None:
    """Makes the table."""
    quick = is_quick(__doc__, "two splits of MR")
    keep_memory()
    sweeps = [SWEEPS[0]._replace(splits=2)] if quick else SWEEPS
    lines = [line for sweep in sweeps for line in lines_of(sweep)]
    show(table(lines), "kim_2014", quick=quick)


if __name__ == "__main__":
    main()
