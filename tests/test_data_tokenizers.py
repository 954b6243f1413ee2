"""Tokenizers by name: scripts without spaces, Unicode's boundaries, and learnt sub-words."""

import json
import pickle
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings, strategies as st

from embexp.data.pieces import Pieces, word_start
from embexp.data.scripts import language_of, unspaced_notice
from embexp.data.tokenizers import TOKENIZERS, check_tokenizer, tokenizer, tokenizer_checksum
from embexp.errors import InputError

TEXTS = [
    "The lowest of the low, the newest of the new.",
    "Lower and lower, newer and newer: the widest newest low.",
    "这家酒店很好,服务也很好。 酒店很差",
    "이 영화는 정말 재미있었습니다",
    "naïve café — déjà vu",
] * 3
METHODS = ("bpe", "wordpiece", "unigram")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("我喜欢film,真的", "我 喜 欢 film 真 的"),
        ("これはホテルです", "こ れ は ホテル で す"),
        ("ภาษาดี", "ภ า ษ า ดี"),
        ("영화는 좋다", "영화는 좋다"),
        ("abc中def", "abc 中 def"),
        ("don't 3๑", "do n't 3๑"),
        ("𠮷野家", "𠮷 野 家"),
    ],
)
def test_words_of_scripts_without_spaces_are_letters(text, tokens):
    assert next(tokenizer("words")([text])) == tokens.split(" ")


@pytest.mark.parametrize(
    ("text", "words"),
    [  # rules of UAX 29, table 3: WB3–WB17
        ("Can't stop", ["can't", "stop"]),
        ("3.14 1,000", ["3.14", "1,000"]),
        ("foo_bar e-mail", ["foo_bar", "e", "mail"]),
        ("カタカナ漢字", ["カタカナ", "漢", "字"]),
        ("A.B.C 50% 👩‍💻", ["a.b.c", "50"]),
        ("ש״א", ["ש״א"]),
    ],
)
def test_unicode_words_are_those_of_the_standard(text, words):
    assert next(tokenizer("unicode")([text])) == words


@given(st.text())
def test_characters_are_the_letters_of_the_text(text):
    found = next(tokenizer("characters")([text]))
    clean = unicodedata.normalize("NFC", text.lower())
    assert [each[0] for each in found] == [each for each in clean if each.isalnum()]
    assert all(unicodedata.category(mark)[0] == "M" for each in found for mark in each[1:])


@pytest.mark.parametrize("method", METHODS)
def test_learnt_pieces_spell_the_text_and_are_no_more_than_asked_for(method):
    learnt = tokenizer(f"trained:{method},size=200", TEXTS)
    assert len(learnt.names) <= 200
    assert len({*learnt.names}) == len(learnt.names)
    for text, tokens in zip(TEXTS, learnt(TEXTS), strict=True):
        spelt = "".join(token.removeprefix("##").strip("▁") for token in tokens)
        assert spelt == "".join(unicodedata.normalize("NFKC", text.lower()).split())
    if method != "unigram":  # which need not hold a word that pieces make likely
        assert next(learnt(["the low"])) == ["the", "low"]


@pytest.mark.parametrize("method", METHODS)
def test_the_same_texts_teach_the_same_pieces_in_every_process(method):
    code = (
        "import json, sys; from embexp.data.tokenizers import tokenizer; "
        "texts = json.loads(sys.argv[1]); learnt = tokenizer(sys.argv[2], texts); "
        "print(json.dumps([learnt.names, list(learnt(texts))]))"
    )
    command = [sys.executable, "-c", code, json.dumps(TEXTS), f"trained:{method},size=90"]
    first, second = (subprocess.run(command, capture_output=True, check=True) for _ in range(2))
    assert first.stdout == second.stdout
    learnt = tokenizer(f"trained:{method},size=90", TEXTS)
    assert json.loads(first.stdout) == [learnt.names, list(learnt(TEXTS))]


def test_bpe_learns_the_merges_of_the_paper():
    """Sennrich et al. (2016), Algorithm 1: on its dictionary the first merges are es, est, low."""
    words = ["low"] * 5 + ["lower"] * 2 + ["newest"] * 6 + ["widest"] * 3
    learnt = tokenizer("trained:bpe,size=15", [" ".join(words)])
    merges = [each.removeprefix("##") for each in learnt.names[1:] if len(each.strip("#▁")) > 1]
    assert merges[:2] == ["es", "est"]
    assert len(learnt.names) == 15


