"""Runs an action in a forked process, so that whatever ends it can be seen."""

import os
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

SECONDS = 120.0
"""After which an action counts as hanging."""


class Ended(NamedTuple):
    """How a process ended: its exit code, negative for a signal, and what it printed."""

    code: int
    printed: str

    @property
    def sentence(self) -> bool:
        """Whether it told the user of a mistake: exit code 2, and one line."""
        lines = [line for line in self.printed.splitlines() if line.startswith("embexp: ")]
        return self.code == 2 and len(lines) == 1 and "Traceback" not in self.printed

    @property
    def shown(self) -> str:
        """How it ended, in a few words."""
        if self.sentence:
            return "exit 2 with one sentence"
        last = (self.printed.strip().splitlines() or ["nothing printed"])[-1]
        return f"exit {self.code}: {last[:140]}"


def forked(action: Callable[[], object], *, kill_after: float | None = None) -> Ended:
    """Runs the action in a child; a `SystemExit` gives its code.

    Args:
        kill_after: seconds after which it is killed, if it still runs.
    """
    with tempfile.NamedTemporaryFile(suffix=".out") as out, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            _run(action, out.name)
        code = _wait(child, SECONDS if kill_after is None else kill_after)
        return Ended(code, Path(out.name).read_text(errors="replace"))


def _run(action: Callable[[], object], out: str) -> None:
    code = 70
    try:
        file = os.open(out, os.O_WRONLY | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(file, stream)
        code = 0
        action()
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else 0
    except BaseException:  # noqa: BLE001 - the parent reads what it was
        traceback.print_exc()
        code = 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        time.sleep(0.002)
