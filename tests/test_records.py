"""Records survive kills, torn and mutated lines and concurrent writers; what is read is
what was appended."""

import json
import multiprocessing
import os
import re
import signal
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embexp import records
from embexp.errors import InputError
from embexp.records import Cell, Row

SPAWN = multiprocessing.get_context("spawn")


def spec(seed: int = 0) -> dict[str, object]:
    return {"corpus": "mr", "regime": "glove-tuned", "encoder": "mean", "seed": seed}


def cell(seed: int = 0, run: str = "a", error: str | None = None) -> Cell:
    return Cell(
        records.digest(spec(seed)),
        run,
        spec(seed),
        {},
        {},
        {},
        "cpu",
        1.5,
        "2026-01-01T00:00:00Z",
        error,
    )


def rows(of: Cell, count: int = 3) -> list[Row]:
    return [
        Row(of.digest, of.run, step, "test", "accuracy", 0.5 + step / 100, 0.4, 0.6, 9, 10, 0.5)
        for step in range(count)
    ]


def write(
    folder: Path, seed: int = 0, run: str = "a", error: str | None = None, count: int = 3
) -> Cell:
    made = cell(seed, run, error)
    records.append(folder, rows(made, count), made)
    return made


def test_rows_are_read_as_appended_and_joined_with_their_cell(tmp_path: Path) -> None:
    made = write(tmp_path)
    read = records.read_rows(tmp_path)
    assert [{key: row[key] for key in Row._fields} for row in read] == [
        row._asdict() for row in rows(made)
    ]
    assert all(row["spec"] == spec() and row["corpus"] == "mr" and row["seed"] == 0 for row in read)
    assert records.read_cells(tmp_path) == {made.digest: {**made._asdict(), "rows": 3}}
    assert records.damage(tmp_path) == 0


def test_nan_is_written_as_null_and_numpy_numbers_as_numbers(tmp_path: Path) -> None:
    made = cell()
    odd = Row(
        made.digest,
        made.run,
        np.int64(3),
        "words",
        "overlap@10",
        np.float32(0.5),
        float("nan"),
        float("inf"),
        np.int32(0),
        4,
    )
    records.append(tmp_path, [odd], made)
    (row,) = records.read_rows(tmp_path)
    assert (row["step"], row["value"], row["low"], row["high"], row["n"], row["chance"]) == (
        3,
        0.5,
        None,
        None,
        0,
        None,
    )
    assert "NaN" not in (tmp_path / records.ROWS).read_text()


def test_digest_is_of_canonical_json_and_refuses_nan() -> None:
    assert (
        records.digest({"a": 1, "b": [2.5, None]})
        == records.digest({"b": [2.5, None], "a": 1})
        == "fbb68c4db7e0dd9e"
    )
    with pytest.raises(ValueError, match="JSON"):
        records.digest({"a": float("nan")})


def test_two_rows_of_one_place_or_of_another_run_are_refused(tmp_path: Path) -> None:
    made = cell()
    with pytest.raises(ValueError, match="same step"):
        records.append(tmp_path, rows(made, 1) * 2, made)
    with pytest.raises(ValueError, match="another cell or run"):
        records.append(tmp_path, rows(cell(run="b")), made)
    assert records.read_cells(tmp_path) == {}


def test_a_finished_cell_stays_finished_and_the_last_failure_counts(tmp_path: Path) -> None:
    write(tmp_path, seed=0, run="a", error="out of memory", count=0)
    write(tmp_path, seed=0, run="b", error="diverged", count=1)
    assert [line["error"] for line in records.read_cells(tmp_path).values()] == ["diverged"]
    assert records.read_rows(tmp_path) == []
    write(tmp_path, seed=0, run="c")
    write(tmp_path, seed=0, run="d", error="late failure", count=0)
    write(tmp_path, seed=0, run="e", count=2)
    assert {row["run"] for row in records.read_rows(tmp_path)} == {"c"}


def test_rows_without_their_cell_line_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, seed=0)
    (tmp_path / records.CELLS).rename(tmp_path / "elsewhere")
    assert records.read_rows(tmp_path) == []
    write(tmp_path, seed=1)
    assert {row["seed"] for row in records.read_rows(tmp_path)} == {1}
    assert records.damage(tmp_path) == 0


@pytest.mark.parametrize("name", [records.ROWS, records.CELLS])
def test_a_file_cut_at_any_byte_loses_that_cell_only_and_takes_the_next(
    tmp_path: Path, name: str
) -> None:
    write(tmp_path, seed=0)
    whole = (tmp_path / name).read_bytes()
    write(tmp_path, seed=1)
    after = (tmp_path / name).read_bytes()
    for end in range(len(whole) + 1, len(after) - 1, 7):
        (tmp_path / name).write_bytes(after[:end])
        assert {row["seed"] for row in records.read_rows(tmp_path)} == {0}
    assert records.damage(tmp_path) == 1
    write(tmp_path, seed=1, run="again")
    write(tmp_path, seed=2)
    assert sorted((row["seed"], row["run"]) for row in records.read_rows(tmp_path)) == [
        *[(0, "a")] * 3, *[(1, "again")] * 3, *[(2, "a")] * 3,
    ]  # fmt: skip
    assert records.damage(tmp_path) == 1


