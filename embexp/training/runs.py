"""Runs over devices: which of them take part, and how a function is mapped over runs."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from embexp.devices import on_host


def run_mesh(devices: list[Any], runs: int) -> jax.sharding.Mesh:
    """As many of the devices as there are runs to keep them busy."""
    return jax.sharding.Mesh(np.array(devices[: min(len(devices), runs)]), ("runs",))


def on_mesh(mesh: jax.sharding.Mesh, tree: Any) -> Any:
    """Puts arrays with a leading axis `runs` onto the mesh."""
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec("runs")))


def in_turn(mesh: jax.sharding.Mesh) -> bool:
    """Whether each device maps its runs one after another, instead of batching them."""
    return on_host(mesh.devices.flat[0])


def over_runs(mesh: jax.sharding.Mesh, function: Callable[..., Any]) -> Callable[..., Any]:
    """Maps a function over the runs of a mesh: in turn on CPU, batched on an accelerator."""

    def one_by_one(*runs: Any) -> Any:
        return jax.lax.map(lambda run: function(*run), runs)

    mapped = one_by_one if in_turn(mesh) else jax.vmap(function)
    runs = PartitionSpec("runs")
    return jax.shard_map(mapped, mesh=mesh, in_specs=runs, out_specs=runs, check_vma=False)
