"""The steps of one run: of the whole table, of the rows that a step reads, or of no row."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int, Shaped

from embexp.models import HEADS
from embexp.models.batch import Batch
from embexp.models.dropout import Dropout
from embexp.optimisers import OPTIMISERS
from embexp.regime import Step
from embexp.training import sparse
from embexp.training.max_norm import held
from embexp.training.optimiser import (
    HyperParameters,
    OptimiserState,
    clip_scale,
    is_trained,
    step_of,
    transformation,
)
from embexp.training.static import StaticConfig
from embexp.training.texts import Texts, coins_of, drawn, gather

Span = tuple[Int[Array, ""], Int[Array, ""]]
"""The step to begin with, and that before which to stop."""


class Inputs(NamedTuple):
    """What one run brings beside its state; with a leading axis `runs` for a group."""

    numbers: HyperParameters
    key: Array
    labels: Shaped[Array, "labels *classes"]
    """One for each text, or for each token where the head tags."""
    text_indices: Int[Array, "steps batch"]
    start: Float[Array, "vocab dim"] | None
    """The table before training, where the regime's penalty needs it."""
    means: Float[Array, "texts dim"] | None = None
    """Those of each text's rows, where they are computed once."""
    centre: Float[Array, "features"] | None = None
    """What is taken off the head's inputs, if they are centred."""
    class_weights: Float[Array, "classes"] | None = None
    """By how much the loss of each class is multiplied, if at all."""


class State(NamedTuple):
    """All that changes during a run: parameters by path, and the optimiser's state."""

    params: dict[str, Any]
    optimiser: OptimiserState


def until(span: Span, active: Bool[Array, ""]) -> Span:
    """The span of a run, which is empty for one that has stopped."""
    return span[0], jnp.where(active, span[1], span[0])


def begin(static: StaticConfig, params: dict[str, Any], numbers: HyperParameters) -> State:
    """The state before the first step."""
    if not (static.slots or static.pooled):
        return State(params, optimiser_of(static, numbers).init(params))  # pyright: ignore[reportArgumentType]
    direction = OPTIMISERS[static.optimiser].direction()
    model, rows, _ = sparse.parts(params, static.embedding.frozen)
    moments = direction.init(model)
    if not static.pooled:
        moments = moments, direction.init(rows)
    return State(params, OptimiserState(moments, jnp.zeros(static.vocab, jnp.int32), jnp.int32(0)))


def optimiser_of(static: StaticConfig, numbers: HyperParameters) -> optax.GradientTransformation:
    """The optimiser of a run whose steps move the whole table."""
    return transformation(static.optimiser, numbers, static.embedding.frozen)


def loss(
    static: StaticConfig, inputs: Inputs, params: dict[str, Any], batch: Batch, key: Array
) -> Float[Array, ""]:
    """What a batch adds to the loss, with the regime's penalty."""
    model, dropout = static.model_with(params), inputs.numbers.dropout
    model.train()
    if inputs.means is None:
        own = inside(inputs.numbers, key)
        features = model.features(batch.ids, batch.mask, batch.second, own)
    else:
        features = model.embedding.of_means(inputs.means[batch.text_indices])
    if inputs.centre is not None:
        features = features - inputs.centre
    logits = model.logits(features, batch.extra, dropout=dropout, key=key)
    main, *others = HEADS[static.head].losses(logits, inputs.labels, batch, inputs.class_weights)
    total = sum((static.auxiliary_weight * other for other in others), start=main)
    if static.penalty is None:
        return total
    rows = params["embedding"]["rows"]
    of_penalty = jax.random.fold_in(key, 2)
    given = Step(rows, inputs.start, batch, inputs.numbers.parameters, of_penalty)
    return total + static.penalty(given)


def inside(numbers: HyperParameters, key: Array) -> Dropout | None:
    """What a step drops inside the encoder, if the encoder drops anything."""
    rates = numbers.encoder_parameters
    return Dropout(jax.random.fold_in(key, 3), rates) if rates else None


Trainer = Callable[[StaticConfig, Texts, Int[Array, "steps"], Span, State, Inputs], State]
"""Trains one run over a span of steps."""


def trainer_of(static: StaticConfig) -> Trainer:
    """How a run is trained."""
    if static.pooled:
        return train_pooled
    return train_sparse if static.slots else train_dense


