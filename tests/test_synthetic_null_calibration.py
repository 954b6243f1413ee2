"""Random tables and shuffled answers give chance within the interval, for every
measure; a wrong chance level does not pass."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest
import sklearn.cluster  # noqa: F401 - loaded before its threads are limited
from threadpoolctl import threadpool_limits
from verdicts import TARGETS, bias, calibration_verdict, fails

from embexp.errors import InputError
from embexp.measures import MEASURES, describe, probes
from embexp.measures.evaluated import evaluated_words
from embexp.measures.lexicons import lexicon
from embexp.measures.pairs import similarity_pairs
from embexp.measures.relations import word_relations
from embexp.measures.resources import LexicalResources
from embexp.measures.statistics import Value
from embexp.measures.summary import MeasuredTable
from embexp.synthetic import WorldConfig, make_world
from embexp.synthetic.gold import WORD_PAIR, gold_answers, measured, shuffled
from embexp.synthetic.null_calibration import (
    OF_CHANGE,
    WITHOUT_ANSWERS,
    Calibration,
    calibration,
    inputs,
    null_calibration,
    random_tables,
)
from embexp.vectors.registry import load_vectors

SMALL = WorldConfig(words=400, topics=4, texts=800)
DRAWS = 30
Loaded = TypeVar("Loaded")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Products of small matrices take one thread: on a busy machine several wait for
    each other most of the time."""
    with threadpool_limits(1):
        yield


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    "null", ["random tables", pytest.param("shuffled answers", marks=pytest.mark.long)]
)
def test_where_there_is_nothing_every_measure_has_chance_within_its_interval(null):
    seen = {one.measure: one for one in null_calibration(make_world(SMALL), DRAWS, (null,))}
    asked = {
        *TARGETS,
        "analogy_only-b",
        "overlap@10",
        "text_probe",
        "text_rsa_meaning",
        "text_rsa_label|meaning",
    }
    alone = {*WITHOUT_ANSWERS, "top1_share"}
    assert not {*OF_CHANGE} - {"top1_share"} & set(seen)
    assert asked <= set(seen)
    assert (alone <= set(seen)) == (null == "random tables")
    for name, one in seen.items():
        assert not fails(one), one
        assert one.draws == DRAWS, one
        assert abs(one.value - one.chance) < max(
            5 * one.error, 0.25 * (one.half_width if name != "cos(word1,word2)" else 0)
        ), one


@pytest.mark.long
def test_a_wrong_chance_level_fails():
    given = inputs(make_world(WorldConfig(words=120, topics=2, texts=400)))
    values = [
        random_tables(np.random.default_rng(draw), given)["similarity"] for draw in range(DRAWS)
    ]
    assert calibration_verdict(calibration("similarity", "random tables", values)) == "holds"
    wrong = calibration(
        "similarity", "random tables", [value._replace(chance=0.1) for value in values]
    )
    assert (fails(wrong), calibration_verdict(wrong)[:12]) == (True, "fails; mean ")
    narrow = [value._replace(low=value.value - 0.01, high=value.value + 0.01) for value in values]
    assert fails(calibration("similarity", "random tables", narrow))


def test_verdicts():
    one = Calibration("rsa", "random tables", 0.0, 0.0, 0.01, 0.1, 0.95, 100)
    assert calibration_verdict(one) == "holds"
    assert [fails(replace(one, coverage=coverage)) for coverage in (0.82, 0.81)] == [False, True], (
        "P(X ≤ 81) < 1 % < P(X ≤ 82) at 90 %"
    )
    assert calibration_verdict(replace(one, value=-0.04)) == "holds; mean .040 below chance"
    assert [bias(replace(one, value=value)) for value in (0.029, 0.024, 0.04)] == [0, 0, 0.04]
    assert bias(replace(one, value=0.024, error=0.001)) == 0, (
        "beyond its error, but a small part of an interval"
    )
    bare = replace(one, coverage=float("nan"), half_width=float("nan"))
    assert calibration_verdict(bare) == "no interval within a table"
    assert (
        calibration_verdict(replace(bare, value=0.04))
        == "no interval within a table; mean .040 above chance"
    )


def test_draws_in_which_a_measure_is_undefined_do_not_count():
    nan, some = float("nan"), Value(0.1, -0.1, 0.3, 9, 9, 0.0)
    one = calibration(
        "polarity",
        "random tables",
        [some, Value(nan, nan, nan, 0, 9, 0.0), some._replace(value=0.3, low=0.1)],
    )
    assert (one.draws, one.coverage, one.value, one.half_width) == (
        2,
        0.5,
        pytest.approx(0.2),
        pytest.approx(0.15),
    )
    bare = calibration("rsa", "random tables", [some, some._replace(low=nan, high=nan)])
    assert (bare.coverage, bare.half_width, bare.draws) == (0.5, pytest.approx(0.2), 2), (
        "a draw without an interval does not hold chance"
    )
    assert one.error == pytest.approx(np.std([0.1, 0.3], ddof=1) / np.sqrt(2))


