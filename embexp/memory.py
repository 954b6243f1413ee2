"""How much memory there is, and whether what is to be read fits."""

import sys
from contextlib import suppress
from pathlib import Path

import psutil

from embexp.errors import InputError

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux says what a container may use."""


def available() -> int:
    """Bytes that this process can have without swapping, within its container and its limits."""
    found = [psutil.virtual_memory().available]
    with suppress(OSError, ValueError):  # no container, or one without a limit
        most, used = ((CGROUP / f"memory.{name}").read_text() for name in ("max", "current"))
        found.append(int(most) - int(used))
    if sys.platform != "win32":
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            found.append(limit - psutil.Process().memory_info().vms)
    return max(0, min(found))


def check_fits(
    size: int,
    what: str,
    way_out: str = "read fewer rows, or take a machine with more",
    free: int | None = None,
) -> None:
    """Refuses what does not fit before it is made.

    Args:
        free: the bytes of another memory than this process's, such as a device's.

    Raises:
        InputError: `what` needs `size` bytes, which is more than there are.
    """
    free = available() if free is None else free
    if size > free:
        raise InputError(
            f"{what} needs about {size / 2**30:.1f} GiB, but {free / 2**30:.1f} GiB are free; "
            f"{way_out}"
        )
