"""Many runs as one program: each is what it is alone, in pieces, and in a plain loop."""

import dataclasses
from functools import cache
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from encoder_names import READERS
from flax import nnx

from embexp.devices import prepare
from embexp.models import ENCODERS, Embedding, Multichannel, Projected
from embexp.training import program
from embexp.training.optimiser import HyperParameters
from embexp.training.runs import on_mesh, run_mesh
from embexp.training.schedule import schedule_for, scoring_order
from embexp.training.static import StaticConfig
from embexp.training.steps import Inputs, State, begin
from embexp.training.texts import Order, Texts

DEVICES = prepare()[:2]  # before anything is computed; the number of runs is a multiple of theirs
COMPILED: list[str] = []
"""One entry for each program that XLA compiles."""
jax.monitoring.register_event_duration_secs_listener(
    lambda event, *_, **__: COMPILED.append(event) if "backend_compile" in event else None
)
VOCAB, DIM, CLASSES, BATCH, EPOCHS = 40, 6, 3, 4, 2
CLOSE = {"rtol": 2e-4, "atol": 2e-5}
"""Adam divides by the root of squared gradients: a rounding of a small gradient, 6e-8 of it,
is larger in its step, over some twenty steps."""
NUMBERS = (
    HyperParameters(0.05, 0.02, 0, 0.1, 0.5, 0, {}),
    HyperParameters(0.05, 0.0, 0, 0.1, 0.5, 0, {}),
    HyperParameters(0.01, 0.02, 5, 0.1, 0.5, 0.5, {}),
    HyperParameters(0.05, 0.2, 0, 0, 1.0, 0.3, {}),
    HyperParameters(0.05, 0.02, 0, 0, np.inf, 0, {}),
    HyperParameters(0.1, 0.01, 8, 0, np.inf, 0, {}),
)
"""Tuned, and frozen, with decay and clipping; unfrozen after five steps, with dropout; a faster
table; plain; unfrozen later."""
RUNS = len(NUMBERS)


def texts() -> tuple[list[np.ndarray], np.ndarray]:
    """Random texts of no to nine words, and their labels."""
    rng = np.random.default_rng(0)
    lengths = [*rng.integers(1, 10, 30), 0]
    ids = [rng.integers(2, VOCAB - 1, length).astype(np.int32) for length in lengths]
    return ids, rng.integers(0, CLASSES, len(ids)).astype(np.int32)


IDS, LABELS = texts()
LENGTHS = np.array([len(text) for text in IDS])
SCHEDULE = schedule_for(LENGTHS, buckets=2, batch_size=BATCH, epochs=EPOCHS)
ON_DEVICE = Texts(
    jnp.asarray(np.concatenate(IDS)),
    jnp.asarray(np.concatenate([[0], np.cumsum(LENGTHS)[:-1]]), jnp.int32),
    jnp.asarray(LENGTHS, jnp.int32),
    jnp.zeros((len(LENGTHS), 0)),
    jnp.zeros(LENGTHS.sum(), bool),
)
BUCKETS = jnp.asarray(SCHEDULE.buckets)


def static(encoder: str, embedding: type[Embedding] = Embedding) -> StaticConfig:
    small = {"hidden_size": 5, "windows": (2, 3), "layers": 1, "heads": 5, "feed_forward_size": 7}
    declared = ENCODERS[encoder].parameters
    return StaticConfig(
        embedding=embedding,
        encoder=encoder,
        encoder_parameters=tuple((name, small[name]) for name in declared if name in small),
        head="classes",
        vocab=VOCAB,
        dim=DIM,
        classes=CLASSES,
        widths=SCHEDULE.widths,
        scored_widths=SCHEDULE.widths,
        batch_size=BATCH,
    )


def inputs(config: StaticConfig, place: int) -> Inputs:
    """What one run brings; its order of texts and its dropout are its seed's.

    An encoder drops as much as is dropped of the head's inputs.
    """
    numbers = HyperParameters(*map(jnp.float32, NUMBERS[place][:6]), {})
    declared = ENCODERS[config.encoder].parameters.items()
    rates = {name: numbers.dropout for name, each in declared if each.traced}
    return Inputs(
        numbers._replace(encoder_parameters=rates),
        jax.random.key(place),
        jnp.asarray(np.roll(LABELS, place)),
        jnp.asarray(SCHEDULE.text_indices(np.random.default_rng(place))),
        None,
    )


