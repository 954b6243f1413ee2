"""Many cells as one program: each as if it ran alone, in one go or in pieces, and as a
loop over the same batches would have it."""

from functools import cache
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from embexp.devices import prepare
from embexp.models import ENCODERS
from embexp.training import program
from embexp.training.optimiser import Dials, State, begin
from embexp.training.program import Cell, Recipe, Texts
from embexp.training.schedule import in_order, plan, widths_for

DEVICES = prepare()[
    :2
]  # before anything is computed, as in a sweep; the number of cells must be a multiple of theirs
COMPILED: list[str] = []
"""One entry for each program that XLA compiles."""
jax.monitoring.register_event_duration_secs_listener(
    lambda event, *_, **__: COMPILED.append(event) if "backend_compile" in event else None
)
VOCAB, DIM, CLASSES, BATCH, EPOCHS = 40, 6, 3, 4, 2
CLOSE = {"rtol": 2e-4, "atol": 2e-5}
"""Adam divides by the root of squared gradients: 6e-8 of a small gradient comes back
larger, over some twenty steps."""
CELLS = (
    Dials(0.05, 0.02, 0, 0.1, 0.5, 0),
    Dials(0.05, 0.0, 0, 0.1, 0.5, 0),
    Dials(0.01, 0.02, 5, 0.1, 0.5, 0.5),
    Dials(0.05, 0.2, 0, 0, 1.0, 0.3),
    Dials(0.05, 0.02, 0, 0, np.inf, 0),
    Dials(0.1, 0.01, 8, 0, np.inf, 0),
)
"""Tuned, and frozen, with decay and clipping; unfrozen after five steps, with dropout;
a faster table; plain; unfrozen later."""


def texts() -> tuple[list[np.ndarray], np.ndarray]:
    """Random texts of nought to nine words, and their labels."""
    rng = np.random.default_rng(0)
    ids = [
        rng.integers(2, VOCAB - 1, length).astype(np.int32)
        for length in [*rng.integers(1, 10, 30), 0]
    ]
    return ids, rng.integers(0, CLASSES, len(ids)).astype(np.int32)


IDS, LABELS = texts()
LENGTHS = np.array([len(text) for text in IDS])
WIDTHS = widths_for(LENGTHS, 2)
SCHEDULE = plan(LENGTHS, WIDTHS, batch=BATCH, epochs=EPOCHS)
ON_DEVICE = Texts(
    jnp.asarray(np.concatenate(IDS)),
    jnp.asarray(np.concatenate([[0], np.cumsum(LENGTHS)[:-1]]), jnp.int32),
    jnp.asarray(LENGTHS, jnp.int32),
    jnp.zeros((len(LENGTHS), 0)),
)
BUCKETS = jnp.asarray(SCHEDULE.buckets)


def recipe(encoder: str) -> Recipe:
    return Recipe(encoder, VOCAB, DIM, CLASSES, 5, (2, 3), WIDTHS, BATCH, "adam")


def cell(place: int) -> Cell:
    """One cell's own inputs; its order of texts and its dropout are its seed's."""
    rows = SCHEDULE.rows(np.random.default_rng(place))
    dials = Dials(*map(jnp.float32, CELLS[place]))
    return Cell(
        dials, jax.random.key(place), jnp.asarray(np.roll(LABELS, place)), jnp.asarray(rows)
    )


@cache
def start(encoder: str, place: int) -> State:
    return begin("adam", program.initial(recipe(encoder), jax.random.key(place)))


def stacked(trees: list) -> object:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)


def advanced(encoder: str, places: list[int], *spans: tuple[int, int]) -> State:
    """The state of some cells after each span in turn; it is copied, since `advance`
    uses up what it is given."""
    mesh = program.cell_mesh(DEVICES, len(places))
    state = program.on_mesh(mesh, stacked([start(encoder, place) for place in places]))
    cells = program.on_mesh(mesh, stacked([cell(place) for place in places]))
    for begin_at, stop in spans:
        state = program.advance(
            recipe(encoder),
            mesh,
            ON_DEVICE,
            BUCKETS,
            (jnp.int32(begin_at), jnp.int32(stop)),
            state,
            cells,
        )
    return jax.tree.map(np.asarray, state)


