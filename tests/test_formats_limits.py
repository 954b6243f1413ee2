"""Files that claim or unpack to too much, that never end, or that have old line ends."""

import bz2
import gzip
import lzma
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from embexp import formats, memory
from embexp.data import read_corpus
from embexp.data.files import read_labelled
from embexp.errors import InputError
from embexp.formats import limits

SIZE = 1 << 20
"""Bytes of zeros that stand for a decompression bomb."""


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(limits, "UNSUSPICIOUS", 1 << 16)
    monkeypatch.setattr(limits, "LONGEST_LINE", 1 << 12)


def packed(path: Path, content: bytes) -> Path:
    """The content packed as the suffix says."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.stem, content)
    else:
        pack = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}[path.suffix]
        path.write_bytes(pack(content))
    return path


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zip"])
@pytest.mark.parametrize(("name", "line"), [("a.csv", b"text,label\n"), ("a.txt", b"a 1 2\n")])
def test_a_decompression_bomb_is_refused(tmp_path, small_limits, suffix, name, line):
    path = packed(tmp_path / (name + suffix), line + b"b 1 2\n" * (SIZE // 6))
    with pytest.raises(InputError, match="decompression bomb"):
        read_labelled(path) if name == "a.csv" else formats.read(path)


def test_an_archive_of_arrays_may_be_a_bomb(tmp_path, small_limits):
    np.savez_compressed(tmp_path / "a.npz", words=np.zeros(SIZE, np.uint8), table=np.zeros((9, 9)))
    with pytest.raises(InputError, match="decompression bomb"):
        formats.read(tmp_path / "a.npz")


def test_what_is_packed_well_is_read(tmp_path):
    lines = [f"word{n} 0 0 0 0 0 0 0 0".encode() for n in range(9000)]
    words, table = formats.read(packed(tmp_path / "a.txt.xz", b"\n".join(lines)))
    assert (len(words), table.shape) == (9000, (9000, 8))


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.txt"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_only_regular_files_are_read(tmp_path, name, kind):
    path = tmp_path / name
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    with pytest.raises(InputError, match=r"a folder|a pipe or a device"):
        formats.read(path)
    if kind != "folder":
        with pytest.raises(InputError, match="a pipe or a device"):
            read_corpus(path)


@pytest.mark.parametrize("needed", [None, ["b"]])
@pytest.mark.parametrize("first", [True, False])
def test_an_endless_line_is_refused(tmp_path, small_limits, monkeypatch, needed, first):
    monkeypatch.setattr("embexp.formats.text.LONGEST_LINE", 1 << 12)
    monkeypatch.setattr("embexp.formats.text.BLOCK", 1 << 8)
    path = tmp_path / "a.txt"
    path.write_bytes((b"" if first else b"a 1\nb 2\n") + b"c" + b" 1" * SIZE)
    with pytest.raises(InputError, match=f"line {1 if first else 3} is longer than"):
        formats.read(path, needed)


def test_text_in_one_endless_line_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("embexp.formats.streams.BLOCK", 1 << 10)
    (tmp_path / "a.csv").write_text("text,label\n" + "a" * SIZE)
    with pytest.raises(InputError, match="has a line of more than"):
        read_labelled(tmp_path / "a.csv")
    (tmp_path / "a.json").write_text('[{"text": "%s", "label": "x"}]' % ("a" * 9999))
    assert read_labelled(tmp_path / "a.json").labels == ["x"]


def sources(folder: Path) -> list[Path]:
    """A file in each format, with a table that takes more than a kibibyte."""
    words, table = [f"w{n}" for n in range(99)], np.ones((99, 8), np.float32)
    names = ("a.txt", "a.vec", "a.bin", "a.fasttext.bin", "a.safetensors", "a.npz", "a.parquet")
    for name in names:
        formats.write(folder / name, words, table)
    return [folder / name for name in names]


def test_a_table_that_does_not_fit_is_refused_before_it_is_read(tmp_path, monkeypatch):
    paths = sources(tmp_path)
    monkeypatch.setattr(memory, "available", lambda: 1 << 10)
    for path in paths:
        with pytest.raises(InputError, match=r"needs about .* GiB, but 0\.0 GiB are free"):
            formats.read(path)
        if path.suffix != ".parquet":
            assert formats.read(path, ["w7"])[0] == ["w7"]
    (tmp_path / "a.csv").write_text("text,label\n" + "a b,x\n" * 99)
    with pytest.raises(InputError, match="are free"):
        read_labelled(tmp_path / "a.csv")


def test_a_header_s_promise_alone_takes_no_memory(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"999999999 300\na " + struct.pack("<300f", *[0.5] * 300))
    with pytest.raises(InputError, match="ends in row 2"):
        formats.read(tmp_path / "a.bin")
    (tmp_path / "a.bin.gz").write_bytes(gzip.compress((tmp_path / "a.bin").read_bytes()))
    with pytest.raises(InputError, match=r"of 999999999 × 300 needs about"):
        formats.read(tmp_path / "a.bin.gz")


def test_memory_is_bounded_by_the_container_and_by_limits(tmp_path, monkeypatch):
    whole = memory.available()
    assert whole > 1 << 20
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert memory.available() > 1 << 20
    (tmp_path / "memory.max").write_text("5000\n")
    assert memory.available() == 4000


def test_old_line_ends_are_read(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a 1 2\rb 3 4\r")
    assert formats.read(tmp_path / "a.txt")[0] == ["a", "b"]
    (tmp_path / "a.vec").write_bytes(b"2 2\ra 1 2\rb 3 4")
    assert formats.read(tmp_path / "a.vec", ["b"])[1].tolist() == [[3, 4]]
    (tmp_path / "a.csv").write_bytes(b"text,label\rgood film,1\rbad film,0\r")
    assert read_labelled(tmp_path / "a.csv").texts == ["good film", "bad film"]


@pytest.mark.parametrize("label", ["nan", "NaN", "NAN", " nan "])
def test_a_label_that_is_not_a_number_is_missing(tmp_path, label):
    (tmp_path / "a.csv").write_text(f"text,label\na,1\nb,{label}\n")
    with pytest.raises(InputError, match="line 3 has no label"):
        read_labelled(tmp_path / "a.csv")


def test_a_name_that_is_too_long_is_no_file():
    for read in (formats.read, read_labelled, read_corpus):
        with pytest.raises(InputError):
            read("a" * 5000 + ".csv")
