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
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from embexp.models import HEADS
from embexp.models.batch import Batch
from embexp.training.optimiser import HyperParameters
from embexp.training.runs import in_turn, kept_spread, over_runs
from embexp.training.static import StaticConfig
from embexp.training.steps import Inputs, Span, State, begin, trainer_of, until
from embexp.training.texts import UNKNOWN, Order, Texts, over_batches


@partial(jax.jit, static_argnums=0)
def initial(static: StaticConfig, key: Array) -> dict[str, Any]:
    """Parameters of all modules, as they are drawn."""
    return nnx.to_pure_dict(nnx.state(static.model(key), nnx.Param))


@partial(jax.jit, static_argnums=0)
def started(static: StaticConfig, key: Array, start: Float[Array, "vocab dim"]) -> dict[str, Any]:
    """Parameters of all modules with the table's start put in; a table is not drawn in vain."""
    params = initial(static, key)
    return params | {"embedding": static.embedding.with_start(params.get("embedding", {}), start)}


def collect(
    static: StaticConfig,
    texts: Texts,
    order: Order,
    of: Callable[[Batch], Array],
    targets: Callable[[Batch], Array],
    empty: Array,
) -> Array:
    """What `of` gives for every batch of a split, put at the batch's target indices."""

    def fill(filled: Array, batch: Batch) -> Array:
        return filled.at[targets(batch)].set(of(batch), mode="drop")

    return over_batches(texts, order, static.scored_widths, static.batch_size, fill, empty)


@partial(jax.jit, static_argnums=(0, 1), donate_argnums=2)
def begun(
    static: StaticConfig, mesh: jax.sharding.Mesh, params: Any, numbers: HyperParameters
) -> State:
    """All runs before their first step; the given parameters are used up."""
    state = over_runs(mesh, partial(begin, static))(params, numbers)
    return kept_spread(mesh, state, static.vocab)


@partial(jax.jit, static_argnums=(0, 1), donate_argnums=5)
def advance(
    static: StaticConfig,
    mesh: jax.sharding.Mesh,
    texts: Texts,
    buckets: Int[Array, "steps"],
    span: Span,
    state: State,
    inputs: Inputs,
    active: Bool[Array, "runs"],
) -> State:
    """All active runs from step `span[0]` to step `span[1]`; the given state is used up.

    There is one compilation for each static configuration, whatever the span. On an
    accelerator, where runs are batched, those that have stopped go on with the others.
    """
    train = trainer_of(static)

    def one(state: State, inputs: Inputs, active: Array) -> State:
        own = until(span, active) if in_turn(mesh) else span
        return train(static, texts, buckets, own, state, inputs)

    return kept_spread(mesh, over_runs(mesh, one)(state, inputs, active), static.vocab)


class Others(NamedTuple):
    """What a run reads where a scored text has a word outside the vocabulary.

    rows: one for each of these words; there may be room for more.
    known: whether they are read so; else they are `<unk>`.
    first: the id of the first of them.
    """

    rows: Float[Array, "others dim"]
    known: Bool[Array, ""]
    first: Int[Array, ""]


def extended(static: StaticConfig, params: dict[str, Any], others: Others) -> dict[str, Any]:
    """The parameters with rows for other words after those of the vocabulary.

    A table may have room after the vocabulary; the others take it.
    """
    if not len(others.rows):
        return params
    embedding = params.get("embedding", {})

    started = static.embedding.with_start(embedding, others.rows)

    def more(name: str) -> Array:
        rows = embedding[name]
        own = jnp.where(others.known, started[name], rows[UNKNOWN])
        full = jnp.pad(rows, ((0, len(own)), (0, 0)))
        return full.at[others.first + jnp.arange(len(own))].set(own, unique_indices=True)

    tables = {name: more(name) for name in static.embedding.tables}
    return {**params, "embedding": {**embedding, **tables}} if tables else params


def readable(static: StaticConfig, others: Others, batch: Batch) -> Int[Array, "batch width"]:
    """The ids of a scored batch; without a table there are none but those of the vocabulary."""
    if static.embedding.tables:
        return batch.ids
    return jnp.where(batch.ids < others.first, batch.ids, UNKNOWN)


@partial(jax.jit, static_argnums=(0, 1))
def score(
    static: StaticConfig,
    mesh: jax.sharding.Mesh,
    texts: Texts,
    order: Order,
    params: Any,
    others: Others,
) -> Float[Array, "runs items *more classes"]:
    """All runs' logits of each text, or of each token, in the order of the split."""
    head = HEADS[static.head]

    def one(params: dict[str, Any], others: Others) -> Array:
        model = static.model_with(extended(static, params, others))
        shape = head.logits_shape(len(texts.starts), len(texts.flat), static.classes)
        ids = partial(readable, static, others)
        logits = lambda batch: model(ids(batch), batch.mask, batch.extra, batch.second)  # noqa: E731
        return collect(static, texts, order, logits, head.targets, jnp.zeros(shape))

    return over_runs(mesh, one)(params, others)


@partial(jax.jit, static_argnums=(0, 1))
def represent(
    static: StaticConfig,
    mesh: jax.sharding.Mesh,
    texts: Texts,
    order: Order,
    params: Any,
    others: Others,
) -> Float[Array, "runs texts features"]:
    """What stands for each text before all runs' heads."""

    def one(params: dict[str, Any], others: Others) -> Array:
        model = static.model_with(extended(static, params, others))
        ids = partial(readable, static, others)
        features = lambda batch: model.features(ids(batch), batch.mask, batch.second)  # noqa: E731
        empty = jnp.zeros((len(texts.starts), model.width))
        return collect(static, texts, order, features, lambda batch: batch.text_targets, empty)

    return over_runs(mesh, one)(params, others)


@partial(jax.jit, donate_argnums=1)
def keep_best(better: Array, best: Any, new: Any) -> Any:
    """For each run the new parameters where they are better, else the best so far."""

    def chosen(old: Array, fresh: Array) -> Array:
        return jnp.where(better.reshape(-1, *[1] * (old.ndim - 1)), fresh, old)

    return jax.tree.map(chosen, best, new)
