"""The machine: its cores, its memory, and the devices that runs are spread over."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import Any

import jax

from embexp import memory

ON_HOST = ("cpu",)
"""Platforms whose devices are cores of the host: they map runs one after another, and their
arrays are the host's. Elsewhere runs are batched, and their tables stay where they are."""


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare(count: int | None = None) -> list[Any]:
    """The devices that runs are spread over.

    On CPU each core becomes a device of its own, since whole runs side by side keep the
    cores busier than single operations that are split. That is decided by the first call,
    before anything is computed; where a program has started JAX already, its devices are
    used as they are. An accelerator multiplies in full float32, as its own default would keep
    ten bits of each factor only; another precision that JAX is told stays.

    Args:
        count: how many devices there are on CPU, where this process may not use every core.
    """
    with suppress(RuntimeError):  # the backend is already up
        jax.config.update("jax_num_cpu_devices", count or cores())
    devices = jax.devices()
    chosen: Any = jax.config.jax_default_matmul_precision  # pyright: ignore[reportAttributeAccessIssue]
    if not on_host(devices[0]) and chosen is None:
        jax.config.update("jax_default_matmul_precision", "highest")
    return devices


def on_host(device: Any) -> bool:
    """Whether a device is a core of the host."""
    return device.platform in ON_HOST


@contextmanager
def put_together(shards: int) -> Iterator[None]:
    """Makes arrays in the host's memory where they are for several devices, as none holds them."""
    place = jax.devices("cpu")[0] if shards > 1 else None
    with jax.default_device(place) if place else nullcontext():
        yield


def describe() -> str:
    """What runs are trained on, such as `2 × cpu, AMD EPYC 25/1, Linux x86_64`.

    Whatever else decides the last bit of a number is told with it: of cores the processor,
    and the flags that XLA was given.
    """
    devices = prepare()
    told = [f"{len(devices)} × {devices[0].device_kind}"]
    if on_host(devices[0]):
        told += [processor(), f"{platform.system()} {platform.machine()}"]
    if flags := os.environ.get("XLA_FLAGS"):
        told.append(f"XLA_FLAGS={flags}")
    return ", ".join(told)


@cache
def processor() -> str:
    """The processor's name, `AMD EPYC 25/1` with family and model where Linux tells them."""
    told: dict[str, str] = {}
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            told.setdefault(name.strip(), value.strip())
    if {"model name", "cpu family", "model"} <= told.keys():
        return f"{told['model name']} {told['cpu family']}/{told['model']}"
    return platform.processor() or platform.machine()


def free_memory() -> int:
    """Bytes that can be had on the device, or on the host without swapping."""
    device = prepare()[0]
    if not on_host(device) and (stats := device.memory_stats()):
        return stats["bytes_limit"] - stats["bytes_in_use"]
    return memory.available()
