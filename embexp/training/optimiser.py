"""The optimiser: two learning rates, clipping, decoupled weight decay, and freezing.

The table (the embedding's `rows`) has a rate of its own. Where that rate is zero the table
is frozen: its gradient leaves the clipping norm too (else the other parameters would move
less, a silent confound), and neither decay nor momentum touches it. Its moments are kept
up all the same, so that a table that is unfrozen later does not repeat Adam's warm-up. A
row that no gradient ever reached stays bit for bit at its start.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Int

from embexp.errors import InputError
from embexp.optimisers import OPTIMISERS
from embexp.regimes import REGIMES
from embexp.schedules import shares_of


class HyperParameters(NamedTuple):
    """What is only a number to the compiled program, each a float32 scalar."""

    learning_rate: Float[Array, ""]
    table_rate: Float[Array, ""]
    unfreeze_at: Float[Array, ""]
    """The step from which on the table trains."""
    weight_decay: Float[Array, ""]
    clip: Float[Array, ""]
    dropout: Float[Array, ""]
    parameters: Mapping[str, Float[Array, ""]]
    """The traced parameters of the regime that its penalty takes."""
    shares: Float[Array, "steps"] | None = None
    """Of both rates at each step; without them rates stay as they are."""
    encoder_parameters: Mapping[str, Float[Array, ""]] = {}
    """The traced parameters of the encoder, which are rates of its dropout."""

    def scheduled(self, name: str, steps: int) -> "HyperParameters":
        """The numbers of a run of so many steps, by a schedule in `SCHEDULES`."""
        if name == "constant":
            return self
        return self._replace(shares=jnp.asarray(shares_of(name, steps)))

    def at(self, step: Int[Array, ""]) -> "HyperParameters":
        """The numbers of a step."""
        if self.shares is None:
            return self
        share = self.shares[step]
        return self._replace(
            learning_rate=self.learning_rate * share, table_rate=self.table_rate * share
        )

    def kept(self) -> Callable[[Array, Array], Array]:
        """What weight decay leaves of the table from a step on, before another one."""
        if self.shares is None:
            each = 1 - self.table_rate * self.weight_decay
            return lambda since, step: each ** jnp.maximum(step - since, 0)
        logs = jnp.log1p(-self.table_rate * self.weight_decay * self.shares)
        sums = jnp.append(0.0, jnp.cumsum(logs))

        def between(since: Array, step: Array) -> Array:
            first = jnp.minimum(since, step).astype(jnp.int32)
            return jnp.exp(sums[step] - sums[first])

        return between


def hyper_parameters(
    regime: str,
    steps: int,
    *,
    learning_rate: float,
    table_rate: float | None = None,
    weight_decay: float = 0.0,
    clip: float | None = None,
    dropout: float = 0.0,
    parameters: Mapping[str, Any] | None = None,
) -> HyperParameters:
    """The numbers of a run of so many steps under a regime.

    Args:
        regime: a name in `REGIMES`.
        table_rate: the learning rate of the table, if another one.
        weight_decay: decoupled, relative to the learning rate.
        clip: the largest norm of a step's gradient.
        parameters: the regime's own; their defaults where not given.
    """
    chosen = REGIMES[regime]
    own = {name: each.value(name, parameters or {}) for name, each in chosen.parameters.items()}
    traced = {name for name, each in chosen.parameters.items() if each.traced and chosen.penalty}
    number = jnp.float32
    return HyperParameters(
        number(learning_rate),
        number(chosen.table_rate * (learning_rate if table_rate is None else table_rate)),
        number(round(chosen.unfreeze(own) * steps)),
        number(weight_decay),
        number(np.inf if clip is None else clip),
        number(dropout),
        {name: number(own[name]) for name in traced},
    )


class OptimiserState(NamedTuple):
    """Moments, the number of updates of each row of the table, and the step.

    `moments` is optax's state; where steps are row-sparse, one of the model and one of the
    table. `updates` counts the steps whose gradient reached a row: for a frozen table, those
    that it would have had.
    """

    moments: Any
    updates: Int[Array, "vocab"]
    step: Int[Array, ""]


def is_trained(numbers: HyperParameters, step: Int[Array, ""]) -> Bool[Array, ""]:
    """Whether the table trains in a step."""
    return (numbers.table_rate > 0) & (step >= numbers.unfreeze_at)


def is_reached(gradient: Float[Array, "rows dim"]) -> Bool[Array, "rows"]:
    """Which rows a gradient reaches."""
    return (gradient != 0).any(axis=1)


def clip_scale(numbers: HyperParameters, gradients: Sequence[Array]) -> Float[Array, ""]:
    """What a step's gradients are multiplied by, so that their norm is `clip` at most."""
    return jnp.minimum(1.0, numbers.clip / optax.tree.norm(gradients))


