"""Settings of the C library's memory, for processes that train."""

import ctypes
import sys
from functools import cache
from pathlib import Path

from embexp.memory import available

LARGE_PAGE = 1 << 21
"""Bytes of a large page of Linux on usual processors."""
OVERCOMMIT = Path("/proc/sys/vm/overcommit_memory")
"""Where Linux says whether addresses count as memory, with a 2 if they do."""


@cache
def keep_memory() -> None:
    """Tells glibc to keep freed memory for later use, and to lay it out in large pages.

    XLA's CPU backend otherwise faults its scratch pages in anew at every step, and the
    processor looks up one small page after another where rows of a table are read. No more
    than the largest amount in use so far is held. Does nothing with another C library.
    """
    if not sys.platform.startswith("linux"):
        return
    trim_threshold, mmap_max, arena_max = -1, -4, -8
    try:
        libc = ctypes.CDLL("libc.so.6")
        mallopt = libc.mallopt
    except (OSError, AttributeError):
        return
    mallopt(arena_max, 1)
    mallopt(mmap_max, 0)
    mallopt(trim_threshold, -1)
    if not are_counted():
        in_large_pages(libc, available())


def are_counted() -> bool:
    """Whether addresses count against a limit before any memory stands behind them."""
    import resource

    limits = (resource.getrlimit(each)[0] for each in (resource.RLIMIT_AS, resource.RLIMIT_DATA))
    if any(limit != resource.RLIM_INFINITY for limit in limits):
        return True
    return OVERCOMMIT.exists() and OVERCOMMIT.read_text().strip() == "2"


def in_large_pages(libc: ctypes.CDLL, size: int) -> None:
    """Asks for large pages in the next bytes of the heap, of which none is written.

    Where the system has none, or not so many addresses in a row, all stays as it is.
    """
    huge_pages = 14
    libc.malloc.argtypes, libc.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    if place := libc.malloc(size):
        libc.madvise(place + -place % LARGE_PAGE, max(0, size - LARGE_PAGE), huge_pages)
        libc.free(place)
