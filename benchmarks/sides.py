"""One side of a comparison in a process of its own, so that peers do not share a heap."""

import json
import subprocess
import sys


def seconds(program: str, side: str, **options: object) -> float | None:
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
        print(f"{side}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    return float(json.loads(done.stdout.splitlines()[-1]))
