"""One step of training against optax's own optimisers, and what freezing promises bit for bit."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from embexp.errors import InputError
from embexp.models import Classifier, Embedding, Mean, Multichannel, OneHot, Projected
from embexp.optimisers import OPTIMISERS
from embexp.parameters import Parameter
from embexp.regime import Regime
from embexp.regimes import REGIMES
from embexp.spec import Spec
from embexp.training import hyper_parameters, transformation
from embexp.training.optimiser import HyperParameters, OptimiserState
from embexp.words import Vectors

VOCAB, DIM, STEPS = 7, 3, 6
PLAIN = HyperParameters(*map(jnp.float32, (0.1, 0.03, 0, 0, np.inf, 0)), {})
HARD = PLAIN._replace(weight_decay=jnp.float32(0.2), clip=jnp.float32(0.5))
"""With weight decay and clipping on."""
CLOSE = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)
"""A few float32 roundings a step (2⁻²⁴ each), over six steps."""


class State(NamedTuple):
    params: dict[str, Any]
    optimiser: OptimiserState


def params() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    shapes = {
        "embedding": {"rows": (VOCAB, DIM)},
        "encoder": {"inputs": (DIM, 4)},
        "head": {"kernel": (4, 2), "bias": (2,)},
    }
    draw = lambda shape: jnp.asarray(rng.normal(size=shape), jnp.float32)  # noqa: E731
    return {
        name: {leaf: draw(shape) for leaf, shape in each.items()} for name, each in shapes.items()
    }


def gradients(t: int, *, reached: list[int] | None = None, scale: float = 1.0) -> dict[str, Any]:
    """Gradients of step t; those of the table are zero but for rows that are reached."""
    rng = np.random.default_rng((1, t))
    made = jax.tree.map(lambda p: jnp.asarray(rng.normal(size=p.shape), jnp.float32), params())
    rows = made["embedding"]["rows"] * scale
    if reached is not None:
        rows *= jnp.isin(jnp.arange(VOCAB), jnp.array(reached, int))[:, None]
    return made | {"embedding": {"rows": rows}}


@partial(jax.jit, static_argnums=0)
def step(optimiser: str, numbers: HyperParameters, state: State, given: dict[str, Any]) -> State:
    updates, kept = transformation(optimiser, numbers).update(given, state.optimiser, state.params)
    return State(optax.apply_updates(state.params, updates), kept)


def states(optimiser: str, numbers: HyperParameters, given: list[dict[str, Any]]) -> list[State]:
    """The state before the first step and after each."""
    seen = [State(params(), transformation(optimiser, numbers).init(params()))]
    for each in given:
        seen.append(step(optimiser, numbers, seen[-1], each))
    return seen


def rows(state: State) -> np.ndarray:
    return np.asarray(state.params["embedding"]["rows"])


def assert_equal_but_for_the_table(one: dict[str, Any], other: dict[str, Any]) -> None:
    for name in ("encoder", "head"):
        jax.tree.map(np.testing.assert_array_equal, one[name], other[name])


def trained_by(reference: optax.GradientTransformation) -> dict[str, Any]:
    """The parameters after the same steps with an optimiser of optax."""

    @jax.jit
    def one(state: Any, params: Any, given: Any) -> Any:
        updates, state = reference.update(given, state, params)
        return state, optax.apply_updates(params, updates)

    state, trained = reference.init(params()), params()
    for t in range(STEPS):
        state, trained = one(state, trained, gradients(t))
    return trained


def two_groups(of: Callable[[float], optax.GradientTransformation]) -> Any:
    """optax's optimiser with one rate for the table and one for the rest."""
    groups = {name: "table" if name == "embedding" else "rest" for name in params()}
    return optax.multi_transform({"table": of(0.03), "rest": of(0.1)}, groups)


DIRECTIONS = {
    "adam": optax.adam,
    "adagrad": optax.adagrad,
    "adadelta": partial(optax.adadelta, rho=0.95, eps=1e-6),
    "rmsprop": optax.rmsprop,
    "momentum": partial(optax.sgd, momentum=0.9),
    "sgd": optax.sgd,
    "keras-adadelta": partial(optax.adadelta, rho=0.95, eps=1e-7),
    "keras-rmsprop": partial(optax.rmsprop, decay=0.9, eps=1e-7),
}


@pytest.mark.parametrize("optimiser", DIRECTIONS)
def test_two_rates_equal_optax_s_optimiser_with_two_groups(optimiser):
    own = states(optimiser, PLAIN, [gradients(t) for t in range(STEPS)])
    jax.tree.map(CLOSE, own[-1].params, trained_by(two_groups(DIRECTIONS[optimiser])))


