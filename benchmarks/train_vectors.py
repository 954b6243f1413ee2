"""Training word vectors on 20 MB of Wikipedia, against gensim and Stanford's GloVe.

Claims, each with the peer in the same run and the same settings on the same cores:
1. skip-gram: at least 3 times gensim's words/s in training and 2 times from file to
   file, WordSim-353 and SimLex-999 inside gensim's interval over seeds or at most .02
   below its mean, at two rates; no divergence at a rate of .1;
2. GloVe: at least 1.5 times the entries/s of Stanford's program, WordSim-353 at most
  .02 below it.

    EMBEXP_DATA=… python benchmarks/train_vectors.py --stanford PATH/TO/glove

About 25 minutes on two idle cores, 10 without --stanford. gensim runs with a worker for
each core; both sides read the file with `embexp.data.tokenize`, once, and our time from
file to file includes compiling. Stanford's program is built from its own source with
its own flags (-O3; with -Ofast, of which its Makefile warns, it is more than twice as
fast); it is given our counts, shuffled. Without it, the ratio is to what it did on two
cores of a Zen 5: 1.48 million entries/s.
"""

import argparse
import lzma
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import jax
import numpy as np

from embexp.data.tokens import tokenize
from embexp.devices import cores, prepare
from embexp.measures.pairs import WordPairs, similarity_pairs
from embexp.measures.semantic import similarity
from embexp.measures.statistics import mean_interval
from embexp.vectors import glove, skipgram
from embexp.vectors.chunks import ChunkSampler
from embexp.vectors.cooccurrence import Counts, count
from embexp.vectors.settings import GloVe, SkipGram
from embexp.vectors.text import Text, read_text
from embexp.words import Vectors

STANFORD = 1.48e6
COMMON = ("king", "three", "music", "war", "good", "river", "computer", "london", "red", "mother")
PAIRS = ("wordsim353", "simlex999")
GLOVE = GloVe()


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


def ours(corpus: Path, out: Path, settings: SkipGram) -> tuple[Vectors, float, float]:
    """Our skip-gram: vectors, seconds of training, and seconds from file to file.

    The last include compiling.
    """
    jax.clear_caches()
    clock = Clock()
    text = read_text(corpus)
    sampler = ChunkSampler(text, settings)
    tables = skipgram.initial(len(text.words), settings)  # to time compiling apart
    spans = sampler.rounds()[0]
    jax.block_until_ready(
        skipgram.side_by_side(
            tables, sampler, spans, [sampler.chunk(span)._replace(steps=0) for span in spans]
        )
    )
    before = clock.lap()
    vectors = skipgram.train(text, settings)
    training = clock.lap()
    vectors.write(out)
    return vectors, training, before + training + clock.lap()


def gensims(corpus: Path, out: Path, settings: SkipGram) -> tuple[Vectors, float, float]:
    """The same by gensim alone."""
    from gensim.models import Word2Vec

    clock = Clock()
    with corpus.open(encoding="utf-8", errors="replace") as lines:
        sentences = [tokenize(line) for line in lines]
    model = Word2Vec(
        vector_size=settings.dim,
        window=settings.window,
        negative=settings.negatives,
        sample=settings.sample,
        alpha=settings.learning_rate,
        seed=settings.seed + 1,
        min_count=5,
        sg=1,
        workers=cores(),
    )
    model.build_vocab(sentences)
    before = clock.lap()
    model.train(sentences, total_examples=model.corpus_count, epochs=settings.epochs)
    training = clock.lap()
    model.wv.save_word2vec_format(str(out))
    whole = before + training + clock.lap()
    return Vectors(list(map(str, model.wv.index_to_key)), model.wv.vectors), training, whole


def compare_skipgram(
    corpus: Path,
    text: Text,
    rates: Sequence[float],
    seeds: int,
    epochs: int,
    pairs: Sequence[WordPairs],
) -> None:
    """Prints both sides' speed and scores at each rate, and the neighbours of common words."""
    words, vectors = len(text) * epochs, None
    for rate in rates:
        arms = {"embexp": Arm(), "gensim": Arm()}
        for seed in range(seeds):
            settings = SkipGram(learning_rate=rate, epochs=epochs, seed=seed)
            vectors, training, whole = ours(corpus, corpus.with_suffix(".vec"), settings)
            arms["embexp"].add(vectors, pairs, training, whole)
            arms["gensim"].add(
                *_ordered(gensims(corpus, corpus.with_suffix(".vec"), settings), pairs)
            )
        print(
            f"\n## skip-gram, rate {rate}, {epochs} epochs of {len(text):,} tokens, "
            f"{len(text.words):,} words × 100, {seeds} seeds\n"
        )
        print(
            "| | words/s | from file to file, s | WordSim-353 | SimLex-999 |\n|---|---|---|---|---|"
        )
        for name, arm in arms.items():
            scores = " | ".join(interval(arm.scores[each]) for each in PAIRS)
            speed = f"{words / median(arm.training):,.0f}"
            print(f"| {name} | {speed} | {median(arm.whole):.1f} | {scores} |")
        a, b = arms.values()
        print(
            f"\ntraining {ratio(a.training, b.training)} gensim's speed, "
            f"file to file {ratio(a.whole, b.whole)}",
            flush=True,
        )
    if vectors is not None:
        print("\nNeighbours at the last rate:\n")
        for word in COMMON:
            print(f"- {word}: {', '.join(near for near, _ in vectors.neighbors(word, 6))}")
    steep = skipgram.train(text, SkipGram(learning_rate=0.1, epochs=epochs))
    found = ", ".join(f"{each.name} {similarity(steep, each).value:.3f}" for each in pairs)
    print(f"\nAt rate 0.1 it stays finite: {found}", flush=True)


