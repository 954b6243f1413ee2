"""Keras's tokenizer and padding: the documents' examples, plain loops, and Keras's own
copy of IMDB."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, strategies as st

from embexp.data import read_corpus
from embexp.data.keras import FILTERS, SIDES, Tokenizer, as_ids, mask, pad, words_of
from embexp.data.tokens import Ids, check_ids
from embexp.errors import InputError

TEXTS = st.lists(st.text("aAbB'- .\t\u00a0é!", max_size=12), max_size=6)
SEQUENCES = st.lists(st.lists(st.integers(1, 9), max_size=5), max_size=5)


def lists(ids: Ids) -> list[list[int]]:
    return [ids.flat[a:b].tolist() for a, b in zip(ids.offsets[:-1], ids.offsets[1:], strict=True)]


def ids_of(sequences: list[list[int]]) -> Ids:
    return Ids(
        np.array([row for each in sequences for row in each], np.int32),
        np.cumsum([0, *map(len, sequences)]),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's a well-made film,\n(really)!", "it's a well made film really"),
        ("50% of $1.5 <br />", "50 of 1 5 br"),
        ("A\u00a0b\rc  d", "a\u00a0b\rc d"),  # only the space and the filters separate
        ("", ""),
    ],
)
def test_words_are_separated_by_spaces_and_filters_only(text, words):
    assert words_of(text) == [word for word in words.split(" ") if word]
    assert words_of("a,b", filters="") == ["a,b"]
    assert "'" not in FILTERS


@given(TEXTS, st.none() | st.integers(1, 5), st.sampled_from([None, "<oov>"]))
def test_fitting_and_encoding_equal_a_plain_loop(texts, num_words, oov):
    tokenizer = Tokenizer.fit(texts, num_words=num_words, oov=oov)
    words = [words_of(text) for text in texts]
    counts = Counter(word for each in words for word in each)
    first = {
        word: place
        for place, word in enumerate(dict.fromkeys(word for each in words for word in each))
    }
    ranked = sorted(counts, key=lambda word: (-counts[word], first[word]))
    offset = 1 if oov is None else 2
    expected = {word: rank for rank, word in enumerate(ranked, offset)}
    assert {word: row for word, row in tokenizer.index.items() if word != oov} == expected
    encoded = []
    for each in [*words, ["new"]]:
        rows = [expected.get(word, 10**6) for word in each]
        encoded.append(
            [
                1 if row >= (num_words or 10**6) else row
                for row in rows
                if oov or row < (num_words or 10**6)
            ]
        )
    assert lists(tokenizer.encode([*texts, "new"])) == encoded
    check_ids(tokenizer.encode(texts), len(tokenizer.rows))


@given(SEQUENCES, st.none() | st.integers(0, 6), st.sampled_from(SIDES), st.sampled_from(SIDES))
def test_padding_equals_a_plain_loop_and_gives_the_texts_again(
    sequences, length, padding, truncating
):
    padded = pad(ids_of(sequences), length, padding=padding, truncating=truncating, value=0)
    width = max(map(len, sequences), default=0) if length is None else length
    assert padded.shape == (len(sequences), width)
    for row, given_ids in zip(padded.tolist(), sequences, strict=True):
        taken = (
            given_ids[max(len(given_ids) - width, 0) :]
            if truncating == "pre"
            else given_ids[:width]
        )
        zeros = [0] * (width - len(taken))
        assert row == (zeros + taken if padding == "pre" else taken + zeros)
        assert [row_id for row_id in row if row_id] == taken
    np.testing.assert_array_equal(mask(padded), padded > 0)
    assert lists(as_ids(padded)) == padded.tolist()


def test_the_names_of_rows_fit_the_ids():
    texts = ["a a a b b c", "b"]
    assert Tokenizer.fit(texts).rows == ["<pad>", "a", "b", "c"]
    assert Tokenizer.fit(texts, num_words=3).rows == ["<pad>", "a", "b"]
    tokenizer = Tokenizer.fit(texts, num_words=3, oov="<unk>")
    assert tokenizer.rows == ["<pad>", "<unk>", "a"]
    assert lists(tokenizer.encode(["a b new c"])) == [[2, 1, 1, 1]]
    assert tokenizer.decode([0, 0, 2, 1]) == "a <unk>"
    assert Tokenizer({"the": 4, "of": 5}, start=1, other=2).rows == [
        "<pad>",
        "<start>",
        "<unk>",
        "<3>",
        "the",
        "of",
    ]


KNOWN = "This text has only known words"
UNKNOWN = "This text has some unknown words"
ANIMALS = [
    "The cat sat on the mat.",
    "The dog sat on the log.",
    "Dogs and cats living together.",
]


@pytest.mark.parametrize(
    ("fitted", "texts", "num_words", "oov", "decoded"),
    [
        ([f"{KNOWN} this text"], [UNKNOWN], 3, "<unk>", ["this <unk> <unk> <unk> <unk> <unk>"]),
        ([f"{KNOWN} this text"], [UNKNOWN], None, "<unk>", ["this text has <unk> <unk> words"]),
        ([f"{KNOWN} this text"], [UNKNOWN], 3, None, ["this text"]),
        ([f"{KNOWN} this text"], [UNKNOWN], None, None, ["this text has words"]),
        (
            ANIMALS,
            ANIMALS,
            10,
            "<unk>",
            ["the cat sat on the mat", "the dog sat on the log", "dogs <unk> <unk> <unk> <unk>"],
        ),
    ],
)
def test_decoding_gives_what_keras_s_own_tests_state(fitted, texts, num_words, oov, decoded):
    tokenizer = Tokenizer.fit(fitted, num_words=num_words, oov=oov)
    assert [tokenizer.decode(ids) for ids in lists(tokenizer.encode(texts))] == decoded


def test_words_and_lengths_are_what_keras_s_own_tests_state():
    assert words_of("hello! ? world!") == ["hello", "world"]
    assert words_of("ali! veli? kırk dokuz elli") == ["ali", "veli", "kırk", "dokuz", "elli"]
    assert Tokenizer.fit([KNOWN]).encode([UNKNOWN]).lengths.tolist() == [4]
    assert Tokenizer.fit([KNOWN], oov="<unk>").encode([UNKNOWN]).lengths.tolist() == [6]


def sequences_to_texts(tokenizer: Tokenizer, ids: list[int], oov: str | None) -> str:
    """Keras's algorithm as its documents describe it, padding left out."""
    words = []
    for row in ids:
        word = {row: word for word, row in tokenizer.index.items()}.get(row)
        if word is None or row >= (tokenizer.num_words or 10**6):
            word = oov
        if row != 0 and word is not None:
            words.append(word)
    return " ".join(words)


