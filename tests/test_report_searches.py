"""The table of searches, read back from lines of trials: what was chosen, from where, and how
the order of the arms depends on the number of trials.
"""

from math import inf
from statistics import mean

import pytest
from report_runs import objects_of

from embexp import grid, search
from embexp.errors import InputError
from embexp.measures.search_curve import expected_best
from embexp.records import Results
from embexp.records.losses import least_of
from embexp.report import searches, writers
from embexp.report.search_analysis import rankings_of, tuned_arms
from embexp.runner.searched import search_table, searches_of

STEPS = (0, 8, 16, 24)


def arm(regime="tuned", **fields):
    given = {"corpus": "sst2", "seed": 0, "encoder": "mean", "vectors": "glove-6b-50d"}
    (spec,) = grid(**given | search.SETTINGS | fields, regime=regime)
    return spec


class Folder:
    """Runs with given losses, as `records.read` gives them."""

    def __init__(self):
        self.rows, self.runs = [], {}

    def add(self, spec, loss, selected=8, error=None):
        """A run whose validation loss is least at one step, and its test rows there."""
        digest = spec.digest
        self.runs[digest] = {
            "digest": digest,
            "spec": spec.model_dump(mode="json"),
            "arm": spec.arm,
            "control": spec.control,
            "seconds": 2.0,
            "error": error,
        }
        if error:
            return
        losses = {step: loss + (step != selected) for step in STEPS} | {0: 0.0}
        rows = [("validation", "nll", step, value) for step, value in losses.items()]
        if not spec.trial:
            rows.append(("test", "accuracy", selected, 0.8))
        for split, measure, step, value in rows:
            place = {"split": split, "measure": measure, "step": step, "value": value}
            self.rows.append({"digest": digest, **place})

    def tune(self, given, losses, number=0, fixed=(), selected=(8, 8)):
        """A search with the losses of its trials (None fails), and runs of what it chose.

        A repetition has the loss of its trial.
        """
        ranges = search.space(given, fixed)
        trials = search.trials(given, ranges, len(losses), number)
        for trial, loss in zip(trials, losses, strict=True):
            self.add(trial, loss, error=None if loss is not None else "FloatingPointError: NaN")
        found = least_of(self.rows)
        finalists = search.repeats(trials, found)
        for trial, *others in finalists:
            for other in others:
                self.add(other, found[trial.digest].loss)
        choice = search.choose(given, ranges, finalists, least_of(self.rows))
        for seed, step in enumerate(selected):
            self.add(choice.spec.model_copy(update={"seed": seed}), 0.3, step)
        return choice

    @property
    def found(self):
        return Results(self.rows, self.runs, 0)


def line_of(table, regime="tuned", **where):
    wanted = {"regime": regime, **where}
    (found,) = [
        each for each in table.objects if all(each[name] == own for name, own in wanted.items())
    ]
    return found


def test_the_choice_and_its_ranges_are_those_of_the_search():
    folder = Folder()
    losses = [0.5, 0.42, 0.44, 0.6, 0.41]
    choice = folder.tune(arm(), losses)
    table = search_table(folder.found)
    own = line_of(table)
    assert {name: own[name] for name in choice.settings} == choice.settings
    ranges = search.space(arm())
    assert {(own[f"{name}_low"], own[f"{name}_high"]) for name in ranges} == {
        (each.low, each.high) for each in ranges.values()
    }
    assert (own["trials"], own["failed"], own["missing"]) == (5, 0, 0)
    assert own["seconds"] == 2.0 * (5 + search.FINALISTS * search.REPEATS)
    assert [own[f"best_of_{k}"] for k in range(1, 6)] == pytest.approx(expected_best(losses))
    assert own["best_of_1"] == pytest.approx(mean(losses))
    assert (own["seeds"], own["at_bound"], own["same_order_from"]) == (2, 0, None)
    assert len(objects_of(table)) == 1
    text = writers.markdown(table)
    assert "sst2: how the arms were tuned" in text
    assert "0.001–1, log" in text
    assert "Order by" not in text  # one arm has none


