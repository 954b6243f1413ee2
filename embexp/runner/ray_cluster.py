"""A Ray cluster: connecting to it, whether it is there, and its nodes."""

import logging
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ray  # pyright: ignore[reportMissingImports]

from embexp.errors import InputError
from embexp.runner.remote import Host, forking

RETRIES = 5
"""How often a group is begun anew whose worker or node was lost, or had no memory left."""
ANSWER = 5.0
"""Seconds within which a cluster answers."""


def connect(address: str | None) -> None:
    """Connects to a cluster, unless this process is connected to one already.

    Raises:
        InputError: nothing answers at the address.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_task_oom_retries", str(RETRIES))  # by itself Ray never gives up
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    if ray.is_initialized():
        return
    if ":" in address and "://" not in address and not answers(address, ANSWER):
        raise InputError(
            f"no Ray cluster answers at {address}; start one with `ray start --head`, or give "
            "the address that it prints"
        )
    options: dict[str, Any] = {} if address != "local" else {"include_dashboard": False}
    try:
        with quiet():
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **options)
    except (Exception, SystemExit) as error:
        raise InputError(
            f"the Ray cluster at {address} cannot be used: {' '.join(str(error).split())}; run "
            "the command on one of its nodes, with the same versions of Python and Ray"
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Without Ray's announcements of later versions, and warnings of the processes it starts."""
    with forking():
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"ray\.")
        yield


def answers(address: str, seconds: float) -> bool:
    """Whether something listens at HOST:PORT."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=seconds).close()
    except (OSError, ValueError, OverflowError):
        return False
    return True


def hosts() -> list[Host]:
    """The nodes that are there now, with what they give to tasks."""
    found = []
    for node in ray.nodes():
        given = node["Resources"]
        if node["Alive"]:
            cores, room = int(given.get("CPU", 0)), int(given.get("memory", 0))
            found.append(Host(node["NodeManagerHostname"], node["NodeID"], cores, room))
    return found
