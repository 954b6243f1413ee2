"""Row-sparse steps: those of the whole table where they are exact, and lazy Adam by hand."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, strategies as st
from test_training_program import (
    BUCKETS,
    DEVICES,
    IDS,
    NUMBERS,
    ON_DEVICE,
    RUNS,
    SCHEDULE,
    VOCAB,
    advanced,
    all_of,
    inputs,
    stacked,
    start,
    static,
)

from embexp.models import Embedding, Multichannel, Projected, views
from embexp.models.responses import largest_responses
from embexp.optimisers import OPTIMISERS
from embexp.training import program, sparse
from embexp.training.runs import on_mesh, run_mesh
from embexp.training.static import StaticConfig
from embexp.training.steps import loss, train_dense, train_sparse
from embexp.training.texts import gather

EXACT = [name for name, each in OPTIMISERS.items() if each.moves == "either"]
STEPS = SCHEDULE.steps
CLOSE = {"rtol": 1e-5, "atol": 1e-6}
"""Sums in another order: some roundings of float32, over some twenty steps."""


def config(optimiser: str, encoder: str = "mean", kind: Any = Embedding) -> StaticConfig:
    return dataclasses.replace(static(encoder, kind), optimiser=optimiser)


def in_slots(config: StaticConfig) -> StaticConfig:
    """The same with row-sparse steps."""
    return dataclasses.replace(config, slots=(VOCAB,) * len(config.widths))


TEXT = st.sampled_from([1, 2, 13, 30]).flatmap(
    lambda length: st.lists(st.integers(0, 9), min_size=length, max_size=length)
)
"""Of few lengths, as each has a program of its own."""


@given(TEXT, st.sampled_from([1, 4]))
def test_what_a_batch_reads_is_its_distinct_rows_and_the_slot_of_each_word(words, texts):
    ids = jnp.asarray([words] * texts, jnp.int32)
    read, slots = sparse.read(ids, 10, 16)
    count = int(read.used)
    assert sorted(read.rows[:count].tolist()) == sorted(set(words))
    assert (read.rows[count:] == 10).all()
    np.testing.assert_array_equal(read.rows[slots], ids)


@pytest.mark.parametrize("optimiser", EXACT)
@pytest.mark.parametrize(
    ("encoder", "kind"),
    [
        ("mean", Embedding),
        pytest.param("mean", Projected, marks=pytest.mark.long),
        pytest.param("mean", Multichannel, marks=pytest.mark.long),
        pytest.param("lstm", Embedding, marks=pytest.mark.long),
        pytest.param("cnn", Multichannel, marks=pytest.mark.slow),
    ],
)
def test_sparse_steps_of_sgd_and_adagrad_are_dense_steps(optimiser, encoder, kind):
    """With decay, clipping, dropout, freezing and unfreezing: see `NUMBERS`."""
    whole = config(optimiser, encoder, kind)
    places = list(range(RUNS))
    dense, own = (advanced(each, places, (0, STEPS)) for each in (whole, in_slots(whole)))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **CLOSE), own.params, dense.params)
    np.testing.assert_array_equal(own.optimiser.updates, dense.optimiser.updates)
    np.testing.assert_array_equal(own.optimiser.step, dense.optimiser.step)
    frozen, before = 1, start(whole, 1).params["embedding"]["rows"]
    assert own.params["embedding"]["rows"][frozen].tobytes() == np.asarray(before).tobytes()


@pytest.mark.parametrize(("train", "slots"), [(train_sparse, True), (train_dense, False)])
def test_a_cnn_multiplies_distinct_words_where_steps_are_row_sparse(train, slots, monkeypatch):
    calls = []

    def counted(*given):
        calls.append(given)
        return largest_responses(*given)

    monkeypatch.setattr(views, "largest_responses", counted)
    whole = config("lazy-adam" if slots else "adam", "cnn")
    own = in_slots(whole) if slots else whole
    given = own, ON_DEVICE, BUCKETS, (jnp.int32(0), jnp.int32(1))
    jax.eval_shape(lambda: train(*given, start(own, 0), inputs(own, 0)))
    assert bool(calls) == slots


def by_hand(config: StaticConfig, place: int) -> Any:
    """Lazy Adam with the whole table's gradient: moments move where a word is read."""
    given = inputs(config, place)
    numbers = jax.tree.map(float, given.numbers)
    params = jax.tree.map(np.float64, start(config, place).params)
    mean, square = (jax.tree.map(np.zeros_like, params) for _ in range(2))
    updates = np.zeros(VOCAB, int)

    def step(t: int) -> None:
        batch = gather(ON_DEVICE, given.text_indices[t], config.widths[int(BUCKETS[t])])
        key, single = jax.random.fold_in(given.key, t), jax.tree.map(jnp.float32, params)
        found = jax.grad(lambda params: loss(config, given, params, batch, key))(single)
        found = jax.tree.map(np.float64, found)
        table = found["embedding"]["rows"]
        updates[...] += (table != 0).any(axis=1)
        trained = numbers.table_rate > 0 and t >= numbers.unfreeze_at
        seen = [g for g in jax.tree.leaves(found) if g is not table or trained]
        scale = min(1.0, numbers.clip / np.sqrt(sum((g**2).sum() for g in seen)))
        is_read = np.isin(np.arange(VOCAB), batch.ids)[:, None]

        def move(p: np.ndarray, m: np.ndarray, v: np.ndarray, g: np.ndarray) -> None:
            of_table = g is table
            mask = is_read if of_table else True
            m[...] = np.where(mask, 0.9 * m + 0.1 * scale * g, m)
            v[...] = np.where(mask, 0.999 * v + 0.001 * (scale * g) ** 2, v)
            d = m / (1 - 0.9 ** (t + 1)) / (np.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-8)
            rate = numbers.table_rate if of_table else numbers.learning_rate
            movable = (updates > 0)[:, None] & trained if of_table else True
            p -= np.where(movable, rate * (np.where(mask, d, 0) + numbers.weight_decay * p), 0)

        jax.tree.map(move, params, mean, square, found)

    for t in range(STEPS):
        step(t)
    return params


