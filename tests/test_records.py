"""Records survive kills, damage and concurrent writers: what is read is what was appended."""

import json
import multiprocessing
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from embexp import records
from embexp.errors import InputError
from embexp.records import PUBLISHED, ROWS, RUNS, Row, Run
from embexp.records.schema import sha256_of

SPAWN = multiprocessing.get_context("spawn")
LOGITS = "logits/0.npy"


def spec(seed: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "corpus": "mr",
        "regime": "tuned",
        "vectors": "glove",
        "encoder": "mean",
        "seed": seed,
        **fields,
    }


def run_of(seed: int = 0, run: str = "a", error: str | None = None, **fields: Any) -> Run:
    described = spec(seed, **fields)
    return Run(
        digest=records.digest(described),
        run=run,
        spec=described,
        hashed=sorted(described),
        arm="tuned · glove",
        control=False,
        data={},
        code={},
        versions={},
        device="cpu",
        seconds=1.5,
        time="2026-01-01T00:00:00Z",
        error=error,
    )


def rows_of(run: Run, count: int = 3, value: float = 0.5) -> list[Row]:
    return [
        Row(run.digest, run.run, step, "test", "accuracy", value + step / 100, 0.4, 0.6, 9, 10, 0.5)
        for step in range(count)
    ]


def write(
    folder: Path, seed: int = 0, run: str = "a", error: str | None = None, count: int = 3
) -> Run:
    made = run_of(seed, run, error)
    records.append(folder, rows_of(made, count), made)
    return made


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Joined rows without what tells of their runs."""
    return [{key: row[key] for key in Row._fields} for row in rows]


def test_rows_are_read_as_appended_and_joined_with_what_tells_of_their_run(tmp_path: Path) -> None:
    made = write(tmp_path)
    read = records.read_rows(tmp_path)
    assert plain(read) == [row._asdict() for row in rows_of(made)]
    joined = {**spec(), "spec": spec(), "arm": "tuned · glove", "control": False}
    for row in read:
        assert {key: row[key] for key in row.keys() - set(Row._fields)} == joined
    (line,) = records.read_runs(tmp_path).values()
    assert {key: line[key] for key in Run._fields} == made._asdict()
    assert (line["rows"], line["files"]) == (3, {})
    assert records.damage(tmp_path) == 0


def test_nan_is_written_as_null_and_numpy_numbers_as_numbers(tmp_path: Path) -> None:
    made = run_of()
    numbers = (np.float32(0.5), float("nan"), float("inf"), np.int32(0), np.int64(4))
    odd = Row(made.digest, made.run, np.int64(3), "words", "overlap@10", *numbers)
    records.append(tmp_path, [odd], made)
    (row,) = plain(records.read_rows(tmp_path))
    assert tuple(row.values())[2:] == (3, "words", "overlap@10", 0.5, None, None, 0, 4, None, "all")
    assert "NaN" not in (tmp_path / ROWS).read_text()


def test_a_digest_is_of_canonical_json_and_refuses_nan() -> None:
    one = records.digest({"a": 1, "b": [2.5, None]})
    assert one == records.digest({"b": [2.5, None], "a": 1}) == "fbb68c4db7e0dd9e"
    with pytest.raises(ValueError, match="JSON"):
        records.digest({"a": float("nan")})


def test_two_rows_of_one_place_or_of_another_run_are_refused(tmp_path: Path) -> None:
    made = run_of()
    with pytest.raises(ValueError, match="same step"):
        records.append(tmp_path, rows_of(made, 1) * 2, made)
    with pytest.raises(ValueError, match="another run"):
        records.append(tmp_path, rows_of(run_of(run="b")), made)
    with pytest.raises(ValueError, match="another run"):
        records.append(tmp_path, rows_of(run_of(seed=1)), made)
    assert list(tmp_path.iterdir()) == []


def test_the_last_success_counts_and_before_any_the_last_failure(tmp_path: Path) -> None:
    write(tmp_path, run="a", error="out of memory", count=0)
    write(tmp_path, run="b", error="diverged", count=1)
    assert [line["error"] for line in records.read_runs(tmp_path).values()] == ["diverged"]
    assert records.read_rows(tmp_path) == []
    write(tmp_path, run="c")
    write(tmp_path, run="d", error="late failure", count=0)
    assert {row["run"] for row in records.read_rows(tmp_path)} == {"c"}
    write(tmp_path, run="e", count=2)
    assert [row["run"] for row in records.read_rows(tmp_path)] == ["e", "e"]
    assert records.damage(tmp_path) == 0


def test_rows_without_the_line_of_their_run_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, seed=0)
    (tmp_path / RUNS).rename(tmp_path / "elsewhere")
    assert records.read_rows(tmp_path) == []
    write(tmp_path, seed=1)
    assert {row["seed"] for row in records.read_rows(tmp_path)} == {1}
    assert records.damage(tmp_path) == 0


@pytest.mark.parametrize("name", [ROWS, RUNS])
def test_a_file_cut_at_any_byte_loses_that_run_only_and_takes_the_next(
    tmp_path: Path, name: str
) -> None:
    write(tmp_path, seed=0)
    whole = (tmp_path / name).read_bytes()
    write(tmp_path, seed=1)
    after = (tmp_path / name).read_bytes()
    for end in range(len(whole) + 1, len(after) - 1, 7):
        (tmp_path / name).write_bytes(after[:end])
        assert {row["seed"] for row in records.read_rows(tmp_path)} == {0}
        assert records.read_runs(tmp_path).keys() == {run_of(0).digest}
        assert records.damage(tmp_path) >= 1
    damaged = records.damage(tmp_path)
    write(tmp_path, seed=1, run="again")
    write(tmp_path, seed=2)
    read = [(row["seed"], row["run"]) for row in records.read_rows(tmp_path)]
    assert sorted(read) == [*[(0, "a")] * 3, *[(1, "again")] * 3, *[(2, "a")] * 3]
    assert records.damage(tmp_path) == damaged


def edit(path: Path, place: int, change: Callable[[dict[str, Any]], Any]) -> None:
    """Changes the object on one line of a file."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[place] = change(lines[place])
    path.write_text("".join(json.dumps(line) + "\n" for line in lines if line is not None))