@given(
    st.lists(st.integers(-3, 12), max_size=8),
    st.none() | st.integers(1, 7),
    st.sampled_from([None, "oov"]),
)
def test_ids_that_are_never_given_out_decode_as_any_other_word_or_not_at_all(ids, num_words, oov):
    tokenizer = Tokenizer.fit(["a a a b b c d"], num_words=num_words, oov=oov)
    assert tokenizer.decode(ids) == sequences_to_texts(tokenizer, ids, oov)
    assert tokenizer.decode(np.array(ids, np.int32)) == tokenizer.decode(ids)


def test_marks_decode_to_their_names_and_gaps_between_ids_to_any_other_word():
    assert Tokenizer({"the": 4}, start=1, other=2).decode([1, 4, 3, 9, 2]) == (
        "<start> the <unk> <unk> <unk>"
    )
    lone = Tokenizer.fit(["a b"], num_words=1, oov="<unk>")
    assert (lone.rows, lone.decode([1, 2])) == (["<pad>", "<unk>"], "<unk> <unk>")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Tokenizer.fit(["a"], num_words=0), "num_words=0, but id 0 is padding"),
        (
            lambda: Tokenizer.fit(["a oov"], oov="oov"),
            "oov='oov' stands for words that are not known, but the texts hold it",
        ),
        (lambda: pad(ids_of([[1]]), 3, padding="left"), "unknown side .left.; known: post, pre"),
        (lambda: as_ids(np.zeros((2, 6), int), 500), "texts are 6 ids long, but 500 are asked for"),
        (lambda: as_ids(np.zeros(6, int)), r"ids of shape \(6,\) are no matrix"),
        (
            lambda: Tokenizer.imdb("/nowhere"),
            "no file imdb/keras_imdb_word_index.json.gz in /nowhere",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(wrong, said):
    with pytest.raises(InputError, match=said):
        wrong()


FIRST = [
    1,
    14,
    22,
    16,
    43,
    530,
    973,
    1622,
    1385,
    65,
    458,
    4468,
    66,
    3941,
    4,
    173,
    36,
    256,
    5,
    25,
    100,
    43,
    838,
    112,
    50,
    670,
    2,
    9,
    35,
]
"""How the first training review of Keras's copy of IMDB begins, with `num_words=10000`."""


@pytest.mark.slow
@pytest.mark.data
def test_imdb_s_training_reviews_get_the_ids_of_keras_s_own_copy(data_dir):
    splits = read_corpus("imdb").splits
    texts = [*splits["train"].texts, *splits["validation"].texts]
    known = next(
        text
        for text in texts
        if text.lower().startswith("this film was just brilliant,casting,location scenery")
    )
    tokenizer = Tokenizer.imdb(data_dir, num_words=10_000)
    ids = tokenizer.encode([known])
    assert ids.flat[: len(FIRST)].tolist() == FIRST
    assert (len(ids.flat), len(tokenizer.rows), tokenizer.rows[2:6]) == (
        218,
        10_000,
        ["<unk>", "<3>", "the", "and"],
    )
    lengths = tokenizer.encode(texts).lengths
    assert (len(lengths), lengths.mean()) == (
        25_000,
        238.71364,
    )  # the mean that Keras's documents state
