"""Files are whole or not there, whatever ends the process that writes them."""

import json
import math
import multiprocessing
import os
import re
import signal
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from embexp import storage
from embexp.errors import InputError

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
