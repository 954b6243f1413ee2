"""Skip-gram against a plain loop over pairs, interrupted trainings, and words that end
near each other."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from two_topics import TOPICS, sentences

from embexp.devices import prepare
from embexp.errors import InputError
from embexp.vectors import blocks, chunks, gensim_backend, skipgram
from embexp.vectors.blocks import SkipGramTables
from embexp.vectors.chunks import ChunkSampler, Span
from embexp.vectors.settings import SkipGram
from embexp.vectors.text import read_text


@pytest.fixture(scope="module")
def text():
    return read_text(sentences(np.random.default_rng(0)), min_count=1)


def plain_pairs(chunk, step, window):
    """Block, centre's word, context word: by looking at every pair of places."""
    length = chunk.left.shape[2]
    return [
        (b, int(chunk.ids[step, b, i + window]), int(chunk.ids[step, b, i + window + away]))
        for b in range(chunks.BLOCKS)
        for i in range(length)
        for away in range(-window, window + 1)
        if away != 0 and -chunk.left[step, b, i] <= away <= chunk.right[step, b, i]
    ]


@pytest.mark.parametrize(("rate", "cap"), [(1.0, 1e9), (1e9, 0.5)])
def test_a_steps_gradient_is_that_of_the_plain_loop_over_pairs(text, rate, cap):
    """Each row moves by its gradient times the rate, or, where the cap bounds it, times
    cap / the weight of its pairs."""
    settings = SkipGram(dim=5, window=3, negatives=4, sample=0.01)
    chunk = ChunkSampler(text, settings).chunk(Span(0, 0, len(text)))
    rng = np.random.default_rng(1)
    v, u = (rng.normal(size=(len(text.words), 5)) for _ in range(2))
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    to_v, to_u, of_v, of_u = (
        np.zeros_like(v),
        np.zeros_like(u),
        np.zeros((len(v), 1)),
        np.zeros((len(u), 1)),
    )
    for b, centre, context in plain_pairs(chunk, 0, 3):
        targets = [(context, 1.0, 1.0)] + [
            (int(word), 0.0, 4 / chunks.SHARED) for word in chunk.noise[0, b]
        ]
        for word, truth, weight in targets:
            error = weight * (truth - sigmoid(v[centre] @ u[word]))
            to_v[centre] += error * u[word]
            to_u[word] += error * v[centre]
            of_v[centre] += weight
            of_u[word] += weight
    tables = SkipGramTables(jnp.asarray(v, jnp.float32), jnp.asarray(u, jnp.float32))
    parts = (jnp.asarray(part[0]) for part in chunk[:4])
    moved = blocks.stepped(tables, *parts, jnp.float32(rate), jnp.float32(cap), 4)
    for before, after, gradient, weight in zip(
        (v, u), moved, (to_v, to_u), (of_v, of_u), strict=True
    ):
        assert weight.min() > 1
        np.testing.assert_allclose(
            after - before, gradient * np.minimum(rate, cap / weight), atol=2e-4
        )  # float32 sums of thousands


def test_every_pair_of_the_kept_text_is_seen_once():
    lines = ["a b c d e f g"] * 300
    text = read_text(lines, min_count=1)
    settings = SkipGram(window=2, sample=0.0)
    chunk = ChunkSampler(text, settings).chunk(Span(0, 0, len(text)))
    seen = [pair[1:] for step in range(chunk.steps) for pair in plain_pairs(chunk, step, 2)]
    reach = np.random.default_rng([0, 1, 0, 0])
    reach.random(len(text), np.float32)
    reach = reach.integers(1, 3, len(text), np.int32).reshape(300, 7)
    expected = [
        (text.words.index("abcdefg"[i]), text.words.index("abcdefg"[j]))
        for row in reach
        for i in range(7)
        for j in range(7)
        if 0 < abs(i - j) <= row[i]
    ]
    assert sorted(seen) == sorted(expected)


def test_the_cap_bounds_the_rate_of_a_row_wherever_it_repeats():
    rows, weights = jnp.array([[0, 0], [2, 1]]), jnp.array([[6.0, 10.0], [3.0, 0.1]])
    found = blocks.row_rates(4, rows, weights, jnp.float32(0.5), jnp.float32(2.0))
    np.testing.assert_allclose(found, [[2 / 16, 2 / 16], [0.5, 0.5]])


def test_thinning_is_that_of_gensim(text):
    from gensim.models import Word2Vec

    model = Word2Vec(sample=0.01, min_count=1)
    model.build_vocab_from_freq(dict(zip(text.words, text.counts.tolist(), strict=True)))
    stay = [model.wv.get_vecattr(word, "sample_int") / (2**32 - 1) for word in text.words]
    np.testing.assert_allclose(
        np.minimum(1, ChunkSampler(text, SkipGram(sample=0.01)).stay), stay, rtol=1e-5
    )


