"""Runs every part of the campaign, and writes what it saw to `results/reliability`.

    python scripts/torture --minutes 60 --keep found
    python scripts/torture --minutes 20 --seed 1 --parts kills signals --add

Each part is a process of its own with its share of the time. What it counts lies in a file
beside the report, so that a part can be repeated alone, or others' seeds added to it. The
report holds counts, seeds and versions, and no dates.
"""

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from textwrap import fill
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARES = {"readers": 8, "kills": 8, "signals": 12, "faults": 5, "damage": 2, "scarce": 2}
"""Each part's share of the time."""
LIBRARIES = ("embexp", "numpy", "pyarrow", "jax", "gensim")
WIDTH = 88


def main() -> None:
    """Runs the parts; exit code 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--jobs", type=int, default=1, help="parts that run at once")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--parts", nargs="+", choices=SHARES, default=[*SHARES])
    parser.add_argument("--add", action="store_true", help="to what was counted before")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "reliability")
    given = parser.parse_args()
    total = sum(SHARES[name] for name in given.parts) / given.jobs
    given.out.mkdir(parents=True, exist_ok=True)

    def run(name: str) -> bool:
        minutes = round(given.minutes * SHARES[name] / total, 1)
        place, before = given.out / f"{name}.json", {"runs": [], "tallies": []}
        if given.add and place.exists():
            before = json.loads(place.read_text())
        found = counted(name, minutes, given.seed, given.keep)
        runs = [*before["runs"], f"{name}.py --minutes {minutes:g} --seed {given.seed}"]
        tallies = merged(before["tallies"], found)
        place.write_text(json.dumps({"runs": runs, "tallies": tallies}, indent=1) + "\n")
        return not any(tally["broken"] for tally in found)

    try:
        with ThreadPoolExecutor(given.jobs) as pool:
            held = list(pool.map(run, given.parts))
    finally:  # a part that ends without counts takes no others with it
        report(given.out)
    sys.exit(not all(held))


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


def merged(
    before: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Tallies of the same harm as one."""
    every = {tally["part"]: tally for tally in before}
    for tally in found:
        own = every.setdefault(tally["part"], {**tally, "held": {}, "broken": {}})
        own["skipped"] = tally["skipped"]
        for kind in ("held", "broken"):
            own[kind] = dict(Counter(own[kind]) + Counter(tally[kind]))
    return [*every.values()]


def report(folder: Path) -> None:
    """Writes the report of all parts that were counted in a folder."""
    places = {name: folder / f"{name}.json" for name in SHARES}
    found = {name: json.loads(at.read_text()) for name, at in places.items() if at.exists()}
    (folder / "README.md").write_text("\n".join(page(found)) + "\n", encoding="utf-8")


def page(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The lines of the report."""
    tallies = [tally for each in found.values() for tally in each["tallies"]]
    held, broken = (sum(sum(t[kind].values()) for t in tallies) for kind in ("held", "broken"))
    yield "# What the campaign of kills, faults and damage saw\n"
    yield fill(
        f"`scripts/torture` tried {held + broken:,} cases: in {held:,} the promise held, in "
        f"{broken:,} it was broken. Numbers of cases depend on the machine, as each part stops "
        "when its time is over. A file that broke a promise is kept in `tests/torture_corpus`, "
        "and read in every test from then on.",
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
        yield fill("Made by " + ", ".join(f"`{run}`" for run in each["runs"]) + ".", WIDTH) + "\n"
        for promise in dict.fromkeys(tally["promise"] for tally in each["tallies"]):
            yield fill(f"Promised: {promise}.", WIDTH) + "\n"
        yield "| what | ended | cases |\n|---|---|---:|"
        for tally in each["tallies"]:
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
