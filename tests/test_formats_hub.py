"""Files of hub repositories come through `huggingface_hub`, checked by the hub's checksums."""

import hashlib
import json

import pytest
from file_server import FILE, TEXT, Server, server  # noqa: F401

from embexp.errors import InputError
from embexp.formats import fetch
from embexp.vectors.registry import load_vectors


def publish(*files, revision="a" * 40, **stated):
    """A hub repository with these files, the first kept as a large one.

    `stated` is what its listing says instead of the truth: of the repository, or of each file.
    """
    blobs = []
    for number, (name, content) in enumerate(files):
        path = f"/own/vectors/resolve/{revision}/{name}"
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
        large = hashlib.sha256(content).hexdigest()
        lfs = {"sha256": large, "size": len(content), "pointerSize": 130}
        etag = blob.hexdigest() if number else large
        Server.files[path] = content
        Server.headers_of[path] = {"ETag": f'"{etag}"', "X-Repo-Commit": revision}
        blobs.append(
            {"rfilename": name, "size": len(content), "blobId": blob.hexdigest()}
            | ({} if number else {"lfs": lfs})
            | {key: stated[key] for key in ("size", "blobId", "lfs", "rfilename") if key in stated}
        )
    listing = {
        "id": "own/vectors",
        "sha": revision,
        "siblings": blobs,
        "cardData": {"license": "mit"},
        "private": False,
        "downloads": 0,
        "likes": 0,
        "tags": [],
    } | {key: stated[key] for key in ("sha", "siblings", "cardData") if key in stated}
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
        match=r"has 2 files that may hold vectors \(a.vec.gz, sub/b.txt\); name one: hub:own/vec",
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
    with pytest.raises(InputError, match="cannot be fetched from"):
        fetch.fetch("hub:own/vectors")


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("name", "revision"),
    [("../../../out.vec", "a" * 40), ("/out.vec", "a" * 40), ("out.vec", "../../..")],
)
def test_a_listing_cannot_lead_out_of_the_folder(tmp_path, name, revision):
    publish((name, TEXT), revision=revision)
    with pytest.raises(InputError, match=r"has 0 files that may hold|is listed without a commit"):
        fetch.fetch("hub:own/vectors")
    assert list(tmp_path.rglob("out.vec")) == []
    assert not list(tmp_path.parent.glob("out.vec"))


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "stated",
    [
        {"size": None},
        {"size": -1},
        {"size": "12"},
        {"size": 3.5},
        {"lfs": None, "blobId": None},
        {"lfs": None, "blobId": "x" * 40},
        {"lfs": {"sha256": None, "size": 1, "pointerSize": 1}},
        {"lfs": {"size": 1}},
        {"lfs": 7},
        {"sha": None},
        {"sha": 7},
        {"sha": "main"},
        {"siblings": None},
        {"siblings": 7},
        {"siblings": [7]},
        {"siblings": [{}]},
        {"rfilename": None},
        {"rfilename": 7},
        {"rfilename": ["a.vec"]},
        {"rfilename": "C:a.vec"},
        {"rfilename": "..\\a.vec"},
        {"rfilename": "a\n.vec"},
        {"rfilename": "a//b.vec"},
        {"rfilename": "x" * (3 << 20) + ".vec"},
        {"sha": "x" * (3 << 20)},
    ],
    ids=lambda stated: str(stated)[:40],
)
def test_a_strange_listing_is_one_short_sentence(stated, tmp_path):
    publish(("a.vec", TEXT), **stated)
    with pytest.raises(InputError) as caught:
        fetch.fetch("hub:own/vectors")
    assert len(str(caught.value)) < 1000
    assert "\n" not in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix == ".vec"]


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("card", [{"license": "x" * (3 << 20)}, {"license": ["mit"]}, {}, None, 7])
def test_strange_terms_stop_no_download(card):
    publish(("a.vec", TEXT), cardData=card)
    try:
        fetch.fetch("hub:own/vectors")
    except InputError as error:  # the listing is refused as a whole
        assert len(str(error)) < 1000
    else:
        assert 0 < len(fetch.terms("hub:own/vectors")) < 300


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("size", [10, len(TEXT) - 1])
@pytest.mark.parametrize("length", [None, "true"])
def test_a_hub_file_that_is_longer_than_listed_is_not_read_to_its_end(size, length, tmp_path):
    Server.length = length
    publish(("a.vec", TEXT), size=size)
    with pytest.raises(InputError, match=rf"gives \d+ bytes or more where {size} are listed"):
        fetch.fetch("hub:own/vectors")
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size > 1000]
    assert kept == []


@pytest.mark.usefixtures("server")
def test_the_cache_may_be_named_from_the_working_folder_or_by_a_link(tmp_path, monkeypatch):
    publish(("a.vec", TEXT))
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    for folder in "own", "link", str(tmp_path / "link"):
        monkeypatch.setenv("EMBEXP_CACHE", folder)
        for name in "hub:own/vectors", "mini":
            assert fetch.fetch(name) == fetch.fetched(name)
    assert len(load_vectors("hub:own/vectors").words) == 3000


@pytest.mark.usefixtures("server")
def test_a_hub_file_that_was_changed_is_refused_and_fetched_again():
    publish(("a.vec", TEXT))
    path = fetch.fetch("hub:own/vectors")
    path.resolve().chmod(0o644)
    path.resolve().write_bytes(TEXT[:-2] + b"9\n")
    with pytest.raises(InputError, match="was changed since it was fetched"):
        load_vectors("hub:own/vectors")
    assert fetch.fetch("hub:own/vectors").read_bytes() == TEXT


@pytest.mark.usefixtures("server")
def test_what_a_changed_file_leads_to_elsewhere_is_left_alone(tmp_path):
    publish(("a.vec", TEXT))
    path = fetch.fetch("hub:own/vectors")
    (tmp_path / "precious").write_text("kept")
    path.unlink()
    path.symlink_to(tmp_path / "precious")
    assert fetch.fetch("hub:own/vectors").read_bytes() == TEXT
    assert (tmp_path / "precious").read_text() == "kept"


@pytest.mark.usefixtures("server")
def test_a_missing_repository_is_said():
    with pytest.raises(InputError, match=r"answers 404 for hub:no/vectors; is the name right"):
        fetch.fetch("hub:no/vectors")
