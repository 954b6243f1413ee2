"""A training that is stopped continues from its last state, and gives the same numbers."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import small_corpus
from small_corpus import diverging, in_any_order

from embexp import records, run
from embexp.errors import InputError
from embexp.runner import make_plan
from embexp.vectors import checkpoint

small = small_corpus.small
FIELDS = {"regime": ["tuned", "delayed"], "seed": [0, 1], "dropout": 0.3, "optimiser": "adagrad"}


class StoppedError(BaseException):
    """Stands for a signal where the process must live on."""


@pytest.fixture(scope="module")
def whole(small) -> SimpleNamespace:
    """Four runs of one group that were never stopped."""
    folder, specs, steps = small.folder / "whole", small.specs(**FIELDS), []
    run(specs, results=folder, save_models=True, on_step=lambda group, step: steps.append(step))
    return SimpleNamespace(folder=folder, specs=specs, steps=steps)


@pytest.fixture(autouse=True)
def at_every_step(monkeypatch) -> None:
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)


def stopped(whole, folder: Path, place: int) -> Path:
    """The file with the state of the runs, stopped after so many evaluation steps."""

    def on_step(group, step):
        if step == whole.steps[place]:
            raise StoppedError

    with pytest.raises(StoppedError):
        run(whole.specs, results=folder, save_models=True, on_step=on_step)
    (path,) = folder.glob(f".unfinished/*/{checkpoint.STATE}")
    return path


def continued(whole, folder: Path) -> list[int]:
    """The evaluation steps that a repetition takes; all it leaves is as if never stopped."""
    steps = []
    run(
        whole.specs,
        results=folder,
        save_models=True,
        on_step=lambda group, step: steps.append(step),
    )
    assert in_any_order(records.read_rows(folder)) == in_any_order(records.read_rows(whole.folder))
    for name in ("logits", "models", "words"):
        for path in (whole.folder / name).iterdir():
            assert path.read_bytes() == (folder / name / path.name).read_bytes()
    assert not (folder / ".unfinished").exists()
    return steps


@pytest.mark.parametrize(
    "place", [0, *(pytest.param(each, marks=pytest.mark.long) for each in (1, 4, -2)), -1]
)
def test_a_stopped_training_continues_bit_for_bit(whole, tmp_path, place):
    stopped(whole, tmp_path, place)
    assert continued(whole, tmp_path) == whole.steps[place:][1:]


def test_it_may_be_stopped_twice(whole, tmp_path):
    stopped(whole, tmp_path, 2)
    stopped(whole, tmp_path, 5)
    assert continued(whole, tmp_path) == whole.steps[6:]


@pytest.mark.parametrize(
    "place", [0.1, *(pytest.param(each, marks=pytest.mark.long) for each in (0.0, 0.5, 0.9))]
)
def test_a_flipped_bit_makes_the_training_start_anew(whole, tmp_path, place):
    path = stopped(whole, tmp_path, 4)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 0x10
    path.write_bytes(content)
    assert continued(whole, tmp_path) == whole.steps


def test_a_torn_state_makes_the_training_start_anew(whole, tmp_path):
    path = stopped(whole, tmp_path, 4)
    path.write_bytes(path.read_bytes()[:-100])
    assert continued(whole, tmp_path) == whole.steps


def test_the_state_of_other_code_does_not_count(whole, tmp_path, monkeypatch):
    stopped(whole, tmp_path, 4)
    module = sys.modules["embexp.runner.run"]  # `embexp.runner.run` is the function
    monkeypatch.setattr(module, "code", lambda: {"version": "0", "sources": "other"})
    assert continued(whole, tmp_path) == whole.steps


def test_nothing_is_kept_of_a_training_that_is_short(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 60.0)
    with pytest.raises(ValueError, match="not enough values"):
        stopped(whole, tmp_path, 5)
    assert continued(whole, tmp_path) == whole.steps


def test_a_disk_without_room_for_the_state_stops_no_training(whole, tmp_path, monkeypatch):
    def full(*_):
        raise InputError("no space left")

    monkeypatch.setattr(checkpoint.Checkpoint, "save", full)
    assert continued(whole, tmp_path) == whole.steps


def test_a_run_that_has_failed_stays_failed(small, tmp_path):
    broken = [diverging(small, seed=0)]
    both = SimpleNamespace(specs=[*small.specs(regime="tuned", seed=[1]), *broken], steps=[0, 1, 2])
    stopped(both, tmp_path, 2)
    run(both.specs, results=tmp_path)
    error = records.read_runs(tmp_path)[broken[0].digest]["error"]
    assert error.startswith("FloatingPointError: the logits hold NaN or infinity at step 1;")


def test_a_stopped_group_is_as_it_was_whatever_else_is_asked_for(whole, tmp_path, monkeypatch):
    """Finished runs are gone from the plan, others come, and another number would fit."""
    monkeypatch.setattr("embexp.runner.plan.LARGEST", 2)
    stopped(whole, tmp_path, 4)
    (first, second) = make_plan(whole.specs, tmp_path).groups
    monkeypatch.setattr("embexp.runner.plan.LARGEST", 12)
    again = make_plan(whole.specs[::-1], tmp_path).groups
    assert again[0].specs == first.specs
    assert {*again[1].specs} == {*second.specs}
    assert [group.size for group in again] == [2, 2]
    assert continued(whole, tmp_path) == [*whole.steps[5:], *whole.steps]
