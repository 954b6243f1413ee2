"""Compiled programs, dropped before a process has more of them than Linux lets it hold."""

from contextlib import suppress
from pathlib import Path

import jax

HELD, ALLOWED = Path("/proc/self/maps"), Path("/proc/sys/vm/max_map_count")
"""A line for each memory map of this process, and how many there may be."""
SHARE = 0.5
"""Of the maps allowed: a group compiles some thousands more."""


def make_room() -> None:
    """Drops all compiled programs where their memory maps are many.

    A convolutional network takes thousands of maps for each shape of data. A process that has
    all that it may have, 65,530 by default, dies when it compiles the next.
    """
    with suppress(OSError, ValueError):  # another system, which has no such limit
        if HELD.read_bytes().count(b"\n") > SHARE * int(ALLOWED.read_text()):
            jax.clear_caches()
