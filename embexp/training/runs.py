"""Runs over devices: which of them take part, where arrays lie, how a function is mapped over runs.

Where one device does not hold the table of a run its rows are spread over several, and the
compiler parts what reads and writes them (GSPMD: Xu et al. 2021).
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from embexp.devices import on_host


def run_mesh(devices: list[Any], runs: int, shards: int = 1) -> jax.sharding.Mesh:
    """As many of the devices as there are runs to keep them busy.

    Args:
        shards: over how many devices the rows of each table are spread.
    """
    if shards > 1:
        return jax.sharding.Mesh(np.array(devices[:shards])[None], ("runs", "rows"))
    return jax.sharding.Mesh(np.array(devices[: min(len(devices), runs)]), ("runs",))


def are_spread(mesh: jax.sharding.Mesh) -> bool:
    """Whether the rows of tables are spread over the devices."""
    return "rows" in mesh.axis_names


def layout(mesh: jax.sharding.Mesh, tree: Any, vocab: int) -> Any:
    """How arrays with a leading axis `runs` lie on the mesh: with a row for each word by rows."""

    def of(leaf: Any) -> NamedSharding:
        by_rows = are_spread(mesh) and leaf.ndim > 1 and leaf.shape[1] == vocab
        return NamedSharding(mesh, PartitionSpec("runs", *["rows"] * by_rows))

    return jax.tree.map(of, tree)


def on_mesh(mesh: jax.sharding.Mesh, tree: Any, vocab: int = 0) -> Any:
    """Puts arrays with a leading axis `runs` onto the mesh.

    Args:
        vocab: the number of a table's rows; without it nothing is spread by rows.
    """
    return jax.device_put(tree, layout(mesh, tree, vocab))


def kept_spread(mesh: jax.sharding.Mesh, tree: Any, vocab: int) -> Any:
    """In a compiled program, arrays that lie as `on_mesh` puts them."""
    if not are_spread(mesh):
        return tree
    return jax.lax.with_sharding_constraint(tree, layout(mesh, tree, vocab))


def in_turn(mesh: jax.sharding.Mesh) -> bool:
    """Whether each device maps its runs one after another, instead of batching them."""
    return on_host(mesh.devices.flat[0])


def over_runs(mesh: jax.sharding.Mesh, function: Callable[..., Any]) -> Callable[..., Any]:
    """Maps a function over the runs of a mesh: in turn on CPU, batched on an accelerator."""

    def one_by_one(*runs: Any) -> Any:
        return jax.lax.map(lambda run: function(*run), runs)

    if are_spread(mesh):
        return jax.vmap(function)
    mapped = one_by_one if in_turn(mesh) else jax.vmap(function)
    runs = PartitionSpec("runs")
    return jax.shard_map(mapped, mesh=mesh, in_specs=runs, out_specs=runs, check_vma=False)
