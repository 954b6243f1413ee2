"""Claim: our GloVe trains on at least 1.5 times as many entries a second as Stanford's program.

WordSim-353 lies at most .02 below.

    EMBEXP_DATA=… python benchmarks/glove.py --stanford PATH/TO/glove

Some fifteen minutes on two idle cores, on 20 MB of Wikipedia. Stanford's program is built
from its own source with its own flags (-O3; with -Ofast, of which its Makefile warns, it is
more than twice as fast); it is given our counts, shuffled. Without it, the ratio is to what
it did on two cores of a Zen 5: 1.48 million entries/s.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from trained import PAIRS, Arm, Clock, interval, options, ratio, sample

from embexp.devices import cores, prepare
from embexp.measures.pairs import WordPairs, similarity_pairs
from embexp.vectors import glove
from embexp.vectors.cooccurrence import Counts, count
from embexp.vectors.settings import GloVe
from embexp.vectors.text import Text, read_text
from embexp.words import Vectors

STANFORD = 1.48e6
GLOVE = GloVe()


def compare(
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


def main() -> None:
    """Runs the comparison and prints it as Markdown."""
    parser = options(__doc__, seeds=3, epochs=15)
    parser.add_argument(
        "--stanford", type=Path, help="the program `glove` of github.com/stanfordnlp/GloVe, built"
    )
    given = parser.parse_args()
    prepare()
    pairs = [similarity_pairs(name) for name in PAIRS]
    with tempfile.TemporaryDirectory() as name:
        text = read_text(sample(Path(name), given.megabytes))
        compare(Path(name), text, given.seeds, given.epochs, pairs, given.stanford)


if __name__ == "__main__":
    main()
