"""Texts into tokens and ids: against plain loops, on every script, and on whatever
hypothesis finds."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, strategies as st

from embexp.data.tokens import Ids, Numbered, check_ids, encode, tokenize
from embexp.errors import InputError
from embexp.words import Vocabulary

ENDINGS = ("'s", "'re", "'ve", "'ll", "'d", "'m", "n't")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't", "do n't"),
        ("CAN'T won't ain't", "ca n't wo n't ai n't"),
        ("It’s they´re I`m we‘ve", "it 's they 're i 'm we 've"),
        ("do n't it 's", "do n't it 's"),
        ("I'd've she'll", "i 'd 've she 'll"),
        ("'some' 'tis O'Brien dogs' y'all n 't don'ts", "some tis o brien dogs y all n t don ts"),
        ("A<br /><br/>B<BR>c <b>", "a b c b"),
        ("well-made, 50% of $1.5 (1930s)!", "well made 50 of 1 5 1930s"),
        ("snake_case", "snake case"),
        ("हिन्दी में", "हिन्दी में"),
        ("Ёлка 北京 שָׁלוֹם", "ёлка 北 京 שָׁלוֹם"),
        ("cafe\u0301", "caf\u00e9"),
        ("co\u00adoperate می\u200cخواهم zero\u200bwidth", "cooperate میخواهم zero width"),
        ("❤️ \u0301 good👍🏽", "good"),
        ("", ""),
        (" \n\t…", ""),
    ],
)
def test_tokens_are_those_of_glove(text: str, tokens: str) -> None:
    assert tokenize(text) == unicodedata.normalize("NFC", tokens).split()


TEXTS = (
    st.text()
    | st.text("ansrvelmdt'’` -_<br/>İΣ\u0301\u200d1")
    | st.lists(st.sampled_from(["don", *ENDINGS, "'", "<br />", " "])).map("".join)
)


@given(TEXTS)
def test_any_text_gives_sound_tokens_that_give_themselves_again(text: str) -> None:
    tokens = tokenize(text)
    assert tokenize(" ".join(tokens)) == tokens
    for token in tokens:
        assert token in ENDINGS or "'" not in token
        assert any(map(str.isalnum, token))
        assert not any(map(str.isspace, token))


@given(st.lists(st.text("abcéя9", min_size=1)))
def test_plain_words_come_back_whole(words: list[str]) -> None:
    assert tokenize(" , ".join(words)) == words


def test_ids_are_those_of_a_plain_loop() -> None:
    vocabulary = Vocabulary.build([["a", "film"], ["a", "fine", "film"]], min_count=2)
    texts = [["a", "fine", "film", "a"], [], ["odd"]]
    ids = encode(iter(texts), vocabulary)
    expected = [
        [vocabulary.words.index(word) if word in vocabulary.words else 1 for word in text]
        for text in texts
    ]
    ends = zip(ids.offsets[:-1], ids.offsets[1:], strict=True)
    assert [ids.flat[a:b].tolist() for a, b in ends] == expected
    assert ids.lengths.tolist() == [len(text) for text in expected]
    assert (ids.flat.dtype, ids.offsets.dtype) == (np.int32, np.int64)
    check_ids(ids, len(vocabulary))


@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "c", "d", "<pad>", "<unk>"]))),
    st.integers(1, 3),
    st.none() | st.integers(1, 3),
)
def test_numbered_texts_have_the_vocabulary_and_ids_of_the_texts_themselves(
    texts: list[list[str]], min_count: int, max_words: int | None
) -> None:
    numbered = Numbered.of(iter(texts))
    expected = Vocabulary.build(texts, min_count=min_count, max_words=max_words)
    vocabulary = Vocabulary.of_counts(numbered.counts, min_count, max_words)
    assert vocabulary.words == expected.words
    assert vocabulary.counts.tolist() == expected.counts.tolist()
    found, ids = numbered.encode(vocabulary), encode(texts, expected)
    assert [found.flat.tolist(), found.offsets.tolist()] == [
        ids.flat.tolist(),
        ids.offsets.tolist(),
    ]
    assert (found.flat.dtype, found.offsets.dtype) == (np.int32, np.int64)


def test_no_texts_are_no_ids() -> None:
    ids = encode([], Vocabulary.build([]))
    assert ids.flat.shape == (0,)
    assert ids.offsets.tolist() == [0]
    assert ids.lengths.shape == (0,)


@pytest.mark.parametrize(
    ("flat", "said"),
    [
        ([2, 3, 9], "id 9 at position 1 of text 2 .* 9 rows"),
        ([2, -1, 3], "id -1 at position 0 of text 2"),
    ],
)
def test_ids_outside_the_table_are_refused(flat: list[int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_ids(Ids(np.array(flat, np.int32), np.array([0, 1, 1, 3])), 9)


def test_ids_that_are_no_whole_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="float64"):
        check_ids(Ids(np.array([1.0]), np.array([0, 1])), 9)


def test_no_batch_of_a_group_has_more_different_ids_than_is_said() -> None:
    rng = np.random.default_rng(0)
    texts = [(rng.pareto(0.7, rng.integers(0, 60)) * 3).astype(int).clip(0, 500) for _ in range(80)]
    ids = Ids(np.concatenate(texts).astype(np.int32), np.cumsum([0, *map(len, texts)]))
    groups = [np.arange(50), np.arange(50, 80)]
    most = list(ids.most_distinct(groups, batch=16))
    for group, bound in zip(groups, most, strict=True):
        drawn = (rng.permutation(group)[:16] for _ in range(300))
        seen = max(len(set(np.concatenate([texts[text] for text in batch]))) for batch in drawn)
        one_by_one = np.sort([len(set(texts[text])) for text in group])[-16:].sum()
        assert seen <= bound < one_by_one
    assert list(Ids(np.zeros(0, np.int32), np.zeros(3, int)).most_distinct([np.arange(2)], 2)) == [
        2
    ]
