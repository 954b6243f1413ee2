"""Claim: under a mean, an epoch of frozen tables takes less than a tenth of one that reads words.

    EMBEXP_DATA=… python benchmarks/frozen.py [--corpus imdb] [--seeds 2] [--epochs 3]

The same runs are trained twice in one process, from the means of the texts and word by word,
as tables that move are. One epoch each is left out, in which all is compiled; the means are
computed in it.
"""

import argparse
import sys
import time

import jax

from embexp import grid
from embexp.malloc import keep_memory
from embexp.runner import Group, Training, make_group
from embexp.search import SETTINGS
from embexp.tasks import prepare_task

CLAIM = 0.1


def seconds(group: Group) -> float:
    """Seconds of an epoch of all runs, its evaluation included."""
    training, (first, *others) = Training(group), group.schedule.epoch_ends
    training.advance(first)
    training.logits(group.task.validation)
    begin = time.perf_counter()
    for end in others:
        training.advance(end)
        training.logits(group.task.validation)
    jax.block_until_ready(training.params)
    return (time.perf_counter() - begin) / len(others)


def main() -> int:
    """Prints both times and their ratio; 1 where it is above the claim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default="imdb")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=3)
    given = parser.parse_args()
    keep_memory()
    settings = SETTINGS | {"epochs": given.epochs, "patience": None}
    frozen, tuned = (
        grid(
            corpus=given.corpus,
            vectors="glove-6b-100d",
            regime=regime,
            encoder="mean",
            seed=range(given.seeds),
            lexicon=None,
            similarity=(),
            **settings,
        )
        for regime in ("frozen", "tuned")
    )
    task = prepare_task(frozen[0])
    own, other = make_group(frozen, task), make_group(tuned, task)
    words = own._replace(static=other.static)
    means, read = seconds(own), seconds(words)
    print(
        f"{given.corpus}, {given.seeds} runs, seconds an epoch: {means:.3f} from means, "
        f"{read:.3f} word by word, ratio {means / read:.4f} (claim: below {CLAIM})"
    )
    return int(means > CLAIM * read)


if __name__ == "__main__":
    sys.exit(main())
