"""Vectors by name come whole and checked; offline there is one sentence."""

import os

import pytest
from file_server import FILE, Server, at_hub, server  # noqa: F401

from embexp.errors import InputError
from embexp.formats import fetch, gensim_data, identity
from embexp.vectors.registry import load_vectors
from embexp.words import Vectors


def partial(tmp_path):
    return tmp_path / "downloads" / "gensim-data" / "mini.gz.partial"


@pytest.mark.usefixtures("server")
def test_a_name_is_fetched_once_and_then_found(tmp_path):
    assert fetch.fetched("mini") is None
    with pytest.raises(
        InputError, match="not here yet; fetch them once: embexp vectors fetch mini"
    ):
        load_vectors("mini")
    assert Server.seen == []
    steps = []
    path = fetch.fetch("mini", lambda done, total: steps.append((done, total)))
    assert path.read_bytes() == FILE
    assert path.is_relative_to(tmp_path / "downloads")
    assert steps[-1] == (len(FILE), len(FILE))
    assert steps == sorted(steps)
    assert fetch.fetch("mini") == fetch.fetched("mini") == path
    assert Server.seen == [("/mini/mini.gz", None)]
    assert fetch.terms("mini") == "PDDL 1.0"
    assert load_vectors("mini", ["w7"]).table.tolist() == [[7, 1]]
    vectors = Vectors.fetch("mini")
    assert len(vectors) == 3000
    assert Vectors.fetch("mini", words=["w14"]).table.tolist() == [[14, 2]]
    assert not partial(tmp_path).exists()


@pytest.mark.usefixtures("server")
def test_what_breaks_off_goes_on_within_one_call_and_in_the_next(tmp_path):
    Server.cuts = [1000, 2000]
    assert fetch.fetch("mini").read_bytes() == FILE
    assert Server.seen == [
        ("/mini/mini.gz", None),
        ("/mini/mini.gz", "bytes=1000-"),
        ("/mini/mini.gz", "bytes=3000-"),
    ]
    fetch.fetched("mini").unlink()
    Server.cuts, Server.seen = [500, 0, 0], []
    with pytest.raises(InputError, match="cannot be fetched from"):
        fetch.fetch("mini")
    assert partial(tmp_path).read_bytes() == FILE[:500]
    Server.cuts, Server.seen = [], []
    assert fetch.fetch("mini").read_bytes() == FILE
    assert Server.seen == [("/mini/mini.gz", "bytes=500-")]


@pytest.mark.usefixtures("server")
def test_a_server_without_ranges_is_read_from_the_start(tmp_path):
    Server.ranges = False
    partial(tmp_path).parent.mkdir(parents=True)
    partial(tmp_path).write_bytes(FILE[:700])
    assert fetch.fetch("mini").read_bytes() == FILE


@pytest.mark.usefixtures("server")
def test_a_partial_that_is_whole_or_too_long_is_checked(tmp_path):
    partial(tmp_path).parent.mkdir(parents=True)
    partial(tmp_path).write_bytes(FILE)
    assert fetch.fetch("mini").read_bytes() == FILE
    assert Server.seen == []
    fetch.fetched("mini").unlink()
    partial(tmp_path).write_bytes(FILE + b"more")
    with pytest.raises(InputError, match="checksum"):
        fetch.fetch("mini")
    assert fetch.fetch("mini").read_bytes() == FILE


@pytest.mark.usefixtures("server")
def test_a_wrong_checksum_is_refused_and_leaves_nothing(tmp_path):
    Server.files["/mini/mini.gz"] = FILE[:-1] + b"x"
    with pytest.raises(
        InputError,
        match=r"gave \d+ bytes with the checksum md5:.* where md5:.* is expected; they were del",
    ):
        fetch.fetch("mini")
    assert fetch.fetched("mini") is None
    assert not partial(tmp_path).exists()


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("length", [None, "true", "3", str(1 << 40)])
def test_a_download_stops_at_the_listed_size(tmp_path, length):
    Server.length = length
    Server.files["/mini/mini.gz"] = FILE + b"x" * (1 << 22)
    steps = []
    with pytest.raises(InputError, match=rf"gives \d+ bytes or more where {len(FILE)} are listed"):
        fetch.fetch("mini", lambda done, total: steps.append(done))
    assert max(steps, default=0) <= len(FILE)
    assert not partial(tmp_path).exists() or partial(tmp_path).stat().st_size <= len(FILE)
    assert len(Server.seen) == 1
    assert fetch.fetched("mini") is None
    Server.length, Server.files["/mini/mini.gz"] = None, FILE
    assert fetch.fetch("mini").read_bytes() == FILE


