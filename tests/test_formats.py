"""Every vector format gives back what was written, and a damaged file ends in sound
rows or in one sentence."""

import bz2
import gzip
import lzma
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from embexp import formats
from embexp.errors import InputError
from embexp.formats import fasttext, lines, parquet, rows, streams, tensors, text, word2vec

SUFFIX = {name: kind.suffixes[-1] for name, kind in formats.FORMATS.items()}
KINDS = pytest.mark.parametrize("kind", formats.FORMATS)
WORDS = [
    "the",
    ",",
    "don't",
    "Ünïcode",
    "и",
    "\u00a0",
    "\x85",
    "a\tb",
    "12",
    "nan",
    "#",
    '"',
    "</s>",
    "\u2028",
    "😀",
]
TABLE = np.random.default_rng(0).normal(size=(len(WORDS), 7)).astype(np.float32)


def written(tmp_path, kind, words=WORDS, table=TABLE, pack=""):
    path = tmp_path / f"vectors{SUFFIX[kind]}{pack}"
    formats.write(path, words, table)
    return path


def glove(tmp_path, *lines, end="\n"):
    path = tmp_path / "vectors.txt"
    path.write_bytes(
        b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
        + end.encode()
    )
    return path


def test_a_suffix_names_each_format():
    assert {
        kind: formats.suffix_format(Path(f"vectors{suffix}")) for kind, suffix in SUFFIX.items()
    } == {kind: kind for kind in SUFFIX}


@KINDS
@pytest.mark.parametrize("pack", ["", ".gz", ".bz2", ".xz", ".zip"])
def test_written_then_read_is_the_same_bit_for_bit(tmp_path, kind, pack):
    path = written(tmp_path, kind, pack=pack)
    words, table = formats.read(path)
    assert words == WORDS
    assert table.dtype == np.float32
    assert table.tobytes() == TABLE.tobytes()
    assert table.flags.writeable
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@KINDS
def test_the_same_rows_give_the_same_bytes(tmp_path, kind):
    first = written(tmp_path, kind, pack=".gz").read_bytes()
    (tmp_path / "other").mkdir()
    assert written(tmp_path / "other", kind, pack=".gz").read_bytes() == first


@KINDS
@settings(max_examples=30)
@given(data=st.data())
def test_odd_words_and_numbers_survive_or_are_refused(tmp_path_factory, kind, data):
    table = data.draw(
        hnp.arrays(
            np.float32,
            hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
            elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
        )
    )
    words = data.draw(
        st.lists(st.text(max_size=6), min_size=len(table), max_size=len(table), unique=True)
    )
    path = tmp_path_factory.getbasetemp() / f"odd{SUFFIX[kind]}"
    try:
        formats.write(path, words, table)
    except InputError:
        assume(False)
    read_words, read_table = formats.read(path)
    assert read_words == words
    assert read_table.tobytes() == table.tobytes()
    kept = words[::2]
    some_words, some_table = formats.read(path, words=kept)
    assert some_words == kept
    assert some_table.tobytes() == table[::2].tobytes()


@KINDS
def test_only_needed_words_in_the_files_order(tmp_path, kind):
    words, table = formats.read(written(tmp_path, kind), words=["и", "absent", "the"])
    assert words == ["the", "и"]
    np.testing.assert_array_equal(table, TABLE[[0, WORDS.index("и")]])


@KINDS
def test_the_limit_counts_rows_of_the_file(tmp_path, kind):
    path = written(tmp_path, kind)
    assert formats.read(path, limit=3)[0] == WORDS[:3]
    assert formats.read(path, limit=99)[0] == WORDS
    assert formats.read(path, words=["the", "12"], limit=3)[0] == ["the"]
    with pytest.raises(InputError, match="limit"):
        formats.read(path, limit=0)


@KINDS
def test_no_word_in_common_is_said(tmp_path, kind):
    path = written(tmp_path, kind)
    with pytest.raises(InputError, match=f"{path.name} holds none of the words"):
        formats.read(path, words=["absent"])
    found = formats.contents(path, words=["absent"], empty=True)
    assert (found.words, len(found.table)) == ([], 0)


def written_unchecked(tmp_path, kind, words):
    """A file that `formats.write` would refuse."""
    path = tmp_path / f"vectors{SUFFIX[kind]}"
    with streams.writing(path) as stream:
        formats.FORMATS[kind].write(stream, words, TABLE[: len(words)])
    return path