def test_the_order_is_given_at_each_budget_and_from_where_on_it_stays():
    folder = Folder()
    folder.tune(arm("random"), [0.50, 0.50, 0.50, 0.50])
    folder.tune(arm("frozen"), [0.45, 0.60, 0.60, 0.60])
    folder.tune(arm("tuned"), [0.40, 0.52, 0.58, 0.90])
    table = search_table(folder.found)
    (ranking,) = rankings_of(tuned_arms(searches_of(folder.found)))
    frozen, tuned = "frozen · glove-6b-50d", "tuned · glove-6b-50d"
    assert ranking.orders == (  # .5, .5625, .6; .5, .525, .47; .5, .4875, …
        f"random < {frozen} < {tuned}",
        f"{tuned} < random < {frozen}",
        f"{tuned} < {frozen} < random",
        f"{tuned} < {frozen} < random",
    )
    assert {each["same_order_from"] for each in table.objects} == {3}
    assert table.summary[2].title == "Order by expected least loss: the same from 3 trials on"
    assert [line[0] for line in table.summary[2].body] == ["1", "2", "4"]


def test_an_order_may_change_up_to_the_last_trial():
    folder = Folder()
    folder.tune(arm("random"), [0.50, 0.50])
    folder.tune(arm("frozen"), [0.45, 0.60])
    grid = search_table(folder.found).summary[2]
    assert grid.title.endswith("it changes up to the last trial")


def test_an_order_that_never_changes_says_so_and_equal_arms_are_equal():
    folder = Folder()
    for regime, loss in (("random", 0.5), ("frozen", 0.4), ("tuned", 0.4)):
        folder.tune(arm(regime), [loss, loss + 0.1])
    grid = search_table(folder.found).summary[2]
    assert grid.title.endswith("the same for any number of trials")
    assert {order for _, order in grid.body} == {
        "frozen · glove-6b-50d = tuned · glove-6b-50d < random"
    }


def test_a_failed_trial_is_the_worst_and_a_budget_that_may_fail_is_a_hole():
    folder = Folder()
    folder.tune(arm("tuned"), [0.5, None, 0.4, None])
    folder.tune(arm("random"), [0.6, 0.6, 0.6, 0.6])
    table = search_table(folder.found)
    own = line_of(table)
    assert (own["trials"], own["failed"]) == (4, 2)
    assert [own[f"best_of_{k}"] for k in (1, 2, 3, 4)] == [None, None, pytest.approx(0.425), 0.4]
    assert "| tuned · glove-6b-50d | 2/4 (2 failed) |" in writers.markdown(table)
    (note,) = [note for note in table.notes if note.startswith("Failed")]
    assert note.startswith("Failed: mean / tuned · glove-6b-50d, 2 of 4 trials, the first with Fl")
    assert table.summary[2].body[0][1] == "random < tuned · glove-6b-50d"


def test_nothing_is_chosen_where_all_failed_or_repetitions_are_missing():
    folder = Folder()
    for trial in search.trials(arm(), search.space(arm()), 2):
        folder.add(trial, None, error="ValueError: no")
    for trial in search.trials(arm("random"), search.space(arm("random")), 2):
        folder.add(trial, 0.5)
    table = search_table(folder.found)
    assert line_of(table)["learning_rate"] is None
    assert line_of(table, "random")["missing"] == 2 * search.REPEATS
    notes = " ".join(table.notes)
    assert "Not chosen: mean / tuned · glove-6b-50d, as no trial has a loss" in notes
    assert "Not chosen: mean / random, as 6 repetitions of the best trials are missing" in notes


def test_a_choice_at_an_end_and_seeds_that_end_at_their_bound_are_named():
    folder = Folder()
    ranges = search.space(arm())
    trials = search.trials(arm(), ranges, 40)
    rates = [ranges["learning_rate"].share(trial.learning_rate) for trial in trials]
    best = rates.index(max(rates))
    assert rates[best] > 1 - search.EDGE
    losses = [0.4 if number == best else 0.5 for number in range(40)]
    folder.tune(arm(), losses, selected=(24, 8, 24))
    table = search_table(folder.found)
    own = line_of(table)
    assert "learning_rate" in own["edges"].split(", ")
    assert (own["seeds"], own["at_bound"]) == (3, 2)
    at_end, *_, bound = table.notes
    assert at_end.startswith("At an end: mean / tuned · glove-6b-50d, learning_rate ")
    assert at_end.endswith("is at the upper end of 0.001–0.3, log")
    assert "2 of 3 seeds stopped at the bound of 100 epochs" in bound
    assert "2/3" in writers.markdown(table)
    assert f"{own['learning_rate']:.4g}\\*" in writers.markdown(table)


