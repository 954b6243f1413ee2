"""A cached table gives what the file gives; it follows the file's changes, and damage to
it is mended."""

import os

import numpy as np
import pytest

from embexp import formats
from embexp.errors import InputError
from embexp.formats import cache
from embexp.formats.subwords import Subwords
from embexp.words import Vectors

WORDS = ["the", "и", "New York", "</s>"]
TABLE = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def tables(tmp_path, monkeypatch):
    """The folder of cached tables."""
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tables"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "data").mkdir()
    formats.write(tmp_path / "data" / "own.txt", WORDS, TABLE)
    return tmp_path / "data" / "own.txt"


def forbid_reading(monkeypatch):
    def read(*_):
        raise AssertionError("the file was read")

    monkeypatch.setattr(cache.reader, "contents", read)


def test_the_second_read_is_of_the_cached_table(path, tables, monkeypatch):
    first = cache.contents(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert len(list(tables.glob("*.safetensors"))) == 1
    forbid_reading(monkeypatch)
    second = cache.contents(path)
    assert second.words == first.words == WORDS
    assert second.table.tobytes() == TABLE.tobytes()
    assert second[2:] == first[2:] == ("glove", 0, 0, None)


def test_a_mapped_table_may_be_changed_and_the_cached_one_stays(path):
    cache.contents(path)
    mapped = cache.contents(path).table
    mapped[:] = 0
    assert cache.contents(path).table.tobytes() == TABLE.tobytes()


def test_counts_and_n_grams_are_cached(tmp_path, monkeypatch):
    (tmp_path / "odd.txt").write_bytes(b"a 1 2\nb 3 4\na 5 6\nc\xff 7 8\n")
    grams = Subwords(2, 3, 10, np.random.default_rng(1).normal(size=(10, 3)).astype(np.float32))
    formats.write(tmp_path / "model.fasttext.bin", WORDS, TABLE, subwords=grams)
    first = [cache.contents(tmp_path / name) for name in ("odd.txt", "model.fasttext.bin")]
    some = formats.contents(tmp_path / "model.fasttext.bin", words=["the", "unseen"]).subwords
    forbid_reading(monkeypatch)
    odd, model = (cache.contents(tmp_path / name) for name in ("odd.txt", "model.fasttext.bin"))
    assert (odd.duplicates, odd.broken) == (first[0].duplicates, first[0].broken) == (1, 1)
    assert model.subwords.table.tobytes() == grams.table.tobytes()
    needed = cache.contents(tmp_path / "model.fasttext.bin", words=["the", "unseen"])
    assert needed.words == ["the"]
    np.testing.assert_array_equal(needed.subwords.table, some.table)
    np.testing.assert_array_equal(needed.subwords.present, some.present)


def test_needed_words_come_from_the_cached_table_but_make_none(path, tables, monkeypatch):
    assert cache.contents(path, words=["и", "absent"]).words == ["и"]
    assert not tables.exists()
    cache.contents(path)
    forbid_reading(monkeypatch)
    found = cache.contents(path, words=["New York", "absent", "the"])
    assert found.words == ["the", "New York"]
    assert found.table.tobytes() == TABLE[[0, 2]].tobytes()
    with pytest.raises(InputError, match="holds none of the words"):
        Vectors.read(path, words=["absent"], cache=True)
    assert cache.contents(path, words=["absent"]).words == []


def test_a_changed_file_is_read_again_even_at_the_same_size_and_time(path, tables):
    cache.contents(path)
    stat = path.stat()
    path.write_bytes(path.read_bytes().replace(b"the", b"teh"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_size == stat.st_size
    assert cache.contents(path).words[0] == "teh"
    assert len(list(tables.glob("*.safetensors"))) == 1


def test_every_damage_to_a_cached_table_is_mended(path, tables):
    cache.contents(path)
    files = list(tables.iterdir())
    assert sorted(file.suffix for file in files) == [".json", ".safetensors"]
    for file in files:
        good = file.read_bytes()
        bad = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in range(0, len(good), 3)]
        bad += [good[:at] for at in range(0, len(good), 29)] + [b"", b"null", b"[]", b"{}"]
        for content in bad:
            file.write_bytes(content)
            found = cache.contents(path)
            assert found.words == WORDS
            assert found.table.tobytes() == TABLE.tobytes()
            assert (found.duplicates, found.broken, found.format) == (0, 0, "glove")


def test_cached_tables_are_listed_and_cleared(path, tables):
    assert cache.cached_tables() == []
    cache.contents(path)
    (entry,) = cache.cached_tables()
    assert (entry.source, entry.current) == (str(path), True)
    path.write_text("other 1 2 3\n")
    assert not cache.cached_tables()[0].current
    path.unlink()
    assert not cache.cached_tables()[0].current
    (tables / ".x.partial").write_text("cut off")
    notes = sum(note.stat().st_size for note in tables.glob("*.json"))
    assert cache.clear() == entry.bytes + notes + 7
    assert cache.cached_tables() == []
    assert cache.clear() == 0


def test_without_a_folder_nothing_is_cached(path, tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEXP_CACHE", "")
    assert cache.folder() is None
    assert cache.contents(path).words == WORDS
    assert (cache.cached_tables(), cache.clear()) == ([], 0)
    (tmp_path / "file").touch()
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path / "file" / "cache"))
    assert cache.contents(path).words == WORDS


def test_the_folder_is_the_users(monkeypatch, tmp_path):
    monkeypatch.delenv("EMBEXP_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cache.sys, "platform", "linux")
    assert cache.folder() == tmp_path / "embexp"


def test_a_file_that_is_missing_or_damaged_says_what_reading_it_says(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        cache.contents(tmp_path / "missing.txt")
    (tmp_path / "bad.txt").write_text("a 1 2\nb 1\n")
    with pytest.raises(InputError, match="line 2"):
        cache.contents(tmp_path / "bad.txt")


def test_vectors_are_cached_only_when_asked(path, tables):
    Vectors.read(path)
    assert not tables.exists()
    assert Vectors.read(path, cache=True).words == WORDS
    assert len(list(tables.glob("*.safetensors"))) == 1
    assert Vectors.read(path, limit=1, cache=True).words == WORDS[:1]