def test_a_doubled_line_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path)
    before = records.read_rows(tmp_path)
    for name in (records.ROWS, records.CELLS):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text + text)
    assert records.read_rows(tmp_path) == before


def test_cell_lines_without_a_row_count_are_trusted(tmp_path: Path) -> None:
    made = cell()
    (tmp_path / records.CELLS).write_text(json.dumps(made._asdict()) + "\n")
    (tmp_path / records.ROWS).write_text(
        json.dumps(rows(made)[0]._asdict())
    )  # whole, though without its newline
    assert len(records.read_rows(tmp_path)) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_lines_never_hide_the_others_and_are_counted(
    tmp_path: Path, data: st.DataObject
) -> None:
    for name in (records.ROWS, records.CELLS):
        (tmp_path / name).unlink(missing_ok=True)
    first, second = write(tmp_path, seed=0), write(tmp_path, seed=1)
    path = tmp_path / data.draw(st.sampled_from([records.ROWS, records.CELLS]))
    lines = path.read_text().splitlines()
    place = 0  # a line of the first cell
    line = json.loads(lines[place])
    key = data.draw(st.sampled_from(sorted(line)))
    value = data.draw(JSON)
    mutated = data.draw(
        st.sampled_from(
            [
                json.dumps({**line, key: value}),
                json.dumps({k: v for k, v in line.items() if k != key}),
                json.dumps(value),
            ]
        )
    )
    path.write_bytes(
        b"\n".join(
            [mutated.encode(errors="replace"), b"\xff\xfe{", *(text.encode() for text in lines[1:])]
        )
        + b"\n"
    )
    read = records.read_rows(tmp_path)
    assert [row for row in read if row["digest"] == second.digest] == [
        row for row in read if row["spec"] == spec(1) and row["run"] == "a"
    ]
    assert sum(row["digest"] == second.digest for row in read) == 3
    assert sum(row["digest"] == first.digest for row in read) in {0, 3}, (
        "a cell counts whole or not at all"
    )
    assert all(
        isinstance(row["seed"], int) and (row["value"] is None or np.isfinite(row["value"]))
        for row in read
    )
    assert 1 <= records.damage(tmp_path) <= 2


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(tmp_path: Path, noise: bytes) -> None:
    (tmp_path / records.ROWS).write_bytes(noise)
    (tmp_path / records.CELLS).write_bytes(noise)
    assert records.read_rows(tmp_path) == []
    deep = b"[" * 100_000
    (tmp_path / records.ROWS).write_bytes(deep + b"\n" + b'{"value": 1' + b"0" * 5000 + b"}")
    (tmp_path / records.CELLS).write_bytes(b"")
    assert records.damage(tmp_path) == 2


def append_cells(folder: Path, seeds: range) -> None:
    for seed in seeds:
        write(folder, seed=seed, count=40)


@pytest.mark.slow
def test_processes_append_to_one_folder_without_mixing_lines(tmp_path: Path) -> None:
    writers = [
        SPAWN.Process(target=append_cells, args=(tmp_path, range(k * 10, k * 10 + 10)))
        for k in range(3)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert records.damage(tmp_path) == 0
    assert sorted(row["seed"] for row in records.read_rows(tmp_path)) == [
        seed for seed in range(30) for _ in range(40)
    ]


@pytest.mark.slow
def test_a_killed_writer_leaves_whole_cells_and_the_next_goes_on(tmp_path: Path) -> None:
    for _ in range(3):
        writer = SPAWN.Process(target=append_cells, args=(tmp_path, range(10_000)))
        writer.start()
        until = time.monotonic() + 10
        while not (tmp_path / records.CELLS).exists() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.05)
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
        read = records.read_rows(tmp_path)
        finished = records.read_cells(tmp_path)
        assert finished
        assert len(read) == 40 * len(finished)
    write(tmp_path, seed=10_001)
    assert sum(row["seed"] == 10_001 for row in records.read_rows(tmp_path)) == 3


def hold(folder: Path, held: Event) -> None:
    with records.lock(folder):
        held.set()
        time.sleep(60)


@pytest.mark.slow
def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    held = SPAWN.Event()
    holder = SPAWN.Process(target=hold, args=(tmp_path, held))
    holder.start()
    assert held.wait(20)
    with pytest.raises(InputError, match=f"process {holder.pid}"), records.lock(tmp_path):
        pass
    os.kill(holder.pid or 0, signal.SIGKILL)
    holder.join()
    with records.lock(tmp_path):
        pass


def test_a_folder_is_locked_for_one_sweep_and_left_clean(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "runs"
    with records.lock(folder):
        message = f"{re.escape(str(folder))} is in use by another sweep \\(process {os.getpid()}\\)"
        with pytest.raises(InputError, match=message), records.lock(folder):
            pass
    assert list(folder.iterdir()) == []
    with records.lock(folder):
        pass


def test_a_missing_folder_is_refused_with_those_there_are(tmp_path: Path) -> None:
    write(tmp_path / "regimes-mr")
    with pytest.raises(InputError, match="there are regimes-mr"):
        records.read_rows(tmp_path / "regime-mr")
    with pytest.raises(InputError, match="run the experiment first"):
        records.read_cells(tmp_path / "nowhere" / "at-all")


def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path / "file")
    with (
        pytest.raises(InputError, match="cannot be written"),
        records.lock(tmp_path / "file" / "below"),
    ):
        pass
    (tmp_path / records.ROWS).mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path)
