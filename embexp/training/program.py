"""Many cells as one compiled program: `advance` trains them all from one step to
another, `score` gives their logits.

What changes shapes is static (`Recipe`); all else is traced, so seeds and regimes are
an axis. On CPU the cells are spread over one host device for each core and mapped one
after another there (a cell equals itself run alone, bit for bit); on an accelerator
they are batched by `vmap`. The host may look, keep and stop between two calls.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.sharding import NamedSharding, PartitionSpec
from jaxtyping import Array, Float, Int

from embexp.models import Classifier, Tagger, TwoOutputs
from embexp.training import optimiser
from embexp.training.objectives import HEADS, Batch, text_places
from embexp.training.optimiser import Dials, State


@dataclass(frozen=True)
class Recipe:
    """The static part of a cell: everything that shapes the compiled program."""

    encoder: str
    vocab: int
    dim: int
    classes: int
    features: int
    windows: tuple[int, ...]
    widths: tuple[int, ...]
    batch: int
    optimiser: str
    layers: int = 1
    initialisers: str = "keras"
    unit: str = "softmax"
    coding: str = "table"
    head: str = "classes"
    extra: int = 0
    auxiliary: float = 0.0

    def model(self, key: Array) -> Classifier | Tagger | TwoOutputs:
        """The module, its parameters drawn from `key`."""
        settings = {
            name: getattr(self, name)
            for name in ("encoder", "features", "windows", "layers", "initialisers", "coding")
        }
        sizes = (self.vocab, self.vocab if self.coding == "one-hot" else self.dim, self.classes)
        rngs = nnx.Rngs(key)
        if self.head == "tags":
            return Tagger(*sizes, rngs=rngs, **settings)
        unit: Any = self.unit
        if self.head == "two-outputs":
            return TwoOutputs(*sizes, self.extra, unit=unit, rngs=rngs, **settings)
        return Classifier(*sizes, unit=unit, rngs=rngs, **settings)


class Texts(NamedTuple):
    """A split on the device: all ids end to end, and where each text starts and how long it is."""

    flat: Int[Array, "tokens"]
    starts: Int[Array, "texts"]
    lengths: Int[Array, "texts"]
    extra: Float[Array, "texts extra"]
    """Numbers beside the words, for a head with two inputs; without columns elsewhere."""


class Cell(NamedTuple):
    """One cell's own inputs; with a leading axis `cells` for a group."""

    dials: Dials
    key: Array
    labels: Int[Array, "labels"]
    """One for each text, or for each token where the head tags."""
    rows: Int[Array, "steps batch"]


def padded(texts: Texts, rows: Int[Array, "batch"], width: int) -> Batch:
    """The texts of `rows`, padded on the right with id 0."""
    steps = jnp.arange(width)
    keep = (steps < texts.lengths[rows][:, None]) & (rows >= 0)[:, None]
    places = texts.starts[rows][:, None] + steps
    ids = jnp.where(keep, texts.flat.at[places].get(mode="clip"), 0)
    return Batch(rows, places, ids, keep, texts.extra[rows])


@partial(jax.jit, static_argnums=0)
def initial(recipe: Recipe, key: Array) -> dict[str, Any]:
    """Parameters of all modules; the table is replaced by the regime's start."""
    return nnx.to_pure_dict(nnx.state(recipe.model(key), nnx.Param))


def logits_of(
    recipe: Recipe, params: dict[str, Any], batch: Batch, **dropout: Any
) -> Float[Array, "batch *more classes"]:
    """The model of `recipe` with the given parameters, applied to one batch."""
    inputs = (batch.ids, batch.keep, *([batch.extra] if recipe.head == "two-outputs" else []))
    return model_of(recipe, params)(*inputs, **dropout)


def model_of(recipe: Recipe, params: dict[str, Any]) -> Any:
    """The module of `recipe` with the given parameters."""
    graph, state = nnx.split(nnx.eval_shape(lambda: recipe.model(jax.random.key(0))), nnx.Param)
    nnx.replace_by_pure_dict(state, params)
    return nnx.merge(graph, state)


def train_cell(
    recipe: Recipe,
    texts: Texts,
    buckets: Int[Array, "steps"],
    start: Int[Array, ""],
    stop: Int[Array, ""],
    state: State,
    cell: Cell,
) -> State:
    """One cell from step `start` to step `stop`."""

    def loss(params: dict[str, Any], rows: Array, key: Array, width: int) -> Float[Array, ""]:
        batch = padded(texts, rows, width)
        logits = logits_of(recipe, params, batch, dropout=cell.dials.dropout, key=key)
        main, *auxiliary = HEADS[recipe.head].losses(logits, cell.labels, batch)
        return sum((recipe.auxiliary * other for other in auxiliary), start=main)

    branches = [partial(jax.grad(loss), width=width) for width in recipe.widths]

    def step(t: Array, state: State) -> State:
        gradients = jax.lax.switch(
            buckets[t], branches, state.params, cell.rows[t], jax.random.fold_in(cell.key, t)
        )
        return optimiser.update(recipe.optimiser, cell.dials, t, state, gradients)

    return jax.lax.fori_loop(start, stop, step, state)


