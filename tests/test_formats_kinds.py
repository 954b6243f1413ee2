"""What each format reads beyond what embexp writes, checked against gensim, and against
what fastText's own program printed."""

import json
import struct
import zipfile

import numpy as np
import pytest

from embexp import formats
from embexp.errors import InputError
from embexp.formats import fasttext, safetensors
from embexp.formats.subwords import Subwords, n_grams

WORDS = ["the", "и", "don't", "😀", "</s>"]
TABLE = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
GRAMS = Subwords(2, 4, 50, np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32))


def model(tmp_path, subwords=GRAMS):
    path = tmp_path / "model.fasttext.bin"
    formats.write(path, WORDS, TABLE, subwords=subwords)
    return path


# fastText


def test_gensim_reads_the_models_that_are_written(tmp_path):
    from gensim.models.fasttext import load_facebook_vectors

    theirs = load_facebook_vectors(str(model(tmp_path)))
    assert theirs.index_to_key == WORDS
    for word, row in zip(
        WORDS[:4], TABLE, strict=False
    ):  # gensim gives </s> n-grams, which fastText's program does not
        np.testing.assert_allclose(theirs[word], row, atol=1e-5)
    for word in "unseen", "Ünï", "ab":
        np.testing.assert_allclose(theirs[word], GRAMS.vector(word), atol=1e-6)


def test_a_model_with_n_grams_comes_back(tmp_path):
    found = formats.contents(model(tmp_path))
    assert found.words == WORDS
    np.testing.assert_allclose(found.table, TABLE, atol=1e-6)
    assert found.subwords is not None
    assert found.subwords.table.tobytes() == GRAMS.table.tobytes()
    assert (
        found.subwords.shortest,
        found.subwords.longest,
        found.subwords.buckets,
        found.subwords.held,
    ) == (2, 4, 50, None)
    assert formats.contents(model(tmp_path, None)).subwords is None


@pytest.mark.parametrize("kind", ["fasttext-binary", "safetensors"])
@pytest.mark.parametrize("pack", ["", ".gz"])
def test_needed_words_bring_their_n_grams_only(tmp_path, kind, pack, monkeypatch):
    monkeypatch.setattr(fasttext, "CHUNK", 64)
    path = tmp_path / f"model{formats.FORMATS[kind].suffixes[0]}{pack}"
    formats.write(path, WORDS, TABLE, subwords=GRAMS)
    found = formats.contents(path, words=["the", "unseen", "x"])
    assert found.words == ["the"]
    np.testing.assert_allclose(found.table, TABLE[:1], atol=1e-6)
    assert found.subwords is not None
    assert len(found.subwords.table) < 30
    np.testing.assert_array_equal(found.subwords.vector("unseen"), GRAMS.vector("unseen"))
    assert found.subwords.vector("otherwise") is None
    with pytest.raises(InputError, match="some words only"):
        formats.write(
            tmp_path / "again.fasttext.bin", found.words, found.table, subwords=found.subwords
        )


def naive_hashes(word, shortest, longest):
    """fastText's computeSubwords, letter by letter."""
    found = []
    text = f"<{word}>"
    for start in range(len(text)):
        for stop in range(start + 1, min(len(text), start + longest) + 1):
            gram = text[start:stop]
            if len(gram) < shortest or (len(gram) == 1 and (start == 0 or stop == len(text))):
                continue
            value = 2166136261
            for byte in gram.encode():
                value = ((value ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619) % 2**32
            found.append(value)
    return sorted(found)


@pytest.mark.parametrize(("shortest", "longest"), [(1, 1), (1, 3), (2, 4), (3, 6)])
def test_n_grams_are_hashed_as_fasttext_does(shortest, longest):
    from gensim.models.fasttext_inner import ft_hash_bytes

    words = ["a", "ab", "naïve", "слово", "😀x", "z" * 9, "the"]
    owner, hashes = n_grams([word.encode() for word in words], shortest, longest)
    for number, word in enumerate(words):
        assert sorted(hashes[owner == number].tolist()) == naive_hashes(word, shortest, longest)
    assert ft_hash_bytes("и".encode()) in naive_hashes("и", 1, 1)
    assert n_grams([b"</s>"], shortest, longest)[0].tolist() == []


@pytest.mark.data
def test_a_real_model_gives_the_vectors_that_fasttext_printed(data_dir):
    folder = data_dir / "vectors" / "format-samples"
    words, table = formats.read(folder / "fasttext_cyrillic_5d.vec")
    found = formats.contents(folder / "fasttext_cyrillic_5d.bin")
    assert found.words == words
    np.testing.assert_allclose(found.table, table, rtol=1e-4, atol=1e-6)  # five digits are printed
    some = formats.contents(folder / "fasttext_cyrillic_5d.bin", words=[*words[::7], "невиданное"])
    np.testing.assert_allclose(some.table, found.table[::7], atol=1e-7)
    assert found.subwords is not None
    assert some.subwords is not None
    np.testing.assert_array_equal(
        some.subwords.vector("невиданное"), found.subwords.vector("невиданное")
    )


def test_models_that_cannot_be_read_are_refused(tmp_path):
    path = model(tmp_path)
    good = path.read_bytes()
    matrix = good.index(struct.pack("<2q", len(WORDS) + 50, 4))
    for at, byte, reason in (
        (4, 9, "of version 9"),
        (matrix - 1, 1, "quantised"),
        (8, 5, "fit"),
        (len(good) - 1, None, None),
        (matrix + 200, None, "fit; is it cut"),
        (80, None, "ends in its"),
    ):
        path.write_bytes(good[:at] if byte is None else good[:at] + bytes([byte]) + good[at + 1 :])
        if reason is None:  # the output matrix is not needed
            assert formats.contents(path).words == WORDS
            continue
        with pytest.raises(InputError, match=reason):
            formats.contents(path)


def test_nan_among_n_grams_is_refused(tmp_path):
    bad = GRAMS.table.copy()
    bad[7, 2] = np.nan
    for suffix in ".fasttext.bin", ".safetensors":
        path = tmp_path / f"bad{suffix}"
        formats.write(path, ["x"], TABLE[:1], subwords=Subwords(2, 4, 50, bad))
        with pytest.raises(InputError, match=r"n-grams|not finite"):
            formats.contents(path)


# Safetensors


def tensors(path, **arrays):
    with formats.streams.writing(path) as stream:
        safetensors.write_arrays(stream, arrays, {})
    return path


def test_a_vocabulary_text_beside_safetensors_gives_the_words(tmp_path):
    path = tensors(tmp_path / "model.safetensors", embedding=TABLE.astype("<f2"))
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
    stored = table.astype(safetensors.DTYPES[kind]) if kind != "BF16" else table
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
            tensors(tmp_path / "a.safetensors", table=TABLE, other=TABLE + 1, words=words)
        )[1].tolist()
        == TABLE.tolist()
    )
    with pytest.raises(InputError, match=r"holds 2 tables of numbers \(one, two\)"):
        formats.read(tensors(tmp_path / "b.safetensors", one=TABLE, two=TABLE, words=words))


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
    assert formats.streams.exists(tmp_path / "glove.zip" / "glove" / "a.txt")
    assert not formats.streams.exists(tmp_path / "other.zip" / "a.txt")


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
