"""What lies in the cache is the user's own: its folders, its files, and who wrote them."""

import os
import stat

import pytest

from embexp.errors import InputError
from embexp.formats import private

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The cache's folder, which is not there yet."""
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def rights(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_is_the_users(monkeypatch, tmp_path):
    monkeypatch.delenv("EMBEXP_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(private.sys, "platform", "linux")
    assert private.folder() == tmp_path / "embexp"
    monkeypatch.setenv("EMBEXP_CACHE", "")
    assert private.folder() is private.subfolder("notes") is private.make("notes") is None


@posix
def test_folders_and_files_are_for_the_user_alone(root):
    assert private.subfolder("notes") == root / "notes"
    assert not root.exists()
    private.write_note(private.make("notes") / "a.json", {"b": [1, None, "é"]})
    assert private.read_note(root / "notes" / "a.json") == {"b": [1, None, "é"]}
    assert (rights(root), rights(root / "notes")) == (0o700, 0o700)
    assert rights(root / "notes" / "a.json") == 0o600
    for folder in root, root / "notes":
        folder.chmod(0o777)
        private.subfolder("notes")
        assert rights(folder) == 0o755


@posix
def test_folders_of_another_user_are_not_used(root, monkeypatch):
    private.make("notes")
    real = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: real + 1)
    for use in private.subfolder, private.make:
        with pytest.raises(InputError, match="is another user's; set EMBEXP_CACHE to a folder of"):
            use("notes")
    with pytest.warns(UserWarning, match="nothing is cached, as .* is another user's"):
        assert private.usable("notes") is None


@posix
def test_a_folder_behind_the_link_of_another_user_is_not_used(root, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    root.symlink_to(tmp_path / "mine")
    assert private.make("notes") == root / "notes"
    real = os.lstat
    foreign = lambda path: os.stat_result([*real(path)[:4], os.geteuid() + 1, *real(path)[5:]])  # noqa: E731
    monkeypatch.setattr(private.Path, "lstat", lambda path: foreign(path))
    with pytest.raises(InputError, match="is another user's"):
        private.subfolder("notes")


def test_a_folder_out_of_reach_is_none(root):
    root.parent.mkdir(exist_ok=True)
    root.touch()
    assert private.usable("notes") is None
    with pytest.raises(OSError, match="directory"):
        private.make("notes")


@posix
def test_only_regular_files_that_nobody_else_can_write_are_read(root, tmp_path, monkeypatch):
    note = private.make("notes") / "a.json"
    private.write_note(note, {"a": 1})
    content = note.read_bytes()
    note.chmod(0o620)
    assert private.read_note(note) == {}
    note.chmod(0o600)
    assert private.read_note(note) == {"a": 1}
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.touch(0o600)
    elsewhere.write_bytes(content)
    assert private.read_note(elsewhere) == {"a": 1}
    note.unlink()
    note.symlink_to(elsewhere)
    assert private.read_note(note) == {}
    note.unlink()
    os.mkfifo(note, 0o600)  # to be opened without waiting for a writer
    assert private.read_note(note) == {}
    real = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: real + 1)
    assert private.read_note(elsewhere) == {}


def test_every_damage_to_a_note_is_seen(root):
    note = private.make("notes") / "a.json"
    private.write_note(note, {"table": "x", "facts": ["glove", 0, 12]})
    good = note.read_bytes()
    bad = [good[:at] for at in range(0, len(good), 7)]
    bad += [b"[]", b"null", b"{}", b"[" * 100_000, b'{"seal": null}', b"\xff"]
    for bit in range(0, 8 * len(good), 5):
        content = bytearray(good)
        content[bit // 8] ^= 1 << bit % 8
        bad.append(bytes(content))
    for content in bad:
        note.write_bytes(content)
        assert private.read_note(note) == {}
    note.unlink()
    assert private.read_note(note) == {}


@posix
def test_a_link_at_a_target_is_replaced_and_leftovers_go(root, tmp_path):
    folder = private.make("notes")
    (tmp_path / "precious").write_text("kept")
    (folder / "a.json").symlink_to(tmp_path / "precious")
    left = folder / ".b.json.0123456789abcdef.partial"
    left.write_text("cut off")
    private.write_note(folder / "a.json", {"a": 1})
    assert (tmp_path / "precious").read_text() == "kept"
    assert not (folder / "a.json").is_symlink()
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "a.json"]
