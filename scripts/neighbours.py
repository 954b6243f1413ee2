"""The nearest words of a few words before and after training: table 3 of Kim (2014), all seeds.

python scripts/neighbours.py
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float
from publish import publish

from embexp import Vectors, Vocabulary, trained
from embexp.measures.geometry import unit_rows
from embexp.report import writers
from embexp.report.formatting import Grid, Table, number
from embexp.runner import Trained, experiments

NAME = "kim_neighbours"
WORDS = ("good", "bad", "great", "boring", "n't", "film")
NEAREST = 6
KIM = (
    "Kim (2014, table 3) had word2vec of Google News: static, good: great, bad, terrific, decent; "
    "bad: good, terrible, horrible, lousy; "
    "non-static, good: nice, decent, solid, terrific; bad: terrible, horrible, lousy, stupid."
)
LEAST = 5
"""Smallest number of training tokens of a neighbour; a rarer word is about where it started."""


def cosines(vectors: Vectors, word: str, others: Sequence[str]) -> Float[np.ndarray, "others"]:
    """The cosine of a word with each of the others."""
    unit = unit_rows(np.stack([vectors[each] for each in (word, *others)]).astype(np.float64))
    return unit[1:] @ unit[0]


def frequent(vocabulary: Vocabulary) -> list[str]:
    """The words that occur often enough in training."""
    rows = range(vocabulary.specials, len(vocabulary))
    return [vocabulary.words[row] for row in rows if vocabulary.counts[row] >= LEAST]


def nearest(
    tables: Sequence[Vectors], word: str, among: Sequence[str], k: int = NEAREST
) -> list[tuple[str, float, int]]:
    """The k words whose mean cosine over seeds is largest.

    Each comes with that mean and the number of seeds that have it among their k.
    """
    others = [other for other in among if other != word]
    each = np.stack([cosines(table, word, others) for table in tables])
    within = (-each).argsort(axis=1)[:, :k]
    best = (-each.mean(axis=0)).argsort(kind="stable")[:k]
    return [(others[i], float(each[:, i].mean()), int((within == i).sum())) for i in best]


def lines(runs: Sequence[Trained]) -> list[tuple[str, ...]]:
    """The neighbours of each word before and after training, by regime."""
    made = []
    for word in WORDS:
        for regime in dict.fromkeys(run.spec.regime for run in runs):
            some = [run for run in runs if run.spec.regime == regime]
            for when, tables in (
                ("before", [run.start for run in some]),
                ("after", [run.vectors for run in some]),
            ):
                found = nearest(tables, word, frequent(some[0].vocabulary))
                listed = ", ".join(
                    f"{other} {number(cosine, 2)} ({seeds})" for other, cosine, seeds in found
                )
                made.append((word, regime, when, listed))
    return made


def table(runs: Sequence[Trained]) -> Table:
    """The neighbours of all words."""
    seeds = len({run.spec.seed for run in runs})
    head = (
        "word",
        "regime",
        "training",
        f"nearest words, mean cosine (seeds of {seeds} with it among their nearest {NEAREST})",
    )
    made, common = tuple(lines(runs)), len(frequent(runs[0].vocabulary))
    return Table(
        title="Neighbours before and after training",
        caption=(
            f"Among the {common} words that stand {LEAST} times or more in the training sentences.",
            KIM,
        ),
        summary=(Grid("", head, made, 4),),
        details=(),
        notes=(),
        objects=tuple(
            dict(zip(("word", "regime", "training", "nearest"), line, strict=True)) for line in made
        ),
    )


def write(folder: Path) -> None:
    """Writes the table of neighbours, from the models that were saved in the folder."""
    runs = [trained(spec, results=folder) for spec in experiments.load(NAME).specs()]
    (folder / "neighbours.md").write_text(writers.markdown(table(runs)), encoding="utf-8")


if __name__ == "__main__":
    publish(NAME, then=write)
