"""Two-way components and their intervals against sums by loops, closed forms and scipy."""

from math import inf, isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from scipy import stats

from embexp.errors import InputError
from embexp.measures import variance as v
from embexp.measures.dependence import grouped_error, rank_influence
from embexp.measures.pseudo_values import grouped, pseudo_values
from embexp.measures.replicates import replicate_mean, resampled_mean
from embexp.measures.statistics import paired_difference, spearman

rng = np.random.default_rng(5)
BOTH = ("replicates", "items")


def table(replicates=4, items=7, of=(1.0, 1.0, 1.0), seed=3):
    draw = np.random.default_rng(seed).normal
    return (
        of[0] * draw(size=(replicates, 1))
        + of[1] * draw(size=(1, items))
        + of[2] * draw(size=(replicates, items))
    )


def by_loops(x):
    """Mean squares by the definition, a term for each score."""
    rows, columns = len(x), len(x[0])
    mean = sum(map(sum, x)) / (rows * columns)
    row = [sum(x[i]) / columns for i in range(rows)]
    column = [sum(x[i][j] for i in range(rows)) / rows for j in range(columns)]
    of_rows = of_columns = rest = 0.0
    for i in range(rows):
        for j in range(columns):
            of_rows += (row[i] - mean) ** 2
            of_columns += (column[j] - mean) ** 2
            rest += (x[i][j] - row[i] - column[j] + mean) ** 2
    both = (rows - 1) * (columns - 1)
    return of_rows / (rows - 1), of_columns / (columns - 1), rest / both


def test_mean_squares_are_the_sums_of_the_definition():
    x = table()
    assert v.mean_squares(x) == pytest.approx(by_loops(x.tolist()), rel=1e-12)
    right = x > 0
    assert v.mean_squares(right) == pytest.approx(by_loops((1 * right).tolist()), rel=1e-12)


def test_components_by_hand():
    """Rows 0 and 4, columns ∓1, residual ±½: MS_S = 16, MS_I = 4, MS_e = 1."""
    x = np.array([[-0.5, 0.5], [2.5, 5.5]])
    assert v.mean_squares(x) == pytest.approx((16, 4, 1))
    assert v.variance_components(x) == pytest.approx((7.5, 1.5, 1))
    found = v.crossed_mean(x)
    assert found.error == pytest.approx(sqrt((16 + 4 - 1) / 4))
    assert found.df == pytest.approx(19**2 / (16**2 + 4**2 + 1))
    assert found.high - 2 == pytest.approx(stats.t.ppf(0.975, found.df) * found.error)


def test_components_are_unbiased():
    found = np.mean(
        [v.variance_components(table(6, 8, (0.5, 1.5, 1), seed)) for seed in range(2000)], axis=0
    )
    assert found == pytest.approx(
        (0.25, 2.25, 1.0), abs=0.1
    )  # 4 standard errors of σ_I², the worst


@pytest.mark.parametrize(("replicates", "items"), [(4, 9), (9, 4), (5, 5)])
def test_the_component_that_is_known_better_is_truncated(replicates, items):
    """Without effects of the longer side its mean square may be below the residual's."""
    for seed in range(40):
        x = table(replicates, items, (0, 0, 1), seed)
        by_replicate, by_item, rest = by_loops(x.tolist())
        few, many = (by_replicate, by_item) if replicates < items else (by_item, by_replicate)
        if replicates == items:
            many, few = sorted((few, many))
        expected = few + max(many - rest, 0)
        found = v.crossed_mean(x)
        assert found.error**2 * x.size == pytest.approx(expected)
        assert found.df >= min(replicates, items) - 1
        if many < rest:
            assert found.df == pytest.approx(min(replicates, items) - 1)


def test_without_variance_of_items_it_is_the_paired_t_test():
    """Replicates' effects alone: all items of a replicate are alike, and s values remain."""
    one, other = np.repeat(rng.normal(size=(2, 6, 1)), 30, axis=2)
    found = v.crossed_difference(one, other)
    expected = stats.ttest_rel(one[:, 0], other[:, 0])
    interval = expected.confidence_interval()
    assert found[:3] == pytest.approx(((one - other).mean(), interval.low, interval.high))
    assert found.p == pytest.approx(expected.pvalue)
    assert found.df == pytest.approx(5)


def test_without_variance_of_replicates_it_is_the_t_test_over_items():
    one, other = np.repeat(rng.normal(size=(2, 1, 40)), 3, axis=1)
    found = v.crossed_difference(one, other)
    expected = stats.ttest_rel(one[0], other[0])
    assert (found.low, found.high) == pytest.approx(expected.confidence_interval())
    assert (found.p, found.df) == pytest.approx((expected.pvalue, 39))
    assert found.sources == BOTH


