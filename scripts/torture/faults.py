"""Faults at every operation of the code that writes: kills, torn writes, errors of the disk.

    python scripts/torture/faults.py --times 200 --only "sweep"

Each command is run once to count what it does to files, then once for each operation and
fault, in a process of its own. Then it is repeated without a fault, and must give what it
gives undisturbed. Training is stubbed in sweeps, and real for vectors.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import sweeps
import tally
from forked import Ended, forked
from injected import ERRORS, KILL, TORN, Watch, watching
from sweeps import command
from tally import Options, Tally

PROMISE = (
    "after a kill the repeated command gives equal results and nothing finished is lost; after "
    "an error there is one sentence, no half file, and equal results once the error is gone"
)
QUICKSTART = Path(__file__).parents[2] / "results" / "quickstart"
TARGETS = ("v.vec", "v.txt.gz", "v.bin", "v.safetensors", "v.npz", "v.parquet", "v.vec.zip")


@dataclass(frozen=True)
class Work:
    """A command that writes below a folder.

    Args:
        act: does it, given the folder.
        state: what it has made there, to be compared.
        whole: whether a state that was found after a fault shows nothing but whole things,
            given the state of a command that was not disturbed.
        begin: puts what the command needs into the folder.
    """

    act: Callable[[Path], Callable[[], None]]
    state: Callable[[Path], Any]
    whole: Callable[[Any, Any], bool]
    begin: Callable[[Path], object] = lambda folder: None


def works() -> dict[str, Work]:
    """All commands that write."""
    some: Callable[[Any, Any], bool] = lambda now, end: now.items() <= end.items()  # noqa: E731
    found = {
        "sweep": Work(
            lambda folder: command(
                *("run", str(folder / "small.py"), "--results", str(folder)),
                *("--save-models", "--format", "json"),
            ),
            lambda folder: sweeps.left(folder / "small"),
            some,
            sweeps.written,
        )
    }
    for method in ("cbow", "fasttext", "ppmi-svd"):
        out = "v.fasttext.bin" if method == "fasttext" else "v.vec"
        found[f"vectors train {method}"] = Work(_train(method, out), _files(out), some, _text)
    for target in TARGETS:
        found[f"vectors convert {target}"] = Work(_convert(target), _files(target), some, _vectors)
    for name in ("report", "figure"):
        found[name] = Work(
            lambda folder, name=name: command(name, str(folder / "r")),
            _files("r/*.html", "r/*.png"),
            some,
            _results,
        )
    return found


def _train(method: str, out: str) -> Callable[[Path], Callable[[], None]]:
    options = ("--method", method, "--dim", "4", "--min-count", "1", "--set", "epochs=3")
    given = options[:-2] if method == "ppmi-svd" else options
    return lambda folder: command(
        *("vectors", "train", str(folder / "text.txt"), "--out", str(folder / out), *given)
    )


def _convert(target: str) -> Callable[[Path], Callable[[], None]]:
    return lambda folder: command(
        "vectors", "convert", str(folder / "in.txt"), str(folder / target)
    )


def _text(folder: Path) -> None:
    draw = np.random.default_rng(0)
    words = ["cat", "dog", "cow", "car", "bus", "van"]
    lines = (" ".join(draw.choice(words, 8)) for _ in range(200))
    (folder / "text.txt").write_text("\n".join(lines) + "\n")


def _vectors(folder: Path) -> None:
    draw = np.random.default_rng(0)
    rows = (" ".join(map(str, draw.normal(size=50).round(4))) for _ in range(4000))
    (folder / "in.txt").write_text("".join(f"w{n} {row}\n" for n, row in enumerate(rows)))


def _results(folder: Path) -> None:
    (folder / "r").mkdir()
    for path in QUICKSTART.glob("r*.*"):
        shutil.copy(path, folder / "r")


def _files(*patterns: str) -> Callable[[Path], dict[str, bytes]]:
    """The bytes of the files that a command makes, wherever the folder lies."""
    return lambda folder: {
        path.name: path.read_bytes().replace(str(folder).encode(), b"HERE")
        for pattern in patterns
        for path in folder.glob(pattern)
        if not path.name.startswith(".")
    }


def run(options: Options) -> Iterator[Tally]:
    """Every command in turn."""
    from embexp.vectors import checkpoint

    checkpoint.EVERY = 0.0
    if options.wants("sweep"):
        sweeps.stub()
    wanted = {name: work for name, work in works().items() if options.wants(name)}
    for name, work in wanted.items():
        with tempfile.TemporaryDirectory() as root:
            yield harmed(name, work, Path(root), options, 1 / len(wanted))


def harmed(name: str, work: Work, root: Path, options: Options, share: float) -> Tally:
    """One command, with a fault at its every operation; those of a fraction if time is short."""
    tally = Tally(f"faults, {name}", PROMISE)
    whole = _fresh(root, work, "whole")
    watch = Watch(whole)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        work.act(_fresh(root, work, "warm"))()
        with watching(watch):
            work.act(whole)()
    end = work.state(whole)
    cases = [
        (at, fault)
        for at, operation in enumerate(watch.seen)
        for fault in (KILL, TORN, *ERRORS)
        if fault != TORN or operation.startswith("write")
    ]
    order = np.random.default_rng(options.seed).permutation(len(cases))
    for number, case in zip(options.cases(share), order, strict=False):
        at, fault = cases[case]
        found = _case(work, _fresh(root, work, f"case{number}"), end, at, fault)
        shown = f"{fault} at {watch.seen[at]}: {found}" if found.startswith("!") else found
        (tally.broken if found.startswith("!") else tally.held)[shown] += 1
        shutil.rmtree(root / f"case{number}")
    return tally


def _fresh(root: Path, work: Work, name: str) -> Path:
    folder = root / name / "here"
    folder.mkdir(parents=True)
    work.begin(folder)
    return folder


def _case(work: Work, folder: Path, end: Any, at: int, fault: str) -> str:
    """What became of a command with one fault; what breaks the promise begins with `!`."""

    def act() -> None:
        with watching(Watch(folder, at, fault)):
            work.act(folder)()

    first = forked(act)
    if problem := _problem(first, work, folder, end, fault):
        return f"!{problem}"
    again = forked(work.act(folder))
    if again.code != 0:
        return f"!then {again.shown}"
    if work.state(folder) != end:
        return "!then other results"
    stays = any(path.suffix in (".part", ".partial") for path in folder.rglob(".*"))
    return f"{'killed' if first.code == -9 else first.shown if first.code else 'no error'}, " + (
        "then equal results beside a part of a file" if stays else "then equal results"
    )


def _problem(first: Ended, work: Work, folder: Path, end: Any, fault: str) -> str:
    """What a fault has broken, or nothing."""
    if fault in (KILL, TORN):
        if first.code not in (-9, 0):
            return first.shown
    elif first.code != 0 and not first.sentence:
        return first.shown
    now = work.state(folder)
    if first.code == 0 and now != end:
        return "success was told, but results are missing"
    return "" if work.whole(now, end) else "a half file, or a changed value"


if __name__ == "__main__":
    os.environ["EMBEXP_CACHE"] = ""
    tally.start(__doc__, run)