@pytest.mark.parametrize("tokens", [1, 500, 1001, 5000])
def test_rounds_go_through_each_epoch_once_two_chunks_at_a_time(monkeypatch, tokens):
    monkeypatch.setattr(chunks, "CHUNK", 500)
    text = read_text(["a b " * 2500], min_count=1)
    text = replace(text, ids=text.ids[:tokens], ends=np.array([tokens]))
    source = ChunkSampler(text, SkipGram(epochs=2))
    rounds = source.rounds()
    assert {len(spans) for spans in rounds} == ({1} if tokens <= 500 else {2})
    flat = [span for spans in rounds for span in spans]
    for epoch in range(2):
        own = [span for span in flat if span.epoch == epoch]
        assert [place for span in own for place in range(span.start, span.stop)] == list(
            range(tokens)
        )
    assert max(span.stop - span.start for span in flat) == source.span <= 500


def test_merged_rows_move_by_the_sum_of_rare_changes_and_by_the_mean_of_frequent_ones():
    rng = np.random.default_rng(0)
    start, one, other = (
        SkipGramTables(*(jnp.asarray(rng.normal(size=(3, 4)), jnp.float32) for _ in range(2)))
        for _ in range(3)
    )
    pull = SkipGramTables(jnp.array([0.0, 100.0, 1e9]), jnp.array([0.0, 1e9, 1e9]))
    expected = [
        np.asarray(s) + share[:, None] * (np.asarray(a) - s + np.asarray(b) - s)
        for s, a, b, share in zip(
            start,
            one,
            other,
            (np.array([1, 0.5 + 0.5 * np.exp(-blocks.FADE * 50), 0.5]), np.array([1, 0.5, 0.5])),
            strict=True,
        )
    ]
    found = blocks.merged(start, one, other, pull, jnp.float32(0.5), jnp.float32(1e6))
    for table, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(table, right, atol=1e-6)


def test_one_device_gives_the_bits_of_two(text, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 600)
    settings = SkipGram(dim=8, epochs=2, sample=0.01)
    two = skipgram.train(text, settings).table
    device = prepare()[0]
    monkeypatch.setattr(skipgram, "prepare", lambda: [device])
    assert (skipgram.train(text, settings).table == two).all()


@pytest.mark.parametrize("rate", [0.025, 0.1, 1.0])
def test_words_of_one_topic_end_near_each_other(text, rate):
    vectors = skipgram.train(text, SkipGram(dim=10, epochs=12, sample=0.0, learning_rate=rate))
    for topic in TOPICS:
        for word in topic:
            assert {near for near, _ in vectors.neighbors(word, 3)} == {*topic} - {word}


def test_a_divergence_and_bad_numbers_are_said(text):
    wild = {"learning_rate": 1e30, "cap": 1e30}  # no user may ask for them
    with pytest.raises(InputError, match=r"diverged in epoch . at learning rate 1e\+30"):
        skipgram.train(text, SkipGram(dim=4).model_copy(update=wild))
    for field, value in [
        ("dim", 0),
        ("window", 0),
        ("epochs", 0),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("sample", -1.0),
        ("seed", -1),
    ]:
        with pytest.raises(InputError, match=f"{field} is {value}"):
            SkipGram(**{field: value})
    with pytest.raises(InputError, match="workers is 0"):
        gensim_backend.train(text, "cbow", workers=0)


def test_one_program_for_each_device_serves_all_chunks(text, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 1024)
    blocks.advance.clear_cache()
    skipgram.train(text, SkipGram(dim=4, epochs=2, sample=0.01))
    assert blocks.advance._cache_size() == min(2, len(prepare()))


def test_a_wide_window_reaches_all_it_should():
    text = read_text([" ".join(f"w{i}" for i in range(90))] * 3, min_count=1)
    settings = SkipGram(window=40, sample=0.0, dim=4)
    chunk = ChunkSampler(text, settings).chunk(Span(0, 0, len(text)))
    pairs = sum(len(plain_pairs(chunk, step, 40)) for step in range(chunk.steps))
    rng = np.random.default_rng([0, 1, 0, 0])
    rng.random(270, np.float32)
    reach = rng.integers(1, 41, 270, np.int32).reshape(3, 90)
    places = np.arange(90)
    assert pairs == (np.minimum(reach, places).sum() + np.minimum(reach, 89 - places).sum())
