"""Damages results and caches that are whole: cuts, flipped bits, doubled, dropped, moved lines.

    python scripts/torture/damage.py --times 2000 --only "bits"

The folder is one of a sweep with a stubbed trainer, and the same as it is published.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import more_families
import numpy as np
import sweeps
import tally
from mutations import by_lines
from sweeps import command
from tally import Options, Tally

PROMISE = (
    "no changed value is shown; what is damaged is counted, and exactly the runs that are not "
    "shown are made again"
)
CACHE_PROMISE = "a damaged cached table is made again, and gives what the file gives"


class Results:
    """A folder of results, put back as it was before each damage."""

    def __init__(self, home: Path, specs: list[Any]) -> None:
        self.home, self.specs = home, specs
        self.whole = sweeps.left(home)
        self.bytes = {
            path.relative_to(home).as_posix(): path.read_bytes()
            for path in sorted(home.rglob("*"))
            if path.is_file() and not path.name.startswith(".") and path.suffix != ".md"
        }

    def seen(self, name: str, content: bytes | None) -> str:
        """What is shown where a file holds other content, or is missing; then it is put back.

        What breaks the promise begins with `!`.
        """
        path = self.home / name
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        try:
            return self._seen(content == self.bytes[name])
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            return f"!{type(error).__name__}: {error}"[:200]
        finally:
            path.write_bytes(self.bytes[name])

    def _seen(self, same: bool) -> str:
        from embexp import records
        from embexp.runner import make_plan
        from embexp.runner.baselines import baselines_of

        now, damaged = sweeps.left(self.home), records.damage(self.home)
        if not now.items() <= self.whole.items():
            return "!a changed value is shown"
        missing = {
            spec.digest for group in make_plan(self.specs, self.home).groups for spec in group.specs
        }
        fitted = {baseline.digest for baseline in baselines_of(self.specs)} & self.whole.keys()
        missing |= fitted - records.read_runs(self.home).keys()
        if missing != self.whole.keys() - now.keys():
            return "!what is not shown is not made again"
        if same or (now == self.whole and not damaged):
            return "nothing shown differs"
        if not damaged:
            return "a run is gone without a trace, and is made again"
        return "damage is counted" + (", and runs are made again" if missing else "")


def run(options: Options) -> Iterator[Tally]:
    """Every kind of damage in turn."""
    sweeps.stub()
    with tempfile.TemporaryDirectory() as root:
        for folder in (Path(root, "own"), Path(root, "published")):
            folder.mkdir()
        specs = _swept(Path(root, "own"))
        home = Path(root, "own", "runs", "small")
        shutil.copytree(home, Path(root, "published", "small"))
        more_families.published(Path(root, "published", "small"))
        for results in (Results(home, specs), Results(Path(root, "published", "small"), specs)):
            for name, kind in KINDS.items():
                for file in results.bytes:
                    part = f"{name}, {'published ' if 'rows.parquet' in results.bytes else ''}"
                    if _wanted(options, name, file) and not _again(results, file):
                        yield _damaged(f"{part}{_short(file)}", kind, results, file, options)
        if options.wants("cache"):
            yield from _caches(Path(root), options)


def _swept(root: Path) -> list[Any]:
    """Makes the results, and gives the specs."""
    from embexp.runner import experiments

    path = sweeps.written(root)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        command("run", str(path), "--results", str(root / "runs"), "--save-models")()
    return experiments.specs_of(experiments.load(str(path)))


def _wanted(options: Options, name: str, file: str) -> bool:
    lines = file.endswith(".jsonl")
    return options.wants(name) and (lines or not name.endswith("lines"))


def _again(results: Results, file: str) -> bool:
    """Whether a file is but another one of its kind: one of logits and one of models is enough."""
    return file != next(name for name in results.bytes if _short(name) == _short(file))


def _short(file: str) -> str:
    return file.partition("/")[0]


Kind = Callable[[bytes, np.random.Generator, int], bytes | None]


def flipped(content: bytes, draw: np.random.Generator, _: int) -> bytes:
    """One to three bits changed."""
    changed = bytearray(content)
    for at in draw.integers(len(content), size=draw.integers(1, 4)):
        changed[at] ^= 1 << int(draw.integers(8))
    return bytes(changed)


def cut(content: bytes, _: np.random.Generator, case: int) -> bytes | None:
    """Cut at a byte: every one in turn, in an order that covers the file evenly."""
    step = next(step for step in (7919, 7907, 7901) if len(content) % step)
    return content[: case * step % len(content)] if case < len(content) else None


def digit(content: bytes, draw: np.random.Generator, _: int) -> bytes:
    """A digit changed to another, which leaves text well formed."""
    changed = bytearray(content)
    places = [at for at, byte in enumerate(content) if 48 <= byte < 58]
    at = places[draw.integers(len(places))] if places else 0
    changed[at] = 48 + int(draw.integers(10))
    return bytes(changed)


def spliced(content: bytes, draw: np.random.Generator, _: int) -> bytes:
    """Lines whose values or digests are those of another line: a part of one in another."""
    found = content.splitlines(keepends=True)
    a, b = (found[draw.integers(len(found))] for _ in range(2))
    at = int(draw.integers(min(len(a), len(b))))
    return content.replace(a, a[:at] + b[at:])


KINDS: dict[str, Kind] = {
    "cuts": cut,
    "bits": flipped,
    "digits": digit,
    "moved lines": lambda content, draw, _: by_lines(content, draw),
    "spliced lines": spliced,
}


def _damaged(part: str, kind: Kind, results: Results, file: str, options: Options) -> Tally:
    tally = Tally(f"damage, {part}", PROMISE)
    draw = np.random.default_rng(options.seed)
    for case in options.cases(1 / 20):
        content = kind(results.bytes[file], draw, case)
        if content is None:
            break
        seen = results.seen(file, content)
        (tally.broken if seen.startswith("!") else tally.held)[seen] += 1
        if seen.startswith("!") and tally.broken[seen] == 1:
            options.kept(f"{part}-{case}".replace(" ", "-").replace("/", "-"), content)
    return tally


def _caches(root: Path, options: Options) -> Iterator[Tally]:
    """Flips bits of cached tables and of the notes beside them."""
    for suffix in (".safetensors", ".json"):
        folder = root / f"cache{suffix}"
        folder.mkdir()
        family = more_families.FAMILIES[f"cache {suffix}"]
        (whole,) = family.write(folder)
        read = family.prepare(folder)
        expected, content = read(whole), whole.read_bytes()
        tally, draw = (
            Tally(f"damage, bits, cache {suffix}", CACHE_PROMISE),
            np.random.default_rng(0),
        )
        for case in options.cases(1 / 20):
            (folder / "damaged").write_bytes(flipped(content, draw, case))
            try:
                seen = (
                    "the same table" if read(folder / "damaged") == expected else "!another table"
                )
            except Exception as error:  # noqa: BLE001 - this is what is looked for
                seen = f"!{type(error).__name__}: {error}"[:200]
            (tally.broken if seen.startswith("!") else tally.held)[seen] += 1
        yield tally
    os.environ["EMBEXP_CACHE"] = ""


if __name__ == "__main__":
    tally.start(__doc__, run)
