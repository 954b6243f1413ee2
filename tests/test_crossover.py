"""What the table of the crossover says of lines that are known."""

from math import inf, log

import crossover_law
import crossover_table
import numpy as np
import pytest
from scipy.stats import ttest_1samp

from embexp.report import writers

LABELS = crossover_law.LABELS


def lines_of(data, crossings, missing, steep=0.05, noise=0.0):
    """Accuracies with a frozen arm that is ahead by a straight line over log n until n*."""
    rng, found = np.random.default_rng(1), []
    for labels in LABELS:
        for draw in range(crossover_law.DRAWS):
            level = 0.7 + 0.01 * rng.normal()
            own = {"data": data, "labels": labels, "draw": draw}
            plain = {**own, "regime": "random", "coverage": None, "covered": None}
            found.append({**plain, "accuracy": level})
            for coverage, at, share in zip(
                crossover_law.COVERAGES, crossings, missing, strict=True
            ):
                above = steep * (log(at) - log(labels)) + noise * rng.normal()
                with_vectors = {**own, "coverage": coverage, "covered": 1 - share}
                found.append({**with_vectors, "regime": "frozen", "accuracy": level + above})
                found.append({**with_vectors, "regime": "tuned", "accuracy": level})
    return found


def test_a_crossing_on_a_straight_line_over_log_n_is_found():
    lines = lines_of("mine", (1600, 800, 300), (0.0, 0.3, 0.7))
    found = [crossover_law.crossing(each) for each in crossover_law.gaps(lines)]
    np.testing.assert_allclose(found, [1600, 800, 300])


def test_a_crossing_outside_the_numbers_of_labels_is_only_on_a_side():
    lines = lines_of("mine", (10_000, 30, 400), (0.0, 0.3, 0.7))
    every = crossover_law.gaps(lines)
    assert [crossover_law.crossing(each) for each in every[:2]] == [inf, 0]
    assert [crossover_table.shown(n, LABELS) for n in (inf, 0, 432.6)] == ["> 3200", "< 50", "433"]


def test_the_last_of_several_changes_of_sign_counts():
    above = np.array([[0.1], [-0.1], [0.1], [-0.1]])
    gap = crossover_law.Gap("mine", 100, (100, 200, 400, 800), above, 0.0)
    assert crossover_law.crossing(gap) == pytest.approx(400 * 2**0.5)


def test_r2_is_of_the_crossings_inside_and_then_of_all_with_the_others_at_the_nearer_end():
    crossings, missing = (2000, 700, 30), (0.02, 0.4, 0.7)
    other, more = (9000, 900, 300), (0.05, 0.35, 0.8)
    lines = [*lines_of("one", crossings, missing), *lines_of("two", other, more)]
    every = crossover_law.gaps(lines)
    inside = np.corrcoef([0.02, 0.4, 0.35, 0.8], np.log([2000, 700, 900, 300]))
    assert crossover_law.followed(every, outside=False) == pytest.approx(inside[0, 1] ** 2)
    clipped = np.log([2000, 700, 50, 3200, 900, 300])
    whole = np.corrcoef([*missing, *more], clipped)
    assert crossover_law.followed(every, outside=True) == pytest.approx(whole[0, 1] ** 2)
    said = crossover_table.of_law(every)
    assert "Of 6 crossings 4 lie between" in said
    assert "On 2 of 2 data sets n* is less the fewer words are covered" in said


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ((2000, 800, 400), (2000, 800, 400), "held"),
        ((2000, 800, 400), (400, 800, 2000), "not held"),
        ((2000, 30, 30), (100, 30, 30), "undecided"),
    ],
)
def test_the_first_prediction_is_judged_with_and_without_the_crossings_outside(first, second, said):
    missing = (0.0, 0.5, 0.8)
    lines = [*lines_of("one", first, missing), *lines_of("two", second, missing)]
    assert f"R² > 0.6: {said}." in crossover_table.of_law(crossover_law.gaps(lines))


def test_tuned_below_random_refutes_the_second_prediction_and_noise_does_not():
    rng = np.random.default_rng(3)
    lines = [
        {**each, "accuracy": each["accuracy"] + 0.001 * rng.normal()}
        for each in lines_of("mine", (800, 800, 800), (0.0, 0.3, 0.7))
    ]
    count = 3 * len(LABELS)
    said = crossover_table.of_tuned(lines)
    assert f"random: held. Of {count} differences shown to be lower than that: 0, shown" in said
    assert f"to be higher: {count} (Holm)" in said
    worse = [
        {**each, "accuracy": each["accuracy"] - 0.02}
        if (each["regime"], each["coverage"], each["labels"]) == ("tuned", 25, 800)
        else each
        for each in lines
    ]
    said = crossover_table.of_tuned(worse)
    assert f"random: not held. Of {count} differences shown to be lower than that: 1," in said
    assert "on mine with 25 % of the words and 800 labels" in said
    (least,) = [each for each in crossover_table.tuned_above(worse) if each.p_below < 0.001]
    own, other = (
        [
            e["accuracy"]
            for e in worse
            if (e["regime"], e["labels"]) == (regime, 800) and e["coverage"] == coverage
        ]
        for regime, coverage in (("tuned", 25), ("random", None))
    )
    expected = ttest_1samp(np.subtract(own, other), -0.005, alternative="less")
    assert least.p_below == pytest.approx(expected.pvalue)


def test_the_table_shows_every_data_set_and_coverage():
    lines = lines_of("mine", (1600, 800, 30), (0.0, 0.3, 0.7), noise=0.001)
    text = writers.markdown(crossover_table.table(lines))
    assert "| mine | 25 %" in text
    assert "\\< 50 [\\< 50, \\< 50]" in text
    assert len(crossover_table.table(lines).objects) == len(lines)