def keras_directions(optimiser: str, gradients: np.ndarray) -> np.ndarray:
    """What Keras 3's `update_step` subtracts from a variable at rate 1, in float64."""
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
    own, state = [], OPTIMISERS[optimiser].direction().init(jnp.zeros(5))
    for g in given:
        direction, state = (
            OPTIMISERS[optimiser].direction().update(jnp.asarray(g, jnp.float32), state)
        )
        own.append(np.asarray(direction))
    np.testing.assert_allclose(own, keras_directions(optimiser, given), rtol=2e-4, atol=1e-12)


def test_clipping_and_decay_equal_optax_s_adamw_with_two_groups_under_one_norm():
    given = [gradients(t) for t in range(STEPS)]
    own = states("adam", HARD, given)
    adamw = two_groups(partial(optax.adamw, weight_decay=0.2))
    expected = trained_by(optax.chain(optax.clip_by_global_norm(0.5), adamw))
    jax.tree.map(CLOSE, own[-1].params, expected)
    unclipped = states("adam", HARD._replace(clip=jnp.float32(np.inf)), given)
    bias = unclipped[-1].params["head"]["bias"]
    assert not np.allclose(bias, expected["head"]["bias"], rtol=1e-4)


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
        OPTIMISERS[optimiser].direction(),
        optax.add_decayed_weights(0.2),
        optax.scale(-0.1),
    )
    rest = {name: each for name, each in params().items() if name != "embedding"}
    state = alone.init(rest)
    for t in range(STEPS):
        given = {name: gradients(t)[name] for name in rest}
        updates, state = jax.jit(alone.update)(given, state, rest)
        rest = optax.apply_updates(rest, updates)
    for name, expected in rest.items():
        jax.tree.map(CLOSE, huge[-1].params[name], expected)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_rows_never_reached_stay_bit_for_bit_with_decay_and_clipping_on(optimiser):
    reached = [[1, 3], [3], [], [3, 5], [5], [3]]
    seen = states(optimiser, HARD, [gradients(t, reached=each) for t, each in enumerate(reached)])
    for row in (0, 2, 4, 6):
        assert rows(seen[-1])[row].tobytes() == rows(seen[0])[row].tobytes()
    assert rows(seen[3])[5].tobytes() == rows(seen[0])[5].tobytes()  # first reached in step four
    for row in (1, 3, 5):
        assert (rows(seen[-1])[row] != rows(seen[0])[row]).all()
    updates = seen[-1].optimiser.updates
    assert updates.tolist() == [0, 1, 0, 4, 0, 2, 0]
    assert updates.dtype == jnp.int32
    assert int(seen[-1].optimiser.step) == STEPS


def test_a_table_that_is_unfrozen_later_is_frozen_until_then():
    late, frozen = (
        HARD._replace(**{name: jnp.float32(number)})
        for name, number in (("unfreeze_at", 3), ("table_rate", 0))
    )
    seen = states("adam", late, [gradients(t, reached=[1, 2], scale=1e3) for t in range(STEPS)])
    without = states("adam", frozen, [gradients(t) for t in range(STEPS)])
    for t in range(4):
        assert rows(seen[t]).tobytes() == rows(seen[0]).tobytes()
        assert_equal_but_for_the_table(seen[t].params, without[t].params)
    assert (rows(seen[4])[[1, 2]] != rows(seen[0])[[1, 2]]).all()
    assert rows(seen[-1])[[0, 3]].tobytes() == rows(seen[0])[[0, 3]].tobytes()
    assert seen[3].optimiser.updates.tolist() == [0, 3, 3, 0, 0, 0, 0]  # had it not been frozen


def test_no_gradient_at_all_moves_nothing_and_makes_no_nan():
    nothing = jax.tree.map(jnp.zeros_like, params())
    for optimiser in OPTIMISERS:
        before, after = states(optimiser, HARD._replace(weight_decay=jnp.float32(0)), [nothing])
        jax.tree.map(np.testing.assert_array_equal, after.params, before.params)


def test_a_spec_may_name_every_optimiser_and_no_other():
    """`lazy-adam` has Adam's direction; see test_training_sparse.py."""
    assert set(OPTIMISERS) == set(DIRECTIONS) | {"keras-adam", "lazy-adam"}
    plain = {"corpus": "imdb", "regime": "tuned", "encoder": "mean", "seed": 0}
    for optimiser in OPTIMISERS:
        assert Spec(**plain, optimiser=optimiser).optimiser == optimiser
    with pytest.raises(ValueError, match="optimiser 'adamw'"):
        Spec(**plain, optimiser="adamw")


@pytest.mark.parametrize(
    ("optimiser", "row_updates"),
    [("adam", "sparse"), ("rmsprop", "sparse"), ("lazy-adam", "dense")],
)
def test_a_spec_refuses_steps_that_its_optimiser_does_not_have(optimiser, row_updates):
    plain = {"corpus": "imdb", "regime": "tuned", "encoder": "mean", "seed": 0}
    with pytest.raises(ValueError, match=f"{optimiser!r} has no {row_updates} steps"):
        Spec(**plain, optimiser=optimiser, row_updates=row_updates)


