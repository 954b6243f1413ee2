"""The parts of a measured table in NumPy and in JAX, and its values against the functions
that they are made of."""

import re
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from embexp.errors import InputError
from embexp.measures import (
    MEASURES,
    LexicalResources,
    MeasuredTable,
    evaluated_words,
    strata_measures,
    table_measures,
)
from embexp.measures.change import change, change_values
from embexp.measures.comparison import aligned, centred
from embexp.measures.evaluated import EvaluatedWords
from embexp.measures.geometry import nearest, pair_cosines
from embexp.measures.pairs import WordPairs
from embexp.measures.read_out import agreement, read_out
from embexp.measures.relations import Relations
from embexp.measures.semantic import kept_neighbours
from embexp.measures.sentiment import consistency
from embexp.measures.statistics import rank_correlation
from embexp.measures.summary_jax import measured_table, on_device, summarise
from embexp.words import Vectors

VOCAB, DIM, SPECIALS = 400, 8, 2
rng = np.random.default_rng(3)


def drawn(count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    first, second = rng.integers(SPECIALS, VOCAB + 20, size=(2, count))
    return tuple(f"w{row}" for row in first), tuple(f"w{row}" for row in second)


@pytest.fixture(scope="module")
def words() -> EvaluatedWords:
    """Made-up words with every kind of resource."""
    names = ["<pad>", "<unk>", *(f"w{row}" for row in range(SPECIALS, VOCAB))]
    known = [name for name in names[SPECIALS:] if rng.random() < 0.9]
    odds = np.where(rng.random(VOCAB) < 0.4, rng.normal(size=VOCAB), np.nan)
    valence = {f"w{row}": float(rng.choice([-1, 1])) for row in range(50, 260)}
    return evaluated_words(
        names,
        np.where(np.arange(VOCAB) < 380, 400 - np.arange(VOCAB), 3),
        specials=SPECIALS,
        resources=LexicalResources(
            similarity={"simlex999": WordPairs("simlex999", *drawn(90), rng.normal(size=90))},
            relations={"wordnet": Relations("wordnet", *drawn(900), rng.random(900) < 0.6)},
            lexicon={"vader": valence, "mine": {**valence, "w300": 2.0}},
        ),
        tracked_pairs=("w5:w6", "w7:unheard"),
        log_odds=odds,
        reference=Vectors(known, rng.normal(size=(len(known), 11))),
    )


def tables() -> tuple[np.ndarray, np.ndarray]:
    """Starts and later tables of four runs (noise, one direction, a frozen one, one that
    only some rows left)."""
    start = rng.normal(size=(4, VOCAB, DIM)).astype(np.float32)
    later = start.copy()
    later[0] += 0.3 * rng.normal(size=(VOCAB, DIM)).astype(np.float32)
    later[1] += np.outer(rng.normal(size=VOCAB), rng.normal(size=DIM)).astype(np.float32)
    later[3, 100:] += rng.normal(size=(VOCAB - 100, DIM)).astype(np.float32)
    return start, later


def by_jax(words, start, table, strata, batch=False):
    """Tables of runs from numbers that JAX computed: one at a time, or all at once."""
    with jax.enable_x64(True):
        sizes, places = on_device(words, strata=strata)
        one = partial(summarise, sizes, places)
        in_turn = lambda *runs: jax.lax.map(lambda run: one(*run), runs)  # noqa: E731
        compiled = jax.jit(jax.vmap(one) if batch else in_turn)
        found = compiled(*map(jnp.asarray, (table, start)))
    found = jax.tree.map(np.asarray, found)
    for run in range(len(table)):
        numbers = jax.tree.map(lambda leaf, run=run: leaf[run], found)
        began = MeasuredTable(words, start[run])
        yield measured_table(words, jnp.asarray(table[run]), began, numbers, strata=strata)


@pytest.mark.slow  # compiling
@pytest.mark.parametrize("strata", [False, True])
@pytest.mark.parametrize("batch", [False, True])
def test_the_jax_form_has_the_values_of_the_numpy_form(words, strata, batch):
    start, later = tables()
    for run, table in enumerate(by_jax(words, start, later, strata, batch)):
        host = MeasuredTable(words, later[run], MeasuredTable(words, start[run]), strata=strata)
        values, expected = dict(table_measures(table)), dict(table_measures(host))
        if strata:
            values |= {(k, v.stratum): v for k, v in strata_measures(table)}
            expected |= {(k, v.stratum): v for k, v in strata_measures(host)}
            assert ("drift", "seen 100-999") in expected
        assert list(values) == list(expected)
        assert table.parts.keys() == host.parts.keys()
        for name, value in expected.items():
            np.testing.assert_allclose(
                np.array(values[name][:6], float),
                np.array(value[:6], float),
                rtol=1e-5,
                atol=1e-7,  # the errors of the change are taken in float32 by NumPy
                err_msg=str(name),
            )


def test_lapack_is_given_one_matrix_at_a_time_as_a_batch_may_wait_for_ever(words):
    start, later = map(jnp.asarray, tables())
    with jax.enable_x64(True):
        one = partial(summarise, *on_device(words, strata=True))
        traced = jax.jit(jax.vmap(one)).trace(later, start)
        program = traced.lower(lowering_platforms=("cpu",)).as_text()
    calls = re.findall(r"@lapack_(\w+)_ffi.*num_batch_dims = \"(\d+)\"", program)
    assert set(calls) == {("dsyevd", "0")}


@pytest.mark.slow
def test_a_table_with_nan_leaves_the_others_on_the_device_alone(words):
    start, later = tables()
    later[2, 50, 3] = np.nan
    found = by_jax(words, start, later, strata=False)
    assert next(found).change
    assert next(found).change
    with pytest.raises(InputError, match="holds NaN or infinity; did training diverge"):
        next(found)


def all_words(signs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.ones(len(signs), bool), np.arange(len(signs))


def test_values_are_those_of_the_functions_that_they_are_made_of(words):
    start, later = tables()
    table, began = later[0], start[0]
    values = dict(table_measures(MeasuredTable(words, table, MeasuredTable(words, began))))
    rows = words.pairs["similarity", "simlex999"]
    scores = words.resources.similarity["simlex999"].scores[rows.places]
    cosines = pair_cosines(table, rows.rows1, rows.rows2)
    assert values["simlex999"] == rank_correlation(cosines, scores, 90)
    lengths = np.linalg.norm(table[5]) * np.linalg.norm(table[6])
    assert values["cos(w5,w6)"].value == pytest.approx(table[5] @ table[6] / lengths)
    assert values["cos(w7,unheard)"][3:6] == (0, 1, 0.0)
    assert values["antonym_auc"].total == 900
    assert 0 < values["polar_antonym_auc"].n < values["antonym_auc"].n < 900
    candidates, everyone = table[words.evaluated], np.arange(len(words.evaluated))
    near, before, there = (
        nearest(each, everyone, 10)
        for each in (candidates, began[words.evaluated], words.reference)
    )
    assert values["overlap@10"] == kept_neighbours(near, before, everyone, len(everyone))
    assert values["overlap_reference@10"] == kept_neighbours(near, there, everyone, len(everyone))
    assert values["cka"] == aligned(centred(candidates), centred(words.reference))
    odds = words.log_odds
    assert values["polarity"] == agreement(read_out(table[words.log_odds_rows], odds), odds)
    for name in ("vader", "mine"):
        lexical, signs = words.lexicon_words(name)
        found = nearest(table[lexical], np.arange(len(lexical)), 100)
        for k in (1, 10, 100):
            measure = f"lexicon@{k}" if name == "vader" else f"lexicon@{k}(mine)"
            assert values[measure] == consistency(found[:, :k], signs, *all_words(signs))
    moved = change_values(change(table[SPECIALS:], began[SPECIALS:]), DIM)
    assert {name: values[name] for name in moved} == moved


def test_word_pairs_take_known_words_and_relations_evaluated_ones(words):
    rare = set(range(380, VOCAB))
    pairs, relations = words.pairs["similarity", "simlex999"], words.pairs["relations", "wordnet"]
    assert rare & {*pairs.rows1.tolist(), *pairs.rows2.tolist()}
    assert not rare & {*relations.rows1.tolist(), *relations.rows2.tolist()}
    assert not rare & set(words.evaluated.tolist())
    assert rare & set(words.known.tolist())
    assert set(words.log_odds_rows.tolist()) < set(words.evaluated.tolist())


def test_a_table_that_did_not_move_takes_the_parts_of_its_start(words, monkeypatch):
    start = tables()[0][0]
    began = MeasuredTable(words, start)
    expected = dict(table_measures(MeasuredTable(words, start.copy(), began)))
    monkeypatch.setattr("embexp.measures.summary.nearest", lambda *_: pytest.fail("again"))
    monkeypatch.setattr("embexp.measures.summary.pair_cosines", lambda *_: pytest.fail("again"))
    assert dict(table_measures(MeasuredTable(words, start.copy(), began))) == expected
    assert (expected["overlap@10"].value, expected["drift"].value) == (1, 0)


def test_only_some_of_a_large_lexicon_are_asked_for_their_neighbours(words, monkeypatch):
    table = MeasuredTable(words, tables()[1][0])
    lexical, signs = words.lexicon_words("vader")
    found = MEASURES["lexicon@10"].function(table, "vader", k=10, queries=40)
    asked = words.lexicon_queries("vader", 40)
    near = nearest(table.table[lexical], asked, 100)[:, :10]
    assert found == consistency(near, signs, all_words(signs)[0], asked)
    assert (found.n, found.total) == (40, len(lexical))


def test_a_pair_is_in_the_stratum_of_its_rarer_word(words):
    start, later = tables()
    rows = words.pairs["similarity", "simlex999"]
    counts = np.full(VOCAB, 200)
    counts[rows.rows1[:35]] = 0
    words = replace(words, counts=counts, parts={})
    table = MeasuredTable(words, later[0], MeasuredTable(words, start[0]), strata=True)
    found = {value.stratum: value for name, value in strata_measures(table) if name == "simlex999"}
    scores = words.resources.similarity["simlex999"].scores[rows.places]
    cosines = pair_cosines(later[0], rows.rows1, rows.rows2)
    untrained = (counts[rows.rows1] == 0) | (counts[rows.rows2] == 0)
    assert 35 <= untrained.sum() < len(scores)
    expected = rank_correlation(cosines[untrained], scores[untrained], 90)
    assert found["seen 0"] == expected._replace(stratum="seen 0")
    assert ("seen 100-999" in found) == ((~untrained).sum() >= 30)


def test_strata_partition_the_words_and_a_small_one_has_no_value(words):
    start, later = tables()
    counts = rng.choice([0, 2, 50, 500, 5000], size=VOCAB)
    counts[:20] = 7  # fewer than 30 rows have 5 to 99
    counts[counts == 50] = 500
    words = replace(words, counts=counts, parts={})
    table = MeasuredTable(words, later[0], MeasuredTable(words, start[0]), strata=True)
    strata = {(name, value.stratum): value for name, value in strata_measures(table)}
    assert {stratum for _, stratum in strata} == {
        "seen 0",
        "seen 1-4",
        "seen 100-999",
        "seen >=1000",
    }
    inside = (counts >= 100) & (counts <= 999) & (np.arange(VOCAB) >= SPECIALS)
    moved = change_values(change(later[0][inside], start[0][inside]), DIM)
    assert strata["drift", "seen 100-999"][:6] == moved["drift"][:6]
    assert strata["polarity", "seen 100-999"].n == inside[words.log_odds_rows].sum()


def test_a_table_with_nan_is_one_sentence(words):
    start, later = tables()
    later[2, 50, 3] = np.nan
    table = MeasuredTable(words, later[2], MeasuredTable(words, start[2]))
    with pytest.raises(InputError, match=r"holds NaN.* did training diverge"):
        dict(table_measures(table))


@pytest.mark.parametrize(
    ("resources", "sentence"),
    [
        (
            {"similarity": {"mine": WordPairs("mine", ("x",), ("y",), np.array([1.0]))}},
            "none of the 1 pairs of 'mine' has both words in the vocabulary",
        ),
        (
            {"relations": {"mine": Relations("mine", ("w3",), ("w4",), np.array([True]))}},
            "relations 'mine' have 1 synonym and 0 antonym pairs whose words are both measured",
        ),
        (
            {
                "relations": {
                    "mine": Relations("mine", ("w3", "w4"), ("w4", "w5"), np.array([True, False]))
                },
                "lexicon": {"mine": {"w3": 1.0, "w4": -1.0}},
            },
            "the lexicon leaves 0 synonyms of one polarity",
        ),
    ],
)
def test_resources_that_measure_nothing_are_refused(resources, sentence):
    names = [f"w{row}" for row in range(10)]
    with pytest.raises(InputError, match=sentence):
        evaluated_words(names, resources=LexicalResources(**resources))


def test_a_known_set_of_pairs_in_another_language_has_no_value():
    pairs = WordPairs("simlex999", ("old",), ("new",), np.array([1.0]))
    german = evaluated_words(["alt", "neu"], resources=LexicalResources({"simlex999": pairs}))
    values = dict(table_measures(MeasuredTable(german, np.eye(2))))
    assert values["simlex999"][3:6] == (0, 1, 0.0)


@pytest.mark.parametrize("form", ["numpy", pytest.param("jax", marks=pytest.mark.slow)])
def test_few_words_without_resources_are_measured_by_what_can_be(form):
    table = rng.normal(size=(5, DIM)).astype(np.float32)
    bare = evaluated_words(["<pad>", "<unk>", "a", "b", "c"], specials=SPECIALS)
    start = MeasuredTable(bare, np.zeros_like(table))
    if form == "numpy":
        found = MeasuredTable(bare, table, start)
    else:
        (found,) = by_jax(bare, start.table[None], table[None], strata=False)
    values = dict(table_measures(found))
    assert list(values) == ["overlap@10", "drift", "norm_growth", "top1_share", "delta_rank"]
    assert values["overlap@10"].n == values["norm_growth"].n == 0
    lengths = np.linalg.norm(table[SPECIALS:], axis=1)
    assert values["drift"].value == pytest.approx(lengths.mean())
