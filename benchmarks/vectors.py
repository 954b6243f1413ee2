"""Claim: vector files are read much faster than by gensim, and analogies answered as well.

Reading also takes less memory.

    python benchmarks/vectors.py [--rows 400000] [--repeat 3]

Each measurement is a process of its own, on synthetic tables of a seeded generator in a
temporary folder; ours and gensim's take turns, and the medians are compared. Files lie
in the system's file cache when they are read. Seconds are wall-clock; `cpu` are the
seconds of all threads, which other work on the machine disturbs less.

| claim | at least |
|---|---|
| a text file of 400k × 100, whole | 15 × gensim |
| 20k of its words | 40 × gensim reading it whole, in less than 100 MB |
| the file again, from the cache | 80 × |
| a word2vec binary of 400k × 300 | 1.8 × |
| Google's analogies, 100k × 100 | 8 ×, with the same answers |
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from embexp.measures.analogies import analogies
from embexp.measures.questions import Questions, analogy_questions
from embexp.words import Vectors

SEED = 0


class Claim(NamedTuple):
    """What is measured, and what is claimed of it.

    `ours` is to be `ratio` times as fast as `peer`, and may take `memory` MB.
    """

    title: str
    ours: str
    peer: str
    ratio: float
    memory: float | None = None


CLAIMS = (
    Claim("text, whole", "text", "gensim_text", 15),
    Claim("text, 20k needed words", "needed", "gensim_text", 40, 100),
    Claim("text again, from the cache", "cached", "gensim_text", 80),
    Claim("word2vec binary, whole", "binary", "gensim_binary", 1.8),
    Claim("Google analogies", "analogies", "gensim_analogies", 8),
)


def related(questions: Questions, draw: np.random.Generator) -> dict[str, np.ndarray]:
    """Vectors of the words asked for, made so that some questions are answered rightly.

    Of a pair, b is a, a step that all pairs of a section share, and noise.
    """
    steps, found = {}, {}
    for (a, b, *_), section in zip(questions.words, questions.sections, strict=True):
        step = steps.setdefault(section, draw.normal(0, 0.4, 100))
        start = found.setdefault(a.lower(), draw.normal(0, 0.4, 100))
        found.setdefault(b.lower(), start + step + draw.normal(0, 0.35, 100))
    return found


def make(folder: Path, rows: int) -> None:
    """Writes the files to read, and caches the first.

    They are a text with five digits as GloVe's, a binary, and a smaller text for the
    analogies.
    """
    draw = np.random.default_rng(SEED)
    asked = related(analogy_questions("google"), draw)
    words = [*asked, *(f"word{number:x}" for number in range(rows - len(asked)))][:rows]
    for name, count in (("text.txt", rows), ("small.txt", rows // 4)):
        with (folder / name).open("w", encoding="utf-8") as stream:
            for word in words[:count]:
                vector = asked[word] if word in asked else draw.normal(0, 0.4, 100)
                stream.write(f"{word} {' '.join(f'{number:.5g}' for number in vector.tolist())}\n")
    Vectors(words, draw.normal(size=(rows, 300)).astype(np.float32)).write(folder / "binary.bin")
    Vectors.read(folder / "text.txt", cache=True)


def _text(folder: Path) -> Callable[[], Any]:
    import pyarrow.csv  # noqa: F401 - not measured, as gensim's import is not

    return lambda: len(Vectors.read(folder / "text.txt"))


def _needed(folder: Path) -> Callable[[], Any]:
    asked = [f"word{number:x}" for number in range(0, 380_000, 19)]
    return lambda: len(Vectors.read(folder / "text.txt", words=asked))


def _cached(folder: Path) -> Callable[[], Any]:
    return lambda: len(Vectors.read(folder / "text.txt", cache=True))


def _binary(folder: Path) -> Callable[[], Any]:
    return lambda: len(Vectors.read(folder / "binary.bin"))


def _analogies(folder: Path) -> Callable[[], Any]:
    vectors, questions = Vectors.read(folder / "small.txt"), analogy_questions("google")

    def answer() -> list[float]:
        value = analogies(vectors, questions, methods=("add",), limit=None)["add"]
        return [round(value.value * value.n), value.n]

    return answer


def _gensim_text(folder: Path) -> Callable[[], Any]:
    from gensim.models import KeyedVectors

    return lambda: len(KeyedVectors.load_word2vec_format(str(folder / "text.txt"), no_header=True))


def _gensim_binary(folder: Path) -> Callable[[], Any]:
    from gensim.models import KeyedVectors

    return lambda: len(KeyedVectors.load_word2vec_format(str(folder / "binary.bin"), binary=True))


def _gensim_analogies(folder: Path) -> Callable[[], Any]:
    from gensim.test.utils import datapath

    keyed = Vectors.read(folder / "small.txt").to_keyed_vectors()

    def answer() -> list[float]:
        _, sections = keyed.evaluate_word_analogies(datapath("questions-words.txt"))
        return [
            len(sections[-1]["correct"]),
            len(sections[-1]["correct"]) + len(sections[-1]["incorrect"]),
        ]

    return answer


TASKS = {
    "text": _text,
    "needed": _needed,
    "cached": _cached,
    "binary": _binary,
    "analogies": _analogies,
    "gensim_text": _gensim_text,
    "gensim_binary": _gensim_binary,
    "gensim_analogies": _gensim_analogies,
}
"""What a process prepares (imports, and what is not measured) and then runs."""


def measure(task: str, folder: Path) -> dict[str, Any]:
    """One task in this process: its seconds, those of the processor, and its peak memory."""
    run = TASKS[task](folder)
    start, busy = time.perf_counter(), time.process_time()
    result = run()
    return {
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - busy,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "result": result,
    }


def ask(task: str, folder: Path, *more: str) -> dict[str, Any]:
    """One task in a process of its own."""
    command = [sys.executable, __file__, "--task", task, "--folder", str(folder), *more]
    environment = {**os.environ, "EMBEXP_CACHE": str(folder / "cache")}
    return json.loads(
        subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=environment
        ).stdout
        or "{}"
    )


def compare(folder: Path, repeat: int) -> bool:
    """Prints each claim with its medians and ratio; whether all hold."""
    found: dict[str, list[dict[str, Any]]] = {}
    needed = list(dict.fromkeys(task for claim in CLAIMS for task in (claim.peer, claim.ours)))
    for _ in range(repeat):
        for task in needed:
            found.setdefault(task, []).append(ask(task, folder))
    print(
        f"{'':28} {'ours s':>8} {'peer s':>8} {'ratio':>7} {'cpu':>6} {'claim':>6} "
        f"{'ours MB':>8} {'peer MB':>8}"
    )
    holds = True
    for claim in CLAIMS:
        ours, peer = (
            {
                key: statistics.median(run[key] for run in found[task])
                for key in ("seconds", "cpu", "megabytes")
            }
            for task in claim[1:3]
        )
        ratio = peer["seconds"] / ours["seconds"]
        good = ratio >= claim.ratio and (claim.memory is None or ours["megabytes"] < claim.memory)
        holds &= good
        print(
            f"{claim.title:28} {ours['seconds']:8.2f} {peer['seconds']:8.2f} {ratio:7.1f} "
            f"{peer['cpu'] / ours['cpu']:6.1f} {claim.ratio:6.1f} {ours['megabytes']:8.0f} "
            f"{peer['megabytes']:8.0f}  {'holds' if good else 'FAILS'}"
        )
    answers = found["analogies"][0]["result"], found["gensim_analogies"][0]["result"]
    same = answers[0] == answers[1]
    print(
        f"analogies right, asked: ours {answers[0]}, gensim {answers[1]}: "
        f"{'the same' if same else 'NOT the same'}"
    )
    return holds and same


def main() -> None:
    """Makes the files, compares, and ends with 1 where a claim does not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--task", choices=["make", *TASKS], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task == "make":
        make(given.folder, given.rows)
        return
    if given.task:
        print(json.dumps(measure(given.task, given.folder)))
        return
    with tempfile.TemporaryDirectory() as folder:
        ask(
            "make", Path(folder), "--rows", str(given.rows)
        )  # in a process of its own too: what it takes would count for its children
        raise SystemExit(not compare(Path(folder), given.repeat))


if __name__ == "__main__":
    main()