def all_of(mesh, state) -> jax.Array:
    """No run has stopped."""
    return on_mesh(mesh, np.ones(len(state.optimiser.step), bool))


@cache
def start(config: StaticConfig, place: int) -> State:
    params = program.initial(config, jax.random.key(place))
    return begin(config, params, inputs(config, place).numbers)


def stacked(trees: list[Any]) -> Any:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)


def with_rate(given: Inputs, rate: float) -> Inputs:
    """The same with another rate of the encoder's dropout."""
    rates = dict.fromkeys(given.numbers.encoder_parameters, jnp.float32(rate))
    return given._replace(numbers=given.numbers._replace(encoder_parameters=rates))


def advanced(
    config: StaticConfig, places: list[int], *spans: tuple[int, int], rate: float | None = None
) -> State:
    """The state of some runs after each span in turn, which `advance` uses up.

    Args:
        rate: of the encoder's dropout, if another one.
    """
    mesh = run_mesh(DEVICES, len(places))
    state = on_mesh(mesh, stacked([start(config, place) for place in places]))
    own = [inputs(config, place) for place in places]
    if rate is not None:
        own = [with_rate(each, rate) for each in own]
    given = on_mesh(mesh, stacked(own))
    for first, last in spans:
        span = (jnp.int32(first), jnp.int32(last))
        state = program.advance(
            config, mesh, ON_DEVICE, BUCKETS, span, state, given, all_of(mesh, state)
        )
    return jax.tree.map(np.asarray, state)


OPTIMISED = pytest.param("attention", marks=pytest.mark.optimised)
"""Without XLA's optimisation its products are summed in an order that depends on the group."""


@pytest.fixture(
    scope="module", params=[OPTIMISED if name == "attention" else name for name in READERS]
)
def trained(request) -> SimpleNamespace:
    """All runs to their last step, in one compiled program."""
    config = static(request.param)
    state = advanced(config, list(range(RUNS)), (0, SCHEDULE.steps))
    return SimpleNamespace(encoder=request.param, static=config, state=state)


def assert_same_bits(one: Any, other: Any) -> None:
    jax.tree.map(
        lambda a, b: np.testing.assert_array_equal(a.view(np.uint32), b.view(np.uint32)), one, other
    )


def one_of(state: Any, place: int) -> Any:
    return jax.tree.map(lambda leaf: leaf[place : place + 1], state)


def test_a_run_of_a_grid_equals_the_same_run_alone_bit_for_bit(trained):
    for place in range(RUNS):
        alone = advanced(trained.static, [place], (0, SCHEDULE.steps))
        assert_same_bits(one_of(trained.state, place), alone)


def test_a_run_does_not_depend_on_the_runs_beside_it_nor_on_its_place(trained):
    order = [3, 2, 5, 4, 0, 1]
    other = advanced(trained.static, order, (0, SCHEDULE.steps))
    for place, was in enumerate(order):
        assert_same_bits(one_of(other, place), one_of(trained.state, was))


def test_a_run_in_pieces_equals_the_run_in_one_go_bit_for_bit_and_compiles_nothing_new(trained):
    compiled = len(COMPILED)
    spans = ((0, 1), (1, 6), (6, 6), (6, SCHEDULE.steps))
    assert_same_bits(advanced(trained.static, list(range(RUNS)), *spans), trained.state)
    assert len(COMPILED) == compiled


def test_the_runs_differ_and_the_frozen_table_is_its_start(trained):
    tables = trained.state.params["embedding"]["rows"]
    starts = [
        np.asarray(start(trained.static, place).params["embedding"]["rows"])
        for place in range(RUNS)
    ]
    assert tables[1].tobytes() == starts[1].tobytes()
    for place in (0, 2, 3, 4, 5):
        never = trained.state.optimiser.updates[place] == 0
        assert never[[0, VOCAB - 1]].all()  # <pad>, and a word that stands in no text
        assert tables[place][never].tobytes() == starts[place][never].tobytes()
        moved = (tables[place] != starts[place]).any(axis=1)
        assert not moved[never].any()
        assert moved.sum() > VOCAB / 2


@pytest.mark.slow
@pytest.mark.parametrize("trained", ["dan", "transformer"], indirect=True)
def test_an_encoder_s_rate_of_dropout_is_only_a_number_to_the_program(trained):
    compiled = len(COMPILED)
    other = advanced(trained.static, list(range(RUNS)), (0, SCHEDULE.steps), rate=0.0)
    assert len(COMPILED) == compiled
    for place, numbers in enumerate(NUMBERS):
        own, without = (one_of(state.params, place) for state in (trained.state, other))
        if numbers.dropout == 0:
            assert_same_bits(own, without)
        else:
            assert (own["embedding"]["rows"] != without["embedding"]["rows"]).any()


