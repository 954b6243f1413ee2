"""Many runs as one compiled program: `advance` trains them, `score` gives their logits.

What changes shapes is static (`StaticConfig`); all else is traced, so seeds and regimes are
an axis. On CPU the runs are spread over one host device for each core and mapped one after
another there (a run equals itself alone, bit for bit); on an accelerator they are batched
by `vmap`. Between two calls the host may evaluate, keep the best and stop.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax.sharding import NamedSharding, PartitionSpec
from jaxtyping import Array, Float, Int

from embexp.models import HEADS
from embexp.models.batch import Batch
from embexp.training.optimiser import HyperParameters, OptimiserState, transformation
from embexp.training.static import StaticConfig


class Texts(NamedTuple):
    """A split on the device: all ids end to end, and where each text starts."""

    flat: Int[Array, "tokens"]
    starts: Int[Array, "texts"]
    lengths: Int[Array, "texts"]
    extra: Float[Array, "texts extra"]
    """Numbers beside the words, for a head that takes them; else without columns."""


class Order(NamedTuple):
    """The bucket and the texts of each step; −1 stands for no text."""

    buckets: Int[Array, "steps"]
    text_indices: Int[Array, "steps batch"]
    steps: Int[Array, ""]


class Inputs(NamedTuple):
    """What one run brings beside its state; with a leading axis `runs` for a group."""

    numbers: HyperParameters
    key: Array
    labels: Int[Array, "labels"]
    """One for each text, or for each token where the head tags."""
    text_indices: Int[Array, "steps batch"]
    start: Float[Array, "vocab dim"] | None
    """The table before training, where the regime's penalty needs it."""


class State(NamedTuple):
    """All that changes during a run: parameters by path, and the optimiser's state."""

    params: dict[str, Any]
    optimiser: OptimiserState


def gather(texts: Texts, text_indices: Int[Array, "batch"], width: int) -> Batch:
    """The texts of a step, padded on the right with id 0."""
    steps = jnp.arange(width)
    mask = (steps < texts.lengths[text_indices][:, None]) & (text_indices >= 0)[:, None]
    positions = texts.starts[text_indices][:, None] + steps
    ids = jnp.where(mask, texts.flat.at[positions].get(mode="clip"), 0)
    return Batch(text_indices, positions, ids, mask, texts.extra[text_indices])


@partial(jax.jit, static_argnums=0)
def initial(static: StaticConfig, key: Array) -> dict[str, Any]:
    """Parameters of all modules; the regime then puts the table's start in."""
    return nnx.to_pure_dict(nnx.state(static.model(key), nnx.Param))


def begin(static: StaticConfig, params: dict[str, Any], numbers: HyperParameters) -> State:
    """The state before the first step."""
    return State(params, optimiser_of(static, numbers).init(params))  # pyright: ignore[reportArgumentType]


def optimiser_of(static: StaticConfig, numbers: HyperParameters) -> optax.GradientTransformation:
    """The optimiser of a run."""
    return transformation(static.optimiser, numbers, static.embedding.frozen)


def train_run(
    static: StaticConfig,
    texts: Texts,
    buckets: Int[Array, "steps"],
    span: tuple[Int[Array, ""], Int[Array, ""]],
    state: State,
    inputs: Inputs,
) -> State:
    """One run from the first step of a span to the last."""
    optimiser = optimiser_of(static, inputs.numbers)

    def loss(params: dict[str, Any], indices: Array, key: Array, width: int) -> Float[Array, ""]:
        batch = gather(texts, indices, width)
        dropout = inputs.numbers.dropout
        logits = static.model_with(params)(
            batch.ids, batch.mask, batch.extra, dropout=dropout, key=key
        )
        main, *others = HEADS[static.head].losses(logits, inputs.labels, batch)
        total = sum((static.auxiliary_weight * other for other in others), start=main)
        if static.penalty is None:
            return total
        rows = params["embedding"]["rows"]
        return total + static.penalty(rows, inputs.start, inputs.numbers.parameters)

    branches = [partial(jax.grad(loss), width=width) for width in static.widths]

    def step(t: Array, state: State) -> State:
        indices, key = inputs.text_indices[t], jax.random.fold_in(inputs.key, t)
        gradients = jax.lax.switch(buckets[t], branches, state.params, indices, key)
        updates, moments = optimiser.update(gradients, state.optimiser, state.params)
        return State(optax.apply_updates(state.params, updates), moments)  # pyright: ignore[reportArgumentType]

    return jax.lax.fori_loop(*span, step, state)


