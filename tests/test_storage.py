"""Files are whole or not there, whatever ends the process that writes them."""

import json
import math
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from embexp import storage
from embexp.errors import InputError
from embexp.formats import streams

SPAWN = multiprocessing.get_context("spawn")


def test_a_checksum_is_the_sha256_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2
    assert storage.checksum(tmp_path / "file") == expected


def test_a_folder_is_locked_for_one_sweep_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "runs"
    message = f"{re.escape(str(folder))} is in use by another sweep; wait until it ends"
    with storage.lock(folder):
        with pytest.raises(InputError, match=message), storage.lock(folder):
            pass
        with storage.lock(tmp_path / "other"):
            pass
    with pytest.raises(RuntimeError, match="inside"), storage.lock(folder):
        raise RuntimeError("inside")
    with storage.lock(folder):
        pass


def hold(folder: Path, held: Event) -> None:
    with storage.lock(folder):
        held.set()
        time.sleep(60)


@pytest.mark.slow
def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    held = SPAWN.Event()
    holder = SPAWN.Process(target=hold, args=(tmp_path, held))
    holder.start()
    assert held.wait(60)
    with pytest.raises(InputError, match="in use by another sweep"), storage.lock(tmp_path):
        pass
    os.kill(holder.pid or 0, signal.SIGKILL)
    holder.join()
    with storage.lock(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match=r"cannot be written to .*; give another folder"):
            storage.writable(folder)
        with pytest.raises(InputError, match="cannot be written"), storage.lock(folder):
            pass
        with pytest.raises(InputError, match="cannot be written"), storage.writing(folder):
            pass
    with pytest.raises(InputError, match="No space left"), storage.writing(tmp_path):
        raise OSError(28, "No space left on device")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    storage.replace(path, lambda file: file.write(b"first"))
    assert path.read_bytes() == b"first"

    def half(file) -> None:
        file.write(b"sec")
        raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"):
        storage.replace(path, half)
    assert path.read_bytes() == b"first"
    storage.replace(path, lambda file: file.write(b"second"))
    assert path.read_bytes() == b"second"
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def hang(path: Path, held: Event) -> None:
    def half(file: BinaryIO) -> None:
        file.write(b"half")
        file.flush()
        held.set()
        time.sleep(60)

    storage.replace(path, half)


@pytest.mark.slow
def test_what_a_killed_writer_left_is_removed_by_the_next_of_the_same_file(tmp_path: Path) -> None:
    path, held = tmp_path / "rows", SPAWN.Event()
    writer = SPAWN.Process(target=hang, args=(path, held))
    writer.start()
    assert held.wait(60)
    os.kill(writer.pid or 0, signal.SIGKILL)
    writer.join()
    assert len([*tmp_path.iterdir()]) == 1
    assert not path.exists()
    others = {
        ".row.0123456789abcdef.partial",
        ".rows.old.0123456789abcdef.partial",
        ".rows.partial",
    }
    for name in others:
        (tmp_path / name).touch()
    storage.replace(path, lambda file: file.write(b"whole"))
    assert {each.name for each in tmp_path.iterdir()} == {"rows", *others}


def write_stream(path: Path, content: bytes) -> None:
    with streams.writing(path) as stream:
        stream.write(content)


def replace(path: Path, content: bytes) -> None:
    storage.replace(path, lambda file: file.write(content))


WRITERS = pytest.mark.parametrize("write", [write_stream, replace])


