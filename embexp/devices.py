"""The machine made ready: one host device for each core, and memory that is not handed
back at every step.
"""

import ctypes
import os
import sys
from contextlib import suppress
from typing import Any

import jax


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare() -> list[Any]:
    """The devices that cells are spread over; the first call, before anything is
    computed, shapes the CPU backend.

    On CPU each core becomes a device of its own: whole cells run side by side, which
    keeps the cores busier than splitting single operations. Where another program has
    already started JAX, its devices are used as they are.
    """
    with suppress(RuntimeError):  # the backend is already up; its devices are what there is
        jax.config.update("jax_num_cpu_devices", cores())
        keep_memory()
    return jax.devices()


def keep_memory() -> None:
    """Tells glibc to keep freed memory: XLA's CPU backend otherwise faults its scratch
    pages in anew at every step.

    No more than the high-water mark is held. Does nothing with another C library.
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
