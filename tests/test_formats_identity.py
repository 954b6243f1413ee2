"""A file's checksum is that of its bytes, also where it is remembered."""

import hashlib
import os
import time

import pytest

from embexp.errors import InputError
from embexp.formats import identity

FILE_DIGEST = hashlib.file_digest


@pytest.fixture(autouse=True)
def notes(tmp_path, monkeypatch):
    """The folder of remembered checksums; those of small files are remembered, too."""
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(identity, "LARGE", 1)
    return tmp_path / "cache" / "checksums"


@pytest.fixture
def old(monkeypatch):
    """All files count as old enough."""
    monkeypatch.setattr(identity, "YOUNG", -1)


@pytest.fixture
def file(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    return tmp_path / "file"


@pytest.fixture
def hashed(monkeypatch):
    """How often a file was read to be hashed."""
    times = []
    monkeypatch.setattr(
        hashlib, "file_digest", lambda *given: times.append(1) or FILE_DIGEST(*given)
    )
    return times


def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.mark.usefixtures("old")
def test_a_file_is_hashed_once_while_it_stays_the_same(file, tmp_path, hashed):
    for _ in range(3):
        assert identity.sha256(file) == sha256(b"abc")
    assert len(hashed) == 1
    (tmp_path / "second").write_bytes(b"d")
    for _ in range(2):
        assert identity.sha256(file, tmp_path / "second") == sha256(b"abcd")
        assert identity.sha256(tmp_path / "second", file) == sha256(b"dabc")
    assert len(hashed) == 5


@pytest.mark.usefixtures("old")
@pytest.mark.skipif(os.name == "nt", reason="Windows does not tell when a file changed")
def test_a_change_is_seen_at_the_same_size_and_time(file, tmp_path):
    identity.sha256(file)
    stat = file.stat()
    time.sleep(0.02)  # more than a tick of the file system's clock
    file.write_bytes(b"abd")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert identity.sha256(file) == sha256(b"abd")
    (tmp_path / "other").write_bytes(b"abe")
    os.utime(tmp_path / "other", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (tmp_path / "other").replace(file)
    assert identity.sha256(file) == sha256(b"abe")


def test_what_is_young_or_small_is_hashed_again(file, notes, hashed, monkeypatch):
    identity.sha256(file)
    monkeypatch.setattr(identity, "YOUNG", -1)
    monkeypatch.setattr(identity, "LARGE", 4)
    identity.sha256(file)
    assert len(hashed) == 2
    assert not notes.exists()


@pytest.mark.usefixtures("old")
def test_without_a_folder_nothing_is_remembered(file, hashed, monkeypatch, tmp_path):
    for folder in "", str(file / "below"):
        monkeypatch.setenv("EMBEXP_CACHE", folder)
        for _ in range(2):
            assert identity.sha256(file) == sha256(b"abc")
    assert len(hashed) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.usefixtures("old")
def test_a_note_of_another_file_or_with_damage_is_ignored(file, tmp_path, notes):
    identity.sha256(file)
    (note,) = notes.glob("*.json")
    (tmp_path / "other").write_bytes(b"xyz")
    identity.sha256(tmp_path / "other")
    (other,) = {*notes.glob("*.json")} - {note}
    other.write_bytes(note.read_bytes())
    assert identity.sha256(tmp_path / "other") == sha256(b"xyz")
    good = note.read_bytes()
    for bit in range(0, 8 * len(good), 41):
        content = bytearray(good)
        content[bit // 8] ^= 1 << bit % 8
        note.write_bytes(content)
        assert identity.sha256(file) == sha256(b"abc")


def test_a_file_that_changes_while_it_is_hashed_is_refused(file, notes, monkeypatch):
    def change(*given):
        found = FILE_DIGEST(*given)
        file.write_bytes(b"abcd")
        return found

    monkeypatch.setattr(hashlib, "file_digest", change)
    with pytest.raises(InputError, match="file was changed while it was read; read it again"):
        identity.sha256(file)
    assert not notes.exists()


def test_what_is_no_file_is_said(tmp_path):
    with pytest.raises(InputError, match="missing cannot be read: No such file"):
        identity.sha256(tmp_path / "missing")
    with pytest.raises(InputError, match="cannot be read: it is no regular file"):
        identity.sha256(tmp_path)
