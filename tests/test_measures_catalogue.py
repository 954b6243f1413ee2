"""The names of measures, and that asking for them costs little."""

import subprocess
import sys

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.measures import (
    MEASURES,
    LexicalResources,
    Measure,
    MeasuredTable,
    describe,
    evaluated_words,
    pair_measure,
    pair_words,
    table_measures,
)
from embexp.measures.catalogue import applicable
from embexp.measures.relations import Relations
from embexp.measures.statistics import exact


def test_names_lead_to_their_measure():
    assert all(describe(name).name == name for name in MEASURES)
    name = pair_measure("good", "bad")
    assert name == "cos(good,bad)"
    assert pair_words(name) == ("good", "bad")
    assert describe(name).chance == 0
    assert pair_words("accuracy") is None
    with pytest.raises(InputError, match="did you mean 'simlex999'"):
        describe("simlex")


def test_a_unit_says_the_ends_of_its_range():
    inf = float("inf")
    wanted = {"0 to 1": (0, 1), "−1 to 1": (-1, 1), "from 0": (0, inf), "up to 1": (-inf, 1)}
    for measure in MEASURES.values():
        said = {text: ends for text, ends in wanted.items() if text in measure.unit}
        assert measure.ends == (next(iter(said.values())) if said else (1, inf)), measure.unit
    assert describe("cos(good,bad)").ends == (-1, 1)
    assert Measure("x", "x", "grams", "task", True, None, "").ends == (-inf, inf)


def test_another_resource_gives_another_name():
    measure = describe("lexicon@10(huliu)")
    assert (measure.resource, measure.title) == (
        {"lexicon": "huliu"},
        "lexicon consistency @10 (huliu)",
    )
    assert measure.parameters == MEASURES["lexicon@10"].parameters
    polar = describe("polar_antonym_auc(mine,vader)")
    assert polar.resource == {"relations": "mine", "lexicon": "vader"}
    assert describe("polar_antonym_auc(world)").resource == {
        "relations": "world",
        "lexicon": "world",
    }
    assert describe("similarity(mine)").title == "ρ with mine"
    assert describe("purity(a (b), c)").resource == {"categories": "a (b), c"}
    for name in ("drift(mine)", "lexicon@10(", "lexicon@10()", "similarity", "accuracy(x)"):
        with pytest.raises(InputError, match="unknown measure"):
            describe(name)


RELATIONS = Relations("r", ("a", "b"), ("b", "c"), np.array([True, False]))
DEFAULTS = {"antonym_auc", "polar_antonym_auc", "lexicon@10"}
VALENCE = {"a": 1.0, "b": 2.0, "c": -1.0}


@pytest.mark.parametrize(
    ("relations", "lexicon", "defaults", "expected"),
    [
        (["wordnet"], ["vader"], [], DEFAULTS),
        (
            ["wordnet"],
            ["huliu"],
            [],
            {"antonym_auc", "polar_antonym_auc(wordnet,huliu)", "lexicon@10(huliu)"},
        ),
        (
            ["world"],
            ["world"],
            [],
            {"antonym_auc(world)", "polar_antonym_auc(world)", "lexicon@10(world)"},
        ),
        (["wordnet"], ["vader", "huliu"], ["vader", "huliu"], DEFAULTS),
        (
            ["wordnet"],
            ["vader", "huliu", "mine"],
            ["vader", "huliu"],
            {*DEFAULTS, "polar_antonym_auc(wordnet,mine)", "lexicon@10(mine)"},
        ),
        ([], [], [], set()),
    ],
)
def test_a_resource_that_was_asked_for_gives_every_measure_that_can_use_it(
    relations, lexicon, defaults, expected
):
    words = evaluated_words(
        ["a", "b", "c"],
        resources=LexicalResources(
            relations=dict.fromkeys(relations, RELATIONS),
            lexicon=dict.fromkeys(lexicon, VALENCE),
            defaults=frozenset(("lexicon", name) for name in defaults),
        ),
    )
    names = {measure.name for measure in applicable(words, each_step=True)}
    assert {name for name in names if name.startswith(("ant", "pol", "lexicon@10"))} - {
        name for name in names if name.startswith(("polarity", "lexicon@100"))
    } == expected


def test_a_measure_of_a_users_own_is_taken_at_each_step(monkeypatch):
    own = Measure(
        "longest",
        "longest row",
        "length, from 0",
        "geometry",
        None,
        None,
        "this test",
        function=lambda table, order: exact(
            float(np.linalg.norm(table.table, order, axis=1).max())
        ),
        parameters={"order": 1},
        each_step=True,
    )
    table = np.array([[0.0, 0], [3, 4], [1, 0]], np.float32)
    made = MeasuredTable(evaluated_words(["a", "b", "c"]), table)
    assert "longest" not in dict(table_measures(made))
    monkeypatch.setitem(MEASURES, "longest", own)
    assert dict(table_measures(made))["longest"].value == 7
    assert describe("longest").title == "longest row"


def test_every_measure_of_a_table_has_a_function_and_steps_are_a_part_of_all():
    stepwise = {name for name, measure in MEASURES.items() if measure.each_step}
    assert {"overlap@10", "cka", "polarity", "lexicon@100", "drift", "delta_rank"} < stepwise
    without = {measure for measure in MEASURES if MEASURES[measure].function is None}
    tasks = {name for name, measure in MEASURES.items() if measure.what == "task"}
    assert {name for name in without if not name.startswith("text_")} == tasks


def test_measuring_imports_neither_jax_nor_scipy_stats():
    code = "import sys, embexp.measures as m; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "embexp.measures.statistics" in loaded
    assert not {"jax", "scipy", "gensim", "datasets", "sklearn"} & set(loaded)