@KINDS
def test_of_a_word_twice_the_first_row_counts(tmp_path, kind):
    found = formats.contents(written_unchecked(tmp_path, kind, ["abc", "xyz", "abc", "pqr", "xyz"]))
    assert found.words == ["abc", "xyz", "pqr"]
    np.testing.assert_array_equal(found.table, TABLE[[0, 1, 3]])
    assert (found.duplicates, found.broken, found.format) == (2, 0, kind)


@KINDS
def test_rows_counted_over_batches(tmp_path, kind, monkeypatch):
    small_batches(monkeypatch)
    found = formats.contents(written_unchecked(tmp_path, kind, [*WORDS[:5], "the", *WORDS[6:]]))
    assert found.words == WORDS[:5] + WORDS[6:]
    assert found.duplicates == 1
    np.testing.assert_array_equal(found.table, np.delete(TABLE, 5, axis=0))


@KINDS
def test_broken_utf8_is_marked_in_the_word(tmp_path, kind):
    path = written(tmp_path, kind, ["abc", "xyz"], TABLE[:2])
    if kind == "parquet":
        broken_parquet(path)
    elif kind == "npz":
        np.savez(path, words=np.frombuffer(b"a\xffc\nxyz\n", np.uint8), table=TABLE[:2])
    else:
        path.write_bytes(path.read_bytes().replace(b"abc", b"a\xffc"))
    found = formats.contents(path)
    assert found.words == ["a\ufffdc", "xyz"]
    assert found.broken == 1


def broken_parquet(path):
    import pyarrow as pa
    from pyarrow import parquet

    words = pa.Array.from_buffers(
        pa.string(), 2, pa.array([b"a\xffc", b"xyz"], pa.binary()).buffers()
    )
    parquet.write_table(
        pa.table({"word": words, "vector": pa.array(TABLE[:2].tolist(), pa.list_(pa.float32()))}),
        path,
    )


def small_batches(monkeypatch):
    monkeypatch.setattr(text, "BLOCK", 50)
    for module in (text, lines, parquet):
        monkeypatch.setattr(module, "BATCH", 2)
    for module in (rows, word2vec, fasttext, tensors):
        monkeypatch.setattr(module, "CHUNK", 40)


@KINDS
def test_many_batches_and_their_numbering(tmp_path, kind, monkeypatch):
    small_batches(monkeypatch)
    path = written(tmp_path, kind)
    words, table = formats.read(path)
    assert words == WORDS
    assert table.tobytes() == TABLE.tobytes()
    for limit in range(1, 8):
        assert formats.read(path, limit=limit)[0] == WORDS[:limit]
        assert formats.read(path, words=WORDS, limit=limit)[1].tobytes() == TABLE[:limit].tobytes()


@KINDS
@pytest.mark.parametrize("change", ["flip", "cut", "insert", "drop"])
def test_a_damaged_file_ends_in_sound_rows_or_one_sentence(tmp_path, kind, change):
    path = written(tmp_path, kind, WORDS[:6], TABLE[:6])
    good, draw = path.read_bytes(), np.random.default_rng(list(f"{kind}{change}".encode()))
    for _ in range(150):
        at, byte = draw.integers(len(good)), draw.integers(256)
        bad = {
            "flip": good[:at] + bytes([byte]) + good[at + 1 :],
            "cut": good[:at],
            "insert": good[:at] + bytes([byte]) + good[at:],
            "drop": good[:at] + good[at + 1 :],
        }[change]
        path.write_bytes(bad)
        try:
            words, table = formats.read(path)
        except InputError as error:
            sentence = str(error)
        else:
            sentence = f"{path} is sound"
            assert len(table) == len(words)
            assert np.isfinite(table).all()
            if kind == "word2vec-binary" and change != "flip":
                np.testing.assert_array_equal(
                    table, TABLE[:6]
                )  # a byte too many or too few is seen unless it is a word's own
        assert path.name in sentence
        assert "\n" not in sentence


@KINDS
def test_packed_files_that_are_cut_are_refused(tmp_path, kind):
    for pack, cut in (".gz", 30), (".bz2", 30), (".xz", 30):
        path = written(tmp_path, kind, pack=pack)
        path.write_bytes(path.read_bytes()[:-cut])
        with pytest.raises(InputError, match="cannot be read"):
            formats.read(path)


