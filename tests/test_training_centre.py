"""Head inputs centred at the start: the shift, its application, and what others see."""

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

import embexp
from embexp.runner import Group, Training, make_group
from embexp.runner.predict import predict
from embexp.runner.start import draws
from embexp.tasks import prepare_task

small = small_corpus.small
KINDS = [
    ("frozen", "mean", "classes"),
    ("tuned", "mean", "classes"),
    ("projected", "mean", "two-outputs"),
    pytest.param("multichannel", "cnn", "classes", marks=pytest.mark.long),
    pytest.param("one-hot", "lstm", "classes", marks=pytest.mark.long),
]


def group_of(small: SimpleNamespace, **changes: Any) -> Group:
    """Three seeds side by side."""
    own = {"encoder": "mean", "head_inputs": "centred", "learning_rate": 0.02}
    specs = small.specs(seed=range(3), **own | changes)
    return make_group(specs, prepare_task(specs[0]))


@pytest.mark.parametrize(("regime", "encoder", "head"), KINDS)
def test_the_centre_is_the_mean_of_the_training_texts_at_the_start(small, regime, encoder, head):
    group = group_of(small, regime=regime, encoder=encoder, head=head)
    training = Training(group)
    features = training.representations(group.task.train)[:, : len(group.task.train)]
    assert training.inputs.centre is not None
    assert_allclose(training.inputs.centre, features.mean(axis=1), rtol=1e-4, atol=1e-6)
    assert np.abs(training.inputs.centre).max() > 1e-3


@pytest.mark.parametrize(("regime", "encoder", "head"), KINDS)
def test_scores_are_those_of_the_head_over_centred_features(small, regime, encoder, head):
    group = group_of(small, regime=regime, encoder=encoder, head=head)
    training = Training(group)
    training.advance(group.schedule.steps)
    split = group.task.test
    features, logits = training.representations(split), training.logits(split)
    assert training.inputs.centre is not None
    for place in range(len(group.specs)):
        params, centre = (
            jax.tree.map(lambda leaf, at=place: leaf[at], tree)
            for tree in (training.state.params, training.inputs.centre)
        )
        own = jnp.asarray(features[place]) - centre
        expected = group.static.model_with(params).logits(own, split.on_device().extra)
        assert_allclose(logits[place], expected[: len(split)], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("pooled", [True, False])
def test_a_frozen_mean_is_plain_sgd_on_centred_means(small, pooled):
    """By numpy's means, and a loop of its own."""
    fields = {"vocabulary": "training", "optimiser": "sgd", "learning_rate": 0.1}
    group = group_of(small, regime="frozen", **fields)
    group = group._replace(static=replace(group.static, pooled=pooled))
    training = Training(group)
    begun = jax.tree.map(lambda leaf: np.asarray(leaf[0]), training.state.params)
    training.advance(group.schedule.steps)
    ids, table = group.task.train.ids, begun["embedding"]["rows"]
    means = np.add.reduceat(table[ids.flat], ids.offsets[:-1]) / ids.lengths[:, None]
    features = jnp.asarray(means - means.mean(axis=0))
    spec = group.specs[0]
    _, of_order, *_ = draws(spec)
    labels, head = jnp.asarray(group.task.train.labels), begun["head"]

    def loss(head: Any, texts: Any) -> Any:
        logits = features[texts] @ head["kernel"] + head["bias"]
        every = optax.softmax_cross_entropy_with_integer_labels(logits, labels[texts])
        return (every * (texts >= 0)).sum() / (texts >= 0).sum()

    for texts in group.task.schedule(spec).text_indices(of_order):
        gradients = jax.grad(loss)(head, jnp.asarray(texts))
        head = jax.tree.map(lambda p, g: p - spec.learning_rate * g, head, gradients)
    own = jax.tree.map(lambda leaf: leaf[0], training.state.params["head"])
    jax.tree.map(lambda a, b: assert_allclose(a, b, rtol=1e-3, atol=1e-4), own, head)
    assert np.abs(head["kernel"] - begun["head"]["kernel"]).max() > 0.05


@pytest.mark.parametrize("regime", ["frozen", "tuned"])
def test_a_run_alone_equals_the_run_beside_others_bit_for_bit(small, regime):
    both = group_of(small, regime=regime)
    alone = make_group(both.specs[1:2], both.task)
    one, other = Training(alone), Training(both)
    for each in (one, other):
        each.advance(both.schedule.steps)
    jax.tree.map(lambda a, b: assert_array_equal(a[0], b[1]), one.params, other.params)


@pytest.mark.parametrize("regime", ["frozen", "tuned"])
def test_a_saved_model_reads_plain_features_and_gives_the_run_s_logits(small, regime, tmp_path):
    (spec,) = small.specs(regime=regime, seed=0, head_inputs="centred", train_texts=60)
    embexp.run(spec, results=tmp_path, save_models=True)
    saved = embexp.trained(spec, results=tmp_path)
    lines = (small.folder / "corpus" / "test.csv").read_text().splitlines()[1:]
    logits = predict(saved, [line.rpartition(",")[0] for line in lines])
    kept = np.load(tmp_path / "logits" / f"{spec.digest}.npy")
    assert_allclose(logits, kept, rtol=1e-4, atol=1e-5)
    ids, mask = saved.ids([line.rpartition(",")[0] for line in lines])
    given = jnp.asarray(ids), jnp.asarray(mask)
    assert_allclose(saved.model(*given), kept, rtol=1e-4, atol=1e-5)


def test_tables_are_not_copied_for_plain_heads(small):
    training = Training(group_of(small, regime="tuned"))
    own, raw = training.params["embedding"]["rows"], training.state.params["embedding"]["rows"]
    assert own is raw
