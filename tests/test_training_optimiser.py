"""One step of training against optax's own optimisers, and what freezing promises bit for bit."""

from functools import partial
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from embexp.spec import Spec
from embexp.training.optimiser import OPTIMISERS, Dials, State, begin, update

VOCAB, DIM, STEPS = 7, 3, 6
PLAIN = Dials(*map(jnp.float32, (0.1, 0.03, 0, 0, np.inf, 0)))
HARD = PLAIN._replace(weight_decay=jnp.float32(0.2), clip=jnp.float32(0.5))
"""With weight decay and clipping on."""
step = jax.jit(update, static_argnums=0)


def params() -> dict:
    rng = np.random.default_rng(0)
    shapes = {
        "table": {"rows": (VOCAB, DIM)},
        "encoder": {"inputs": (DIM, 4)},
        "head": {"kernel": (4, 2), "bias": (2,)},
    }
    return {
        name: {
            leaf: jnp.asarray(rng.normal(size=shape), jnp.float32) for leaf, shape in each.items()
        }
        for name, each in shapes.items()
    }


def gradients(t: int, *, reached: list[int] | None = None, scale: float = 1.0) -> dict:
    """Gradients of step t; those of the table are zero but for the rows that are
    reached, and `scale`d."""
    rng = np.random.default_rng((1, t))
    made = jax.tree.map(lambda p: jnp.asarray(rng.normal(size=p.shape), jnp.float32), params())
    if reached is not None:
        made["table"]["rows"] = (
            made["table"]["rows"] * jnp.isin(jnp.arange(VOCAB), jnp.array(reached, int))[:, None]
        )
    made["table"]["rows"] = made["table"]["rows"] * scale
    return made


def states(optimiser: str, dials: Dials, given: list[dict]) -> list[State]:
    """The state before the first step and after each."""
    seen = [begin(optimiser, params())]
    for t, each in enumerate(given):
        seen.append(step(optimiser, dials, jnp.int32(t), seen[-1], each))
    return seen


def rows(state: State) -> np.ndarray:
    return np.asarray(state.params["table"]["rows"])


def assert_equal_but_for_the_table(one: dict, other: dict) -> None:
    for name in ("encoder", "head"):
        jax.tree.map(np.testing.assert_array_equal, one[name], other[name])


DIRECTIONS = {
    "adam": lambda rate: optax.adam(rate),
    "adagrad": lambda rate: optax.adagrad(rate),
    "adadelta": lambda rate: optax.adadelta(rate, rho=0.95, eps=1e-6),
    "rmsprop": lambda rate: optax.rmsprop(rate),
    "momentum": lambda rate: optax.sgd(rate, momentum=0.9),
    "sgd": lambda rate: optax.sgd(rate),
    "keras-adadelta": lambda rate: optax.adadelta(rate, rho=0.95, eps=1e-7),
    "keras-rmsprop": lambda rate: optax.rmsprop(rate, decay=0.9, eps=1e-7),
}


@pytest.mark.parametrize("optimiser", DIRECTIONS)
def test_two_rates_equal_optax_s_optimiser_with_two_groups(optimiser):
    own = states(optimiser, PLAIN, [gradients(t) for t in range(STEPS)])
    groups = {name: "table" if name == "table" else "rest" for name in params()}
    reference = optax.multi_transform(
        {"table": DIRECTIONS[optimiser](0.03), "rest": DIRECTIONS[optimiser](0.1)}, groups
    )

    @jax.jit
    def one(state, params, given):
        moves, state = reference.update(given, state, params)
        return state, optax.apply_updates(params, moves)

    state, expected = reference.init(params()), params()
    for t in range(STEPS):
        state, expected = one(state, expected, gradients(t))
    jax.tree.map(
        partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6), own[-1].params, expected
    )


def keras_directions(optimiser: str, gradients: np.ndarray) -> np.ndarray:
    """What Keras 3's `update_step` takes from a variable at rate 1, step by step, for a
    column of gradients (numpy, float64)."""
    m, v, taken, eps = np.zeros_like(gradients[0]), np.zeros_like(gradients[0]), [], 1e-7
    if optimiser == "adagrad":
        v = v + 0.1
    for t, g in enumerate(gradients, 1):
        if optimiser == "keras-adam":
            m, v = m + (g - m) * (1 - 0.9), v + (g**2 - v) * (1 - 0.999)
            taken.append(np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + eps))
        elif optimiser == "keras-rmsprop":
            v = 0.9 * v + 0.1 * g**2
            taken.append(g / np.sqrt(v + eps))
        elif optimiser == "adagrad":
            v = v + g**2
            taken.append(g / np.sqrt(v + eps))
        else:
            m = 0.95 * m + 0.05 * g**2
            taken.append(np.sqrt(v + eps) / np.sqrt(m + eps) * g)
            v = 0.95 * v + 0.05 * taken[-1] ** 2
    return np.stack(taken)