def _ordered(
    run: tuple[Vectors, float, float], pairs: Sequence[WordPairs]
) -> tuple[Vectors, Sequence[WordPairs], float, float]:
    vectors, training, whole = run
    return vectors, pairs, training, whole


def compare_glove(
    folder: Path,
    text: Text,
    seeds: int,
    epochs: int,
    pairs: Sequence[WordPairs],
    program: Path | None,
) -> None:
    """Prints both sides' speed and scores."""
    clock = Clock()
    counts = count(text, GLOVE.window)
    counting = clock.lap()
    entries = (2 * len(counts) - int((counts.rows == counts.columns).sum())) * epochs
    arms = {"embexp": Arm()} | ({"Stanford's program": Arm()} if program else {})
    if program:
        write_entries(folder, text, counts)
    for seed in range(seeds):
        clock = Clock()
        vectors = glove.train(text, GloVe(epochs=epochs, seed=seed), counts=counts)
        arms["embexp"].add(vectors, pairs, clock.lap())
        if program:
            arms["Stanford's program"].add(*stanfords(folder, program, epochs, seed, pairs))
    print(
        f"\n## GloVe, window {GLOVE.window}, x_max {GLOVE.x_max:g}, {epochs} epochs of "
        f"{entries // epochs:,} entries, {seeds} seeds\n\nCounting took {counting:.1f} s.\n"
    )
    print("| | entries/s | WordSim-353 | SimLex-999 |\n|---|---|---|---|")
    for name, arm in arms.items():
        scores = " | ".join(interval(arm.scores[each]) for each in PAIRS)
        print(f"| {name} | {entries / median(arm.training):,.0f} | {scores} |")
    mine = arms["embexp"].training
    peer = arms["Stanford's program"].training if program else [entries / STANFORD] * seeds
    whose = "its speed" if program else f"the {STANFORD:,.0f} entries/s noted above"
    print(f"\ntraining {ratio(mine, peer)} {whose}", flush=True)


def write_entries(folder: Path, text: Text, counts: Counts) -> None:
    """Counts in both directions, shuffled, and the vocabulary, in the program's own formats."""
    apart = counts.rows != counts.columns
    sides = (
        (counts.rows, counts.columns[apart]),
        (counts.columns, counts.rows[apart]),
        (counts.values, counts.values[apart]),
    )
    records = np.empty(
        len(counts) + int(apart.sum()),
        np.dtype([("word1", "<i4"), ("word2", "<i4"), ("value", "<f8")]),
    )
    for name, side in zip(("word1", "word2", "value"), sides, strict=True):
        records[name] = np.concatenate(side) + (name != "value")
    np.random.default_rng(0).shuffle(records)
    records.tofile(folder / "entries.bin")
    lines = (f"{word} {times}\n" for word, times in zip(text.words, text.counts, strict=True))
    (folder / "vocabulary.txt").write_text("".join(lines), encoding="utf-8")


def stanfords(
    folder: Path, program: Path, epochs: int, seed: int, pairs: Sequence[WordPairs]
) -> tuple[Vectors, Sequence[WordPairs], float]:
    """Stanford's program on the same entries: its vectors and its seconds."""
    numbers = {
        "vector-size": GLOVE.dim,
        "iter": epochs,
        "threads": cores(),
        "x-max": GLOVE.x_max,
        "eta": GLOVE.learning_rate,
        "seed": seed + 1,
    }
    paths = {
        "input-file": folder / "entries.bin",
        "vocab-file": folder / "vocabulary.txt",
        "save-file": folder / "stanford",
    }
    options = [
        str(part)
        for name, value in {**numbers, **paths, "binary": 0}.items()
        for part in (f"-{name}", value)
    ]
    clock = Clock()
    subprocess.run([program, *options], check=True, stderr=subprocess.DEVNULL)
    return Vectors.read(folder / "stanford.txt"), pairs, clock.lap()


def interval(values: Sequence[float]) -> str:
    """Mean and the reach of its 95 % interval over seeds."""
    mean, low, _ = mean_interval(values)
    return f"{mean:.3f} ± {mean - low:.3f}"


def ratio(mine: Sequence[float], theirs: Sequence[float]) -> str:
    """How many times faster: the median over seeds, each with the peer's run beside it."""
    return f"{median(b / a for a, b in zip(mine, theirs, strict=True)):.2f} ×"


def main() -> None:
    """Runs both comparisons and prints them as Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rates", type=float, nargs="*", default=[0.025, 0.05])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--glove-epochs", type=int, default=15)
    parser.add_argument("--glove-seeds", type=int, default=3)
    parser.add_argument(
        "--stanford", type=Path, help="the program `glove` of github.com/stanfordnlp/GloVe, built"
    )
    given = parser.parse_args()
    prepare()
    pairs = [similarity_pairs(name) for name in PAIRS]
    with tempfile.TemporaryDirectory() as name:
        corpus = sample(Path(name), given.megabytes)
        text = read_text(corpus)
        if given.rates:
            compare_skipgram(corpus, text, given.rates, given.seeds, given.epochs, pairs)
        if given.glove_seeds:
            compare_glove(
                Path(name), text, given.glove_seeds, given.glove_epochs, pairs, given.stanford
            )


if __name__ == "__main__":
    main()
