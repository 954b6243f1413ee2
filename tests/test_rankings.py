"""What the tables of rankings and of lazy Adam say of lines that are known."""

import lazy_adam
import pytest
import rankings
import rankings_table
import written

from embexp.report import writers


def line(search, regime, loss, score, **against):
    """A line of one arm; differences have an error of .002."""
    found = {"data": "mine", "search": search, "measure": "accuracy", "regime": regime}
    found["validation_loss"] = loss
    values = {"score": score} | dict.fromkeys(rankings.AGAINST, 0.0) | against
    for name, value in values.items():
        found |= {name: value, f"{name}_low": value - 0.005, f"{name}_high": value + 0.005}
        found[f"{name}_error"] = 0.002
    return found | {"best": regime == "tuned", "sure": False, "seconds": 1.0}


def comparison(search, *, random_above_frozen=0.1, below_optimum=0.0):
    return [
        line(search, "tuned", 0.3, 0.8, above_tf_idf=-0.02),
        line(search, "random", 0.4, 0.7, above_frozen=random_above_frozen),
        line(search, "frozen", 0.5, 0.6, above_means=-below_optimum),
        line(search, rankings_table.OPTIMUM, 0.5, 0.6),
        line(search, rankings_table.TF_IDF, 0.3, 0.8),
    ]


def test_an_arm_that_stands_alone_is_in_no_order_and_is_not_chosen():
    alone = [
        {**each, "best": False}
        for each in comparison("first")
        if each["regime"] in ("frozen", rankings_table.OPTIMUM, rankings_table.TF_IDF)
    ]
    made = rankings_table.table(alone)
    (level,), (holds,) = (grid.body for grid in (*made.summary, *made.details))
    assert level[3] == level[5] == "—" != level[4]
    assert holds[1] == holds[2] == holds[-1] == holds[-2] == "—"
    assert "Of the 0 where arms were compared" in made.caption[2]


def test_a_difference_is_reversed_where_two_searches_exclude_zero_on_both_sides():
    first, other = comparison("first"), comparison("other draws", random_above_frozen=-0.1)
    assert rankings_table.contradictions([*first, *other]) == "random above frozen"
    assert rankings_table.contradictions([*first, *comparison("other draws")]) == "none"
    unsure = comparison("other draws", random_above_frozen=-0.004)
    assert rankings_table.contradictions([*first, *unsure]) == "none"
    assert rankings_table.contradictions(first) == "—"


@pytest.mark.parametrize(("below", "said"), [(0.0, "yes"), (0.013, "yes"), (0.02, "no")])
def test_the_table_says_what_holds(below, said):
    text = writers.markdown(rankings_table.table(comparison("first", below_optimum=below)))
    (holds,) = [each for each in text.splitlines() if "tuned \\< random" in each]
    cells = [cell.strip() for cell in holds.split("|")]
    assert cells[2:4] == ["tuned \\< random \\< frozen", "—"]
    assert cells[5] == said
    assert cells[7] == "below"
    assert "Of 1 data sets 0 were searched more than once: 0 of these have one order" in text
    assert f"On {int(said == 'yes')} of all the frozen arm is trained to its end" in text
    assert "above TF-IDF on 0 and below on 1." in text


def test_only_data_sets_with_several_searches_are_counted_as_having_one_order():
    both = [*comparison("first"), *comparison("other draws", random_above_frozen=-0.1)]
    text = writers.markdown(rankings_table.table(both))
    assert "Of 1 data sets 1 were searched more than once: 1 of these have one order" in text
    assert "in every search, 1 a reversed difference." in text


def test_lazy_adam_stands_beside_adam_with_the_verdict():
    values = {}
    for name in ("lazy", "dense", "difference"):
        values |= {name: 0.5, f"{name}_low": 0.4, f"{name}_high": 0.6}
    found = {"data": "mine", "regime": "tuned", **values, "verdict": "equal within .01"}
    text = writers.markdown(lazy_adam.table([found]))
    assert "| mine | tuned " in text
    assert "Of 1 differences: 1 equal within .01." in text


def test_comparisons_that_are_made_again_take_the_place_of_their_lines_alone(tmp_path):
    first, other = comparison("first"), comparison("other draws")
    written.write(rankings_table.table([*first, *other]), tmp_path, "rankings")
    again = comparison("first", below_optimum=0.02)
    every = written.joined(again, tmp_path, "rankings", "data", "search")
    assert every == [*other, *again]
    assert written.joined(again, tmp_path / "nowhere", "rankings", "data") == again