@pytest.mark.usefixtures("server")
def test_more_than_the_listed_size_is_refused_when_resumed(tmp_path):
    Server.cuts = [500, 0, 0]
    with pytest.raises(InputError, match="cannot be fetched from"):
        fetch.fetch("mini")
    Server.cuts, Server.files["/mini/mini.gz"], Server.length = [], FILE + b"x", None
    with pytest.raises(InputError, match="or more where"):
        fetch.fetch("mini")
    assert Server.seen[-1] == ("/mini/mini.gz", "bytes=500-")
    assert not partial(tmp_path).exists()


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ftp://127.0.0.1:9/x", "ftp://127.0.0.1:9/x is not fetched: only http and https are"),
        ("file:///etc/hostname", "answers 302 for mini"),
        ("data:,x", "answers 302 for mini"),
    ],
)
def test_an_answer_that_leads_out_of_the_web_is_not_followed(address, message, tmp_path):
    Server.moved = {"/mini/mini.gz": address}
    with pytest.raises(InputError, match=message):
        fetch.fetch("mini")
    assert not partial(tmp_path).exists()
    Server.moved = {"/mini/mini.gz": "/other"}
    Server.files["/other"] = FILE
    assert fetch.fetch("mini").read_bytes() == FILE


@pytest.mark.parametrize("address", ["file:///tmp", "ftp://127.0.0.1:9", "data:"])
def test_an_address_out_of_the_web_is_refused(address, monkeypatch, tmp_path):
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path))
    monkeypatch.setattr(gensim_data, "ADDRESS", address)
    with pytest.raises(InputError, match="only http and https are followed"):
        fetch.fetch("glove-wiki-gigaword-50")


@pytest.mark.usefixtures("server")
def test_a_fetched_file_that_was_changed_is_refused_and_fetched_again(monkeypatch):
    monkeypatch.setattr(identity, "LARGE", 1)
    path = fetch.fetch("mini")
    stat = path.stat()
    with path.open("r+b") as file:
        file.seek(len(FILE) // 2)
        file.write(b"?")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    for use in fetch.fetched, load_vectors:
        with pytest.raises(
            InputError, match="was changed since it was fetched; fetch it again: embexp vectors fet"
        ):
            use("mini")
    assert len(Server.seen) == 1
    assert fetch.fetch("mini").read_bytes() == FILE
    assert len(Server.seen) == 2
    assert load_vectors("mini", ["w7"]).table.tolist() == [[7, 1]]


@pytest.mark.usefixtures("server")
def test_without_a_sound_note_a_file_is_verified_and_not_fetched_again(tmp_path):
    path = fetch.fetch("mini")
    (note,) = (tmp_path / "downloads").glob("*.json")
    for content in b"", b"{}", note.read_bytes().replace(b"mini", b"mino"):
        note.write_bytes(content)
        assert fetch.fetched("mini") is None
        assert fetch.fetch("mini") == path
    assert len(Server.seen) == 1
    note.unlink()
    path.write_bytes(FILE[:-1] + b"x")
    assert fetch.fetch("mini").read_bytes() == FILE
    assert len(Server.seen) == 2


@pytest.mark.usefixtures("server")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_downloads_are_the_users_own(tmp_path, monkeypatch):
    precious = tmp_path / "precious"
    precious.write_text("kept")
    partial(tmp_path).parent.mkdir(parents=True)
    partial(tmp_path).symlink_to(precious)
    path = fetch.fetch("mini")
    assert path.read_bytes() == FILE
    assert precious.read_text() == "kept"
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    partial(tmp_path).write_bytes(b"planted")
    partial(tmp_path).chmod(0o666)  # by others, it may be
    assert fetch.fetch("mini").read_bytes() == FILE
    assert Server.seen[-1] == ("/mini/mini.gz", None)
    real = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: real + 1)
    with (
        pytest.raises(InputError, match="is another user's; set EMBEXP_CACHE to a folder of your"),
        pytest.warns(UserWarning, match="is another user's"),
    ):
        fetch.fetch("mini")


@pytest.mark.usefixtures("server")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_folders_of_downloads_are_made_private(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path / "new"))
    fetch.fetch("mini")
    folders = tmp_path / "new", tmp_path / "new" / "downloads"
    assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700, 0o700]


@pytest.mark.usefixtures("server")
def test_a_missing_file_and_an_unknown_name_are_said():
    Server.files.clear()
    with pytest.raises(InputError, match=r"answers 404 for mini\.gz; is the name right"):
        fetch.fetch("mini")
    with pytest.raises(InputError, match="did you mean 'glove-wiki-gigaword-100'"):
        fetch.fetch("glove-wiki-gigaword-10")


def test_offline_is_one_clear_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path))
    monkeypatch.setattr(gensim_data, "ADDRESS", "http://127.0.0.1:9")
    at_hub(monkeypatch, "http://127.0.0.1:9")
    for name in "glove-wiki-gigaword-50", "hub:some/vectors":
        with pytest.raises(InputError) as caught:
            fetch.fetch(name)
        assert "cannot be fetched from 127.0.0.1:9" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_no_place_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBEXP_CACHE", "")
    with pytest.raises(InputError, match="EMBEXP_CACHE is empty"):
        fetch.fetch("glove-wiki-gigaword-50")
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be kept in"):
        fetch.fetch("glove-wiki-gigaword-50")
