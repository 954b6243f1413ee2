"""A file of sentences and one of vectors, and an experiment over both that takes a second."""

import contextlib
import io
import json
import random
from pathlib import Path

import pytest
from commands import call

GOOD, BAD = ["good", "great", "fine"], ["bad", "awful", "dull"]
NEUTRAL = ["the", "a", "film", "plot", "actor", "scene", "was", "with", "story"]


def written(folder: Path) -> Path:
    """The folder with `mine.csv`, `vectors.txt` and `experiments/tiny.py`."""
    rng = random.Random(0)
    lines = ["review,stars"]
    for number in range(120):
        telling = rng.choice(GOOD if number % 2 else BAD)
        words = [*rng.choices(NEUTRAL, k=rng.randint(1, 6)), telling]
        lines.append(f"{' '.join(words)} {number},{number % 2}")
    (folder / "mine.csv").write_text("\n".join(lines) + "\n")
    rows = (
        f"{word} {' '.join(f'{rng.gauss(0, 0.5):.3f}' for _ in range(4))}\n"
        for word in GOOD + BAD + NEUTRAL
    )
    (folder / "vectors.txt").write_text("".join(rows))
    (folder / "experiments").mkdir()
    (folder / "experiments" / "tiny.py").write_text(f'''"""Does it run?"""
from embexp import grid


def specs(seeds=2):
    return grid(
        corpus={str(folder / "mine.csv")!r},
        text="review",
        label="stars",
        vectors={str(folder / "vectors.txt")!r},
        lexicon=None,
        regime=["random", "frozen"],
        encoder="mean",
        seed=range(seeds),
        epochs=1,
        batch_size=16,
        buckets=2,
        min_count=1,
    )
''')
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def here(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The process stands in the folder of `tiny`."""
    monkeypatch.chdir(tiny)
    return tiny


@pytest.fixture(scope="module")
def ran(tiny: Path) -> Path:
    """The folder of the experiment's results, run from the command line."""
    printed = io.StringIO()
    with contextlib.chdir(tiny), contextlib.redirect_stdout(printed):
        assert call("run", "tiny", "--format", "json") == 0
    assert isinstance(json.loads(printed.getvalue()), list)
    return tiny / "runs" / "tiny"
