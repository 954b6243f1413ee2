"""Vectors by name come whole and right, go on where they broke off, and without a
network there is one sentence."""

import gzip
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from embexp.errors import InputError
from embexp.formats import fetch
from embexp.vectors.named import load_vectors
from embexp.words import Vectors

TEXT = "".join(f"w{i} {i} {i / 7:.6f}\n" for i in range(3000)).encode()
FILE = gzip.compress(b"3000 2\n" + TEXT, mtime=0)


class Server(BaseHTTPRequestHandler):
    """Files by path; each answer is noted, and the next ones may be cut, damaged or
    without ranges."""

    files: ClassVar[dict[str, bytes]] = {}
    seen: ClassVar[list[tuple[str, str | None]]] = []
    cuts: ClassVar[list[int]] = []
    ranges: ClassVar[bool] = True

    def do_GET(self):
        wanted = self.headers.get("Range")
        self.seen.append((self.path, wanted))
        content = self.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = (
            int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        )
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(
            content[start : start + self.cuts.pop(0)] if self.cuts else content[start:]
        )

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A server on this machine that publishes one model as gensim-data does; what is
    fetched goes to `tmp_path`."""
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path))
    Server.files, Server.seen, Server.cuts, Server.ranges = {"/mini/mini.gz": FILE}, [], [], True
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{running.server_port}"
    monkeypatch.setattr(fetch, "GENSIM_DATA", address)
    monkeypatch.setenv("HF_ENDPOINT", address)
    model = fetch.Model(
        "a test", hashlib.md5(FILE, usedforsecurity=False).hexdigest(), len(FILE), "PDDL 1.0"
    )
    monkeypatch.setitem(fetch.MODELS, "mini", model)
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


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
    with pytest.raises(InputError, match="out of reach"):
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
        match=r"gave \d+ bytes with the checksum md5:.* where md5:.* is expected; they were deleted",
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
    monkeypatch.setattr(fetch, "GENSIM_DATA", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for name in "glove-wiki-gigaword-50", "hub:some/vectors":
        with pytest.raises(InputError) as caught:
            fetch.fetch(name)
        assert "cannot be fetched: 127.0.0.1:9 is out of reach" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_no_place_and_no_scheme_are_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBEXP_CACHE", "")
    with pytest.raises(InputError, match="EMBEXP_CACHE is empty"):
        fetch.fetch("glove-wiki-gigaword-50")
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be kept in"):
        fetch.fetch("glove-wiki-gigaword-50")
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fetch, "GENSIM_DATA", f"file://{tmp_path}")
    with pytest.raises(InputError, match="no address of the web"):
        fetch.fetch("glove-wiki-gigaword-50")


def publish(*files, revision="a" * 40):
    """A hub repository with these files, the first kept as a large one."""
    blobs = []
    for number, (name, content) in enumerate(files):
        Server.files[f"/own/vectors/resolve/{revision}/{name}"] = content
        blob = hashlib.sha1(
            b"blob %d\0" % len(content) + content, usedforsecurity=False
        ).hexdigest()
        large = {"lfs": {"sha256": hashlib.sha256(content).hexdigest()}} if number == 0 else {}
        blobs.append({"rfilename": name, "size": len(content), "blobId": blob, **large})
    listing = {"sha": revision, "siblings": blobs, "cardData": {"license": "mit"}}
    Server.files["/api/models/own/vectors?blobs=true"] = json.dumps(listing).encode()


@pytest.mark.usefixtures("server")
def test_hub_repositories_are_checked_by_the_hubs_checksums():
    publish(
        ("a.vec.gz", FILE),
        ("sub/b.txt", TEXT),
        ("README.md", b"none"),
        ("loader.py", b"raise SystemExit"),
    )
    assert fetch.fetch("hub:own/vectors/a.vec.gz").read_bytes() == FILE
    assert fetch.terms("hub:own/vectors/a.vec.gz") == "mit"
    assert load_vectors("hub:own/vectors/a.vec.gz", ["w7"]).words == ["w7"]
    assert fetch.fetch("hub:own/vectors/sub/b.txt").read_bytes() == TEXT
    with pytest.raises(
        InputError,
        match=r"has 2 files that may hold vectors \(a.vec.gz, sub/b.txt\); name one: hub:own/vectors/a.vec.gz",
    ):
        fetch.fetch("hub:own/vectors")
    with pytest.raises(InputError, match=r"has no file 'c.vec'"):
        fetch.fetch("hub:own/vectors/c.vec")
    publish(("a.vec.gz", FILE), ("b.md", b""), revision="b" * 40)
    assert fetch.fetch("hub:own/vectors").read_bytes() == FILE


@pytest.mark.usefixtures("server")
def test_a_hub_file_that_is_not_what_the_hub_promises_is_refused():
    for name in "a.vec", "b.vec":
        publish(("a.vec", TEXT), ("b.vec", TEXT))
        Server.files[f"/own/vectors/resolve/{'a' * 40}/{name}"] = TEXT[:-2] + b"9\n"
        with pytest.raises(InputError, match="is expected; they were deleted"):
            fetch.fetch(f"hub:own/vectors/{name}")


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("name", ["hub:own", "hub:own/vectors/../../x", "hub:", "hub:own/../x"])
def test_odd_hub_names_are_refused(name):
    with pytest.raises(InputError, match="unknown vectors to fetch"):
        fetch.fetch(name)
    assert Server.seen == []


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"sha": "a"}', b"null"])
def test_a_listing_that_is_none_is_said(answer):
    Server.files["/api/models/own/vectors?blobs=true"] = answer
    with pytest.raises(InputError, match=r"no JSON|cannot be understood"):
        fetch.fetch("hub:own/vectors")


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("name", "revision"),
    [
        ("../../../out.vec", "a" * 40),
        ("/out.vec", "a" * 40),
        ("out.vec", "../../.."),
        ("out.vec", "main"),
    ],
)
def test_a_listing_cannot_lead_out_of_the_folder(name, revision):
    publish((name, TEXT), revision=revision)
    with pytest.raises(InputError, match="no file of a commit"):
        fetch.fetch("hub:own/vectors")