def test_updates_count_the_steps_that_draw_a_word(trained):
    for place in (0, 1):  # without dropout a word's gradient is zero only by accident
        expected = np.zeros(VOCAB, int)
        for drawn in SCHEDULE.text_indices(np.random.default_rng(place)):
            words = [word for text in drawn if text >= 0 for word in IDS[text]]
            expected[np.unique(np.array(words, int))] += 1
        updates = trained.state.optimiser.updates[place]
        if trained.encoder in ("cnn", "dan"):  # nor where it passes no ReLU
            assert (updates <= expected).all()
        else:
            np.testing.assert_array_equal(updates, expected)


def padded_left(drawn: np.ndarray, width: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """A batch that is padded on the left, and more than it need be."""
    ids, mask = np.zeros((BATCH, width), np.int32), np.zeros((BATCH, width), bool)
    for place, text in enumerate(drawn):
        words = IDS[text] if text >= 0 else []
        ids[place, width - len(words) :], mask[place, width - len(words) :] = words, True
    return ids, mask


def test_a_run_equals_a_plain_loop_with_optax_over_the_same_batches(trained):
    place = 0
    graph, params = nnx.split(trained.static.model(jax.random.key(place)), nnx.Param)
    labels, numbers = np.roll(LABELS, place), NUMBERS[place]
    groups = nnx.to_pure_dict(jax.tree.map(lambda _: "rest", params))
    groups["embedding"]["rows"] = "table"
    moving = {
        "rest": optax.adamw(numbers.learning_rate, weight_decay=0.1),
        "table": optax.adamw(numbers.table_rate, weight_decay=0.1),
    }
    clip = optax.clip_by_global_norm(numbers.clip)
    by_group = optax.chain(clip, optax.multi_transform(moving, groups))

    def loss(pure, ids, mask, classes, counts):
        nnx.replace_by_pure_dict(params, pure)
        logits = nnx.merge(graph, params)(ids, mask)
        nll = optax.softmax_cross_entropy_with_integer_labels(logits, classes)
        return (nll * counts).sum() / counts.sum()

    @jax.jit
    def step(pure, state, reached, *batch):
        gradients = jax.grad(loss)(pure, *batch)
        reached |= (gradients["embedding"]["rows"] != 0).any(axis=1)
        updates, state = by_group.update(gradients, state, pure)
        updates["embedding"]["rows"] *= reached[:, None]  # optax lets all rows decay from the start
        return optax.apply_updates(pure, updates), state, reached

    pure = nnx.to_pure_dict(params)
    state, reached = by_group.init(pure), jnp.zeros(VOCAB, bool)
    for drawn in SCHEDULE.text_indices(np.random.default_rng(place)):
        there = drawn >= 0
        batch = (*padded_left(drawn), np.where(there, labels[drawn], 0), there.astype(np.float32))
        pure, state, reached = step(pure, state, reached, *batch)
    own = jax.tree.map(lambda leaf: leaf[place], trained.state.params)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **CLOSE), own, pure)


def scored_order() -> Order:
    return Order(*map(jnp.asarray, scoring_order(LENGTHS, SCHEDULE.widths, BATCH)))


def test_logits_and_representations_come_in_the_order_of_the_texts_and_equal_the_module_s(trained):
    mesh = run_mesh(DEVICES, RUNS)
    none = program.Others(
        jnp.zeros((RUNS, 0, DIM)), jnp.zeros(RUNS, bool), jnp.full(RUNS, VOCAB, jnp.int32)
    )
    params, others = (on_mesh(mesh, each) for each in (trained.state.params, none))
    given = (mesh, ON_DEVICE, scored_order(), params, others)
    logits = program.score(trained.static, *given)
    features = program.represent(trained.static, *given)
    ids, mask = np.zeros((len(IDS), 9), np.int32), np.arange(9) < LENGTHS[:, None]
    ids[mask] = np.concatenate(IDS)

    @jax.jit
    def direct(params):
        model = trained.static.model_with(params)
        batch = jnp.asarray(ids), jnp.asarray(mask)
        return model(*batch), model.features(*batch)

    for place in range(RUNS):
        params = jax.tree.map(lambda leaf, at=place: jnp.asarray(leaf[at]), trained.state.params)
        for own, expected in zip((logits, features), direct(params), strict=True):
            np.testing.assert_allclose(own[place], expected, rtol=2e-5, atol=2e-5)


