"""What each format reads beyond what embexp writes."""

import json
import struct
import zipfile

import numpy as np
import pytest

from embexp import formats
from embexp.errors import InputError
from embexp.formats import streams, tensors

WORDS = ["the", "и", "don't", "😀", "</s>"]
TABLE = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)


# Safetensors


def with_tensors(path, **arrays):
    with streams.writing(path) as stream:
        tensors.write_arrays(stream, arrays, {})
    return path


def test_a_vocabulary_text_beside_safetensors_gives_the_words(tmp_path):
    path = with_tensors(tmp_path / "model.safetensors", embedding=TABLE.astype("<f2"))
    with pytest.raises(InputError, match=r"holds no words, and none of NAME\.vocab\.txt"):
        formats.read(path)
    (tmp_path / "vocab.txt").write_bytes("\r\n".join(WORDS).encode())
    words, table = formats.read(path)
    assert words == WORDS
    np.testing.assert_array_equal(table, TABLE.astype(np.float16).astype(np.float32))
    (tmp_path / "model.vocab.txt").write_text("one\ntwo\n")
    with pytest.raises(InputError, match="2 words stand with a table of 5 rows"):
        formats.read(path)


@pytest.mark.parametrize("kind", ["F64", "F32", "F16", "BF16"])
def test_every_floating_type_is_read(tmp_path, kind):
    table = TABLE if kind != "BF16" else (TABLE.view("<u4") >> 16).astype("<u2")
    stored = table.astype(tensors.DTYPES[kind]) if kind != "BF16" else table
    content = stored.tobytes() + "\n".join(WORDS).encode()
    header = {
        "e": {"dtype": kind, "shape": [5, 4], "data_offsets": [0, stored.nbytes]},
        "words": {
            "dtype": "U8",
            "shape": [len(content) - stored.nbytes],
            "data_offsets": [stored.nbytes, len(content)],
        },
    }
    encoded = json.dumps(header).encode()
    (tmp_path / "x.safetensors").write_bytes(struct.pack("<Q", len(encoded)) + encoded + content)
    words, found = formats.read(tmp_path / "x.safetensors")
    assert words == WORDS
    np.testing.assert_allclose(found, TABLE, rtol={"BF16": 2**-7, "F16": 2**-10}.get(kind, 0))


def test_several_tables_are_told_apart_by_name(tmp_path):
    words = np.frombuffer("\n".join(WORDS).encode(), np.uint8)
    assert (
        formats.read(
            with_tensors(tmp_path / "a.safetensors", table=TABLE, other=TABLE + 1, words=words)
        )[1].tolist()
        == TABLE.tolist()
    )
    with pytest.raises(InputError, match=r"holds 2 tables of numbers \(one, two\)"):
        formats.read(with_tensors(tmp_path / "b.safetensors", one=TABLE, two=TABLE, words=words))


# NumPy archives


def test_arrays_of_strings_are_words(tmp_path):
    for strings in np.array(WORDS), np.array([word.encode() for word in WORDS]):
        np.savez_compressed(tmp_path / "x.npz", vocab=strings, vectors=TABLE.astype(np.float64))
        words, table = formats.read(tmp_path / "x.npz")
        assert words == WORDS
        np.testing.assert_array_equal(table, TABLE)


def test_what_is_written_as_npz_numpy_opens_without_pickle(tmp_path):
    formats.write(tmp_path / "x.npz", WORDS, TABLE)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as archive:
        assert bytes(archive["words"]).decode().splitlines() == WORDS
        np.testing.assert_array_equal(archive["table"], TABLE)


def sprung():
    raise AssertionError("it was unpickled")


class Trap:
    def __reduce__(self):
        return (sprung, ())


