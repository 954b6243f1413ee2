"""What the benchmarks of trained vectors share: the text, the clock, and tables of both sides."""

import lzma
import os
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from embexp.measures.pairs import WordPairs
from embexp.measures.semantic import similarity
from embexp.measures.statistics import mean_interval
from embexp.words import Vectors

PAIRS = ("wordsim353", "simlex999")


@dataclass
class Arm:
    """What one side did, for each seed: seconds of training and from file to file, and scores."""

    training: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    scores: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in PAIRS})

    def add(
        self, vectors: Vectors, pairs: Sequence[WordPairs], training: float, whole: float = 0.0
    ) -> None:
        """Takes in one seed."""
        self.training.append(training)
        self.whole.append(whole)
        for each in pairs:
            self.scores[each.name].append(similarity(vectors, each).value)


class Clock:
    """Seconds since it was made, or since it was last asked."""

    def __init__(self) -> None:
        self.last = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last lap."""
        now = time.perf_counter()
        self.last, before = now, self.last
        return now - before


def sample(folder: Path, megabytes: float) -> Path:
    """The first bytes of the corpus below EMBEXP_DATA, as a plain file."""
    path = folder / "corpus.txt"
    with lzma.open(Path(os.environ["EMBEXP_DATA"], "corpora/enwiki_sample.txt.xz")) as packed:
        path.write_bytes(packed.read(int(megabytes * 1e6)))
    return path


def interval(values: Sequence[float]) -> str:
    """Mean and half width of its 95 % interval over seeds."""
    mean, low, _ = mean_interval(values)
    return f"{mean:.3f} ± {mean - low:.3f}"


def ratio(mine: Sequence[float], theirs: Sequence[float]) -> str:
    """How many times faster: the median over seeds, each with the peer's run beside it."""
    return f"{median(b / a for a, b in zip(mine, theirs, strict=True)):.2f} ×"


def options(description: str | None, seeds: int, epochs: int) -> ArgumentParser:
    """The options that both benchmarks have."""
    parser = ArgumentParser(description=description, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--seeds", type=int, default=seeds)
    parser.add_argument("--epochs", type=int, default=epochs)
    return parser
