"""Files and texts into a stream of ids."""

import bz2
import gzip
import lzma
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, strategies as st

from embexp.data.tokens import tokenize
from embexp.errors import InputError
from embexp.vectors import text as texts
from embexp.vectors.text import read_text

LINES = ["The film, the FILM!", "", "A film isn't a book.", "the book"]


def plain(lines, min_count):
    """Words, counts and texts of ids, by the plainest means."""
    tokens = [tokenize(line) for line in lines]
    counts = Counter(token for line in tokens for token in line)
    words = [word for word, count in counts.most_common() if count >= min_count]
    return (
        words,
        [counts[word] for word in words],
        [[words.index(token) for token in line if token in words] for line in tokens],
    )


def unpacked(text):
    starts = [0, *text.ends[:-1]]
    return [text.ids[start:end].tolist() for start, end in zip(starts, text.ends, strict=True)]


@given(
    st.lists(
        st.lists(st.sampled_from("abcdef"), max_size=6).map(" ".join), min_size=1, max_size=12
    ),
    st.integers(1, 3),
)
def test_a_text_equals_the_plain_way_however_small_its_blocks(lines, min_count):
    words, counts, ids = plain(lines, min_count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "BLOCK", 3)
        if len(words) < 2:
            with pytest.raises(InputError, match="two words"):
                read_text(lines, min_count=min_count)
            return
        text = read_text(lines, min_count=min_count)
    assert (text.words, text.counts.tolist(), unpacked(text)) == (words, counts, ids)
    assert text.read == sum(len(tokenize(line)) for line in lines)


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)],
)
def test_a_packed_file_gives_the_same_text(tmp_path, suffix, pack):
    path = tmp_path / f"corpus.txt{suffix}"
    path.write_bytes(pack("\n".join(LINES).encode()))
    text = read_text(path, min_count=1)
    words, counts, ids = plain(LINES, 1)
    assert (text.words, text.counts.tolist(), unpacked(text)) == (words, counts, ids)
    assert (
        text.digest
        == read_text(LINES, min_count=1).digest
        != read_text(LINES[1:], min_count=1).digest
    )


def test_a_long_line_is_cut_between_words(tmp_path, monkeypatch):
    monkeypatch.setattr(texts, "PIECE", 16)
    path = tmp_path / "long"
    path.write_text("one two three four five six seven eight nine ten\nab cd\n" + "x" * 40 + " end")
    text = read_text(path, min_count=1)
    assert [text.words[i] for i in text.ids][:12] == tokenize(
        "one two three four five six seven eight nine ten ab cd"
    )
    assert text.words[text.ids[-1]] == "end"


def test_columns_and_names_are_read_and_mistakes_refused(tmp_path):
    (tmp_path / "reviews.csv").write_text("text,label\na film,1\na book,0\n")
    assert unpacked(read_text(tmp_path / "reviews.csv", min_count=1)) == [[0, 1], [0, 2]]
    (tmp_path / "plain.txt").write_text("a film\n")
    for arguments, options, said in [
        (tmp_path / "plain.txt", {"column": "text"}, "no column"),
        (tmp_path / "reviews.csv", {"column": "words"}, "no column 'words'"),
        (tmp_path / "missing.txt", {}, "no file"),
        ("imdbb", {}, "did you mean 'imdb'"),
        (["a b"], {"tokenizer": "letters"}, "unknown tokenizer"),
        (["a b"], {"min_count": 0}, "min_count is 0"),
        ([], {}, "two words"),
    ]:
        with pytest.raises(InputError, match=said):
            read_text(arguments, **options)


def test_spaces_keep_tokens_as_they_are():
    assert read_text(["Don't STOP , don't"], tokenizer="spaces", min_count=1).words == [
        "Don't",
        "STOP",
        ",",
        "don't",
    ]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=8).filter(sum), st.data())
def test_lines_number_the_texts_of_a_span(lengths, data):
    ends = np.cumsum(lengths)
    text = texts.Text(
        ["a", "b"], np.array([1, 1]), np.zeros(ends[-1], np.int32), ends, int(ends[-1])
    )
    start = data.draw(st.integers(0, int(ends[-1]) - 1))
    stop = data.draw(st.integers(start + 1, int(ends[-1])))
    whole = np.repeat(np.arange(len(lengths)), lengths)[start:stop]
    assert (
        (text.lines(start, stop)[:, None] == text.lines(start, stop)) == (whole[:, None] == whole)
    ).all()