def filled(
    recipe: Recipe,
    texts: Texts,
    buckets: Int[Array, "steps"],
    rows: Int[Array, "steps batch"],
    stop: Int[Array, ""],
    of: Callable[[Batch], Array],
    target: Callable[[Batch], Array],
    empty: Array,
) -> Array:
    """What `of` gives for every batch of a split, each at its target places in what is empty."""

    def fill(filled: Array, drawn: Array, width: int) -> Array:
        batch = padded(texts, drawn, width)
        return filled.at[target(batch)].set(of(batch), mode="drop")

    branches = [partial(fill, width=width) for width in recipe.widths]
    return jax.lax.fori_loop(
        0, stop, lambda t, filled: jax.lax.switch(buckets[t], branches, filled, rows[t]), empty
    )


def score_cell(
    recipe: Recipe, texts: Texts, order: tuple[Array, Array, Array], params: dict[str, Any]
) -> Float[Array, "items *more classes"]:
    """One cell's logits of each text or token, in their order."""
    head = HEADS[recipe.head]
    empty = jnp.zeros(head.shape(len(texts.starts), len(texts.flat), recipe.classes))
    return filled(recipe, texts, *order, partial(logits_of, recipe, params), head.target, empty)


def read_cell(
    recipe: Recipe, texts: Texts, order: tuple[Array, Array, Array], params: dict[str, Any]
) -> Float[Array, "texts features"]:
    """What stands for each text before one cell's head."""
    model = model_of(recipe, params)
    empty = jnp.zeros((len(texts.starts), model.encoder.features))
    return filled(
        recipe,
        texts,
        *order,
        lambda batch: model.features(batch.ids, batch.keep),
        text_places,
        empty,
    )


def over_cells(mesh: jax.sharding.Mesh, function: Callable[..., Any]) -> Callable[..., Any]:
    """Maps a function of cells over their leading axis, spread over the mesh: in turn
    on CPU, batched on an accelerator.
    """

    def in_turn(*cells: Any) -> Any:
        return jax.lax.map(lambda cell: function(*cell), cells)

    mapped = in_turn if mesh.devices.flat[0].platform == "cpu" else jax.vmap(function)
    cells = PartitionSpec("cells")
    return jax.shard_map(mapped, mesh=mesh, in_specs=cells, out_specs=cells, check_vma=False)


@partial(jax.jit, static_argnums=(0, 1), donate_argnums=5)
def advance(
    recipe: Recipe,
    mesh: jax.sharding.Mesh,
    texts: Texts,
    buckets: Array,
    span: tuple[Array, Array],
    state: State,
    cells: Cell,
) -> State:
    """All cells from step `span[0]` to step `span[1]`; the given state is used up. One
    compilation for each recipe.
    """
    return over_cells(mesh, partial(train_cell, recipe, texts, buckets, *span))(state, cells)


@partial(jax.jit, static_argnums=(0, 1))
def score(
    recipe: Recipe,
    mesh: jax.sharding.Mesh,
    texts: Texts,
    order: tuple[Array, Array, Array],
    params: dict[str, Any],
) -> Float[Array, "cells items *more classes"]:
    """All cells' logits of each text, or of each token; `order` has buckets, rows and
    the number of steps that visit every text once.
    """
    return over_cells(mesh, partial(score_cell, recipe, texts, order))(params)


@partial(jax.jit, static_argnums=(0, 1))
def features(
    recipe: Recipe,
    mesh: jax.sharding.Mesh,
    texts: Texts,
    order: tuple[Array, Array, Array],
    params: dict[str, Any],
) -> Float[Array, "cells texts features"]:
    """What stands for each text before all cells' heads."""
    return over_cells(mesh, partial(read_cell, recipe, texts, order))(params)


@partial(jax.jit, donate_argnums=1)
def keep_better(better: Array, kept: Any, new: Any) -> Any:
    """For each cell the new parameters where they are better, else those kept so far."""
    return jax.tree.map(
        lambda old, fresh: jnp.where(better.reshape(-1, *[1] * (old.ndim - 1)), fresh, old),
        kept,
        new,
    )


def cell_mesh(devices: list[Any], cells: int) -> jax.sharding.Mesh:
    """As many of the devices as there are cells to keep them busy."""
    return jax.sharding.Mesh(np.array(devices[: min(len(devices), cells)]), ("cells",))


def on_mesh(mesh: jax.sharding.Mesh, tree: Any) -> Any:
    """Host arrays with a leading axis `cells` onto the mesh."""
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec("cells")))