@pytest.fixture(
    scope="module",
    params=[
        name if name in ("mean", "cnn", "lstm") else pytest.param(name, marks=pytest.mark.slow)
        for name in ENCODERS
    ],
)
def trained(request) -> SimpleNamespace:
    """All cells to the end of the run, in one compiled program."""
    state = advanced(request.param, list(range(len(CELLS))), (0, SCHEDULE.steps))
    return SimpleNamespace(encoder=request.param, state=state)


def assert_same_bits(one: object, other: object) -> None:
    jax.tree.map(
        lambda a, b: np.testing.assert_array_equal(a.view(np.uint32), b.view(np.uint32)), one, other
    )


def one_of(state: State, place: int) -> State:
    return jax.tree.map(lambda leaf: leaf[place : place + 1], state)


def test_a_cell_of_a_grid_equals_the_same_cell_alone_bit_for_bit(trained):
    for place in range(len(CELLS)):
        alone = advanced(trained.encoder, [place], (0, SCHEDULE.steps))
        assert_same_bits(one_of(trained.state, place), alone)


def test_a_cell_does_not_depend_on_which_cells_run_beside_it_nor_on_its_place(trained):
    order = [3, 2, 5, 4, 0, 1]
    other = advanced(trained.encoder, order, (0, SCHEDULE.steps))
    for place, was in enumerate(order):
        assert_same_bits(one_of(other, place), one_of(trained.state, was))


def test_a_run_in_pieces_equals_the_run_in_one_go_bit_for_bit_and_compiles_nothing_new(trained):
    compiled = len(COMPILED)
    in_pieces = advanced(
        trained.encoder, list(range(len(CELLS))), (0, 1), (1, 6), (6, 6), (6, SCHEDULE.steps)
    )
    assert_same_bits(in_pieces, trained.state)
    assert len(COMPILED) == compiled


def test_the_cells_differ_and_the_frozen_table_is_its_start(trained):
    tables = trained.state.params["table"]["rows"]
    assert (
        tables[1].tobytes()
        == np.asarray(start(trained.encoder, 1).params["table"]["rows"]).tobytes()
    )
    for place in (0, 2, 3, 4, 5):
        before = np.asarray(start(trained.encoder, place).params["table"]["rows"])
        never = trained.state.updates[place] == 0
        assert never[[0, VOCAB - 1]].all()  # <pad>, and a word that stands in no text
        assert tables[place][never].tobytes() == before[never].tobytes()
        moved = (tables[place] != before).any(axis=1)
        assert not moved[never].any()
        assert moved.sum() > VOCAB / 2


def test_updates_count_the_steps_that_draw_a_word(trained):
    for place in (0, 1):  # without dropout a word's gradient is zero only by accident
        drawn = SCHEDULE.rows(np.random.default_rng(place))
        expected = np.zeros(VOCAB, int)
        for rows in drawn:
            words = [word for row in rows if row >= 0 for word in IDS[row]]
            expected[np.unique(np.array(words, int))] += 1
        if trained.encoder == "cnn":  # nor where it is the largest of no map
            assert (trained.state.updates[place] <= expected).all()
        else:
            np.testing.assert_array_equal(trained.state.updates[place], expected)


