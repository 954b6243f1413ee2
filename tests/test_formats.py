"""Every vector format gives back what was written, and a damaged file ends in sound
rows or in one sentence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from hypothesis.extra import numpy as hnp
from vector_files import KINDS, SUFFIX, TABLE, WORDS, written

from embexp import formats
from embexp.errors import InputError
from embexp.formats import fasttext, parquet, rows, streams, tensors, text, word2vec


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
    with pytest.raises(InputError, match=f"{path.name} has vectors of none of the words"):
        formats.read(path, words=["absent"])
    found = formats.contents(path, words=["absent"])
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
    for module in (text, parquet):
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
