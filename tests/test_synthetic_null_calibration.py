"""Random tables and shuffled answers give chance within the interval, for every
measure; a wrong chance level does not pass."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest
from embexp.vectors.named import load_vectors
from threadpoolctl import threadpool_limits

from embexp.errors import InputError
from embexp.measures import probes
from embexp.measures.lexicons import lexicon
from embexp.measures.pairs import similarity_pairs
from embexp.measures.relations import antonym_auc, word_relations
from embexp.measures.semantic import similarity
from embexp.measures.statistics import Value
from embexp.measures.yardsticks import lexical
from embexp.synthetic import WorldConfig, make_world
from embexp.synthetic.gold import gold_answers, shuffled
from embexp.synthetic.null_calibration import (
    NULLS,
    WITHOUT_ANSWERS,
    Calibration,
    bias,
    calibration,
    fails,
    inputs,
    null_calibration,
    random_tables,
    verdict,
)
from embexp.synthetic.validity import TARGETS
from embexp.words import Vectors

SMALL = WorldConfig(words=400, topics=4, texts=1000)
DRAWS = 40
Loaded = TypeVar("Loaded")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Products of small matrices take one thread: on a busy machine several wait for
    each other most of the time."""
    with threadpool_limits(1):
        yield


@pytest.mark.slow
@pytest.mark.parametrize("null", NULLS)
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
    alone = {*WITHOUT_ANSWERS, "top1_share", "cos(word1,word2)"}
    assert asked <= set(seen)
    assert (alone <= set(seen)) == (null == "random tables")
    for name, one in seen.items():
        assert not fails(one), one
        assert one.draws == DRAWS, one
        assert abs(one.value - one.chance) < max(
            5 * one.error, 0.25 * (one.half_width if name != "cos(word1,word2)" else 0)
        ), one


def test_a_wrong_chance_level_fails():
    given = inputs(make_world(WorldConfig(words=120, topics=2, texts=400)))
    values = [
        random_tables(np.random.default_rng(draw), given)["similarity"] for draw in range(DRAWS)
    ]
    assert verdict(calibration("similarity", "random tables", values)) == "holds"
    wrong = calibration(
        "similarity", "random tables", [value._replace(chance=0.1) for value in values]
    )
    assert (fails(wrong), verdict(wrong)[:12]) == (True, "fails; mean ")
    narrow = [value._replace(low=value.value - 0.01, high=value.value + 0.01) for value in values]
    assert fails(calibration("similarity", "random tables", narrow))


def test_verdicts():
    one = Calibration("rsa", "random tables", 0.0, 0.0, 0.01, 0.1, 0.95, 100)
    assert verdict(one) == "holds"
    assert [fails(replace(one, coverage=coverage)) for coverage in (0.82, 0.81)] == [False, True], (
        "P(X ≤ 81) < 1 % < P(X ≤ 82) at 90 %"
    )
    assert verdict(replace(one, value=-0.04)) == "holds; mean .040 below chance"
    assert [bias(replace(one, value=value)) for value in (0.029, 0.024, 0.04)] == [0, 0, 0.04]
    assert bias(replace(one, value=0.024, error=0.001)) == 0, (
        "beyond its error, but a small part of an interval"
    )
    bare = replace(one, coverage=float("nan"), half_width=float("nan"))
    assert verdict(bare) == "no interval within a table"
    assert (
        verdict(replace(bare, value=0.04)) == "no interval within a table; mean .040 above chance"
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
    for one, two in (
        (right.pairs.scores, other.pairs.scores),
        (right.categories.categories, other.categories.categories),
        (right.relations.synonyms, other.relations.synonyms),
        (right.polar.synonyms, other.polar.synonyms),
        *(
            (list(getattr(right, name).values()), list(getattr(other, name).values()))
            for name in ("lexicon", "valence", "odds")
        ),
        ([four[3] for four in right.questions.words], [four[3] for four in other.questions.words]),
        (right.reference.table[:, 0], other.reference.table[:, 0]),
    ):
        assert sorted(one) == sorted(two)
        assert list(one) != list(two)
    assert [four[:3] for four in right.questions.words] == [
        four[:3] for four in other.questions.words
    ]
    assert (right.pairs.words1, right.relations.words2, list(right.odds)) == (
        other.pairs.words1,
        other.relations.words2,
        list(other.odds),
    )


def here(load: Callable[[], Loaded]) -> Loaded:
    """What is on this machine; the test is skipped, and says what is missing, where it is not."""
    try:
        return load()
    except InputError as error:
        pytest.skip(str(error))


Shuffle = Callable[[np.random.Generator, Vectors], dict[str, Value]]


def of_pairs() -> tuple[set[str], Shuffle]:
    """SimLex-999 with shuffled scores."""
    pairs = here(lambda: similarity_pairs("simlex999"))
    return {*pairs.words1, *pairs.words2}, lambda rng, vectors: {
        "similarity": similarity(vectors, replace(pairs, scores=rng.permutation(pairs.scores)))
    }


def of_relations() -> tuple[set[str], Shuffle]:
    """WordNet's adjectives with synonyms and antonyms shuffled."""
    every = here(lambda: word_relations("wordnet", "adj"))
    return {*every.words1, *every.words2}, lambda rng, vectors: {
        "antonym_auc": antonym_auc(
            vectors, replace(every, synonyms=rng.permutation(every.synonyms))
        )
    }


def of_lexicon() -> tuple[set[str], Shuffle]:
    """Every third word of VADER, with shuffled valences."""
    every = here(lambda: lexicon("vader"))
    valence = {word: every[word] for word in sorted(every)[::3]}
    seeds = {word for side in probes.SEEDS for word in side}

    def measured(rng: np.random.Generator, vectors: Vectors) -> dict[str, Value]:
        known = [word for word in valence if word in vectors]
        dealt = dict(
            zip(known, rng.permutation([valence[word] for word in known]).tolist(), strict=True)
        )
        read = {
            f"valence_{name}": value for name, value in probes.valence_probe(vectors, dealt).items()
        }
        return {**lexical(dealt, vectors), "semaxis": probes.semaxis(vectors, dealt), **read}

    return {*valence, *seeds}, measured


@pytest.mark.slow
@pytest.mark.parametrize("yardstick", [of_pairs, of_relations, of_lexicon])
def test_shuffled_answers_of_real_vectors_give_chance(yardstick):
    words, measured = yardstick()
    vectors = here(lambda: load_vectors("glove-6b-50d", words))
    draws = [measured(np.random.default_rng([1, draw]), vectors) for draw in range(30)]
    for name in draws[0]:
        one = calibration(name, "shuffled answers", [values[name] for values in draws])
        assert not fails(one), one
        assert abs(one.value - one.chance) < max(5 * one.error, 0.25 * one.half_width), one
