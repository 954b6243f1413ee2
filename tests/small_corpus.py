"""A few hundred made-up sentences of two classes, vectors and a lexicon of their words,
and what tests ask of runs over them.
"""

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from embexp import grid
from embexp.runner import EXECUTORS, Group, RunResult
from embexp.spec import Spec

GOOD = ["good", "great", "fine", "lovely", "superb"]
BAD = ["bad", "awful", "dull", "poor", "dreadful"]
NEUTRAL = ["the", "a", "film", "plot", "actor", "scene", "was", "with", "and", "of"]
NEUTRAL += ["music", "story", "movie", "end", "an", "it"]
REGIMES = [
    "random",
    "random-frozen",
    "frozen",
    "tuned",
    "delayed",
    "permuted",
    "random-labels",
]


def write_texts(folder: Path, poisoned: bool = False, test_is_validation: bool = False) -> Path:
    """Sentences whose class is that of most of their telling words, in three files.

    `poisoned` puts other words of the same number and wrong labels into the test split;
    `test_is_validation` the validation split.
    """
    rng = random.Random(0)
    folder.mkdir()
    for split, texts in (("train", 200), ("validation", 64), ("test", 64)):
        lines = ["text,label"]
        for number in range(texts):
            own, other = (GOOD, BAD) if number % 2 else (BAD, GOOD)
            words = [
                *rng.choices(NEUTRAL, k=rng.randint(0, 9)),
                *rng.choices(own, k=2),
                *rng.choices([*own, *other], k=1),
            ]
            rng.shuffle(words)
            label = "pos" if number % 2 else "neg"
            if poisoned and split == "test":
                words, label = ["dreadful"] * len(words), "neg" if number % 3 else "pos"
            lines.append(f"{' '.join(words)},{label}")
        (folder / f"{split}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if test_is_validation:
        shutil.copy(folder / "validation.csv", folder / "test.csv")
    return folder


def write_vectors(path: Path) -> None:
    """Vectors in which good and bad words stand apart a little; two words have none."""
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        for word in [*GOOD, *BAD, *NEUTRAL[:-2], "unheard"]:
            lean = 0.5 * (word in GOOD) - 0.5 * (word in BAD)
            numbers = " ".join(f"{number:.4f}" for number in rng.normal(lean, 0.5, 6))
            file.write(f"{word} {numbers}\n")


def written(folder: Path) -> SimpleNamespace:
    """The folder with all files, and `specs(corpus, **fields)` over them."""
    write_vectors(folder / "vectors.txt")
    lexicon = folder / "lexicon.tsv"
    lexicon.write_text("".join(f"{word}\t{1 if word in GOOD else -1}\n" for word in GOOD + BAD))
    corpora = {
        "plain": write_texts(folder / "corpus"),
        "poisoned": write_texts(folder / "poisoned", poisoned=True),
        "twice": write_texts(folder / "twice", test_is_validation=True),
    }
    same: dict[str, Any] = {
        "regime": REGIMES,
        "encoder": "mean",
        "seed": [0, 1],
        "vectors": str(folder / "vectors.txt"),
        "lexicon": str(lexicon),
        "epochs": 3,
        "batch_size": 16,
        "buckets": 2,
        "min_count": 1,
        "polarity_corpus": "validation",
        "learning_rate": 0.03,
        "tracked_pairs": ("good:bad",),
    }

    def specs(corpus: str = "plain", **fields: Any) -> list[Spec]:
        return grid(corpus=str(corpora[corpus]), **(same | fields))

    return SimpleNamespace(folder=folder, specs=specs)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    return written(tmp_path_factory.mktemp("small"))


def diverging(small: SimpleNamespace, seed: int) -> Spec:
    """A run whose table is infinite after a step; no user may ask for such a rate."""
    (spec,) = small.specs(regime="tuned", seed=seed)
    return spec.model_copy(update={"table_rate": 1e38})


def numbers(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without the id of the attempt that made them, which is random."""
    return [{key: value for key, value in row.items() if key != "run"} for row in rows]


def in_any_order(rows: Iterable[dict[str, Any]]) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True) for row in numbers(rows))


def of_run(rows: Iterable[dict[str, Any]], spec: Spec) -> list[dict[str, Any]]:
    """The rows of a run."""
    digest = spec.digest  # which hashes the spec whenever it is asked for
    return [row for row in rows if row["digest"] == digest]


def values(rows: Iterable[dict[str, Any]], **where: Any) -> list[float]:
    """The values of the rows with these fields."""
    return [row["value"] for row in rows if all(row[key] == value for key, value in where.items())]


@pytest.fixture
def trained_specs(monkeypatch: pytest.MonkeyPatch) -> list[Spec]:
    """The specs that are to be trained from now on; they end at once, without values."""
    asked: list[Spec] = []

    def at_once(groups: Sequence[Group], *_: Any) -> Iterator[tuple[Group, list[RunResult]]]:
        for group in groups:
            asked.extend(group.specs)
            yield group, [RunResult(spec) for spec in group.specs]

    monkeypatch.setitem(EXECUTORS, "local", at_once)
    return asked


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training is a failure."""

    def refuse(groups: Sequence[Group], *_: Any) -> Iterator[tuple[Group, list[RunResult]]]:
        for group in groups:
            pytest.fail(f"trained {group.specs[0].title}")
        yield from ()

    monkeypatch.setitem(EXECUTORS, "local", refuse)
