"""Settings of the C library's memory, for processes that train."""

import ctypes
import sys


def keep_memory() -> None:
    """Tells glibc to keep freed memory for later use.

    XLA's CPU backend otherwise faults its scratch pages in anew at every step. No more than
    the largest amount in use so far is held. Does nothing with another C library.
    """
    if not sys.platform.startswith("linux"):
        return
    trim_threshold, mmap_max, arena_max = -1, -4, -8
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(arena_max, 1)
    mallopt(mmap_max, 0)
    mallopt(trim_threshold, 2**31 - 1)