def train_dense(
    static: StaticConfig,
    texts: Texts,
    buckets: Int[Array, "steps"],
    span: Span,
    state: State,
    inputs: Inputs,
) -> State:
    """One run over a span of steps, each of which moves the whole table."""
    optimiser = optimiser_of(static, inputs.numbers)

    def of(params: dict[str, Any], indices: Array, key: Array, coins: Any, shape: Any) -> Any:
        batch = drawn(texts, indices, coins, shape)
        return jax.grad(partial(loss, static, inputs))(params, batch, key)

    branches = [partial(of, shape=shape) for shape in static.batches]

    def step(t: Array, state: State) -> State:
        indices, key = inputs.text_indices[t], jax.random.fold_in(inputs.key, t)
        coins = coins_of(static, key, buckets[t])
        gradients = jax.lax.switch(buckets[t], branches, state.params, indices, key, coins)
        updates, moments = optimiser.update(gradients, state.optimiser, state.params)
        return State(held(static, optax.apply_updates(state.params, updates)), moments)  # pyright: ignore[reportArgumentType]

    return jax.lax.fori_loop(*span, step, state)


def train_sparse(
    static: StaticConfig,
    texts: Texts,
    buckets: Int[Array, "steps"],
    span: Span,
    state: State,
    inputs: Inputs,
) -> State:
    """One run over a span of steps, each of which moves the rows that its texts read."""
    numbers, direction = inputs.numbers, OPTIMISERS[static.optimiser].direction()
    kept = numbers.kept()
    slots = [each + -each % sparse.BLOCK for each in static.slots]
    model, rows, frozen = sparse.parts(state.params, static.embedding.frozen)
    first = state.optimiser
    since = jnp.full(static.vocab, span[0])
    table = sparse.Table(rows, first.moments[1], first.updates, since)

    def of(
        t: Array, model: Any, table: sparse.Table, indices: Array, key: Array, coins: Any, at: int
    ) -> Any:
        batch = drawn(texts, indices, coins, static.batches[at])
        read, ids = sparse.read(batch.ids, static.vocab, slots[at])
        near, fixed, start = sparse.take(
            (table._replace(moments=()), frozen, inputs.start), read.rows
        )

        def of_parts(model: Any, rows: Array) -> Array:
            params = sparse.joined(model, rows, fixed)
            own = inputs._replace(start=start)
            return loss(static, own, params, batch._replace(ids=ids), key)

        rows = sparse.settled(near, numbers, kept, t).rows
        others, gradient = jax.grad(of_parts, (0, 1))(model, rows)
        norm = jnp.where(is_trained(numbers, t), optax.tree.norm(gradient), 0.0)
        scale = clip_scale(numbers, [*jax.tree.leaves(others), norm])
        free = max(slots) - slots[at]
        read = read._replace(rows=jnp.pad(read.rows, (0, free), constant_values=static.vocab))
        return read, others, jnp.pad(gradient, ((0, free), (0, 0))), scale

    branches = [partial(of, at=at) for at in range(len(slots))]

    def step(t: Array, carry: tuple[Any, Any, sparse.Table]) -> tuple[Any, Any, sparse.Table]:
        model, moments, table = carry
        indices, key = inputs.text_indices[t], jax.random.fold_in(inputs.key, t)
        coins = coins_of(static, key, buckets[t])
        found = jax.lax.switch(buckets[t], branches, t, model, table, indices, key, coins)
        read, others, gradient, scale = found
        others = jax.tree.map(lambda g: g * scale, others)
        directions, moments = direction.update(others, moments)
        now = numbers.at(t)
        steps = jax.tree.map(partial(step_of, now.learning_rate, now), directions, model)
        table = sparse.moved(table, read, gradient, numbers, kept, direction, t, scale)
        return held(static, optax.apply_updates(model, steps)), moments, table

    model, moments, table = jax.lax.fori_loop(*span, step, (model, first.moments[0], table))
    table = sparse.all_settled(table, numbers, kept, span[1])
    optimiser = OptimiserState((moments, table.moments), table.updates, span[1])
    return State(sparse.joined(model, table.rows, frozen), optimiser)


def train_pooled(
    static: StaticConfig,
    texts: Texts,
    buckets: Int[Array, "steps"],  # noqa: ARG001 - no text is read
    span: Span,
    state: State,
    inputs: Inputs,
) -> State:
    """One run over a span of steps that read the means of texts, as no row moves."""
    optimiser = optimiser_of(static, inputs.numbers)
    model, rows, frozen = sparse.parts(state.params, static.embedding.frozen)

    def of(model: Any, indices: Array, key: Array) -> Array:
        params = sparse.joined(model, rows, frozen)
        return loss(static, inputs, params, gather(texts, indices, 0), key)

    def step(t: Array, carry: tuple[Any, OptimiserState]) -> tuple[Any, OptimiserState]:
        model, moments = carry
        key = jax.random.fold_in(inputs.key, t)
        gradients = jax.grad(of)(model, inputs.text_indices[t], key)
        updates, moments = optimiser.update(gradients, moments, model)
        return held(static, optax.apply_updates(model, updates)), moments  # pyright: ignore[reportReturnType]

    model, moments = jax.lax.fori_loop(*span, step, (model, state.optimiser))
    return State(sparse.joined(model, rows, frozen), moments)