def library(model, **parts):
    """A tokenizer of the library from some words."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers

    made = Tokenizer(model)
    if parts.get("byte_level"):
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=400,
            initial_alphabet=alphabet,
            special_tokens=["<|end|>"],
            show_progress=False,
        )
    else:
        made.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.BpeTrainer(
            vocab_size=150, special_tokens=["<unk>", "<s>"], show_progress=False
        )
    made.train_from_iterator(TEXTS, trainer)
    return made


@pytest.mark.parametrize("byte_level", [False, True])
def test_pieces_have_one_name_each_and_the_librarys_own_ids(byte_level):
    from tokenizers import models

    unknown = {} if byte_level else {"unk_token": "<unk>"}
    made = library(models.BPE(**unknown), byte_level=byte_level)
    pieces = Pieces(made)
    assert len({*pieces.names}) == len(pieces.names) == made.get_vocab_size()
    texts = [*TEXTS, "", "low lower <s> zzz", "▁ ## ##low"]
    own = [made.encode(text, add_special_tokens=False).ids for text in texts]
    assert list(pieces.ids(texts)) == own
    assert list(pieces(texts)) == [[pieces.names[each] for each in ids] for ids in own]
    assert word_start(pieces) == (" " if byte_level else "")
    ids = next(pieces.ids([word_start(pieces) + "the"]))
    assert [pieces.names[each] for each in ids] == ["the"]
    assert pieces.names.index("the") != pieces.names.index("##e")


@settings(max_examples=50)
@given(st.text())
def test_any_text_is_cut_and_nothing_is_added(text):
    from tokenizers import models

    learnt = tokenizer("trained:bpe,size=90", TEXTS)
    for ids in learnt.ids([text]):
        assert all(0 <= each < len(learnt.names) for each in ids)
    byte_level = Pieces(library(models.BPE(), byte_level=True))
    raw = byte_level.tokenizer.encode(text, add_special_tokens=False).ids
    assert next(byte_level.ids([text])) == raw


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("word", "did you mean 'words'"),
        ("words:x", "takes nothing after a colon"),
        ("trained:bpc", "did you mean 'bpe'"),
        ("trained:bpe,size=0", "write size=8000"),
        ("trained:bpe,pieces=9", "write size=8000"),
        ("dictionary:en", "unknown language of a dictionary"),
        ("hf:", "has nothing after its colon"),
        ("words:", "has nothing after its colon"),
        ("trained", "unknown method that learns sub-words"),
        ("dictionary", "unknown language of a dictionary"),
    ],
)
def test_odd_names_are_refused(name, sentence):
    with pytest.raises(InputError, match=sentence):
        check_tokenizer(name)


def test_files_that_are_no_tokenizers_are_refused(tmp_path):
    with pytest.raises(InputError, match="neither a folder nor an installed package 'gone'"):
        tokenizer("hf:gone")
    with pytest.raises(InputError, match="holds no tokenizers of the library"):
        tokenizer(f"hf:{tmp_path}")
    for content in ("", "{}", "[]", '{"model": {"type": "BPE"}, "added_tokens": []}'):
        (tmp_path / "tokenizer.json").write_text(content)
        with pytest.raises(InputError, match="is no tokenizer that can be read"):
            tokenizer(f"hf:{tmp_path}")
    with pytest.raises(InputError, match="the training texts are empty"):
        tokenizer("trained:bpe", ["", " "])


def test_what_tokens_are_made_from_is_noted():
    assert all(tokenizer_checksum(name) is None for name in ("words", "characters", "unicode"))
    assert len(tokenizer_checksum("trained:bpe") or "") == 64
    assert {"words", "keras-imdb"} < {*TOKENIZERS}


@pytest.mark.parametrize("name", ["words", "characters", "unicode"])
def test_lone_surrogates_end_no_run(name):
    assert len(next(tokenizer(name)(["a \ud800 b"]))) in (2, 3)


@pytest.mark.parametrize("method", METHODS)
def test_sub_words_read_lone_surrogates_as_question_marks(method):
    learnt = tokenizer(f"trained:{method},size=90", [*TEXTS, "\ud800?"])
    assert list(learnt(["a \ud800"])) == list(learnt(["a ?"]))


@pytest.mark.parametrize("name", ["words", "characters", "unicode", "trained:unigram,size=90"])
def test_tokenizers_go_to_other_processes(name):
    own = tokenizer(name, TEXTS)
    again = pickle.loads(pickle.dumps(own))  # noqa: S301 - our own bytes
    assert list(again(TEXTS)) == list(own(TEXTS))


def test_texts_in_a_script_without_spaces_are_noticed():
    assert unspaced_notice({"film": 99, "中": 0}) is None
    assert "33% of the tokens are single characters" in (unspaced_notice({"a": 2, "中": 1}) or "")


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("我 非常 喜欢 这 部 电影 movie", "zh"),
        ("これ は ホテル です", "ja"),
        ("東京 国立 博物館 展示 会場 案内 の", "zh"),  # Japanese, but with hardly any kana
        ("이 영화는 정말 good", "ko"),
        ("a film about 北京", None),
        ("это хорошее кино", None),
        ("1 2 3", None),
        ("", None),
    ],
)
def test_scripts_point_to_languages(words, language):
    assert language_of(dict.fromkeys(words.split(), 2)) == language


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("zh", "我非常喜欢这部电影!", "我 非常 喜欢 这 部 电影"),
        ("ja", "これはホテルです。", "これ は ホテル です"),
        ("ko", "이 영화는 정말", "이 영화 는 정말"),
    ],
)
def test_dictionaries_find_words(language, text, words):
    pytest.importorskip("lindera")
    assert next(tokenizer(f"dictionary:{language}")([text])) == words.split(" ")


def by_hand(text: str, words: int, letters: tuple[int, int], buckets: int) -> list[str]:
    """fastText's tokens of a line, number by number as its C++ has them."""

    def hashed(part: str) -> int:
        found = 2166136261
        for byte in part.encode():
            found = ((found ^ ((byte ^ 0x80) - 0x80)) * 16777619) % 2**32
        return found

    cut = text.split(" ")
    own = [hashed(word) - 2**32 * (hashed(word) >= 2**31) for word in cut]
    found: list[int] = []
    for length in range(2, words + 1):
        for first in range(len(cut) - length + 1):
            run = own[first] % 2**64
            for each in own[first + 1 : first + length]:
                run = (run * 116049371 + each) % 2**64
            found.append(run)
    for word in cut if letters[1] else []:
        bounded = f"<{word}>"
        for length in range(letters[0], letters[1] + 1):
            parts = (bounded[at : at + length] for at in range(len(bounded) - length + 1))
            found += [hashed(part) for part in parts if part not in {"<", ">"}]
    return sorted(cut) + sorted(f"n-gram#{each % buckets}" for each in found)


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        ("", (2, (0, 0), 100_000)),
        (":words=3,buckets=7", (3, (0, 0), 7)),
        (":words=1,letters=1-4", (1, (1, 4), 100_000)),
        (":letters=3-3,words=5,buckets=1000000", (5, (3, 3), 1_000_000)),
    ],
)
@pytest.mark.parametrize("text", ["not a good film", "très déjà vu 好 看 ни", "word", "a b"])
def test_hashed_n_grams_are_those_of_fasttext(given, settings, text):
    cut = pickle.loads(pickle.dumps(tokenizer(f"ngrams{given}")))  # noqa: S301 - our own
    (found,) = cut([text])
    words = text.split(" ")
    assert found[: len(words)] == words
    assert sorted(words) + sorted(found[len(words) :]) == by_hand(text, *settings)


def test_a_text_without_words_has_no_n_gram():
    assert list(tokenizer("ngrams:letters=1-2")(["", "?!"])) == [[], []]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("words=0", "1 to 20"),
        ("letters=4-3", "the fewest first"),
        ("letters=0-3", "1 to 20"),
        ("letters=3", "'letters=3'"),
        ("buckets=0", "buckets"),
        ("buckets=" + "9" * 5000, "is no setting"),
        ("words=two", "'words=two'"),
        ("chars=3-6", "'chars=3-6'"),
    ],
)
def test_wrong_settings_of_n_grams_are_named(given, named):
    with pytest.raises(InputError, match=named):
        check_tokenizer(f"ngrams:{given}")