def forged(line: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The line of a run with other fields, and a checksum of itself that fits them."""
    rest = {key: each for key, each in {**line, **fields}.items() if key != "sha256"}
    return {**rest, "sha256": sha256_of(rest)}


@dataclass(frozen=True)
class Damage:
    """What is done to a folder whose second run is the later of two that succeeded."""

    file: str
    change: Callable[[dict[str, Any]], Any]
    place: int = -1


DAMAGES = {
    "a changed value": Damage(ROWS, lambda row: {**row, "value": row["value"] + 1e-9}),
    "a changed interval": Damage(ROWS, lambda row: {**row, "low": None}),
    "a changed count": Damage(ROWS, lambda row: {**row, "n": 8}),
    "a changed name": Damage(ROWS, lambda row: {**row, "measure": "nll"}),
    "a row of another run": Damage(ROWS, lambda row: {**row, "run": "first"}),
    "a dropped row": Damage(ROWS, lambda row: None),
    "a row with another field": Damage(ROWS, lambda row: {**row, "more": 1}),
    "a row that is a list": Damage(ROWS, lambda row: [row]),
    "a changed line": Damage(RUNS, lambda run: {**run, "seconds": 0.1}),
    "a line that is no longer a failure": Damage(RUNS, lambda run: {**run, "error": "no"}),
    "a line without its checksum": Damage(RUNS, lambda run: {**run, "sha256": None}),
    "another checksum of rows": Damage(RUNS, lambda run: forged(run, rows_sha256="0" * 64)),
    "a forged spec": Damage(
        RUNS, lambda run: forged(run, spec=spec(0, epochs=9), hashed=["epochs"])
    ),
    "a forged value of the spec": Damage(RUNS, lambda run: forged(run, spec=spec(7))),
    "a forged digest": Damage(RUNS, lambda run: forged(run, digest="0" * 16)),
    "a line that lacks a field": Damage(
        RUNS, lambda run: forged({key: run[key] for key in run if key != "arm"})
    ),
    "a spec that lacks a field": Damage(
        RUNS, lambda run: forged(run, spec={}, hashed=[], digest=records.digest({}))
    ),
    "a file that was never there": Damage(RUNS, lambda run: forged(run, files={"x.npy": "0"})),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_run_is_not_finished_and_the_last_whole_success_counts(
    tmp_path: Path, name: str
) -> None:
    alone, beside = tmp_path / "alone", tmp_path / "beside"
    write(alone, run="second")
    for run in ("first", "second"):
        write(beside, run=run)
    for folder in (alone, beside):
        damage = DAMAGES[name]
        edit(folder / damage.file, damage.place, damage.change)
        assert records.damage(folder) >= 1
    assert records.read_runs(alone) == {}
    assert records.read_rows(alone) == []
    first = run_of(run="first")
    assert [run["run"] for run in records.read_runs(beside).values()] == ["first"]
    assert plain(records.read_rows(beside)) == [row._asdict() for row in rows_of(first)]
    write(alone, run="third")
    assert [row["run"] for row in records.read_rows(alone)] == ["third"] * 3


def with_logits(folder: Path, run: str = "a", content: bytes = b"\x93NUMPY numbers") -> Run:
    """A run to which a file belongs."""
    made = run_of(run=run)
    (folder / LOGITS).parent.mkdir(parents=True, exist_ok=True)
    (folder / LOGITS).write_bytes(content)
    records.append(folder, rows_of(made), made, [LOGITS])
    return made


@pytest.mark.parametrize("content", [b"\x93NUMPY numberS", b"\x93NUMPY", b"", None])
def test_a_run_whose_file_has_changed_is_not_finished(
    tmp_path: Path, content: bytes | None
) -> None:
    write(tmp_path, run="without a file")
    with_logits(tmp_path, run="with a file")
    assert {row["run"] for row in records.read_rows(tmp_path)} == {"with a file"}
    assert records.damage(tmp_path) == 0
    if content is None:
        (tmp_path / LOGITS).unlink()
    else:
        (tmp_path / LOGITS).write_bytes(content)
    assert {row["run"] for row in records.read_rows(tmp_path)} == {"without a file"}
    assert records.damage(tmp_path) == 1


def test_doubled_lines_change_nothing_and_are_counted(tmp_path: Path) -> None:
    write(tmp_path)
    before = records.read_rows(tmp_path)
    for name in (ROWS, RUNS):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text + text)
    assert records.read_rows(tmp_path) == before
    assert records.damage(tmp_path) == 3 + 1


@pytest.mark.parametrize("place", [0, 1])
def test_two_different_rows_of_one_place_are_never_a_changed_number(
    tmp_path: Path, place: int
) -> None:
    made = write(tmp_path, count=1)
    (line,) = (tmp_path / ROWS).read_text().splitlines()
    lines = [line, line]
    lines[place] = line.replace('"value":0.5', '"value":0.6')
    (tmp_path / ROWS).write_text("\n".join(lines))
    assert records.damage(tmp_path) >= 1
    assert plain(records.read_rows(tmp_path)) in ([rows_of(made, 1)[0]._asdict()], [])


def test_a_line_without_its_newline_is_whole(tmp_path: Path) -> None:
    write(tmp_path)
    for name in (ROWS, RUNS):
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-1])
    assert len(records.read_rows(tmp_path)) == 3
    assert records.damage(tmp_path) == 0
    write(tmp_path, seed=1)
    assert len(records.read_rows(tmp_path)) == 6


def test_specs_that_lack_a_later_field_read_as_its_identity_default(tmp_path: Path) -> None:
    old = run_of(seed=0)
    both = {"casing": "as-is", "depth": 1}
    new = run_of(seed=1)._replace(spec=spec(1, **both))  # the same digest: neither is hashed
    other = run_of(seed=2, casing="lower")  # another value, which is hashed
    other = other._replace(spec={**other.spec, "depth": 1})
    another_encoder = run_of(seed=3, encoder="cnn")
    for made in (old, new, other, another_encoder):
        records.append(tmp_path, rows_of(made), made)
    read = records.read_runs(tmp_path)
    assert read[old.digest]["spec"] == spec(0, **both)
    assert read[new.digest]["spec"] == spec(1, **both)
    assert read[other.digest]["spec"] == spec(2, casing="lower", depth=1)
    assert "depth" not in read[another_encoder.digest]["spec"]  # perhaps it has none
    assert {row["spec"]["casing"] for row in records.read_rows(tmp_path) if row["seed"] == 0} == {
        "as-is"
    }
    assert records.damage(tmp_path) == 0


def folder_to_publish() -> list[tuple[Run, list[Row]]]:
    runs = [run_of(seed) for seed in range(3)]
    made = [(run, rows_of(run, 5, value=0.1 * run.spec["seed"] + 1 / 3)) for run in runs]
    made[1][1][0] = made[1][1][0]._replace(value=None, chance=None)
    made[1][1][1] = made[1][1][1]._replace(value=float("nan"), low=-0.0, stratum="rare")
    return made


def test_published_rows_read_as_equal_to_those_of_a_working_folder(tmp_path: Path) -> None:
    runs = folder_to_publish()
    for run, rows in runs:
        records.append(tmp_path / "working", rows, run)
    records.publish(tmp_path / "published", runs)
    names = {path.name for path in (tmp_path / "published").iterdir()} - {".append"}
    assert names == {PUBLISHED, RUNS}
    working, published = (records.read(tmp_path / name) for name in ("working", "published"))
    texts = [json.dumps(each.rows, sort_keys=True) for each in (working, published)]
    assert texts[0] == texts[1]  # −0.0 too
    assert published == working
    assert (len(published.rows), published.damaged) == (15, 0)
    write(tmp_path / "published", seed=3)
    assert len(records.read_rows(tmp_path / "published")) == 18


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 no such file PAR1", b"\0" * 1000, None])
def test_a_damaged_file_of_published_rows_gives_none(tmp_path: Path, content: bytes | None) -> None:
    records.publish(tmp_path, folder_to_publish())
    path = tmp_path / PUBLISHED
    path.write_bytes(
        path.read_bytes()[: len(path.read_bytes()) // 2] if content is None else content
    )
    assert records.read_rows(tmp_path) == []
    assert records.damage(tmp_path) >= 1


def flips(content: bytes, count: int, seed: int = 0) -> list[bytes]:
    """The content with one of its bits flipped, at places drawn anew."""
    rng = random.Random(seed)
    made = []
    for place in (rng.randrange(8 * len(content)) for _ in range(count)):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        made.append(bytes(changed))
    return made


def whole_runs(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [[row for row in rows if row["seed"] == seed] for seed in range(3)]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count"), [(ROWS, 1000), (RUNS, 1000), (PUBLISHED, 500)])
def test_no_flipped_bit_ever_changes_a_number(tmp_path: Path, name: str, count: int) -> None:
    runs = folder_to_publish()
    if name == PUBLISHED:
        records.publish(tmp_path, runs)
    else:
        for run, rows in runs:
            records.append(tmp_path, rows, run)
    sound = whole_runs(records.read_rows(tmp_path))
    lost = 0
    for content in flips((tmp_path / name).read_bytes(), count):
        (tmp_path / name).write_bytes(content)
        rows, finished, damaged = records.read(tmp_path)
        for was, now in zip(sound, whole_runs(rows), strict=True):
            assert now in (was, [])
        missing = 3 - len(finished)
        assert len(rows) == 5 * len(finished)
        assert damaged >= bool(missing)
        lost += missing > 0
    assert lost > count / 2  # a flip of a sign bit in a Parquet header may have no effect


@pytest.mark.slow
def test_a_flipped_bit_of_a_file_that_belongs_to_a_run_is_found(tmp_path: Path) -> None:
    with_logits(tmp_path, content=bytes(range(64)))
    for content in flips(bytes(range(64)), 100):
        (tmp_path / LOGITS).write_bytes(content)
        assert records.read_rows(tmp_path) == []
        assert records.damage(tmp_path) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_lines_never_hide_the_others_and_are_counted(
    tmp_path: Path, data: st.DataObject
) -> None:
    shutil.rmtree(tmp_path)
    first, second = write(tmp_path, seed=0), write(tmp_path, seed=1)
    path = tmp_path / data.draw(st.sampled_from([ROWS, RUNS]))
    lines = path.read_bytes().splitlines()
    line = json.loads(lines[0])  # of the first run
    key, value = data.draw(st.sampled_from(sorted(line))), data.draw(JSON)
    without = {name: each for name, each in line.items() if name != key}
    mutated = json.dumps(data.draw(st.sampled_from([{**line, key: value}, without, value])))
    path.write_bytes(b"\n".join([mutated.encode(), b"\xff\xfe{", *lines[1:]]))
    read = plain(records.read_rows(tmp_path))
    assert [row for row in read if row["digest"] == second.digest] == [
        row._asdict() for row in rows_of(second)
    ]
    of_first = [row for row in read if row["digest"] == first.digest]
    assert of_first in ([row._asdict() for row in rows_of(first)], [])
    assert len(read) == len(of_first) + 3
    assert records.damage(tmp_path) >= 1 + (not of_first and path.name == ROWS)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(tmp_path: Path, noise: bytes) -> None:
    (tmp_path / ROWS).write_bytes(noise)
    (tmp_path / RUNS).write_bytes(noise)
    assert records.read_rows(tmp_path) == []


@pytest.mark.parametrize("depth", [10, 300, 900, 950, 980, 990, 100_000])
def test_lines_that_are_too_deep_or_too_long_are_damage(tmp_path: Path, depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    (tmp_path / ROWS).write_bytes(deep + b"\n" + b'{"value": 1' + b"0" * 5000 + b"}")
    (tmp_path / RUNS).write_bytes(b'{"sha256": "", "spec": {"a": %b}, "hashed": ["a"]}' % deep)
    assert records.read(tmp_path) == ([], {}, 3)


def append_runs(folder: Path, seeds: range) -> None:
    for seed in seeds:
        write(folder, seed=seed, count=40)


@pytest.mark.slow
def test_processes_append_to_one_folder_without_mixing_lines(tmp_path: Path) -> None:
    writers = [
        SPAWN.Process(target=append_runs, args=(tmp_path, range(k * 10, k * 10 + 10)))
        for k in range(3)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert records.damage(tmp_path) == 0
    seeds = sorted(row["seed"] for row in records.read_rows(tmp_path))
    assert seeds == [seed for seed in range(30) for _ in range(40)]


@pytest.mark.slow
def test_a_killed_writer_leaves_whole_runs_and_the_next_goes_on(tmp_path: Path) -> None:
    for _ in range(3):
        writer = SPAWN.Process(target=append_runs, args=(tmp_path, range(10_000)))
        writer.start()
        until = time.monotonic() + 30
        while not (tmp_path / RUNS).exists() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.05)
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
        rows, finished, _ = records.read(tmp_path)
        assert finished
        assert len(rows) == 40 * len(finished)
    write(tmp_path, seed=10_001)
    assert sum(row["seed"] == 10_001 for row in records.read_rows(tmp_path)) == 3


def test_a_missing_folder_is_refused_with_those_there_are(tmp_path: Path) -> None:
    write(tmp_path / "regimes-mr")
    with pytest.raises(InputError, match="there are regimes-mr"):
        records.read_rows(tmp_path / "regime-mr")
    with pytest.raises(InputError, match="run the experiment first"):
        records.read_runs(tmp_path / "nowhere" / "at-all")


def test_a_folder_that_cannot_be_written_or_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path / "file")
    (tmp_path / ROWS).mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        records.read(tmp_path)