@WRITERS
def test_no_link_is_followed_by_a_writer(tmp_path: Path, write: Callable) -> None:
    """Neither one at the target, nor one at a name that could be foreseen."""
    path, precious = tmp_path / "folder" / "rows.bin", tmp_path / "precious"
    path.parent.mkdir()
    precious.write_bytes(b"kept")
    for name in (path.name, f".{path.name}.part", f".{path.name}.{os.getpid()}.partial"):
        path.with_name(name).symlink_to(precious)
    write(path, b"new")
    assert precious.read_bytes() == b"kept"
    assert path.read_bytes() == b"new"
    assert not path.is_symlink()
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    write(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert not (tmp_path / "nowhere").exists()


@WRITERS
def test_unfinished_names_cannot_be_foreseen_and_rights_are_those_of_the_umask(
    tmp_path: Path, write: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, real = [], os.open
    monkeypatch.setattr(
        os,
        "open",
        lambda path, flags, *rest: opened.append((path, flags)) or real(path, flags, *rest),
    )
    old = os.umask(0o027)
    try:
        for _ in range(2):
            write(tmp_path / "rows.bin", b"x")
    finally:
        os.umask(old)
    assert (tmp_path / "rows.bin").stat().st_mode & 0o777 == 0o640
    made = [(Path(path), flags) for path, flags in opened if flags & os.O_CREAT]
    assert len({path for path, _ in made}) == 2
    for path, flags in made:
        assert flags & os.O_EXCL
        assert re.fullmatch(r"\.rows\.bin\.[0-9a-f]{16}\.partial", path.name)


@WRITERS
def test_file_and_folder_are_on_the_disk_around_the_renaming(
    tmp_path: Path, write: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, sync, rename = [], os.fsync, Path.replace
    name = lambda file: Path(f"/proc/self/fd/{file}").resolve().name  # noqa: E731
    if not Path("/proc/self/fd").exists():
        pytest.skip("open files have no names here")
    monkeypatch.setattr(os, "fsync", lambda file: steps.append(name(file)) or sync(file))
    monkeypatch.setattr(
        Path, "replace", lambda path, to: steps.append("renamed") or rename(path, to)
    )
    write(tmp_path / "rows.bin", b"x")
    assert steps[0].startswith(".rows.bin.")
    assert steps[1:] == ["renamed", tmp_path.name]


@WRITERS
def test_what_is_no_file_is_not_replaced(tmp_path: Path, write: Callable) -> None:
    os.mkfifo(tmp_path / "pipe.bin")
    (tmp_path / "folder.bin").mkdir()
    for name in "pipe.bin", "folder.bin":
        with pytest.raises(InputError, match="it is no regular file"):
            write(tmp_path / name, b"x")
    assert {each.name for each in tmp_path.iterdir()} == {"pipe.bin", "folder.bin"}


@WRITERS
def test_a_long_name_can_be_written(tmp_path: Path, write: Callable) -> None:
    for name in "x" * 255, "é" * 127, "😀" * 63:
        write(tmp_path / name, b"x")
        assert (tmp_path / name).read_bytes() == b"x"


TEXTS = st.lists(st.text())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=TEXTS, second=TEXTS)
def test_lines_are_read_as_appended(tmp_path: Path, first: list[str], second: list[str]) -> None:
    path = tmp_path / "lines"
    path.unlink(missing_ok=True)
    for texts in (first, second):
        storage.append_lines(path, map(json.dumps, texts))
    assert storage.read_lines(path) == first + second


def test_a_torn_last_line_is_closed_before_more_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    storage.append_lines(path, ["1", "2"])
    path.write_bytes(path.read_bytes() + b'{"torn')
    storage.append_lines(path, ["3"])
    assert storage.read_lines(path) == [1, 2, None, 3]
    assert storage.read_lines(tmp_path / "nothing") == []


ROWS = [
    {"name": "a", "value": 0.1, "count": 1, "none": None},
    {"name": "é · ü", "value": -0.0, "count": 2**40, "none": None},
    {"name": "", "value": None, "count": -1, "none": None},
]


def test_rows_of_a_parquet_file_are_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    storage.write_parquet(path, ROWS)
    assert (read := storage.read_parquet(path)) == ROWS
    assert math.copysign(1, read[1]["value"]) == -1
    assert storage.read_parquet(tmp_path / "nothing.parquet") == []
    storage.write_parquet(path, [])
    assert storage.read_parquet(path) == []


def test_a_parquet_file_is_compressed_by_zstd(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    storage.write_parquet(tmp_path / "rows.parquet", ROWS)
    group = pq.ParquetFile(tmp_path / "rows.parquet").metadata.row_group(0)
    assert {group.column(i).compression for i in range(group.num_columns)} == {"ZSTD"}


def test_a_parquet_file_cut_at_any_byte_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    storage.write_parquet(path, ROWS)
    whole = path.read_bytes()
    for end in range(0, len(whole), 17):
        path.write_bytes(whole[:end])
        assert storage.read_parquet(path) == [None]
