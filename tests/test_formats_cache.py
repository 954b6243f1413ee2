"""A cached table gives what the file gives; it follows the file's changes, and damage to
it is mended."""

import os
import random
import time
import zipfile

import numpy as np
import pytest

from embexp import formats
from embexp.errors import InputError
from embexp.formats import cache, identity
from embexp.formats.subwords import Subwords
from embexp.formats.tensors import write_arrays
from embexp.vectors import registry
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
    with pytest.raises(InputError, match="has vectors of none of the words"):
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
    files = [*tables.glob("[!.]*")]
    assert sorted(file.suffix for file in files) == [".json", ".safetensors"]
    for file in files:
        good = file.read_bytes()
        bad = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in range(0, len(good), 31)]
        bad += [good[:at] for at in range(0, len(good), 97)] + [b"", b"null", b"[]", b"{}"]
        for content in bad:
            file.write_bytes(content)
            found = cache.contents(path)
            assert found.words == WORDS
            assert found.table.tobytes() == TABLE.tobytes()
            assert (found.duplicates, found.broken, found.format) == (0, 0, "glove")


@pytest.mark.slow
def test_no_flipped_bit_in_the_cache_changes_a_number(path, tables, monkeypatch):
    monkeypatch.setattr(identity, "LARGE", 1)
    monkeypatch.setattr(identity, "YOUNG", -1)
    cache.contents(path)
    files = [*tables.glob("[!.]*"), *(tables.parent / "checksums").glob("*.json")]
    assert len(files) == 3
    monkeypatch.setattr(cache.private, "write_note", lambda *_: None)  # nothing is mended
    draw = random.Random(0)
    for _ in range(2000):
        file = draw.choice(files)
        good = bytearray(file.read_bytes())
        bit = draw.randrange(8 * len(good))
        content = bytearray(good)
        content[bit // 8] ^= 1 << bit % 8
        file.write_bytes(content)
        found = cache.contents(path, words=WORDS)  # which makes no table
        assert found.words == WORDS
        assert found.table.tobytes() == TABLE.tobytes()
        file.write_bytes(good)


def test_a_number_that_is_changed_anywhere_is_read(tmp_path, tables, monkeypatch):
    """At the same size and time of change; most of a file of this size is far from any sample."""
    monkeypatch.setattr(identity, "LARGE", 1)
    path, rows, width = tmp_path / "large.txt", 200_000, 32
    path.write_bytes(b"".join(b"w%09d %010d %09d\n" % (i, i, 1) for i in range(rows)))
    assert path.stat().st_size == rows * width
    before = cache.contents(path)
    stat, draw = path.stat(), random.Random(0)
    for row in draw.sample(range(rows), 4):
        checksum = registry.checksum(path)
        time.sleep(0.02)  # more than a tick of the file system's clock
        with path.open("r+b") as file:
            file.seek(row * width + 11)
            file.write(b"%010d" % -7)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        found = cache.contents(path)
        assert found.table[row].tolist() == [-7, 1]
        assert found.words == before.words
        assert registry.checksum(path) != checksum
    assert len(list(tables.glob("*.safetensors"))) == 1


def test_a_copy_and_a_renamed_file_share_the_table(path, tmp_path, monkeypatch):
    cache.contents(path)
    (tmp_path / "copy").write_bytes(path.read_bytes())
    path.rename(tmp_path / "renamed")
    forbid_reading(monkeypatch)
    for name in "copy", "renamed":
        assert cache.contents(tmp_path / name).table.tobytes() == TABLE.tobytes()


def test_files_of_one_archive_have_tables_of_their_own(tmp_path):
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.txt", "a 1 2\n")
        archive.writestr("b.txt", "b 3 4\n")
    for _ in range(2):
        assert cache.contents(tmp_path / "two.zip" / "a.txt").words == ["a"]
        assert cache.contents(tmp_path / "two.zip" / "b.txt").words == ["b"]


def test_words_beside_a_table_are_followed(tmp_path):
    with (tmp_path / "model.safetensors").open("wb") as stream:
        write_arrays(stream, {"table": np.eye(2, dtype=np.float32)}, {})
    for words in "a\nb\n", "c\nd\n":
        (tmp_path / "vocab.txt").write_text(words)
        assert cache.contents(tmp_path / "model.safetensors").words == words.split()


def test_a_file_that_changes_while_it_is_parsed_is_refused(path, tables, monkeypatch):
    read = cache.reader.contents

    def change(*given):
        found = read(*given)
        path.write_text("other 1 2 3\n")
        return found

    monkeypatch.setattr(cache.reader, "contents", change)
    with pytest.raises(InputError, match="was changed while it was read"):
        cache.contents(path)
    assert not tables.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_tables_that_are_not_the_users_are_not_read(path, tables, tmp_path, monkeypatch):
    cache.contents(path)
    assert {folder.stat().st_mode & 0o777 for folder in (tables, tables.parent)} == {0o700}
    assert {file.stat().st_mode & 0o777 for file in tables.glob("[!.]*")} == {0o600}
    (table,) = tables.glob("*.safetensors")
    forbid_reading(monkeypatch)
    table.rename(tmp_path / "elsewhere")
    table.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AssertionError, match="the file was read"):
        cache.contents(path)
    table.unlink()
    (tmp_path / "elsewhere").rename(table)
    cache.contents(path)
    real = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: real + 1)
    with (
        pytest.warns(UserWarning, match="is another user's"),
        pytest.raises(AssertionError, match="the file was read"),
    ):
        cache.contents(path)


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
    assert cache.contents(path).words == WORDS
    assert (cache.cached_tables(), cache.clear()) == ([], 0)
    (tmp_path / "file").touch()
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path / "file" / "cache"))
    assert cache.contents(path).words == WORDS


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