@pytest.mark.parametrize("optimiser", ["keras-adam", "keras-rmsprop", "keras-adadelta", "adagrad"])
def test_keras_s_conventions_where_epsilon_matters(optimiser):
    given = np.random.default_rng(0).normal(size=(8, 5)) * np.array([1e-9, 1e-7, 1e-4, 1.0, 0.0])
    own, state = [], OPTIMISERS[optimiser]().init(jnp.zeros(5))
    for g in given:
        direction, state = OPTIMISERS[optimiser]().update(jnp.asarray(g, jnp.float32), state)
        own.append(np.asarray(direction))
    np.testing.assert_allclose(own, keras_directions(optimiser, given), rtol=2e-4, atol=1e-12)


def test_clipping_and_decay_equal_optax_s_adamw_with_two_groups_under_one_norm():
    own = states("adam", HARD, [gradients(t) for t in range(STEPS)])
    groups = {name: "table" if name == "table" else "rest" for name in params()}
    adamw = {
        name: optax.adamw(rate, weight_decay=0.2) for name, rate in (("table", 0.03), ("rest", 0.1))
    }
    reference = optax.chain(optax.clip_by_global_norm(0.5), optax.multi_transform(adamw, groups))

    @jax.jit
    def one(state, params, given):
        moves, state = reference.update(given, state, params)
        return state, optax.apply_updates(params, moves)

    state, expected = reference.init(params()), params()
    for t in range(STEPS):
        state, expected = one(state, expected, gradients(t))
    jax.tree.map(
        partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6), own[-1].params, expected
    )
    unclipped = states(
        "adam", HARD._replace(clip=jnp.float32(np.inf)), [gradients(t) for t in range(STEPS)]
    )
    assert not np.allclose(
        unclipped[-1].params["head"]["bias"], expected["head"]["bias"], rtol=1e-4
    )


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_frozen_table_stays_bit_for_bit_and_the_rest_moves_as_if_it_were_not_there(optimiser):
    frozen = HARD._replace(table_rate=jnp.float32(0))
    small, huge = (
        states(optimiser, frozen, [gradients(t, scale=scale) for t in range(STEPS)])
        for scale in (0.0, 1e6)
    )
    assert rows(huge[-1]).tobytes() == rows(huge[0]).tobytes()
    assert_equal_but_for_the_table(huge[-1].params, small[-1].params)

    alone = optax.chain(
        optax.clip_by_global_norm(0.5),
        OPTIMISERS[optimiser](),
        optax.add_decayed_weights(0.2),
        optax.scale(-0.1),
    )
    rest = {name: each for name, each in params().items() if name != "table"}
    state = alone.init(rest)
    for t in range(STEPS):
        moves, state = jax.jit(alone.update)(
            {name: gradients(t)[name] for name in rest}, state, rest
        )
        rest = optax.apply_updates(rest, moves)
    for name, expected in rest.items():
        jax.tree.map(
            partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6),
            huge[-1].params[name],
            expected,
        )


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_rows_never_reached_stay_bit_for_bit_with_decay_and_clipping_on(optimiser):
    reached = [[1, 3], [3], [], [3, 5], [5], [3]]
    seen = states(optimiser, HARD, [gradients(t, reached=each) for t, each in enumerate(reached)])
    for row in (0, 2, 4, 6):
        assert rows(seen[-1])[row].tobytes() == rows(seen[0])[row].tobytes()
    assert (
        rows(seen[3])[5].tobytes() == rows(seen[0])[5].tobytes()
    )  # first reached in the fourth step
    for row in (1, 3, 5):
        assert (rows(seen[-1])[row] != rows(seen[0])[row]).all()
    assert seen[-1].updates.tolist() == [0, 1, 0, 4, 0, 2, 0]
    assert seen[-1].updates.dtype == jnp.int32


def test_a_table_that_begins_to_train_later_is_frozen_until_then():
    late = HARD._replace(unfreeze_at=jnp.float32(3))
    seen = states("adam", late, [gradients(t, reached=[1, 2], scale=1e3) for t in range(STEPS)])
    frozen = states(
        "adam", HARD._replace(table_rate=jnp.float32(0)), [gradients(t) for t in range(STEPS)]
    )
    for t in range(4):
        assert rows(seen[t]).tobytes() == rows(seen[0]).tobytes()
        assert_equal_but_for_the_table(seen[t].params, frozen[t].params)
    assert (rows(seen[4])[[1, 2]] != rows(seen[0])[[1, 2]]).all()
    assert rows(seen[-1])[[0, 3]].tobytes() == rows(seen[0])[[0, 3]].tobytes()
    assert seen[3].updates.tolist() == [0, 3, 3, 0, 0, 0, 0]  # those it would have had


def test_no_gradient_at_all_moves_nothing_and_makes_no_nan():
    nothing = jax.tree.map(jnp.zeros_like, params())
    for optimiser in OPTIMISERS:
        after = step(
            optimiser,
            HARD._replace(weight_decay=jnp.float32(0)),
            jnp.int32(0),
            begin(optimiser, params()),
            nothing,
        )
        jax.tree.map(np.testing.assert_array_equal, after.params, params())


def test_a_spec_may_name_every_optimiser_and_no_other():
    assert (
        set(get_args(Spec.model_fields["optimiser"].annotation))
        == set(OPTIMISERS)
        == set(DIRECTIONS) | {"keras-adam"}
    )
