"""Kept models into the nearest words of a few, before training and after: Kim's table 3
(2014) with every seed counted.

python scripts/neighbours.py
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float
from publish import publish

from embexp import Vectors, Vocabulary, experiments, trained
from embexp.measures.geometry import unit_rows
from embexp.report import writers
from embexp.report.layout import Grid, Table, number
from embexp.sweep import Trained

NAME = "kim_neighbours"
WORDS = ("good", "bad", "great", "boring", "n't", "film")
NEAREST = 6
KIM = (
    "Kim (2014, table 3) had word2vec of Google News: static, good: great, bad, terrific, decent; bad: good, terrible, horrible, lousy; "
    "non-static, good: nice, decent, solid, terrific; bad: terrible, horrible, lousy, stupid."
)
LEAST = 5
"""Training tokens of a neighbour, at least: a rarer word stands about where it started."""


def cosines(vectors: Vectors, word: str, others: Sequence[str]) -> Float[np.ndarray, "others"]:
    """Of a word with each of the others."""
    unit = unit_rows(np.stack([vectors[each] for each in (word, *others)]).astype(np.float64))
    return unit[1:] @ unit[0]


def frequent(vocabulary: Vocabulary) -> list[str]:
    """The words that training shows often enough."""
    rows = range(vocabulary.specials, len(vocabulary))
    return [vocabulary.words[row] for row in rows if vocabulary.counts[row] >= LEAST]


def nearest(
    tables: Sequence[Vectors], word: str, among: Sequence[str], k: int = NEAREST
) -> list[tuple[str, float, int]]:
    """The k words with the largest cosine, averaged over seeds, with it and the number
    of seeds that have them among their k.
    """
    others = [other for other in among if other != word]
    each = np.stack([cosines(table, word, others) for table in tables])
    within = (-each).argsort(axis=1)[:, :k]
    best = (-each.mean(axis=0)).argsort(kind="stable")[:k]
    return [(others[i], float(each[:, i].mean()), int((within == i).sum())) for i in best]


def lines(cells: Sequence[Trained]) -> list[tuple[str, ...]]:
    """For each word and regime, its neighbours before and after."""
    made = []
    for word in WORDS:
        for regime in dict.fromkeys(cell.spec.regime for cell in cells):
            some = [cell for cell in cells if cell.spec.regime == regime]
            for moment, tables in (
                ("before", [cell.start for cell in some]),
                ("after", [cell.vectors for cell in some]),
            ):
                found = nearest(tables, word, frequent(some[0].vocabulary))
                named = ", ".join(
                    f"{other} {number(cosine, 2)} ({seeds})" for other, cosine, seeds in found
                )
                made.append((word, regime, moment, named))
    return made


def table(cells: Sequence[Trained]) -> Table:
    """The neighbours of all words."""
    seeds = len({cell.spec.seed for cell in cells})
    head = (
        "word",
        "regime",
        "training",
        f"nearest words, mean cosine (seeds of {seeds} with it among their nearest {NEAREST})",
    )
    made, common = tuple(lines(cells)), len(frequent(cells[0].vocabulary))
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
    """The table of neighbours, from the models that were kept there."""
    cells = [trained(spec, results=folder) for spec in experiments.load(NAME).specs()]
    (folder / "neighbours.md").write_text(writers.markdown(table(cells)), encoding="utf-8")


if __name__ == "__main__":
    publish(NAME, then=write)
