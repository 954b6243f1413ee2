"""Gradients into new parameters: rates for two groups, clipping, decoupled weight
decay, and freezing by numbers alone.

The table has a rate of its own. Where that rate is zero the table is frozen: its
gradient leaves the clipping norm too
(else the other parameters would move less: a silent confound), and neither decay nor
momentum touches it. Its moments are kept up all the same, so that a table which is
unfrozen later does not begin with Adam's warm-up undone. A row that no gradient ever
reached stays bit for bit at its start.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int


def scale_by_keras_adam(
    b1: float = 0.9, b2: float = 0.999, eps: float = 1e-7
) -> optax.GradientTransformation:
    """Adam as Keras has it: ε beside √v before its bias is corrected (ε̂ in Kingma & Ba
    2015, section 2), so larger in early steps.
    """
    adam = optax.scale_by_adam(b1, b2)

    def step(
        updates: optax.Updates, state: Any, params: optax.Params | None = None
    ) -> tuple[optax.Updates, optax.OptState]:
        _, state = adam.update(updates, state, params)
        correction = jnp.sqrt(1 - b2**state.count) / (1 - b1**state.count)
        return jax.tree.map(
            lambda m, v: correction * m / (jnp.sqrt(v) + eps), state.mu, state.nu
        ), state

    return optax.GradientTransformation(adam.init, step)


OPTIMISERS: dict[str, Callable[[], optax.GradientTransformation]] = {
    "adam": optax.scale_by_adam,
    "adagrad": optax.scale_by_rss,
    "adadelta": partial(optax.scale_by_adadelta, rho=0.95, eps=1e-6),
    "rmsprop": optax.scale_by_rms,
    "momentum": partial(optax.trace, decay=0.9),
    "sgd": optax.identity,
    "keras-adam": scale_by_keras_adam,
    "keras-adadelta": partial(optax.scale_by_adadelta, rho=0.95, eps=1e-7),
    "keras-rmsprop": partial(optax.scale_by_rms, decay=0.9, eps=1e-7),
}
"""Directions by name (optax's own transformations); the rates are traced and applied here.

Those of `keras-` have Keras's ε and its place; Adagrad, momentum and plain SGD are the
same in both. Adadelta's constants are Zeiler's (2012, table 1), which Kim (2014) takes
too, with a rate of 1.
"""


class Dials(NamedTuple):
    """What is only a number: cells that differ in these alone share one compiled
    program. Each is a float32 scalar.
    """

    rate: Float[Array, ""]
    table_rate: Float[Array, ""]
    unfreeze_at: Float[Array, ""]
    weight_decay: Float[Array, ""]
    clip: Float[Array, ""]
    dropout: Float[Array, ""]


class State(NamedTuple):
    """All that changes during a run: parameters (`table` among them), the optimiser's
    moments, and each row's updates.

    `updates` counts the steps whose gradient reached a row: for a frozen table, those
    it would have had.
    """

    params: dict[str, Any]
    moments: optax.OptState
    updates: Int[Array, "vocab"]


FIXED = frozenset({"channel"})
"""Parameters that no gradient reaches: the frozen one of two channels."""


def begin(optimiser: str, params: dict[str, Any]) -> State:
    """The state before the first step; without a table there are no rows whose updates
    are counted.
    """
    rows = params["table"]["rows"].shape[0] if "table" in params else 0
    return State(params, OPTIMISERS[optimiser]().init(params), jnp.zeros(rows, jnp.int32))


def update(
    optimiser: str, dials: Dials, step: Int[Array, ""], state: State, gradients: dict[str, Any]
) -> State:
    """One step: clip(g) → direction d (optax) → p − rate · (d + weight_decay · p), for
    rows that were ever reached.
    """
    trained = (dials.table_rate > 0) & (step >= dials.unfreeze_at)
    updates, clipped = state.updates, gradients
    if "table" in gradients:
        rows = gradients["table"]["rows"]
        updates = updates + (rows != 0).any(axis=1)
        clipped = {**gradients, "table": {"rows": jnp.where(trained, rows, 0.0)}}
    scale = jnp.minimum(1.0, dials.clip / optax.tree.norm(clipped))
    directions: Any
    directions, moments = OPTIMISERS[optimiser]().update(
        jax.tree.map(lambda g: g * scale, gradients), state.moments
    )

    def moved(rate: Array, p: Array, d: Array) -> Array:
        return p - rate * (d + dials.weight_decay * p)

    params = dict(state.params)
    for name in params.keys() - FIXED - {"table"}:
        params[name] = jax.tree.map(
            lambda p, d: moved(dials.rate, p, d), params[name], directions[name]
        )
    if "table" in params:
        rows, movable = params["table"]["rows"], (trained & (updates > 0))[:, None]
        params["table"] = {
            "rows": jnp.where(
                movable, moved(dials.table_rate, rows, directions["table"]["rows"]), rows
            )
        }
    return State(params, moments, updates)
