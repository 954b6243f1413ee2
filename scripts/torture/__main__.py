"""Runs every part of the campaign, and writes what it saw to `results/reliability`.

    python scripts/torture --minutes 60 --keep found

Each part is a process of its own with its share of the time. The report holds counts,
seeds and versions, and no dates; it is not written where `--out` is empty.
"""

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from textwrap import fill
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARES = {"readers": 8, "kills": 8, "signals": 7, "faults": 5, "damage": 3, "scarce": 2}
"""Each part's share of the time."""
LIBRARIES = ("embexp", "numpy", "pyarrow", "jax", "gensim")
WIDTH = 88


def main() -> None:
    """Runs the parts; exit code 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--jobs", type=int, default=1, help="parts that run at once")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--out", default=str(ROOT / "results" / "reliability"))
    given = parser.parse_args()
    total = sum(SHARES.values()) / given.jobs
    with ThreadPoolExecutor(given.jobs) as pool:
        parts = {
            name: pool.submit(counted, name, given.minutes * share / total, given.seed, given.keep)
            for name, share in SHARES.items()
        }
        found = {name: part.result() for name, part in parts.items()}
    if given.out:
        path = Path(given.out)
        path.mkdir(parents=True, exist_ok=True)
        words = f"--minutes {given.minutes:g} --jobs {given.jobs} --seed {given.seed}"
        text = "\n".join(page(found, words)) + "\n"
        (path / "README.md").write_text(text, encoding="utf-8")
    sys.exit(any(tally["broken"] for tallies in found.values() for tally in tallies))


def counted(name: str, minutes: float, seed: int, keep: Path | None) -> list[dict[str, Any]]:
    """What a part has counted in so many minutes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        words = ["--minutes", f"{minutes}", "--seed", f"{seed}", "--json", str(file)]
        words += ["--keep", str(keep)] if keep else []
        done = subprocess.run([sys.executable, str(HERE / f"{name}.py"), *words], check=False)
        if not file.exists():
            raise SystemExit(f"{name} ended with exit code {done.returncode} and no counts")
        return json.loads(file.read_text())


def page(found: dict[str, list[dict[str, Any]]], words: str) -> Iterator[str]:
    """The lines of the report of a campaign that these words started."""
    tallies = [tally for each in found.values() for tally in each]
    held, broken = (sum(sum(t[kind].values()) for t in tallies) for kind in ("held", "broken"))
    yield "# What the campaign of kills, faults and damage saw\n"
    yield fill(
        f"`python scripts/torture {words}` tried {held + broken:,} "
        f"cases: in {held:,} the promise held, in {broken:,} it was broken. Numbers of cases "
        "depend on the machine, as each part stops when its time is over.",
        WIDTH,
    )
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    yield "\n" + fill(
        f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores; "
        f"{versions}.",
        WIDTH,
    )
    for name, each in found.items():
        said = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8")))
        yield f"\n## {name}\n\n{(said or '').partition(chr(10))[0]}\n"
        for promise in dict.fromkeys(tally["promise"] for tally in each):
            yield fill(f"Promised: {promise}.", WIDTH) + "\n"
        yield "| what | ended | cases |\n|---|---|---:|"
        for tally in each:
            yield from _rows(tally)


def _rows(tally: dict[str, Any]) -> Iterator[str]:
    """A line of the table for each way in which cases ended."""
    part = tally["part"].partition(", ")[2] or tally["part"]
    for kind, count in tally["broken"].items():
        yield f"| {part} | **broken**: {_plain(kind)} | {count:,} |"
    for kind, count in tally["held"].items():
        yield f"| {part} | {_plain(kind)} | {count:,} |"
    for reason in tally["skipped"]:
        yield f"| {part} | skipped: {_plain(reason)} | |"


def _plain(text: str) -> str:
    """A text that is safe in a table, without the place of temporary files."""
    words = text.replace("|", "/").removeprefix("!").replace(tempfile.gettempdir(), "TMP").split()
    return " ".join(word if "/tmp" not in word else "FILE" for word in words)  # noqa: S108


if __name__ == "__main__":
    main()
