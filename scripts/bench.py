"""Runs the benchmarks, each with its peers beside it, and writes what they print.

What a benchmark claims and prints goes to `results/speed/NAME.md`, with the machine, its load
and the versions. Peers that are not installed are left out; `pip install -e ".[demo,peers]"`
brings them. An hour on two cores without other work.

    python scripts/bench.py
    python scripts/bench.py frozen vectors
"""

import argparse
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from embexp.devices import cores
from embexp.runner.versions import code

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "results" / "speed"
BENCHMARKS: dict[str, tuple[tuple[str, ...], ...]] = {
    "sweeps": (("training.py", "--runs", "1", "12"),),
    "vocabulary": (
        ("vocabulary.py", "--steps", "200"),
        ("vocabulary.py", "--steps", "60", "--runs", "12", "--rows", "20000", "100000"),
    ),
    "frozen": (("frozen.py",), ("frozen.py", "--corpus", "sst2")),
    "evaluation": (("evaluation.py",),),
    "vectors": (("vectors.py",),),
    "training": (("skip_gram.py",), ("glove.py",)),
}
"""What is run for each page."""
PEERS = ("jax", "torch", "keras", "gensim")


def machine() -> str:
    """The machine, how busy it is, and the versions."""
    busy = psutil.cpu_percent(interval=2)
    versions = ", ".join(f"{name} {there}" for name in PEERS if (there := version_of(name)))
    where = f"{cores()} cores ({platform.machine()}), {busy:.0f} % busy before"
    return f"{where}; Python {platform.python_version()}, {versions}; sources {code()['sources']}"


def version_of(name: str) -> str | None:
    """The version of a package that is installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def page(name: str) -> str:
    """What the benchmarks of a page print, in Markdown."""
    parts = []
    for program, *options in BENCHMARKS[name]:
        path = ROOT / "benchmarks" / program
        claim = path.read_text("utf-8").split('"""')[1].split("\n\n")[0].replace("\n", " ")
        command = " ".join(["python", f"benchmarks/{program}", *options])
        made = f"Made by `{command}`: {machine()}."
        print(command, file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, str(path), *options], capture_output=True, text=True, check=False
        )
        said = done.stdout.strip() or "nothing"
        failed = "" if done.returncode == 0 else f"\n\nIt ended with code {done.returncode}."
        parts.append(f"# {claim}\n\n{made}\n\n```\n{said}\n```{failed}\n")
    return "\n".join(parts)


def main() -> None:
    """Runs all benchmarks, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or [*BENCHMARKS]
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"unknown benchmark {unknown[0]!r}; choose from {', '.join(BENCHMARKS)}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names:
        (FOLDER / f"{name}.md").write_text(page(name), encoding="utf-8")


if __name__ == "__main__":
    main()