@pytest.mark.parametrize("shape", [(1, 20), (20, 1)])
def test_one_replicate_tells_items_alone_and_one_item_replicates_alone(shape):
    x = rng.normal(size=shape)
    found, values = v.crossed_mean(x), x.ravel()
    expected = stats.t.interval(0.95, 19, loc=values.mean(), scale=stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.sources == (("items",) if shape[0] == 1 else ("replicates",))
    own, components = values.var(ddof=1), v.variance_components(x)
    expected = (nan, own, nan) if shape[0] == 1 else (own, nan, nan)
    assert components == pytest.approx(expected, nan_ok=True)


def test_one_score_and_none_have_no_interval():
    for shape, mean in (((1, 1), 1.0), ((0, 4), nan), ((4, 0), nan)):
        x = np.ones(shape)
        assert v.crossed_mean(x)[:5] == pytest.approx((mean, nan, nan, nan, nan), nan_ok=True)
        assert v.crossed_mean(x).sources == ()
        assert np.isnan(v.variance_components(x)).all()
        assert isnan(v.crossed_mean(x).p)


def test_what_does_not_vary_is_one_point_and_is_not_tested():
    same = v.crossed_mean(np.full((3, 4), 0.3))
    assert (same.low, same.high, same.error) == (same.mean, same.mean, 0)
    assert isnan(same.p)
    assert isnan(same.df)
    assert v.crossed_mean(np.zeros((3, 4))).p == 1
    scores = rng.random((3, 4))
    shifted = v.crossed_difference(scores + 0.1, scores)  # 0.1 each up to rounding
    assert shifted.error == 0
    assert shifted.mean == pytest.approx(0.1)


def test_opposed_scores_without_any_marginal_variance_keep_an_error():
    """All rows and columns have mean ½, but nothing is known exactly."""
    found = v.crossed_mean(np.array([[1, 0, 1, 0], [0, 1, 0, 1]]))
    assert found.error == pytest.approx(sqrt(by_loops([[1, 0, 1, 0], [0, 1, 0, 1]])[2] / 8))
    assert found.df == 3


def test_scores_that_cannot_be_used_are_refused():
    with pytest.raises(InputError, match="1 of 4 scores are NaN"):
        v.crossed_mean(np.array([[1, nan], [0, 1]]))
    with pytest.raises(InputError, match=r"\(2, 3\) against \(3, 2\)"):
        v.crossed_difference(np.zeros((2, 3)), np.zeros((3, 2)))
    for values, errors, said in (
        ([1.0], [1.0, 2.0], "1 values have 2"),
        ([1.0, nan], [1.0, 2.0], "NaN"),
        ([1.0, 2.0], [1.0, -2.0], "below 0"),
    ):
        with pytest.raises(InputError, match=said):
            replicate_mean(np.array(values), np.array(errors))
    with pytest.raises(InputError, match="trains on 0 texts"):
        resampled_mean(np.ones(3), 0, 5)


numbers = st.floats(-100, 100).map(lambda x: round(x, 3))


@st.composite
def tables(draw):
    replicates, items = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    rows = st.lists(numbers, min_size=items, max_size=items)
    return np.array(draw(st.lists(rows, min_size=replicates, max_size=replicates)))


@given(tables(), st.randoms(use_true_random=False), st.sampled_from([-3.0, 0.25, 8.0]), numbers)
def test_the_order_of_replicates_and_items_and_the_unit_do_not_matter(x, random, scale, shift):
    *sides, rest = v.mean_squares(x)
    assume(not any(abs(side - rest) <= 1e-6 for side in sides))  # where degrees of freedom jump
    rows, columns = (random.sample(range(n), n) for n in x.shape)
    found, moved = v.crossed_mean(x), v.crossed_mean(x[rows][:, columns] * scale + shift)
    ends = sorted((found.low * scale + shift, found.high * scale + shift))
    near = {"rel": 1e-6, "abs": 1e-6, "nan_ok": True}
    assert moved.mean == pytest.approx(found.mean * scale + shift, **near)
    assert (moved.low, moved.high) == pytest.approx(
        tuple(ends) if found.error >= 0 else (nan, nan), **near
    )
    assert moved.error == pytest.approx(abs(scale) * found.error, **near)
    assert moved.sources == found.sources
    flipped = v.crossed_mean(x.T)
    assert flipped.error == pytest.approx(found.error, **near)
    assert v.variance_components(x.T)[:2] == pytest.approx(v.variance_components(x)[1::-1], **near)


def test_items_make_intervals_wider_than_replicates_alone():
    """The case of SimLex over seeds of one table: replicates agree, items differ."""
    one, other = table(5, 300, (0.01, 1, 0.1)), table(5, 300, (0.01, 1, 0.1), seed=4)
    alone = paired_difference(one.mean(axis=1), other.mean(axis=1))
    both = v.crossed_difference(one, other)
    assert both.high - both.low > 3 * (alone.high - alone.low)


def test_large_tables_take_no_loop():
    x = rng.random((12, 25_000)) < 0.8
    found = v.crossed_mean(x)
    assert found.error == pytest.approx(sqrt(0.16 / x.size), rel=0.6)


def test_satterthwaite_of_two_variances_is_welch():
    a, b = rng.normal(size=6), 3 * rng.normal(size=9)
    expected = stats.ttest_ind(a, b, equal_var=False)
    total, df = v.satterthwaite([(float(a.var(ddof=1)) / 6, 5.0), (float(b.var(ddof=1)) / 9, 8.0)])
    assert df == pytest.approx(expected.df)
    assert (a.mean() - b.mean()) / sqrt(total) == pytest.approx(expected.statistic)
    assert v.satterthwaite([(2.0, inf)]) == (2.0, inf)


def test_item_errors_are_added_and_never_too_small():
    x = table(6, 50, (0.5, 1, 1))
    errors = x.std(axis=1, ddof=1) / sqrt(50)
    found = replicate_mean(x.mean(axis=1), errors)
    square = x.mean(axis=1).var(ddof=1) / 6
    assert found.error**2 == pytest.approx(square + (errors**2).mean())
    assert found.df == pytest.approx(found.error**4 / (square**2 / 5))
    assert found.error > v.crossed_mean(x).error
    assert found.sources == BOTH
    exact = replicate_mean(x.mean(axis=1), np.zeros(6))
    assert exact[:3] == pytest.approx(
        (x.mean(), *stats.t.interval(0.95, 5, x.mean(), sqrt(square)))
    )
    alone = replicate_mean(np.array([0.5]), np.array([0.1]))
    assert (alone.low, alone.df, alone.sources) == (pytest.approx(0.304, abs=1e-4), inf, ("items",))
    assert isnan(replicate_mean(np.zeros(0), np.zeros(0)).mean)


def test_a_frozen_table_has_the_error_of_its_items():
    found = replicate_mean(np.full(5, 0.279), np.full(5, 0.03))
    assert (found.error, found.df) == (pytest.approx(0.03), inf)


def test_the_corrected_resampled_t_by_hand():
    values = np.array([0.02, 0.05, 0.01, 0.04])
    found = resampled_mean(values, train=900, test=100)
    assert found.error == pytest.approx(values.std(ddof=1) * sqrt(1 / 4 + 1 / 9))
    assert found.high == pytest.approx(values.mean() + stats.t.ppf(0.975, 3) * found.error)
    assert (found.df, found.sources) == (3, ("splits",))
    assert isnan(resampled_mean(values[:1], 9, 1).error)


def test_pseudo_values_have_the_correlation_as_their_mean_and_its_error():
    x = rng.normal(size=200)
    y = x + rng.normal(size=200)
    rho, influence = rank_influence(x, y)
    scores = pseudo_values(rho, influence)[None]
    found = v.crossed_mean(scores)
    assert found.mean == pytest.approx(spearman(x, y))
    assert found.error == pytest.approx(np.linalg.norm(influence) * sqrt(200 / 199))
    drawn = rng.normal(size=(1000, 2, 200))
    drawn[:, 1] += drawn[:, 0]
    assert found.error == pytest.approx(np.std([spearman(*each) for each in drawn]), rel=0.3)


def test_groups_have_the_error_of_their_summed_influence():
    influence = rng.normal(size=30)
    influence -= influence.mean()
    group = np.repeat(np.arange(6), [1, 9, 5, 5, 2, 8])
    scores = np.array([pseudo_values(value, influence) for value in (0.2, 0.7)])
    found = grouped(scores, group)
    assert found.mean(axis=1) == pytest.approx([0.2, 0.7])
    assert v.crossed_mean(found[:1]).error == pytest.approx(
        grouped_error(group, influence) * sqrt(6 / 5)
    )
    alone = grouped(scores, np.arange(30))
    assert np.allclose(alone, scores)
