"""Every text is drawn once an epoch, into batches that are padded as little as can be."""

import itertools

import numpy as np
import pytest
from hypothesis import given, strategies as st

from embexp.training.schedule import Schedule, schedule_for, scoring_order, widths_for
from embexp.training.texts import scored_rows

LENGTHS = st.lists(st.integers(0, 30), min_size=1, max_size=60).map(
    lambda lengths: np.array(lengths, np.int64)
)


def padded_to(lengths: np.ndarray, widths: tuple[int, ...]) -> int:
    """The tokens computed when each text goes to the narrowest width that holds it."""
    return sum(min(width for width in widths if width >= length) for length in lengths)


@given(LENGTHS, st.integers(1, 4), st.integers(1, 7), st.integers(1, 3), st.integers(0, 5))
def test_every_text_is_drawn_once_an_epoch_into_a_bucket_that_holds_it(
    lengths, buckets, batch_size, epochs, seed
):
    schedule = schedule_for(lengths, buckets=buckets, batch_size=batch_size, epochs=epochs)
    indices = schedule.text_indices(np.random.default_rng(seed))
    assert indices.shape == (schedule.steps, batch_size)
    assert indices.dtype == np.int32
    assert schedule.epoch_ends[-1] == schedule.steps
    for begin, end in itertools.pairwise([0, *schedule.epoch_ends]):
        drawn = indices[begin:end]
        assert sorted(drawn[drawn >= 0]) == list(range(len(lengths)))
    widths = np.array(schedule.widths)[schedule.buckets]
    for step in range(schedule.steps):
        held = lengths[indices[step][indices[step] >= 0]]
        assert len(held)
        narrower = [width for width in schedule.widths if width < widths[step]]
        assert ((held <= widths[step]) & (held > max(narrower, default=-1))).all()


def test_seeds_share_the_buckets_and_differ_in_the_texts():
    lengths = np.random.default_rng(0).integers(0, 40, 300)
    one, other = (schedule_for(lengths, buckets=4, batch_size=8, epochs=2) for _ in range(2))
    np.testing.assert_array_equal(one.buckets, other.buckets)
    first, again, second = (one.text_indices(np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != second).any()
    half = one.steps // 2
    assert (first[:half] != first[half:]).any()
    assert (one.buckets[:half] != one.buckets[half:]).any()


def test_tokens_computed_in_an_epoch_are_the_widths_of_its_batches():
    lengths = np.array([1, 1, 1, 5, 9, 9, 9, 9])
    schedule = schedule_for(lengths, buckets=3, batch_size=2, epochs=3)
    assert schedule.widths == (1, 5, 9)
    assert schedule.rows == (2, 1, 2)  # of width 5 there is one text
    assert schedule.padded_tokens == 2 * (1 + 1) + 5 + 2 * (9 + 9)
    assert schedule.steps == 3 * 5
    assert schedule.epoch_ends == [5, 10, 15]


@given(LENGTHS, st.integers(1, 4))
def test_no_choice_of_widths_pads_less(lengths, buckets):
    widths = widths_for(lengths, buckets)
    assert list(widths) == sorted(set(widths))
    assert 1 <= len(widths) <= buckets
    assert widths[-1] == max(1, lengths.max())
    others = sorted({*np.maximum(lengths, 1).tolist()} - {widths[-1]})
    ways = (chosen for count in range(buckets) for chosen in itertools.combinations(others, count))
    best = min(padded_to(lengths, (*chosen, widths[-1])) for chosen in ways)
    assert padded_to(lengths, widths) == best


@pytest.mark.parametrize(("texts", "batch_size"), [(20_000, 64), (2_000, 16)])
def test_padding_of_lengths_like_imdb_s_stays_below_a_quarter(texts, batch_size):
    lengths = np.random.default_rng(0).lognormal(5.2, 0.6, texts).astype(int).clip(0, 500)
    assert len(np.unique(lengths)) > 400
    schedule = schedule_for(lengths, buckets=6, batch_size=batch_size, epochs=1)
    assert 1 < schedule.padded_tokens / lengths.sum() <= 1.25
    assert schedule.widths[-1] == lengths.max()


def test_widths_of_more_lengths_than_are_told_apart_pad_hardly_more_than_the_best():
    lengths = np.random.default_rng(1).integers(1, 3000, 20_000)
    assert len(np.unique(lengths)) > 1000
    widths = widths_for(lengths, 2)
    assert widths[-1] == lengths.max()
    best_of_two = min(padded_to(lengths, (width, widths[-1])) for width in range(1300, 1700, 20))
    assert padded_to(lengths, widths) <= 1.01 * best_of_two


@given(LENGTHS, st.integers(1, 3), st.integers(1, 9))
def test_scoring_visits_every_text_once_wide_enough(lengths, buckets, batch_size):
    widths = widths_for(lengths, buckets)
    order = scoring_order(lengths, widths, batch_size)
    assert len(order.counts) == len(order.buckets) == -(-len(lengths) // batch_size)
    check_scored(order, lengths, widths, batch_size)


def test_very_long_texts_are_scored_few_at_a_time():
    """One of 40,000 words would else make the batch of it pad 63 others to as many."""
    lengths = np.concatenate([np.full(70, 10), np.full(5, 40_000), np.full(3, 9_000)])
    widths = (10, 9_000, 40_000)
    order = scoring_order(lengths, widths, 64)
    check_scored(order, lengths, widths, 64)
    assert order.counts.tolist() == [64, 9, 5]  # 9,000 holds 29 and 40,000 holds 6
    assert order.buckets.tolist() == [0, 1, 2]


def check_scored(order, lengths, widths, batch_size):
    assert sorted(order.texts) == list(range(len(lengths)))
    ends = np.cumsum(order.counts)
    assert ends[-1] == len(lengths)
    for bucket, texts in zip(order.buckets, np.split(order.texts, ends[:-1]), strict=True):
        assert widths[bucket] >= lengths[texts].max()
        assert 0 < len(texts) <= scored_rows(batch_size, widths[bucket])


@pytest.mark.parametrize(
    ("steps", "epochs", "expected"),
    [
        (20, 2, [0, 1, 2, 4, 8, 10, 16, 20]),
        (1, 1, [0, 1]),
        (8, 1, [0, 1, 2, 4, 8]),
        (9, 3, [0, 1, 2, 3, 4, 6, 8, 9]),
    ],
)
def test_a_run_is_evaluated_at_powers_of_two_and_at_the_end_of_each_epoch(steps, epochs, expected):
    schedule = Schedule((5,), np.zeros(steps, np.int32), (), batch_size=4, epochs=epochs)
    assert schedule.evaluation_steps == expected