@pytest.mark.optimised
@pytest.mark.slow
@pytest.mark.parametrize(("embedding", "name"), [(Multichannel, "static"), (Projected, "rows")])
def test_a_part_of_an_embedding_that_never_trains_stays_bit_for_bit(embedding, name):
    """With weight decay, momentum and clipping on; −0.0 stays what it is."""
    config, place = static("mean", embedding), 1 if embedding is Projected else 0
    params = program.initial(config, jax.random.key(place))
    table = np.random.default_rng(0).normal(size=(VOCAB, DIM)).astype(np.float32)
    table[::3] = [-0.0, 0.0, 1e-45, -1e-45, 3e38, -3e-38]
    own = embedding.with_start(params["embedding"], jnp.asarray(table))
    state = begin(config, params | {"embedding": own}, inputs(config, place).numbers)
    mesh = run_mesh(DEVICES, 1)
    state, given = (on_mesh(mesh, stacked([each])) for each in (state, inputs(config, place)))
    span = (jnp.int32(0), jnp.int32(3))
    after = program.advance(
        config, mesh, ON_DEVICE, BUCKETS, span, state, given, all_of(mesh, state)
    ).params
    assert np.asarray(after["embedding"][name][0]).tobytes() == table.tobytes()
    other = "rows" if name == "static" else "map"
    assert (np.asarray(after["embedding"][other][0]) != np.asarray(own[other])).any()


def test_a_penalty_reads_the_rows_their_start_and_its_traced_numbers():
    """½ λ‖E − E₀‖² with plain SGD pulls rows that no text has towards another start."""

    def penalty(step):
        return 0.5 * step.parameters["weight"] * ((step.rows - step.start) ** 2).sum()

    config = dataclasses.replace(static("mean"), penalty=penalty, optimiser="sgd")
    weights, rate, steps = (0.0, 0.5), 0.1, 3
    numbers = [
        HyperParameters(
            *map(jnp.float32, (rate, rate, 0, 0, np.inf, 0)), {"weight": jnp.float32(w)}
        )
        for w in weights
    ]
    given = [
        inputs(config, 0)._replace(numbers=each, start=jnp.ones((VOCAB, DIM))) for each in numbers
    ]
    params = program.initial(config, jax.random.key(0))
    states = [begin(config, params, each) for each in numbers]
    mesh = run_mesh(DEVICES, 2)
    state, given = (on_mesh(mesh, stacked(each)) for each in (states, given))
    span = (jnp.int32(0), jnp.int32(steps))
    after = program.advance(
        config, mesh, ON_DEVICE, BUCKETS, span, state, given, all_of(mesh, state)
    )
    before = np.float64(params["embedding"]["rows"][VOCAB - 1])
    tables = np.asarray(after.params["embedding"]["rows"])[:, VOCAB - 1]
    for weight, found in zip(weights, tables, strict=True):
        expected = 1 + (1 - rate * weight) ** steps * (before - 1)
        np.testing.assert_allclose(found, expected, rtol=0, atol=4e-7)  # six roundings below 1


@pytest.mark.parametrize("kind", [Embedding, Multichannel, Projected])
def test_a_start_takes_the_place_of_drawn_tables_alone(kind):
    own = static("mean", kind)
    key, start = jax.random.key(3), jnp.ones((own.vocab, own.dim))
    drawn, begun = program.initial(own, key), program.started(own, key, start)
    for name in kind.tables:
        np.testing.assert_array_equal(begun["embedding"].pop(name), start)
        drawn["embedding"].pop(name)
    jax.tree.map(np.testing.assert_array_equal, begun, drawn)


def test_parameters_are_replaced_only_where_a_run_is_better():
    best = {"a": jnp.zeros((3, 2)), "b": jnp.zeros(3)}
    new = {"a": jnp.ones((3, 2)), "b": jnp.array([np.nan, 2.0, 3.0])}
    chosen = program.keep_best(jnp.array([False, True, False]), best, new)
    np.testing.assert_array_equal(chosen["a"], [[0, 0], [1, 1], [0, 0]])
    np.testing.assert_array_equal(chosen["b"], [0, 2, 0])


def test_runs_are_spread_over_no_more_devices_than_there_are_runs():
    assert run_mesh(DEVICES, 1).size == 1
    assert run_mesh(DEVICES, 99).size == len(DEVICES)