@pytest.mark.parametrize("regime", REGIMES)
def test_hyper_parameters_are_those_of_the_regime(regime):
    given = {"learning_rate": 0.1, "table_rate": 0.02, "weight_decay": 0.3, "dropout": 0.5}
    numbers = hyper_parameters(regime, 11, clip=2.0, **given)
    table_rate = 0.02 if REGIMES[regime].table_rate else 0
    late = {"delayed": 6, "delayed-stall": 11}  # 5.5 rounds to the even number
    unfreeze_at = late.get(regime, 0)
    expected = (0.1, table_rate, unfreeze_at, 0.3, 2.0, 0.5)
    np.testing.assert_array_equal(numbers[:6], np.float32(expected))
    taken = {"anchored": ["anchor_weight"], "joint": ["joint_weight"]}
    assert [*numbers.parameters] == taken.get(regime, [])  # those that a penalty takes
    assert {leaf.dtype for leaf in jax.tree.leaves(numbers)} == {jnp.dtype("float32")}


def test_a_penalty_s_parameters_are_traced(monkeypatch):
    weight = Parameter(float, 0.25, "weight of the penalty", traced=True)
    order = Parameter(int, 2, "its order")
    anchored = Regime("", penalty=lambda *_: 0.0, parameters={"weight": weight, "order": order})
    monkeypatch.setitem(REGIMES, "anchored", anchored)
    assert hyper_parameters("anchored", 9, learning_rate=1.0).parameters == {"weight": 0.25}
    given = {"weight": "0.5", "other": 1}
    numbers = hyper_parameters("anchored", 9, learning_rate=1.0, parameters=given)
    assert numbers.parameters == {"weight": np.float32(0.5)}


def test_hyper_parameters_have_the_defaults_of_a_spec():
    spec = Spec(corpus="sst2", regime="tuned", encoder="mean", seed=0)
    numbers = hyper_parameters("tuned", 10, learning_rate=spec.learning_rate)
    same = {"weight_decay": spec.weight_decay, "dropout": spec.dropout, "clip": np.inf}
    assert spec.clip is None
    assert {name: getattr(numbers, name) for name in same} == same
    assert numbers.table_rate == numbers.learning_rate == np.float32(spec.learning_rate)
    late = hyper_parameters("delayed", 8, learning_rate=1.0, parameters={"unfreeze_share": 0.25})
    assert late.unfreeze_at == 2
    with pytest.raises(InputError, match=r"unfreeze_share = 2 is refused"):
        hyper_parameters("delayed", 8, learning_rate=1.0, parameters={"unfreeze_share": 2})


class Own(nnx.Module):
    """A user's own model: the embedding has another name, and there are lists of modules."""

    def __init__(self, words: Embedding) -> None:
        self.words = words
        self.layers = nnx.List([nnx.Linear(words.dim, 4, rngs=nnx.Rngs(1))])
        self.out = nnx.Linear(4, 2, rngs=nnx.Rngs(2))

    def __call__(self, ids: Any, mask: Any) -> Any:
        vectors = jnp.where(mask[:, :, None], self.words(ids), 0.0).sum(axis=1)
        return self.out(jnp.tanh(self.layers[0](vectors)))


def classifier(words: Embedding) -> nnx.Module:
    encoder = Mean(words.dim, rngs=nnx.Rngs(3))
    return Classifier(words, encoder, 2, rngs=nnx.Rngs(4))


def odd_vectors() -> Vectors:
    """Rows with numbers that careless arithmetic changes: −0.0, the smallest, the largest."""
    table = np.random.default_rng(0).normal(size=(VOCAB, DIM)).astype(np.float32)
    table[0] = [-0.0, 1e-45, -3e38]
    table[1] = [0.0, -1e-45, 3e38]
    return Vectors([f"w{row}" for row in range(VOCAB)], table)


def bits(array: Any) -> bytes:
    return np.asarray(array[...]).tobytes()


def fit(
    model: Any,
    transform: optax.GradientTransformation,
    trained: Any = nnx.Param,
) -> None:
    """A user's own loop with Flax's optimiser; rows 0 and 1 of the table are never drawn."""
    optimiser = nnx.Optimizer(model, transform, wrt=trained)
    rng = np.random.default_rng(0)

    @nnx.jit
    def one(model: Any, optimiser: Any, ids: Any, labels: Any) -> None:
        def loss(model: Any) -> Any:
            logits = model(ids, jnp.ones(ids.shape, bool))
            return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

        gradients = nnx.grad(loss, argnums=nnx.DiffState(0, trained))(model)
        optimiser.update(model, gradients)

    for _ in range(STEPS):
        one(model, optimiser, rng.integers(2, VOCAB, (4, 5)), rng.integers(0, 2, 4))


