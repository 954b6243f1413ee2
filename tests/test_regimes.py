"""Regimes differ in the start, in what trains and in the labels, as their names say."""

from pathlib import Path

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.models import (
    Embedding,
    Interpolated,
    Joint,
    LowRank,
    Multichannel,
    OneHot,
    Projected,
    SomeRows,
)
from embexp.regimes import REGIMES, arm, start_table
from embexp.words import Vectors, Vocabulary

WORDS = [f"w{number}" for number in range(40)]
VOCABULARY = Vocabulary(["<pad>", "<unk>", *WORDS], np.array([0, 7, *range(40, 0, -1)]))
VECTORS = Vectors([*WORDS[:30], "elsewhere"], np.random.default_rng(5).normal(0, 0.4, (31, 6)))
WITH_VECTORS = [name for name, regime in REGIMES.items() if regime.start]


def start(name: str, seed: int = 0, vectors: Vectors | None = VECTORS, oov: str = "random"):
    rng = np.random.default_rng(seed)
    return start_table(REGIMES[name], VOCABULARY, vectors, dim=6, oov=oov, rng=rng)


@pytest.mark.parametrize("name", REGIMES)
def test_every_start_is_a_float32_table_of_the_vocabulary_drawn_from_the_seed(name):
    table, coverage = start(name)
    assert (table.shape, table.dtype) == ((42, 6), np.float32)
    assert np.isfinite(table).all()
    np.testing.assert_array_equal(table, start(name)[0])
    assert (table != start(name, seed=1)[0]).any()
    assert (coverage.types, coverage.types_total) == (30, 40)
    assert (coverage.tokens, coverage.tokens_total) == (sum(range(11, 41)), sum(range(1, 41)) + 7)


def test_pretrained_rows_are_under_their_words_and_the_same_for_every_regime_of_a_seed():
    tuned = start("tuned")[0]
    np.testing.assert_array_equal(tuned[2:32], VECTORS.table[:30])
    for other in ("frozen", "delayed", "multichannel", "projected", "pretrained-random-labels"):
        np.testing.assert_array_equal(tuned, start(other)[0])


def test_permuted_rows_are_the_same_vectors_under_other_words():
    tuned, permuted = start("tuned")[0], start("permuted")[0]
    np.testing.assert_array_equal(np.sort(permuted[2:32], axis=0), np.sort(tuned[2:32], axis=0))
    assert (permuted[2:32] != tuned[2:32]).any(axis=1).mean() > 0.7
    np.testing.assert_array_equal(permuted[32:], tuned[32:])


def test_the_frozen_control_has_the_lengths_of_pretrained_rows_and_not_their_directions():
    tuned, matched = start("tuned")[0], start("random-frozen")[0]
    norms = np.linalg.norm(tuned, axis=1)
    np.testing.assert_allclose(np.linalg.norm(matched, axis=1), norms, rtol=1e-5)
    cosines = (matched * tuned).sum(axis=1) / np.maximum(norms, 1e-12) ** 2
    assert abs(np.mean(cosines)) < 4 / np.sqrt(42 * 6)  # of mean 0 and variance 1/6


def test_the_random_start_is_keras_s_and_the_same_with_and_without_vectors():
    table, _ = start("random")
    assert 0.045 < np.abs(table).max() <= 0.05
    without, coverage = start("random", vectors=None)
    np.testing.assert_array_equal(table, without)
    assert coverage is None
    for other in ("random-labels", "one-hot"):
        np.testing.assert_array_equal(table, start(other)[0])


def test_regimes_are_what_their_names_say():
    def having(has) -> set[str]:
        return {name for name, regime in REGIMES.items() if has(regime)}

    assert all(regime.summary for regime in REGIMES.values())
    assert having(lambda regime: regime.table_rate == 0) == {
        "random-frozen",
        "one-hot",
        "frozen",
        "projected",
    }
    assert having(lambda regime: regime.start is None) == {"random", "one-hot", "random-labels"}
    assert having(lambda regime: regime.embedding is not Embedding) == {
        "one-hot",
        "multichannel",
        "projected",
        "joint",
        "uncovered-rows",
        "new-rows",
        "low-rank",
        "interpolated",
    }
    assert REGIMES["one-hot"].embedding is OneHot
    assert REGIMES["multichannel"].embedding is Multichannel
    assert REGIMES["projected"].embedding is Projected
    assert having(lambda regime: regime.shuffled_labels) == {
        "random-labels",
        "pretrained-random-labels",
    }
    assert having(lambda regime: regime.control) == {
        "random-frozen",
        "permuted",
        "matched-norms",
        "matched-gaussian",
        "random-labels",
        "pretrained-random-labels",
    }
    assert having(lambda regime: regime.controls) == having(lambda regime: regime.control)
    assert having(lambda regime: regime.parameters) == {
        "delayed",
        "anchored",
        "joint",
        "new-rows",
        "low-rank",
        "interpolated",
    }


def test_embeddings_of_each_kind_name_a_regime_that_makes_them():
    of_one_table = (Embedding, OneHot, Projected, SomeRows, Joint)
    for kind in (*of_one_table, Multichannel, LowRank, Interpolated):
        assert REGIMES[kind.regime].embedding is kind


@pytest.mark.parametrize("name", REGIMES)
def test_the_table_trains_from_the_first_step_unless_the_regime_delays_it(name):
    regime = REGIMES[name]
    defaults = {each: parameter.default for each, parameter in regime.parameters.items()}
    late = {"delayed": 0.5, "delayed-stall": 1.0}
    assert regime.unfreeze(defaults) == late.get(name, 0)


def test_the_delay_is_a_share_of_the_run():
    assert REGIMES["delayed"].unfreeze({"unfreeze_share": 0.25}) == 0.25
    share = REGIMES["delayed"].parameters["unfreeze_share"]
    assert share.traced
    assert share.value("unfreeze_share", {"unfreeze_share": "1"}) == 1.0
    for wrong in (-0.1, 1.1, "half", None):
        with pytest.raises(InputError, match=f"unfreeze_share = {wrong!r} is refused"):
            share.value("unfreeze_share", {"unfreeze_share": wrong})


@pytest.mark.parametrize("name", WITH_VECTORS)
def test_a_regime_that_starts_from_vectors_is_refused_without(name):
    with pytest.raises(InputError, match="starts from pretrained vectors; give vectors=NAME"):
        start(name, vectors=None)


def test_words_without_a_vector_follow_the_rule_in_every_regime():
    for name in ("frozen", "permuted", "multichannel"):
        assert not start(name, oov="zero")[0][[1, *range(32, 42)]].any()
    assert not start("random-frozen", oov="zero")[0][32:].any()


def test_an_arm_is_called_by_its_regime_and_the_vectors_that_it_starts_from():
    assert arm("tuned", "glove-6b-100d") == "tuned · glove-6b-100d"
    assert arm("permuted", "data/mine.vec") == "permuted · mine.vec"
    assert arm("frozen", "trained:skipgram,dim=50") == "frozen · trained:skipgram,dim=50"
    for name in ("random", "random-labels", "one-hot", "random-frozen"):
        assert arm(name, "glove-6b-100d") == arm(name, None) == name


def test_every_regime_is_on_the_page_of_regimes():
    page = (Path(__file__).parents[1] / "docs" / "regimes.md").read_text("utf-8")
    assert [name for name in REGIMES if f"`{name}`" not in page] == []
