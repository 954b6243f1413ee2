"""Vectors by name come whole and checked; offline there is one sentence."""

import pytest
from file_server import FILE, Server, at_hub, server  # noqa: F401

from embexp.errors import InputError
from embexp.formats import fetch, gensim_data
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