@pytest.mark.parametrize(
    "place",
    [0, *(pytest.param(each, marks=pytest.mark.long) for each in range(1, RUNS))],
)
def test_lazy_adam_moves_moments_only_where_a_row_is_read(place):
    own = advanced(in_slots(config("lazy-adam")), [place] * len(DEVICES), (0, STEPS)).params
    expected = by_hand(config("lazy-adam"), place)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a[0], b, rtol=2e-4, atol=2e-5), own, expected
    )


def test_lazy_adam_is_not_adam():
    lazy, adam = (
        advanced(each, [4] * len(DEVICES), (0, STEPS)).params["embedding"]["rows"]
        for each in (in_slots(config("lazy-adam")), config("adam"))
    )
    assert np.abs(lazy - adam).max() > 0.01


@pytest.mark.parametrize("optimiser", ["lazy-adam", *EXACT])
def test_a_run_is_what_it_is_alone_and_in_pieces(optimiser):
    """Bit for bit where no decay is made up for in one power or in two."""
    whole = in_slots(config(optimiser))
    together = advanced(whole, list(range(RUNS)), (0, STEPS))
    alone = advanced(whole, [4] * len(DEVICES), (0, 3), (3, 4), (4, STEPS))
    same = lambda a, b: np.testing.assert_array_equal(a[4], b[0])  # noqa: E731 - shorter so
    jax.tree.map(same, together, alone)
    apart = advanced(whole, [0] * len(DEVICES), (0, 5), (5, STEPS))
    assert NUMBERS[0].weight_decay > 0
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a[0], b[0], **CLOSE), together.params, apart.params
    )


def test_rows_that_no_text_reads_keep_every_bit():
    """The last word and the padding stand in no text; decay and momentum leave them alone."""
    assert VOCAB - 1 not in np.concatenate(IDS)
    for optimiser in ("lazy-adam", *EXACT):
        given = in_slots(config(optimiser))
        rows = advanced(given, [0] * len(DEVICES), (0, STEPS)).params["embedding"]["rows"][0]
        before = np.asarray(start(given, 0).params["embedding"]["rows"])
        assert rows[[0, VOCAB - 1]].tobytes() == before[[0, VOCAB - 1]].tobytes()


def test_no_step_copies_what_has_a_number_for_every_word():
    """Else steps cost more the more words there are: XLA copied `since` for each block."""
    large = dataclasses.replace(in_slots(config("lazy-adam")), vocab=4321)
    mesh = run_mesh(DEVICES, RUNS)
    state = on_mesh(mesh, stacked([start(large, place) for place in range(RUNS)]))
    given = on_mesh(mesh, stacked([inputs(large, place) for place in range(RUNS)]))
    span = jnp.int32(0), jnp.int32(STEPS)
    rest = ON_DEVICE, BUCKETS, span, state, given, all_of(mesh, state)
    compiled = program.advance.lower(large, mesh, *rest).compile().as_text()
    assert "[4321]" in compiled
    assert not [line for line in compiled.splitlines() if "copy(" in line and "[4321]" in line]