def test_pickled_arrays_are_refused_unread(tmp_path):
    np.savez(
        tmp_path / "x.npz", words=np.array([Trap()] * 5, object), table=TABLE, allow_pickle=True
    )
    with pytest.raises(InputError, match="a pickle, and unpickling runs code"):
        formats.read(tmp_path / "x.npz")


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"words": np.array(WORDS)}, "0 arrays that may be the table"),
        ({"table": TABLE}, "0 arrays that may be the list of words"),
        ({"a": TABLE, "b": TABLE, "words": np.array(WORDS)}, "2 arrays that may be the table"),
        ({"table": TABLE, "words": np.array(WORDS[:3])}, "3 words stand with a table of 5 rows"),
        ({"table": np.asfortranarray(TABLE), "words": np.array(WORDS)}, "column after column"),
        ({"table": TABLE[:, :0], "words": np.array(WORDS)}, r"shape \(5, 0\)"),
    ],
)
def test_archives_that_are_no_vectors_are_refused(tmp_path, arrays, reason):
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(InputError, match=reason):
        formats.read(tmp_path / "x.npz")


# Parquet


def parquet(tmp_path, **columns):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table(columns), tmp_path / "x.parquet")
    return tmp_path / "x.parquet"


def test_columns_of_numbers_and_lists_of_any_kind_are_read(tmp_path):
    import pyarrow as pa

    path = parquet(
        tmp_path,
        token=WORDS,
        id=[1, 2, 3, 4, 5],
        **{f"x{i}": TABLE[:, i].astype(np.float64) for i in range(4)},
    )
    assert formats.read(path)[1].tobytes() == TABLE.tobytes()
    for kind in pa.list_(pa.float64()), pa.large_list(pa.float32()), pa.list_(pa.float32(), 4):
        path = parquet(
            tmp_path, word=pa.array(WORDS, pa.large_string()), v=pa.array(TABLE.tolist(), kind)
        )
        words, table = formats.read(path)
        assert words == WORDS
        assert table.tobytes() == TABLE.tobytes()


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"word": ["a", None], "v": [[1.0], [2.0]]}, "row 2: nothing stands in the column 'word'"),
        ({"word": ["a", "b"], "v": [[1.0], None]}, "row 2: nothing stands in the column 'v'"),
        ({"word": ["a", "b"], "v": [[1.0], [None]]}, "a number is missing"),
        ({"word": ["a", "b"], "v": [[1.0], [2.0, 3.0]]}, "row 2: 2 numbers where 1 are expected"),
        (
            {"word": ["a", "b"], "v": [[1.0], [float("nan")]]},
            "NaN or infinity among the numbers of 'b'",
        ),
        ({"word": ["a"], "v": [1]}, "not one of words with"),
        ({"v": [[1.0]]}, "not one of words with"),
        ({"word": ["a"], "v": [[1.0]], "w": [[1.0]]}, "not one of words with"),
    ],
)
def test_wrong_parquet_is_refused(tmp_path, columns, reason):
    with pytest.raises(InputError, match=reason):
        formats.read(parquet(tmp_path, **columns))


# Archives and what is no vector file


def test_a_file_in_an_archive_is_named_behind_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "glove.zip", "w") as archive:
        archive.writestr("glove/a.txt", "the 1 2\n")
        archive.writestr("glove/b.txt", "the 3 4\n")
    assert formats.read(tmp_path / "glove.zip" / "glove" / "b.txt")[1].tolist() == [[3, 4]]
    with pytest.raises(
        InputError,
        match=r"is no single file; name one of its files \(glove/a.txt, glove/b.txt\) behind it",
    ):
        formats.read(tmp_path / "glove.zip")
    with pytest.raises(InputError, match=r"has no file 'c.txt'"):
        formats.read(tmp_path / "glove.zip" / "c.txt")
    assert streams.exists(tmp_path / "glove.zip" / "glove" / "a.txt")
    assert not streams.exists(tmp_path / "other.zip" / "a.txt")


def test_pickles_are_refused_with_the_way_out(tmp_path):
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(4)
    keyed.add_vectors(WORDS, TABLE)
    keyed.save(str(tmp_path / "x.kv"))
    with pytest.raises(
        InputError,
        match=r"x\.kv: a Python pickle.*runs code.*from_keyed_vectors.*save_word2vec_format",
    ):
        formats.read(tmp_path / "x.kv")
    np.save(tmp_path / "x.npy", TABLE)
    with pytest.raises(InputError, match="an array without words"):
        formats.read(tmp_path / "x.npy")
