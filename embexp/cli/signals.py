"""Ends the program on SIGINT and SIGTERM at once, whatever it does, with one sentence.

All that is on the disk is whole or is ignored, so nothing needs to be unwound: a thread
that waits for the signal ends the process. The main thread may be compiling or importing.
"""

import atexit
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from embexp import scratch

SIGNALS = signal.SIGINT, signal.SIGTERM
LONGEST = 1.0
"""Seconds after which the process ends, though the sentence could not be written."""
CLEARED = "\r\x1b[2K\x1b[?25h"
"""Clears the line of a progress bar, and shows the cursor that it hid."""

_finished: list[Callable[[], str]] = []
_codes: list[int] = []


def tell(finished: Callable[[], str]) -> None:
    """From now on the sentence also tells what is finished, `3 of 12 runs finished`.

    It is asked by another thread, when the main thread may be anywhere: it imports nothing.
    """
    _finished.append(finished)


def watch() -> None:
    """From now on SIGINT and SIGTERM end the process, with exit code 130 or 143.

    A signal that the process was started to ignore (`nohup`, `&` in a script) stays
    ignored.
    """
    atexit.register(_leave)  # the first to be registered is the last to be called
    waiting, waking = socket.socketpair()
    waking.setblocking(False)
    threading.Thread(target=_wait, args=(waiting, waking), daemon=True).start()
    signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stand_still)


def end(code: int) -> NoReturn:
    """Ends the process as `sys.exit` does, but does not take the libraries apart.

    That takes long, can crash, and no thread would be there any more to answer a signal.
    """
    _codes.append(code)
    raise SystemExit(code)


def _leave() -> None:
    """Ends the process after all other functions that are called at the end."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # closed, or nobody reads it
            stream.flush()
    if _codes:
        os._exit(_codes[-1])
    for number in SIGNALS:
        if signal.getsignal(number) is _stand_still:  # a traceback was shown
            signal.signal(number, signal.SIG_DFL)


def sentence() -> str:
    """What is said when the program is stopped."""
    told = []
    with suppress(Exception):  # a folder that cannot be read now
        told = [finished() for finished in _finished[-1:]]
    return "; ".join(["embexp: Stopped", *told, "repeat the command to continue"])


def _stand_still(*_: object) -> None:
    """Keeps the main thread from going on, or failing, while the process is ended."""
    while True:
        time.sleep(LONGEST)


def _wait(waiting: socket.socket, waking: socket.socket) -> None:
    """Waits for a signal, which Python writes to the socket whatever the main thread does."""
    with waking:
        while (number := waiting.recv(1)[0]) not in SIGNALS:
            pass  # another signal that some library handles
        _stop(128 + number)


def _stop(code: int) -> None:
    """Says the sentence and ends the process, also where nobody reads its standard error."""
    with suppress(RuntimeError):  # no new threads while the interpreter shuts down
        threading.Timer(LONGEST, os._exit, (code,)).start()
    try:
        shown = os.isatty(2) and os.environ.get("TERM", "dumb") != "dumb"
        os.write(2, f"{CLEARED if shown else ''}{sentence()}\n".encode())
    finally:
        with suppress(Exception):
            scratch.remove()
        os._exit(code)
