"""Runs whose tables never move read the means of texts: as exact as reading each word."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small_corpus

from embexp.runner import Group, Training, make_group
from embexp.runner.plan import groups_of
from embexp.tasks import prepare_task, task_key
from embexp.training import program
from embexp.training.texts import UNKNOWN

small = small_corpus.small
HARD = {"dropout": 0.3, "weight_decay": 0.05, "clip": 0.05, "epochs": 3, "learning_rate": 0.05}
CLOSE = {"rtol": 1e-3, "atol": 3e-5}


def group_of(small: SimpleNamespace, **changes: object) -> Group:
    """Three seeds side by side."""
    specs = small.specs(seed=range(3), encoder="mean", **HARD | changes)
    return make_group(specs, prepare_task(specs[0]))


def read_word_by_word(group: Group) -> Group:
    """The same runs, by the steps that other regimes take."""
    return group._replace(static=replace(group.static, pooled=False))


def trained(group: Group, *steps: int) -> Training:
    training = Training(group)
    for step in steps or (group.schedule.steps,):
        training.advance(step)
    return training


@pytest.mark.parametrize("regime", ["frozen", "random-frozen", "projected"])
@pytest.mark.parametrize("head", ["classes", pytest.param("two-outputs", marks=pytest.mark.long)])
def test_the_numbers_are_those_of_reading_each_word(small, regime, head):
    group = group_of(small, regime=regime, head=head, vocabulary="training", optimiser="sgd")
    assert group.static.pooled
    own, other = trained(group), trained(read_word_by_word(group))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **CLOSE), own.params, other.params)
    for split in (group.task.validation, group.task.test):
        np.testing.assert_allclose(own.logits(split), other.logits(split), **CLOSE)


def test_no_bit_of_the_table_changes(small):
    group = group_of(small, regime="frozen", vocabulary="extended", optimiser="lazy-adam")
    before = np.asarray(Training(group).params["embedding"]["rows"])
    np.testing.assert_array_equal(trained(group).params["embedding"]["rows"], before)


@pytest.mark.parametrize("regime", ["frozen", "projected"])
def test_a_run_in_pieces_equals_the_run_in_one_go_bit_for_bit(small, regime):
    few = {"train_texts": 12, "vocabulary": "extended"}
    group = group_of(small, regime=regime, optimiser="lazy-adam", **few)
    assert group.task.train.once.any()
    assert group.schedule.steps == 6
    one, other = trained(group), trained(group, 1, 3, 5, 6)
    jax.tree.map(np.testing.assert_array_equal, one.state, other.state)


def test_an_epoch_reads_half_of_the_words_that_stand_once_as_unknown(small):
    few = {"train_texts": 12, "vocabulary": "extended"}
    group = group_of(small, regime="frozen", optimiser="lazy-adam", **few)
    training, train = Training(group), group.task.train
    assert training.means is not None
    rows, keys = training.params["embedding"]["rows"], training.inputs.key
    found = [np.asarray(training.means.of_epoch(epoch, rows, keys))[0] for epoch in range(40)]
    rows, seen = np.asarray(rows)[0], 0
    for place, (first, last) in enumerate(pairwise(train.ids.offsets)):
        ids, once = train.ids.flat[first:last], train.once[first:last]
        drawn = np.array([each[place] for each in found]) * len(ids) - rows[ids[~once]].sum(axis=0)
        if not once.any():
            assert np.abs(drawn).max() < 1e-4
        if once.sum() == 1:  # which of both vectors it was is seen
            word = rows[ids[once]][0]
            near = np.abs(drawn - word).max(axis=1) < 1e-4
            far = np.abs(drawn - rows[UNKNOWN]).max(axis=1) < 1e-4
            assert (near ^ far).all()
            assert 5 < far.sum() < 35
            seen += 1
    assert seen


def test_frozen_runs_are_a_program_of_their_own_under_a_mean_only(small):
    for encoder, programs in (("mean", 2), ("cnn", 1)):
        specs = small.specs(regime=["frozen", "tuned"], encoder=encoder, vocabulary="training")
        groups = groups_of(specs, {task_key(specs[0]): prepare_task(specs[0])})
        assert len({group.program for group in groups}) == programs
        assert [group.static.pooled for group in groups] == [encoder == "mean", False][:programs]


def test_an_empty_text_has_a_mean_of_zeros(small):
    group = group_of(small, regime="frozen", vocabulary="training", optimiser="adam")
    training, scored = Training(group), group.task.validation
    order, texts = scored.order(group.static), scored.on_device()
    empty = texts._replace(lengths=jnp.zeros_like(texts.lengths))
    given = empty, order, training.params, training.others
    assert not program.represent(group.static, training.mesh, *given).any()
