"""Commands that write below a folder: what is harmed, and how it is compared."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sweeps
from sweeps import command
from tally import Options, Tally


def part_of(now: Any, end: Any) -> bool:
    """Whether all that is there is there in the end, too."""
    return now.items() <= end.items()


@dataclass(frozen=True)
class Work:
    """A command that writes below a folder.

    Args:
        act: does it, given the folder.
        state: what it has made there, as far as it is finished.
        begin: puts what the command needs into the folder.
        whole: whether a state that was found after a fault shows nothing but whole things,
            given the state of a command that was not disturbed.
    """

    act: Callable[[Path], Callable[[], None]]
    state: Callable[[Path], Any]
    begin: Callable[[Path], object]
    whole: Callable[[Any, Any], bool] = part_of

    def fresh(self, place: Path) -> Path:
        """A new folder in a place, with what the command needs."""
        folder = place / "here"
        folder.mkdir(parents=True)
        self.begin(folder)
        return folder


def sweep() -> Work:
    """A small sweep that saves its models."""
    return Work(
        lambda folder: command(
            *("run", str(folder / "small.py"), "--results", str(folder)),
            *("--save-models", "--format", "json"),
        ),
        lambda folder: sweeps.left(folder / "small"),
        sweeps.written,
    )


def training(*options: str, words: int, length: int, lines: int) -> Work:
    """A training of vectors, on a text of so many lines of some length."""
    out = "v.fasttext.bin" if "fasttext" in options else "v.vec"

    def begin(folder: Path) -> None:
        draw = np.random.default_rng(0)
        known = [f"w{number}" for number in range(words)]
        text = (" ".join(draw.choice(known, length)) for _ in range(lines))
        (folder / "text.txt").write_text("\n".join(text) + "\n")

    def act(folder: Path) -> Callable[[], None]:
        paths = (str(folder / "text.txt"), "--out", str(folder / out))
        return command("vectors", "train", *paths, "--min-count", "1", *options)

    return Work(act, files(out), begin)


def files(*patterns: str) -> Callable[[Path], dict[str, bytes]]:
    """The bytes of the files that a command makes, wherever the folder lies."""
    return lambda folder: {
        path.name: path.read_bytes().replace(str(folder).encode(), b"HERE")
        for pattern in patterns
        for path in folder.glob(pattern)
        if not path.name.startswith(".")
    }


def each(
    works: Mapping[str, Work],
    options: Options,
    harm: Callable[[str, Work, Path, Options, float], Tally],
) -> Iterator[Tally]:
    """The works that are wanted, each harmed in a folder and in its share of the time."""
    wanted = {name: work for name, work in works.items() if options.wants(name)}
    for name, work in wanted.items():
        with tempfile.TemporaryDirectory() as root:
            yield harm(name, work, Path(root), options, 1 / len(wanted))