def test_packed_by_content_whatever_the_name(tmp_path):
    for packed in gzip.compress(b"a 1 2\n"), bz2.compress(b"a 1 2\n"), lzma.compress(b"a 1 2\n"):
        (tmp_path / "vectors").write_bytes(packed)
        assert formats.read(tmp_path / "vectors")[0] == ["a"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["a 1 2", "b 1 2 3"], "line 2: 3 numbers follow the word where 2 are expected"),
        (["a 1 2", "b 1"], "line 2: 1 numbers follow the word where 2 are expected"),
        (["a 1 2", "b 1 nan"], "line 2: 'nan' is not a finite float32 number"),
        (["a 1 2", "b 1 -inf"], "line 2: '-inf' is not"),
        (["a 1 2", "b 1 1e39"], "line 2: '1e39' is not"),
        (["a 1 2", "b 1_0 2"], "line 2: '1_0' is not"),
        (["a 1 2", "b 1 x"], "line 2: 'x' is not"),
        (["a 1 2 3", "b 1  3"], "line 2: '' is not"),
        (["a 1 2 3", "b 1\x002 3 4"], "line 2: '1\\x002' is not"),
        (["a 1 2", " 1 2"], "line 2: the word '' is empty"),
        (["a 1 2", "b  1 2"], "line 2: the word 'b ' is empty or begins or ends with a space"),
        (["3 2", "a 1 2", "b 1 2"], "its header says 3 rows but it holds 2"),
        (["1 2", "a 1 2", "b 1 2"], "its header says 1 rows but it holds 2"),
        (["2 2"], "its header says 2 rows but it holds 0"),
        (["2 0", "a", "b"], "no header 'ROWS DIM' with both above 0"),
        (["a b c"], "neither 'ROWS DIM' nor a word and its numbers"),
        (["{", "1 2"], "neither"),
        ([""], "it is empty"),
    ],
)
def test_a_wrong_text_file_is_refused_with_its_line(tmp_path, lines, reason):
    path = glove(tmp_path, *lines)
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(path) in str(caught.value)
    assert reason in str(caught.value)


def test_an_empty_and_a_missing_file_are_refused(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(InputError, match="it is empty"):
        formats.read(tmp_path / "empty")
    with pytest.raises(InputError, match="there is no file"):
        formats.read(tmp_path / "missing")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        formats.read(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "a 0.5 1\nb c 2 3\n. . . 4 5\n",
        "a 0.5 1 \r\nb c 2 3 \r\n. . . 4 5\r\n",
        "3 2\r\na 0.5 1\r\nb c 2 3\r\n. . . 4 5\r\n",
        "\ufeffa 0.5 1\nb c 2 3\n. . . 4 5",
        "a 0.5 1\n\nb c 2 3\n. . . 4 5\n\n",
        "\ufeff3 2\na 0.5 1\nb c 2 3\n. . . 4 5\n\n",
    ],
)
def test_words_with_spaces_line_ends_and_marks(tmp_path, text):
    path = tmp_path / "odd.txt"
    path.write_bytes(text.encode())
    words, table = formats.read(path)
    assert words == ["a", "b c", ". . ."]
    assert table.tolist() == [[0.5, 1], [2, 3], [4, 5]]
    assert formats.read(path, words=["b c", "b"])[0] == ["b c"]


def test_a_needed_word_is_a_whole_word(tmp_path):
    path = glove(tmp_path, "a b 1 2", "a 3 4", "c 5 x")
    assert formats.read(path, words=["a"])[1].tolist() == [[3, 4]]
    assert formats.read(path, words=["a b"])[1].tolist() == [[1, 2]]
    for absent in "b", "a b c", "\ud800":
        with pytest.raises(InputError, match="holds none"):
            formats.read(path, words=[absent])


def test_a_cut_last_number_is_refused_but_a_missing_newline_is_not(tmp_path):
    assert formats.read(glove(tmp_path, "a 1 2", "b 3 4", end=""))[1].tolist() == [[1, 2], [3, 4]]
    assert formats.read(glove(tmp_path, "a 0.5", "b", end=""), words=["a"])[1].tolist() == [[0.5]]
    with pytest.raises(InputError, match="seems cut in its last number"):
        formats.read(glove(tmp_path, "a 0.25 0.75", "b 0.5125 0.8", end=""))