def step_of(rate: Array, numbers: HyperParameters, direction: Array, parameter: Array) -> Array:
    """What is added to a parameter."""
    return -(rate * (direction + numbers.weight_decay * parameter))


def table_step(
    numbers: HyperParameters,
    movable: Bool[Array, "rows"],
    direction: Float[Array, "rows dim"],
    rows: Float[Array, "rows dim"],
) -> Float[Array, "rows dim"]:
    """What is added to rows of the table; the zero that changes no bit, where they are frozen."""
    step = step_of(numbers.table_rate, numbers, direction, rows)
    return jnp.where(movable[:, None], step, -0.0)


def transformation(
    optimiser: str, numbers: HyperParameters, frozen: frozenset[str] = frozenset()
) -> optax.GradientTransformation:
    """Two learning rates, clipping, weight decay and freezing as one optax transformation.

    A step is clip(g) → direction d (optax) → −rate · (d + weight_decay · p), for rows that
    were ever reached. It trains a user's own model to the numbers of a run:

    >>> from embexp.models import Classifier, Embedding, Mean
    >>> from flax import nnx
    >>> embedding = Embedding(100, 8, rngs=nnx.Rngs(0))
    >>> model = Classifier(embedding, Mean(8, rngs=nnx.Rngs(0)), 2, rngs=nnx.Rngs(0))
    >>> numbers = hyper_parameters("frozen", steps=500, learning_rate=1e-3)
    >>> trainer = nnx.Optimizer(model, transformation("adam", numbers), wrt=nnx.Param)

    Args:
        optimiser: a name in `OPTIMISERS`.
        frozen: parameters of the embedding that never train (`Embedding.frozen`).
    """
    direction = OPTIMISERS[optimiser].direction()

    def init(params: Any) -> OptimiserState:
        tables = [leaf for part, leaf in parts_of(params, frozen) if part == "table"]
        rows = tables[0].shape[0] if tables else 0
        return OptimiserState(direction.init(params), jnp.zeros(rows, jnp.int32), jnp.int32(0))

    def update(
        gradients: Any, state: OptimiserState, params: Any = None
    ) -> tuple[Any, OptimiserState]:
        trained = is_trained(numbers, state.step)
        parts, leaves = zip(*parts_of(gradients, frozen), strict=True)
        now, updates = numbers.at(state.step), state.updates
        if "table" in parts:
            updates = updates + is_reached(leaves[parts.index("table")])
        clipped = [
            (part, jnp.where(trained, leaf, 0.0) if part == "table" else leaf)
            for part, leaf in zip(parts, leaves, strict=True)
        ]
        ordered = sorted(clipped, key=lambda each: ORDER[each[0]])
        scale = clip_scale(numbers, [leaf for _, leaf in ordered])
        directions, moments = direction.update(
            jax.tree.map(lambda g: g * scale, gradients), state.moments
        )

        def moved(part: str, d: Array, p: Array) -> Array:
            if part == "frozen":
                return jnp.full_like(p, -0.0)  # the zero that leaves every number's bits alone
            if part == "table":
                return table_step(now, trained & (updates > 0), d, p)
            return step_of(now.learning_rate, now, d, p)

        flat, tree = jax.tree.flatten(directions)
        steps = map(moved, parts, flat, jax.tree.leaves(params))
        return tree.unflatten(steps), OptimiserState(moments, updates, state.step + 1)

    return optax.GradientTransformation(init, update)  # pyright: ignore[reportArgumentType]


ORDER = {"model": 0, "embedding": 1, "frozen": 2, "table": 3}
"""The order in which parts enter the clipping norm: a sum's last bit depends on it."""


def parts_of(params: Any, frozen: frozenset[str]) -> list[tuple[str, Array]]:
    """Each parameter with its part: `table`, `frozen`, another of the `embedding`, `model`.

    The table is the parameter called `rows`, and the embedding is the module that has it.

    Raises:
        InputError: there are several tables.
    """
    flat, _ = jax.tree_util.tree_flatten_with_path(params)
    paths = [[jax.tree_util.keystr((key,), simple=True) for key in path] for path, _ in flat]
    tables = {tuple(path[: path.index("rows")]) for path in paths if "rows" in path}
    if len(tables) > 1:
        names = ", ".join(sorted(map("/".join, tables)))
        raise InputError(f"only one table can have its own rate, but there are several: {names}")
    home = next(iter(tables), None)

    def part(path: Sequence[str]) -> str:
        if home is None or tuple(path[: len(home)]) != home:
            return "model"
        own = path[len(home)]
        return "table" if own == "rows" else "frozen" if own in frozen else "embedding"

    return [(part(path), leaf) for path, (_, leaf) in zip(paths, flat, strict=True)]