def collect(
    static: StaticConfig,
    texts: Texts,
    order: Order,
    of: Callable[[Batch], Array],
    targets: Callable[[Batch], Array],
    empty: Array,
) -> Array:
    """What `of` gives for every batch of a split, put at the batch's target indices."""

    def fill(filled: Array, indices: Array, width: int) -> Array:
        batch = gather(texts, indices, width)
        return filled.at[targets(batch)].set(of(batch), mode="drop")

    branches = [partial(fill, width=width) for width in static.scored_widths]

    def step(t: Array, filled: Array) -> Array:
        return jax.lax.switch(order.buckets[t], branches, filled, order.text_indices[t])

    return jax.lax.fori_loop(0, order.steps, step, empty)


def over_runs(mesh: jax.sharding.Mesh, function: Callable[..., Any]) -> Callable[..., Any]:
    """Maps a function over the runs of a mesh: in turn on CPU, batched on an accelerator."""

    def in_turn(*runs: Any) -> Any:
        return jax.lax.map(lambda run: function(*run), runs)

    mapped = in_turn if mesh.devices.flat[0].platform == "cpu" else jax.vmap(function)
    runs = PartitionSpec("runs")
    return jax.shard_map(mapped, mesh=mesh, in_specs=runs, out_specs=runs, check_vma=False)


@partial(jax.jit, static_argnums=(0, 1), donate_argnums=5)
def advance(
    static: StaticConfig,
    mesh: jax.sharding.Mesh,
    texts: Texts,
    buckets: Int[Array, "steps"],
    span: tuple[Int[Array, ""], Int[Array, ""]],
    state: State,
    inputs: Inputs,
) -> State:
    """All runs from step `span[0]` to step `span[1]`; the given state is used up.

    There is one compilation for each static configuration, whatever the span.
    """
    return over_runs(mesh, partial(train_run, static, texts, buckets, span))(state, inputs)


@partial(jax.jit, static_argnums=(0, 1))
def score(
    static: StaticConfig, mesh: jax.sharding.Mesh, texts: Texts, order: Order, params: Any
) -> Float[Array, "runs items *more classes"]:
    """All runs' logits of each text, or of each token, in the order of the split."""
    head = HEADS[static.head]

    def one(params: dict[str, Any]) -> Array:
        model = static.model_with(params)
        shape = head.logits_shape(len(texts.starts), len(texts.flat), static.classes)
        logits = lambda batch: model(batch.ids, batch.mask, batch.extra)  # noqa: E731 - as short as it reads
        return collect(static, texts, order, logits, head.targets, jnp.zeros(shape))

    return over_runs(mesh, one)(params)


@partial(jax.jit, static_argnums=(0, 1))
def represent(
    static: StaticConfig, mesh: jax.sharding.Mesh, texts: Texts, order: Order, params: Any
) -> Float[Array, "runs texts features"]:
    """What stands for each text before all runs' heads."""

    def one(params: dict[str, Any]) -> Array:
        model = static.model_with(params)
        features = lambda batch: model.features(batch.ids, batch.mask)  # noqa: E731
        empty = jnp.zeros((len(texts.starts), model.encoder.output_size))
        return collect(static, texts, order, features, lambda batch: batch.text_targets, empty)

    return over_runs(mesh, one)(params)


@partial(jax.jit, donate_argnums=1)
def keep_best(better: Array, best: Any, new: Any) -> Any:
    """For each run the new parameters where they are better, else the best so far."""

    def chosen(old: Array, fresh: Array) -> Array:
        return jnp.where(better.reshape(-1, *[1] * (old.ndim - 1)), fresh, old)

    return jax.tree.map(chosen, best, new)


def run_mesh(devices: list[Any], runs: int) -> jax.sharding.Mesh:
    """As many of the devices as there are runs to keep them busy."""
    return jax.sharding.Mesh(np.array(devices[: min(len(devices), runs)]), ("runs",))


def on_mesh(mesh: jax.sharding.Mesh, tree: Any) -> Any:
    """Puts arrays with a leading axis `runs` onto the mesh."""
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec("runs")))