def test_shuffled_answers_are_the_same_answers_of_the_same_questions():
    right = gold_answers(make_world(WorldConfig(words=120, topics=2, texts=400)))
    other = shuffled(np.random.default_rng(0), right)
    (asked, other_asked), (pairs, other_pairs), (related, other_related) = (
        (one["world"], two["world"])
        for one, two in (
            (right.resources.questions, other.resources.questions),
            (right.resources.similarity, other.resources.similarity),
            (right.resources.relations, other.resources.relations),
        )
    )
    topics, valence = (
        [getattr(gold.resources, kind)["world"] for gold in (right, other)]
        for kind in ("categories", "lexicon")
    )
    for one, two in (
        (pairs.scores, other_pairs.scores),
        (topics[0].categories, topics[1].categories),
        (related.synonyms, other_related.synonyms),
        (list(valence[0].values()), list(valence[1].values())),
        (right.log_odds[~np.isnan(right.log_odds)], other.log_odds[~np.isnan(other.log_odds)]),
        ([four[3] for four in asked.words], [four[3] for four in other_asked.words]),
        (right.reference.table[:, 0], other.reference.table[:, 0]),
    ):
        assert sorted(one) == sorted(two)
        assert list(one) != list(two)
    assert [four[:3] for four in asked.words] == [four[:3] for four in other_asked.words]
    assert (pairs.words1, related.words2, list(valence[0])) == (
        other_pairs.words1,
        other_related.words2,
        list(valence[1]),
    )
    assert np.array_equal(np.isnan(right.log_odds), np.isnan(other.log_odds))


def test_every_measure_of_the_catalogue_that_needs_no_task_is_asked():
    made = make_world(WorldConfig(words=120, topics=2, texts=400))
    vectors = made.vectors(topic=1.0)
    found = measured(vectors, gold_answers(made), made.vectors(seed=1))
    known = {
        name.partition("_adj")[0]
        for name, measure in MEASURES.items()
        if measure.function and measure.what != "task"
    }
    sets = {name for name in known if {"similarity", "categories"} & {*MEASURES[name].resource}}
    assert set(found) == known - sets | {"similarity", "purity", WORD_PAIR}


def here(load: Callable[[], Loaded]) -> Loaded:
    """What is on this machine; the test is skipped, and says what is missing, where it is not."""
    try:
        return load()
    except InputError as error:
        pytest.skip(str(error))


Shuffle = Callable[[np.random.Generator], LexicalResources]


def of_pairs() -> tuple[set[str], Shuffle, tuple[str, ...]]:
    """SimLex-999 with shuffled scores."""
    pairs = here(lambda: similarity_pairs("simlex999"))
    return (
        {*pairs.words1, *pairs.words2},
        lambda rng: LexicalResources(
            {"dealt": replace(pairs, scores=rng.permutation(pairs.scores))}
        ),
        ("similarity",),
    )


def of_relations() -> tuple[set[str], Shuffle, tuple[str, ...]]:
    """WordNet's adjectives with synonyms and antonyms shuffled."""
    every = here(lambda: word_relations("wordnet", "adj"))
    return (
        {*every.words1, *every.words2},
        lambda rng: LexicalResources(
            relations={"dealt": replace(every, synonyms=rng.permutation(every.synonyms))}
        ),
        ("antonym_auc",),
    )


CONTROLS = ("lexicon_selectivity", "lexicon_codelength")


def of_lexicon() -> tuple[set[str], Shuffle, tuple[str, ...]]:
    """Every third word of VADER that GloVe knows, with shuffled valences."""
    every = here(lambda: lexicon("vader"))
    words = sorted(every)[::3]
    seeds = {word for side in probes.SEEDS for word in side}
    vectors = here(lambda: load_vectors("glove-6b-50d", words))
    known = [word for word in words if word in vectors]

    def dealt(rng: np.random.Generator) -> LexicalResources:
        values = rng.permutation([every[word] for word in known]).tolist()
        return LexicalResources(lexicon={"dealt": dict(zip(known, values, strict=True))})

    names = ("lexicon@1", "lexicon@10", "lexicon@100", "lexicon_probe", *CONTROLS)
    return {*known, *seeds}, dealt, (*names, "valence_r2", "valence_rho", "semaxis")


@pytest.mark.slow
@pytest.mark.parametrize(
    "resource",
    [
        of_pairs,
        *(pytest.param(each, marks=pytest.mark.long) for each in (of_relations, of_lexicon)),
    ],
)
def test_shuffled_answers_of_real_vectors_give_chance(resource):
    words, deal, names = resource()
    vectors = here(lambda: load_vectors("glove-6b-50d", words))
    drawn: dict[str, list[Value]] = {name: [] for name in names}
    for draw in range(30):
        dealt = evaluated_words(vectors.words, resources=deal(np.random.default_rng([1, draw])))
        table = MeasuredTable(dealt, vectors.table)
        for name in names:
            drawn[name].append(describe(f"{name}(dealt)").of(table))
    for name, values in drawn.items():
        one = calibration(name, "shuffled answers", values)
        assert not fails(one), one
        assert abs(one.value - one.chance) < max(5 * one.error, 0.25 * one.half_width), one