def test_searches_with_other_draws_other_given_settings_or_other_texts_stand_apart():
    folder = Folder()
    folder.tune(arm(), [0.5, 0.4, 0.45])
    folder.tune(arm(), [0.5, 0.4, 0.46], number=1)
    folder.tune(arm(learning_rate=0.02), [0.48, 0.47, 0.49], fixed=["learning_rate"])
    folder.tune(arm(corpus="mr"), [0.7, 0.6, 0.65])
    folder.tune(arm("random"), [0.5, 0.6, 0.55])
    found = searches_of(folder.found)
    assert sorted(len(each.losses) for each in found) == [3] * 5
    given = [each for each in found if "learning_rate" not in each.ranges]
    assert [(each.line["spec"]["learning_rate"], each.losses) for each in given] == [
        (0.02, (0.48, 0.47, 0.49))
    ]
    table = search_table(folder.found)
    assert {(each["search"], each["corpus"]) for each in table.objects} == {
        (0, "sst2"),
        (1, "sst2"),
        (0, "mr"),
    }
    (ranking,) = rankings_of(tuned_arms(found))  # the others have no arm beside them
    assert {each.arm.regime for each in ranking.arms} == {"random", "tuned"}
    assert len(ranking.arms) == 3
    assert all("corpus=sst2" in order for order in ranking.orders)


def test_of_two_numbers_of_trials_the_greater_counts():
    folder = Folder()
    folder.tune(arm(), [0.5, 0.4, 0.45])
    choice = folder.tune(arm(), [0.5, 0.4, 0.45, 0.3, 0.35])
    (own,) = search_table(folder.found).objects
    assert own["trials"] == 5
    assert own["learning_rate"] == choice.settings["learning_rate"]


def test_encoders_stand_beside_each_other_and_settings_that_one_lacks_are_holes():
    folder = Folder()
    folder.tune(arm(encoder="cnn"), [0.5, 0.4])
    folder.tune(arm("delayed"), [0.6, 0.55])
    table = search_table(folder.found)
    first, *_ = table.summary
    assert first.header[:2] == ("encoder", "regime")
    assert [line[0] for line in first.body] == ["cnn", "mean"]
    assert first.body[0][first.header.index("unfreeze_share")] == "—"
    assert "cnn / tuned · glove-6b-50d < mean / delayed" in table.summary[2].body[0][1]


def test_runs_of_before_a_setting_existed_are_read():
    folder = Folder()
    choice = folder.tune(arm(), [0.5, 0.4])
    for run in folder.runs.values():
        for name in ("row_updates", "auxiliary_weight"):
            del run["spec"][name]
    (own,) = search_table(folder.found).objects
    assert own["dropout"] == choice.settings["dropout"]


def test_an_arm_whose_regime_is_not_known_here_is_left_out_of_pages_and_refused_as_a_table():
    folder = Folder()
    folder.tune(arm(), [0.5, 0.4])
    folder.tune(arm("random"), [0.5, 0.4])
    for run in folder.runs.values():
        if run["spec"]["regime"] == "random":
            run["spec"]["regime"] = "rand0m"
    (own,) = searches_of(folder.found)
    assert own.line["spec"]["regime"] == "tuned"
    with pytest.raises(InputError, match="unknown regime 'rand0m'; did you mean 'random'"):
        search_table(folder.found)


def test_without_trials_there_is_no_table():
    folder = Folder()
    folder.add(arm(), 0.5)
    assert searches_of(folder.found) == []
    with pytest.raises(InputError, match="none of these runs is a trial with"):
        search_table(folder.found)


def test_every_format_has_the_table():
    folder = Folder()
    folder.tune(arm(), [0.5, None, 0.4, 0.6])
    folder.tune(arm("random"), [0.5, 0.45, 0.4, 0.6])
    table = searches.table(searches_of(folder.found), damaged=1)
    for write in writers.FORMATS.values():
        assert "random" in write(table)
    assert inf not in [value for each in table.objects for value in each.values()]
    assert "1 damaged line was ignored" in table.notes[-1]


def test_the_figure_has_a_curve_for_each_arm_that_begins_where_it_cannot_fail():
    pytest.importorskip("matplotlib")
    from embexp.report.search_curves import search_curves

    folder = Folder()
    folder.tune(arm(), [0.5, None, 0.4, 0.6])
    folder.tune(arm("random"), [0.5, 0.45, 0.4, 0.6])
    folder.tune(arm(encoder="cnn"), [0.5, 0.45])
    figure = search_curves(searches_of(folder.found))
    panels = {axis.get_title(): axis for axis in figure.axes}
    assert set(panels) == {"encoder cnn", "encoder mean"}
    curves = [line.get_ydata() for line in panels["encoder mean"].lines]
    assert sorted(sum(value == value for value in curve) for curve in curves) == [3, 4]
    ticks = [label.get_text() for label in panels["encoder mean"].get_xticklabels()]
    assert ticks == ["1", "2", "4"]
