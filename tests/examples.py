"""The examples of the documentation: blocks of Python and commands, where to run them, and how."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from commands import call

import embexp
from embexp import ENCODERS, MEASURES, REGIMES, Vectors, grids, load_corpus
from embexp.comparing.effort import FEWEST, Effort
from embexp.data import CORPORA, tokenize
from embexp.data.tokenizers import TOKENIZERS
from embexp.search import SETTINGS
from embexp.vectors.registry import VECTORS, NamedVectors

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "tour.ipynb"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), NOTEBOOK]
NEWLINE = "\n"
PYTHON = re.compile(r"^```python\n(?!>>>)(.+?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^    embexp ((?:[^\n]*\\\n)*[^\n]*)$", re.MULTILINE)
INLINE = re.compile(r"`embexp\s([^`]+)`")


class Example(NamedTuple):
    """A block of Python, or a command without the word `embexp`; and where it stands."""

    place: str
    text: str
    is_command: bool = False

    @property
    def words(self) -> list[str]:
        """The words of a command, without its comment."""
        return shlex.split(self.text.replace("\\\n", " "), comments=True)


def examples(page: Path) -> list[Example]:
    """The examples of a page or a notebook, in the order in which they stand."""
    text = page.read_text("utf-8")
    if page == NOTEBOOK:
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        return [Example(f"cell {n}", "".join(cell["source"])) for n, cell in enumerate(cells, 1)]
    found = [*PYTHON.finditer(text), *COMMAND.finditer(text)]
    return [
        Example(
            f"{page.name}:{text.count(NEWLINE, 0, each.start()) + 1}", each[1], each.re is COMMAND
        )
        for each in sorted(found, key=lambda each: each.start())
    ]


def inline_commands(page: Path) -> list[Example]:
    """Commands inside sentences, some with placeholders, so that they are not to be run."""
    found = INLINE.finditer(page.read_text("utf-8"))
    return [Example(page.name, each[1], is_command=True) for each in found]


def run(example: Example, names: dict[str, Any]) -> None:
    """Runs an example in this process.

    Args:
        names: what blocks of Python find, and leave.
    """
    if example.is_command:
        assert call(*example.words) == 0, example
    else:
        exec(compile(example.text, example.place, "exec"), names)  # noqa: S102 - of our own pages


def small_effort(
    cls: type[Effort],
    seeds: int = 12,
    trials: int = 12,
    splits: int = 1,
    budgets: Sequence[int] = (),
    minutes: float | None = None,
) -> Effort:
    """The effort of a comparison that only has to end."""
    few = FEWEST if minutes else 0
    return tuple.__new__(cls, (min(seeds, 2), min(trials, few), min(splits, 2), budgets, minutes))


def small_grid(**settings: Any) -> list[embexp.Spec]:
    """Runs that only have to end."""
    return grids.grid(**{"epochs": 1, "train_texts": 64, **settings})


def sample() -> list[str]:
    """The training texts of the sample."""
    return [*load_corpus("sample").splits["train"].texts]


def little_effort(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Makes comparisons and grids small, and GloVe a file of the sample's words in a folder."""
    words = [*dict.fromkeys(tokenize(" ".join(sample())))]
    vectors = Vectors(words, np.random.default_rng(0).normal(size=(len(words), 8)))
    vectors.write(folder / "glove.vec")
    patch.setattr(Effort, "__new__", small_effort)
    patch.setitem(VECTORS, "glove-6b-50d", NamedVectors("", "", ("glove.vec",)))
    patch.setenv("EMBEXP_DATA", str(folder))
    patch.setitem(SETTINGS, "epochs", 2)
    patch.setattr(embexp, "grid", small_grid, raising=False)


@pytest.fixture
def names(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What examples find: names in Python, files in the working folder, and little effort."""
    entries = [REGIMES, ENCODERS, MEASURES, CORPORA, TOKENIZERS]
    before = [dict(each) for each in entries]
    texts = sample()
    frame = pd.DataFrame({"review": texts, "stars": [n % 2 for n in range(len(texts))]})
    write_files(tmp_path, texts)
    keyed = Vectors(["room", "clean", "dirty", "bed"], np.eye(4)).to_keyed_vectors()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        little_effort(patch, tmp_path)
        yield {
            "embexp": embexp,
            "frame": frame,
            "texts": texts,
            "labels": [*frame["stars"]],
            "model": SimpleNamespace(wv=keyed),
        }
    for entry, own in zip(entries, before, strict=True):
        entry.clear()
        entry.update(own)


def write_files(folder: Path, texts: Sequence[str]) -> None:
    """The files that examples name as a reader's own."""
    shutil.copytree(ROOT / "results" / "quickstart", folder / "runs" / "quickstart")
    shutil.copy(ROOT / "embexp" / "data" / "hotels.csv", folder)
    (folder / "texts.txt").write_text("\n".join(texts), encoding="utf-8")
    texts = texts[:100]
    count, others = range(len(texts)), texts[::-1]
    labels = ["ab"[n % 2] for n in count]
    chinese = [f"房间很{'好差'[n % 2]}{n}" for n in count]
    files = {
        "new.csv": {"review": texts, "premise": texts, "hypothesis": others},
        "ratings.csv": {"review": texts, "stars": [n % 7 for n in count]},
        "pairs.csv": {"premise": texts, "hypothesis": others, "relation": labels},
        "reviews.tsv": {"text": chinese, "label": labels},
    }
    for name, columns in files.items():
        separator = "\t" if name.endswith(".tsv") else ","
        pd.DataFrame(columns).to_csv(folder / name, sep=separator, index=False)
    sets = pd.DataFrame({"text": texts, "label": [["a", "b"][: n % 3] for n in count]})
    sets.to_json(folder / "comments.jsonl", orient="records", lines=True)