@pytest.mark.optimised
@pytest.mark.slow
@pytest.mark.parametrize("make", [Own, classifier])
def test_a_user_s_own_loop_leaves_a_frozen_table_s_bits_alone(make):
    hard = {"steps": STEPS, "learning_rate": 0.1, "weight_decay": 0.2, "clip": 0.5}
    words = Embedding.from_vectors(odd_vectors(), regime="frozen")
    model = make(words)
    others = [bits(leaf) for leaf in jax.tree.leaves(nnx.state(model, nnx.Param))]
    fit(model, transformation("adam", hyper_parameters(words.regime, **hard)))
    assert bits(words.rows) == odd_vectors().table.tobytes()
    moved = [bits(leaf) for leaf in jax.tree.leaves(nnx.state(model, nnx.Param))]
    assert sum(one != other for one, other in zip(others, moved, strict=True)) == len(moved) - 1
    tuned = Embedding.from_vectors(odd_vectors(), regime="tuned")
    fit(make(tuned), transformation("adam", hyper_parameters(tuned.regime, **hard)))
    assert bits(tuned.rows) != odd_vectors().table.tobytes()
    assert bits(tuned.rows[0]) == odd_vectors().table[0].tobytes()  # never drawn: no decay


@pytest.mark.slow
def test_a_user_s_own_loop_leaves_a_frozen_table_out_of_the_clipping_norm():
    """The same steps as optax takes over the model without its table."""
    own, plain = (Own(Embedding.from_vectors(odd_vectors(), regime="frozen")) for _ in range(2))
    numbers = hyper_parameters("frozen", steps=STEPS, learning_rate=0.1, clip=1e-3)
    fit(own, transformation("sgd", numbers))
    rest = nnx.All(nnx.Param, lambda path, value: "words" not in path)
    fit(plain, optax.chain(optax.clip_by_global_norm(1e-3), optax.sgd(0.1)), rest)
    start = Own(Embedding.from_vectors(odd_vectors()))
    leaves = [jax.tree.leaves(nnx.state(each, rest)) for each in (own, plain, start)]
    for one, other, before in zip(*leaves, strict=True):
        CLOSE(one - before, other - before)
    change = jax.tree.map(jnp.subtract, leaves[0], leaves[2])
    assert 1e-5 < optax.tree.norm(change) < STEPS * 0.1 * 1.01e-3  # every step is clipped


@pytest.mark.optimised
@pytest.mark.slow
@pytest.mark.parametrize("kind", [Multichannel, Projected, OneHot])
def test_parts_that_never_train_keep_their_bits_in_a_user_s_own_loop(kind):
    numbers = hyper_parameters(
        kind.regime, steps=STEPS, learning_rate=0.1, weight_decay=0.2, clip=0.5
    )
    words = OneHot(VOCAB) if kind is OneHot else kind.from_vectors(odd_vectors())
    fit(Own(words), transformation("adam", numbers, kind.frozen))
    if kind is Multichannel:
        assert bits(words.static) == odd_vectors().table.tobytes()
        assert bits(words.rows) != odd_vectors().table.tobytes()
    if kind is Projected:
        assert bits(words.rows) == odd_vectors().table.tobytes()
        assert (words.map[...] != np.eye(DIM)).all()


def test_the_zero_step_of_what_never_trains_leaves_negative_zeros_alone():
    """Without a compiler, which would leave out the addition of a zero."""
    table = np.where(np.abs(odd_vectors().table) < 1e-38, -0.0, odd_vectors().table)
    table = jnp.asarray(table, jnp.float32)  # XLA on CPU flushes smaller numbers to zero
    given = {"embedding": {"rows": table, "static": table}}
    for frozen, regime in ((frozenset({"static"}), "multichannel"), (frozenset(), "frozen")):
        numbers = hyper_parameters(regime, steps=STEPS, learning_rate=0.1, weight_decay=0.2)
        train = transformation("adam", numbers, frozen)
        updates, _ = train.update(jax.tree.map(jnp.ones_like, given), train.init(given), given)
        moved = optax.apply_updates(given, updates)["embedding"]
        never = "static" if frozen else "rows"
        assert bits(moved[never]) == bits(table)
        assert (moved["rows" if frozen else "static"] != table).any()


def test_two_tables_are_refused():
    model = Own(Embedding(VOCAB, DIM, rngs=nnx.Rngs(0)))
    model.more = Embedding(VOCAB, DIM, rngs=nnx.Rngs(1))
    numbers = hyper_parameters("frozen", steps=STEPS, learning_rate=0.1)
    with pytest.raises(InputError, match=r"only one table can have its own rate.*: more, words"):
        nnx.Optimizer(model, transformation("adam", numbers), wrt=nnx.Param)
