"""A largest norm of the head's weights: a loop of its own, and what it leaves alone."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small_corpus
from numpy.testing import assert_allclose, assert_array_equal

from embexp.runner import Training, make_group
from embexp.runner.start import draws
from embexp.tasks import prepare_task

small = small_corpus.small
LARGEST = 0.5


def trained(small: SimpleNamespace, *, pooled: bool | None = None, **changes: Any) -> Training:
    """Two seeds, after their last step."""
    own = {"encoder": "mean", "learning_rate": 0.1, "vocabulary": "training"}
    specs = small.specs(seed=range(2), **own | changes)
    group = make_group(specs, prepare_task(specs[0]))
    if pooled is not None:
        group = group._replace(static=replace(group.static, pooled=pooled))
    training = Training(group)
    training.advance(group.schedule.steps)
    return training


def norms_of(training: Training) -> np.ndarray:
    """The norm of each run's weights of each class."""
    return np.linalg.norm(np.asarray(training.params["head"]["kernel"]), axis=1)


@pytest.mark.parametrize("pooled", [True, False])
def test_a_frozen_mean_is_plain_sgd_whose_classes_are_cut_to_the_norm_after_each_step(
    small, pooled
):
    training = trained(
        small, pooled=pooled, regime="frozen", optimiser="sgd", learning_rate=1.0, max_norm=LARGEST
    )
    group, spec = training.group, training.group.specs[0]
    begun = jax.tree.map(lambda leaf: np.asarray(leaf[0]), Training(group).state.params)
    ids, table = group.task.train.ids, begun["embedding"]["rows"]
    features = np.add.reduceat(table[ids.flat], ids.offsets[:-1]) / ids.lengths[:, None]
    labels, head = jnp.asarray(group.task.train.labels), begun["head"]

    def loss(head: Any, texts: Any) -> Any:
        logits = jnp.asarray(features)[texts] @ head["kernel"] + head["bias"]
        every = optax.softmax_cross_entropy_with_integer_labels(logits, labels[texts])
        return (every * (texts >= 0)).sum() / (texts >= 0).sum()

    _, of_order, *_ = draws(spec)
    for texts in group.schedule.text_indices(of_order):
        gradients = jax.grad(loss)(head, jnp.asarray(texts))
        kernel, bias = (np.asarray(head[k] - gradients[k]) for k in ("kernel", "bias"))
        length = np.sqrt((kernel**2).sum(axis=0))
        head = {"kernel": kernel * np.minimum(1, LARGEST / length), "bias": bias}
    own = jax.tree.map(lambda leaf: leaf[0], training.state.params["head"])
    jax.tree.map(lambda a, b: assert_allclose(a, b, rtol=1e-3, atol=1e-4), own, head)


@pytest.mark.parametrize(
    "changes",
    [
        {"optimiser": "adam"},
        {"optimiser": "lazy-adam"},
        {"optimiser": "adadelta", "learning_rate": 30.0, "encoder": "cnn", "hidden_size": 4},
        {"optimiser": "adam", "head_inputs": "centred"},
    ],
)
def test_no_class_s_weights_are_longer_than_the_norm_and_some_are_as_long(small, changes):
    free = norms_of(trained(small, regime="tuned", **changes))
    held = norms_of(trained(small, regime="tuned", **changes, max_norm=LARGEST))
    assert free.max() > 1.2 * LARGEST
    assert held.max() <= LARGEST * (1 + 1e-6)
    assert_allclose(held.max(), LARGEST, rtol=1e-5)


@pytest.mark.parametrize("optimiser", ["adam", "lazy-adam"])
def test_a_norm_that_nothing_reaches_changes_no_number(small, optimiser):
    free, held = (
        trained(small, regime="tuned", optimiser=optimiser, max_norm=largest)
        for largest in (None, 1e6)
    )
    jax.tree.map(assert_array_equal, free.params, held.params)
