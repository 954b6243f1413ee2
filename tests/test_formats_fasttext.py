"""fastText's models: their words, n-grams and hashes are those of fastText and gensim."""

import struct

import numpy as np
import pytest
from gensim.models.fasttext import load_facebook_vectors
from gensim.models.fasttext_inner import ft_hash_bytes

from embexp import formats
from embexp.errors import InputError
from embexp.formats import fasttext
from embexp.formats.subwords import Subwords, n_grams

WORDS = ["the", "и", "don't", "😀", "</s>"]
TABLE = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
GRAMS = Subwords(2, 4, 50, np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32))


def model(tmp_path, subwords=GRAMS):
    path = tmp_path / "model.fasttext.bin"
    formats.write(path, WORDS, TABLE, subwords=subwords)
    return path


def test_gensim_reads_the_models_that_are_written(tmp_path):
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
        found.subwords.present,
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


def without_magic(content):
    """A model as fastText wrote it before its versions: no magic, no pruning, no flags."""
    entries = content.index(struct.pack("<q", -1)) + 8
    matrix = content.index(struct.pack("<b2q", 0, len(WORDS) + 50, 4))
    output = content.rindex(struct.pack("<b2q", 0, len(WORDS), 4))
    parts = content[8 : entries - 8], content[entries:matrix], content[matrix + 1 : output]
    return b"".join(parts) + content[output + 1 :]


def test_old_models_without_the_magic_number_are_read(tmp_path):
    path = model(tmp_path)
    new = formats.contents(path)
    path.write_bytes(without_magic(path.read_bytes()))
    old = formats.contents(path)
    assert (old.format, old.words) == ("fasttext-binary", WORDS)
    assert old.table.tobytes() == new.table.tobytes()
    assert old.subwords.table.tobytes() == GRAMS.table.tobytes()
    some = formats.contents(path, words=["и", "unseen"])
    assert some.words == ["и"]
    np.testing.assert_array_equal(some.subwords.vector("unseen"), GRAMS.vector("unseen"))
    theirs = load_facebook_vectors(str(path))
    np.testing.assert_allclose(theirs["don't"], old.table[2], atol=1e-5)


def test_an_empty_word_of_a_genuine_model_is_left_out(tmp_path):
    path = model(tmp_path)
    content = path.read_bytes()
    before = formats.contents(path)
    path.write_bytes(content.replace(b"don't\0", b"\0", 1))
    found = formats.contents(path)
    assert found.words == ["the", "и", "😀", "</s>"]
    np.testing.assert_array_equal(found.table, before.table[[0, 1, 3, 4]])
    assert "" in load_facebook_vectors(str(path)).key_to_index
    assert formats.read(path, limit=3)[0] == ["the", "и"]
    assert formats.read(path, words=["", "и"])[0] == ["и"]


def test_nan_among_n_grams_is_refused(tmp_path):
    bad = GRAMS.table.copy()
    bad[7, 2] = np.nan
    for suffix in ".fasttext.bin", ".safetensors":
        path = tmp_path / f"bad{suffix}"
        formats.write(path, ["x"], TABLE[:1], subwords=Subwords(2, 4, 50, bad))
        with pytest.raises(InputError, match=r"n-grams|not finite"):
            formats.contents(path)
