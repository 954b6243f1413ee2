"""Reads files in a process of its own, and tells crashes, hangs and memory from errors.

A case that takes more than `SECONDS`, or `BYTES` more memory than before, breaks the
promise, as does any exception but `InputError`.
"""

import multiprocessing
import os
import resource
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

SECONDS = 5
BYTES = 1 << 30
ROOM = 4 << 30
"""Address space beyond that of the process at its start; more is refused to it."""
GOOD = ("same", "other", "InputError")


class Seen(NamedTuple):
    """How one case ended: `kind` is in `GOOD`, or says what broke the promise."""

    kind: str
    detail: str = ""


class TooSlowError(BaseException):
    """The alarm went off."""


class Cage:
    """A process that reads files when asked; a new one takes its place when it dies.

    Args:
        prepare: called in the process as `prepare(*given)`; it gives the reader, which
            takes a path and gives something that can be compared.
        whole: the files without damage, which are read before memory is measured.
        sealed: whether a reader must notice every change, so that other content is wrong.
    """

    def __init__(
        self, prepare: Callable[..., Any], given: tuple[Any, ...], whole: list[Path], sealed: bool
    ) -> None:
        self.given = prepare, given, whole, sealed
        self.child: Any = None

    def read(self, path: Path) -> Seen:
        """What became of one file."""
        child: Any = self.child
        if child is None or not child.is_alive():
            child = self._started()
        self.pipe.send(path)
        try:
            if self.pipe.poll(SECONDS + 5):
                return self.pipe.recv()
            seen = Seen("hang", f"more than {SECONDS + 5} s in one call")
        except EOFError:
            child.join(10)
            code = child.exitcode
            how = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
            seen = Seen(f"crash ({how})", how)
        self.close()
        return seen

    def close(self) -> None:
        """Ends the process."""
        if self.child is not None:
            self.child.kill()
            self.child.join()
            self.child = None

    def _started(self) -> Any:
        """A new process that is ready to read."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.child = context.Process(target=_serve, args=(theirs, *self.given), daemon=True)
        self.child.start()
        theirs.close()
        if self.pipe.recv() != "ready":
            raise RuntimeError("the reader did not start")
        return self.child


def _serve(
    pipe: Connection,
    prepare: Callable[..., Any],
    given: tuple[Any, ...],
    whole: list[Path],
    sealed: bool,
) -> None:
    from embexp.errors import InputError

    read = prepare(*given)
    known = []
    for path in whole:
        with suppress(InputError):  # a whole file may be refused, too
            known.append(read(path))
    signal.signal(signal.SIGALRM, _late)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    most = _status("VmSize") + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    pipe.send("ready")
    while True:
        path = pipe.recv()
        Path("/proc/self/clear_refs").write_text("5")
        before = _status("VmRSS")
        signal.alarm(SECONDS)
        try:
            found = read(path)
            seen = Seen("same" if found in known else "other")
            if sealed and seen.kind == "other":
                seen = Seen("a wrong value", str(found)[:200])
        except InputError as error:
            seen = Seen("InputError", str(error))
            if "\n" in str(error):
                seen = Seen("an error of several lines", str(error))
        except TooSlowError as error:
            seen = Seen(f"hang {_where(error)}")
        except BaseException as error:  # noqa: BLE001 - this is what is looked for
            seen = Seen(f"{type(error).__name__} {_where(error)}", f"{error}"[:300])
        finally:
            signal.alarm(0)
        if (used := _status("VmHWM") - before) > BYTES:
            seen = Seen("memory", f"{used >> 20} MiB; {seen.kind}")
        with suppress(BrokenPipeError):
            pipe.send(seen)


def _late(*_: Any) -> None:
    signal.alarm(1)  # again, should a callback swallow it
    raise TooSlowError


def _where(error: BaseException) -> str:
    """The last line of this package on the way to an error."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if f"{os.sep}embexp{os.sep}" in frame.filename]
    last = own[-1] if own else frames[-1]
    return f"at {last.filename.rpartition(f'embexp{os.sep}')[2]} in {last.name}"


def _status(name: str) -> int:
    """A size of this process in bytes, such as VmRSS."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return 1024 * int(line.split()[1])
    return 0