def test_the_header_of_a_binary_file_must_be_right(tmp_path):
    path = written(tmp_path, "word2vec-binary")
    rows = path.read_bytes().partition(b"\n")[2]
    for header in b"14 7\n", b"16 7\n", b"15 6\n", b"15 8\n", b"15 999999999\n", b"0 7\n":
        path.write_bytes(header + rows)
        with pytest.raises(InputError, match=r"vectors\.bin"):
            formats.read(path)


@pytest.mark.parametrize(
    ("words", "table", "reason"),
    [
        (["a", "b"], np.ones((1, 2)), "distinct words and a row"),
        (["a", "a"], np.ones((2, 2)), "distinct words"),
        (["a"], np.full((1, 2), np.nan), "finite"),
        (["a"], np.full((1, 2), 1e39), "finite"),
        ([], np.ones((0, 2)), "a row"),
        ([""], np.ones((1, 2)), "cannot stand"),
        (["\ud800"], np.ones((1, 2)), "cannot stand"),
    ],
)
@KINDS
def test_what_could_not_be_read_back_is_not_written(tmp_path, kind, words, table, reason):
    path = tmp_path / f"vectors{SUFFIX[kind]}"
    path.write_text("as before")
    with pytest.raises(InputError, match=reason):
        formats.write(path, words, table)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["as before"]


@pytest.mark.parametrize("kind", ["word2vec", "glove", "word2vec-binary", "safetensors", "npz"])
def test_a_newline_cannot_stand_where_words_are_lines(tmp_path, kind):
    with pytest.raises(InputError, match="cannot stand"):
        formats.write(tmp_path / f"vectors{SUFFIX[kind]}", ["a\nb"], np.ones((1, 2)))


def test_a_name_without_a_format_and_a_missing_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"tells no vector format.*\.vec"):
        formats.write(tmp_path / "vectors.doc", WORDS, TABLE)
    with pytest.raises(InputError, match="did you mean 'glove'"):
        formats.write(tmp_path / "vectors.doc", WORDS, TABLE, format="glov")
    with pytest.raises(InputError, match="cannot be written: No such file or directory"):
        formats.write(tmp_path / "missing" / "vectors.txt", WORDS, TABLE)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        formats.write(tmp_path / "file" / "vectors.txt", WORDS, TABLE)
    formats.write(tmp_path / "vectors.doc", WORDS, TABLE, format="glove")
    assert formats.read(tmp_path / "vectors.doc")[0] == WORDS
    assert formats.suffix_format(Path("a.w2v.txt.gz")) == "word2vec"


@pytest.mark.parametrize(("kind", "binary"), [("word2vec", False), ("word2vec-binary", True)])
def test_gensim_reads_what_is_written(tmp_path, kind, binary):
    from gensim.models import KeyedVectors

    words = ["the", "и", "😀"]
    theirs = KeyedVectors.load_word2vec_format(
        str(written(tmp_path, kind, words, TABLE[:3])), binary=binary
    )
    assert theirs.index_to_key == words
    np.testing.assert_array_equal(theirs.vectors, TABLE[:3])


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("word2vec_c_text_10d.txt", b""),
        ("word2vec_text_300d_header.txt", b""),
        ("fasttext_cyrillic_5d.vec", b""),
        ("word2vec_c_binary_10d.bin", b""),
        ("glove.6B.50d.first-words.txt", b"76 50\n"),
        ("glove.6B.100d.sample100.txt.gz", b"100 100\n"),
    ],
)
def test_real_files_read_as_gensim_reads_them(data_dir, tmp_path, name, header):
    from gensim.models import KeyedVectors

    path = data_dir / "vectors" / "format-samples" / name
    content = path.read_bytes()
    (tmp_path / "theirs").write_bytes(
        header + (gzip.decompress(content) if name.endswith(".gz") else content)
    )
    theirs = KeyedVectors.load_word2vec_format(
        str(tmp_path / "theirs"), binary=name.endswith(".bin")
    )
    words, table = formats.read(path)
    assert words == theirs.index_to_key
    np.testing.assert_array_equal(table, theirs.vectors)
