"""The machine: its cores, its memory, and the devices that runs are spread over."""

import os
from contextlib import suppress
from typing import Any

import jax

from embexp import memory


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare() -> list[Any]:
    """The devices that runs are spread over.

    On CPU each core becomes a device of its own, since whole runs side by side keep the
    cores busier than single operations that are split. That is decided by the first call,
    before anything is computed; where a program has started JAX already, its devices are
    used as they are.
    """
    with suppress(RuntimeError):  # the backend is already up
        jax.config.update("jax_num_cpu_devices", cores())
    return jax.devices()


def describe() -> str:
    """What runs are trained on, such as `2 × cpu`."""
    devices = prepare()
    return f"{len(devices)} × {devices[0].device_kind}"


def free_memory() -> int:
    """Bytes that can be had on the device, or on the host without swapping."""
    device = prepare()[0]
    if device.platform != "cpu" and (stats := device.memory_stats()):
        return stats["bytes_limit"] - stats["bytes_in_use"]
    return memory.available()
