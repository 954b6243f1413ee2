"""Learning-rate schedules: their shapes, and steps that follow them."""

import dataclasses
from math import cos, pi
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small_corpus
from numpy.testing import assert_allclose
from test_training_program import (
    BUCKETS,
    DEVICES,
    ON_DEVICE,
    RUNS,
    SCHEDULE,
    VOCAB,
    all_of,
    inputs,
    stacked,
    start,
    static,
)

from embexp import Spec, run
from embexp.schedules import SCHEDULES, shares_of
from embexp.training import hyper_parameters, program, transformation
from embexp.training.runs import on_mesh, run_mesh
from embexp.training.static import StaticConfig
from embexp.training.steps import State

small = small_corpus.small
STEPS = SCHEDULE.steps


def test_shapes_are_those_of_their_formulas():
    steps, every = 40, np.arange(40)
    assert_allclose(shares_of("constant", steps), 1.0)
    assert_allclose(shares_of("linear", steps), 1 - every / steps, rtol=1e-6)
    assert_allclose(shares_of("cosine", steps), (1 + np.cos(pi * every / steps)) / 2, atol=1e-6)
    assert_allclose(shares_of("warm-up", steps)[:5], [0.2, 0.4, 0.6, 0.8, 1.0], rtol=1e-6)
    assert_allclose(shares_of("warm-up", steps)[4:], 1.0)
    cycle = shares_of("one-cycle", steps)
    assert cycle[0] == pytest.approx(1 / 25)
    assert cycle.argmax() == 12
    assert cycle[12] == 1
    assert cycle[6] == pytest.approx((1 + 1 / 25) / 2)
    assert cycle[-1] == pytest.approx((1 + cos(pi * 27 / 28)) / 2, abs=1e-4)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 1000])
def test_rates_are_above_zero_at_every_step_and_never_above_the_full_one(name, steps):
    found = shares_of(name, steps)
    assert found.shape == (steps,)
    assert found.dtype == np.float32
    assert ((found > 0) & (found <= 1)).all()


@pytest.mark.parametrize("name", ["linear", "cosine", "one-cycle"])
def test_the_transformation_is_adamw_with_optax_s_schedule(name):
    params = {"kernel": jnp.linspace(-1.0, 1.0, 6).reshape(3, 2)}
    features = jnp.asarray(np.random.default_rng(0).normal(size=(9, 3)))
    numbers = hyper_parameters("tuned", 20, learning_rate=0.1, weight_decay=0.2)
    numbers = numbers.scheduled(name, 20)
    rate: Any = SCHEDULES[name](20)
    expected = optax.adamw(lambda step: 0.1 * rate(step), weight_decay=0.2)

    def fitted(optimiser: Any) -> Any:
        own: Any = params
        state = optimiser.init(params)
        for _ in range(20):
            gradients = jax.grad(lambda p: ((features @ p["kernel"] - 1) ** 2).mean())(own)
            updates, state = optimiser.update(gradients, state, own)
            own = optax.apply_updates(own, updates)
        return own["kernel"]

    assert_allclose(fitted(transformation("adam", numbers)), fitted(expected), rtol=1e-5)


def advanced(config: StaticConfig, name: str, *ends: int) -> State:
    """All runs of the tests of training, by a schedule, in pieces."""
    mesh = run_mesh(DEVICES, RUNS)
    of_steps = jnp.asarray(shares_of(name, STEPS))
    every = [inputs(config, place) for place in range(RUNS)]
    every = [one._replace(numbers=one.numbers._replace(shares=of_steps)) for one in every]
    given = on_mesh(mesh, stacked(every))
    state = on_mesh(mesh, stacked([start(config, place) for place in range(RUNS)]))
    for first, last in zip((0, *ends), (*ends, STEPS), strict=True):
        span = jnp.int32(first), jnp.int32(last)
        state = program.advance(
            config, mesh, ON_DEVICE, BUCKETS, span, state, given, all_of(mesh, state)
        )
    return jax.tree.map(np.asarray, state)


@pytest.mark.slow
@pytest.mark.parametrize("optimiser", [pytest.param("sgd", marks=pytest.mark.long), "adagrad"])
def test_sparse_steps_make_up_for_the_decay_that_a_schedule_leaves(optimiser):
    dense = dataclasses.replace(static("mean"), optimiser=optimiser, scheduled=True)
    sparse = dataclasses.replace(dense, slots=(VOCAB,) * len(dense.widths))
    for name in ("one-cycle", "cosine"):
        whole = advanced(dense, name)
        for ends in ((), (3, 7)):
            own = advanced(sparse, name, *ends)
            jax.tree.map(
                lambda a, b: assert_allclose(a, b, rtol=1e-5, atol=1e-6), own.params, whole.params
            )
    constant = advanced(dense, "constant")
    moved = jax.tree.map(lambda a, b: np.abs(a - b).max(), whole.params, constant.params)
    assert max(jax.tree.leaves(moved)) > 1e-3


def test_schedules_share_a_program_and_a_constant_rate_has_its_own(small, tmp_path):
    from embexp.runner import make_plan

    names = ["linear", "cosine", "warm-up", "one-cycle"]
    specs = small.specs(regime="tuned", seed=0, schedule=[*names, "constant"])
    programs: dict[int, set[str]] = {}
    for group in make_plan(specs, tmp_path).groups:
        programs.setdefault(group.program, set()).update(spec.schedule for spec in group.specs)
    assert sorted(programs.values(), key=len) == [{"constant"}, set(names)]
    rows = run(specs, results=tmp_path)
    losses = {row["digest"]: row["value"] for row in rows if row["measure"] == "nll"}
    assert len({losses[spec.digest] for spec in specs}) == len(specs)


def test_an_unknown_schedule_is_refused_and_the_constant_one_changes_no_identity():
    plain = {"corpus": "imdb", "regime": "tuned", "encoder": "mean", "seed": 0}
    with pytest.raises(ValueError, match=r"schedule 'cosin'.*cosine"):
        Spec(**plain, schedule="cosin")
    assert Spec(**plain, schedule="constant").digest == Spec(**plain).digest
