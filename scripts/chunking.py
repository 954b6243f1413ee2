"""Accuracy of chunkers on words that training saw and did not see, for `results/huang_2015`.

Runs and publishes the experiment `huang_2015`, which says what it needs, and adds the table
`unseen.md` with the published difference beside ours.

    python scripts/chunking.py
    embexp run huang_2015 --seeds 1 --set epochs=2         # a reduction, without that table
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool
from publish import publish
from written import write

from embexp import records
from embexp.data.tagged import load_tagged
from embexp.measures.replicates import replicate_mean
from embexp.measures.variance import crossed_difference, crossed_mean
from embexp.report.formatting import HOLE, Grid, Table, inside, interval, number

NAME, BASE = "huang_2015", "random"
PUBLISHED = {"random": 0.9364, "Senna": 0.9392}
"""Span F1 of the BiLSTM by its start (Huang, Xu & Yu 2015, table 2)."""

Right = Mapping[str, Bool[np.ndarray, "seeds tokens"]]


def seen_tokens(
    train: Sequence[Sequence[str]], test: Sequence[Sequence[str]]
) -> Bool[np.ndarray, "tokens"]:
    """Whether training has the word of each test token, in lower case."""
    known = {token.lower() for sentence in train for token in sentence}
    return np.array([token.lower() in known for sentence in test for token in sentence])


def right_of(folder: Path) -> tuple[Right, dict[str, np.ndarray]]:
    """Which test tokens each seed has right, and span F1 of each seed, by regime."""
    rows, runs, _ = records.read(folder)
    scores = records.scores_of(folder, runs)
    f1 = {
        row["digest"]: row["value"]
        for row in rows
        if (row["measure"], row["split"]) == ("span_f1", "test")
    }
    by_regime: dict[str, list[str]] = {}
    for digest, run in sorted(runs.items(), key=lambda item: item[1]["spec"]["seed"]):
        if digest in f1:
            by_regime.setdefault(run["spec"]["regime"], []).append(digest)
    return (
        {
            regime: np.stack([scores[each]["accuracy"] for each in own])
            for regime, own in by_regime.items()
        },
        {regime: np.array([f1[each] for each in own]) for regime, own in by_regime.items()},
    )


def table(right: Right, f1: Mapping[str, np.ndarray], seen: Bool[np.ndarray, "tokens"]) -> Table:
    """Accuracy of each regime by whether training saw the word, and the published difference."""
    parts = {"seen": seen, "unseen": ~seen}
    body, lines = [], []
    for regime, own in right.items():
        shown = []
        for part, of in parts.items():
            level = inside(crossed_mean(own[:, of]), 0.0, 1.0)
            beyond = HOLE
            if regime != BASE:
                beyond = interval(crossed_difference(own[:, of], right[BASE][:, of])[:3])
            shown += [interval(level[:3]), beyond]
            lines.append({"regime": regime, "words": part, "accuracy": level.mean})
        body.append((regime, *shown))
    differences = {
        regime: replicate_mean(values - f1[BASE], np.zeros(len(values)))
        for regime, values in f1.items()
        if regime != BASE
    }
    published = PUBLISHED["Senna"] - PUBLISHED["random"]
    said = ", ".join(f"{regime} {interval(each[:3])}" for regime, each in differences.items())
    return Table(
        title="Chunks of words that training saw and did not see",
        caption=(
            (
                f"Accuracy of test tokens, and its difference from {BASE}; intervals are over "
                f"seeds and tokens. Of {len(seen)} tokens training has the word of "
                f"{number(seen.mean())}."
            ),
            (
                f"Span F1 less that of a random start, over seeds: {said}; published for Senna's "
                f"vectors, tuned, with spelling: {number(published, 4)}."
            ),
        ),
        summary=(
            Grid(
                "",
                ("regime", "seen [95 %]", "difference", "unseen [95 %]", "difference"),
                tuple(body),
                1,
            ),
        ),
        details=(),
        notes=(),
        objects=tuple(lines),
    )


def add(folder: Path) -> None:
    """Writes the table beside the published rows."""
    splits = load_tagged("conll2000").splits
    seen = seen_tokens(splits["train"].tokens, splits["test"].tokens)
    write(table(*right_of(folder), seen), folder, "unseen")


if __name__ == "__main__":
    publish(NAME, then=add)