def test_a_cell_equals_a_plain_loop_with_optax_over_the_same_batches(trained):
    place = 0
    graph, params = nnx.split(recipe(trained.encoder).model(jax.random.key(place)), nnx.Param)
    labels = np.roll(LABELS, place)
    rates = CELLS[place]
    groups = nnx.to_pure_dict(jax.tree.map(lambda _: "rest", params))
    groups["table"]["rows"] = "table"
    moving = {
        "rest": optax.adamw(rates.rate, weight_decay=0.1),
        "table": optax.adamw(rates.table_rate, weight_decay=0.1),
    }
    by_group = optax.chain(
        optax.clip_by_global_norm(rates.clip), optax.multi_transform(moving, groups)
    )

    def loss(pure, ids, keep, classes, counts):
        nnx.replace_by_pure_dict(params, pure)
        nll = optax.softmax_cross_entropy_with_integer_labels(
            nnx.merge(graph, params)(ids, keep), classes
        )
        return (nll * counts).sum() / counts.sum()

    @jax.jit
    def step(pure, state, reached, *batch):
        gradients = jax.grad(loss)(pure, *batch)
        reached |= (gradients["table"]["rows"] != 0).any(axis=1)
        moves, state = by_group.update(gradients, state, pure)
        moves["table"]["rows"] *= reached[:, None]  # optax would let all rows decay from the start
        return optax.apply_updates(pure, moves), state, reached

    pure = nnx.to_pure_dict(params)
    state, reached = by_group.init(pure), jnp.zeros(VOCAB, bool)
    for rows in SCHEDULE.rows(np.random.default_rng(place)):
        ids, keep = np.zeros((BATCH, 12), np.int32), np.zeros((BATCH, 12), bool)
        for i, row in enumerate(rows):
            words = IDS[row] if row >= 0 else []
            ids[i, 12 - len(words) :], keep[i, 12 - len(words) :] = (
                words,
                True,
            )  # padded on the left, and more
        pure, state, reached = step(
            pure,
            state,
            reached,
            ids,
            keep,
            np.where(rows >= 0, labels[rows], 0),
            (rows >= 0).astype(np.float32),
        )
    own = jax.tree.map(lambda leaf: leaf[place], trained.state.params)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **CLOSE), own, pure)


def test_logits_come_in_the_order_of_the_texts_and_equal_the_module_s(trained):
    made = recipe(trained.encoder)
    mesh = program.cell_mesh(DEVICES, len(CELLS))
    buckets, rows = in_order(LENGTHS, WIDTHS, batch=BATCH)
    params = program.on_mesh(mesh, trained.state.params)
    logits = program.score(
        made,
        mesh,
        ON_DEVICE,
        (jnp.asarray(buckets), jnp.asarray(rows), jnp.int32(len(rows))),
        params,
    )
    ids, keep = np.zeros((len(IDS), 9), np.int32), np.arange(9) < LENGTHS[:, None]
    ids[keep] = np.concatenate(IDS)
    graph, state = nnx.split(made.model(jax.random.key(0)), nnx.Param)

    @jax.jit
    def direct(params):
        nnx.replace_by_pure_dict(state, params)
        return nnx.merge(graph, state)(jnp.asarray(ids), jnp.asarray(keep))

    for place in range(len(CELLS)):
        expected = direct(
            jax.tree.map(lambda leaf, place=place: jnp.asarray(leaf[place]), trained.state.params)
        )
        np.testing.assert_allclose(logits[place], expected, rtol=2e-5, atol=2e-5)


def test_only_cells_that_are_better_are_kept():
    kept = {"a": jnp.zeros((3, 2)), "b": jnp.zeros(3)}
    new = {"a": jnp.ones((3, 2)), "b": jnp.array([np.nan, 2.0, 3.0])}
    best = program.keep_better(jnp.array([False, True, False]), kept, new)
    np.testing.assert_array_equal(best["a"], [[0, 0], [1, 1], [0, 0]])
    np.testing.assert_array_equal(best["b"], [0, 2, 0])


def test_cells_are_spread_over_no_more_devices_than_there_are_cells():
    assert program.cell_mesh(DEVICES, 1).size == 1
    assert program.cell_mesh(DEVICES, 99).size == len(DEVICES)
