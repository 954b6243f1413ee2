"""One side of a comparison in a process of its own, so that peers do not share a heap."""

import json
import subprocess
import sys
from typing import Any


def printed(program: str, side: str, **options: object) -> Any:
    """What a benchmark prints last when it runs one side; None, with the reason, if it cannot.

    Args:
        program: the benchmark's file, which takes `--side` and the options.
    """
    given = {"side": side, **options}
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    done = subprocess.run(
        [sys.executable, program, *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip() or f"it ended with code {done.returncode}"
        print(f"{side}: {said.splitlines()[-1]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def seconds(program: str, side: str, **options: object) -> float | None:
    """The number that a side prints last, as `printed`."""
    found = printed(program, side, **options)
    return None if found is None else float(found)
