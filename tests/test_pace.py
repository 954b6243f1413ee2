"""The time left of a sweep whose groups may end early, against sweeps whose times are known."""

from types import SimpleNamespace
from typing import Any

import pytest

from embexp.comparing import pace
from embexp.comparing.pace import Pace
from embexp.runner.estimates import SHARE

EPOCH = 10


class Clock:
    """Stands still but for what passes."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def group(name: str, runs: int, epochs: int, patience: int | None, program: int = 0) -> Any:
    """A group whose steps cost the same for each run, as far as a pace looks at it."""
    specs = [SimpleNamespace(digest=f"{name}{run}", patience=patience) for run in range(runs)]
    schedule = SimpleNamespace(steps=epochs * EPOCH)
    return SimpleNamespace(specs=specs, schedule=schedule, program=program)


def plan(*groups: Any) -> Any:
    """A plan of groups."""
    return SimpleNamespace(groups=groups)


def expect(monkeypatch, seconds_to):
    """Puts other expectations in place of those of real groups."""
    steps = lambda group: int(  # noqa: E731
        group.schedule.steps * (1.0 if group.specs[0].patience is None else SHARE)
    )
    monkeypatch.setattr(pace, "seconds_to", seconds_to)
    monkeypatch.setattr(pace, "expected_steps", steps)


def told(groups, made, cost, monkeypatch, compiling=6.0):
    """Each estimate of a sweep, over the time that the rest then took.

    Args:
        made: epochs that each group makes before it ends.
        cost: seconds of one epoch of one run.
    """
    expect(monkeypatch, lambda group, step: len(group.specs) * step / EPOCH * 0.01)
    clock, found, compiled = Clock(), [], set()
    watched = Pace(plan(*groups), clock)
    for each, epochs in zip(groups, made, strict=True):
        clock.now += 0.0 if each.program in compiled else compiling
        compiled.add(each.program)
        for epoch in range(1, epochs + 1):
            clock.now += cost * len(each.specs)
            watched.reached(each, epoch * EPOCH)
            found.append((clock.now, watched.left().total_seconds()))
        watched.reached(each, each.schedule.steps)
    assert watched.done() == pytest.approx(1.0)
    assert watched.left().total_seconds() == pytest.approx(0.0)
    return [(left, clock.now - at) for at, left in found]


def test_an_even_sweep_is_foretold_whatever_the_machine(monkeypatch):
    groups = [group(name, 12, 5, None) for name in "abcd"]
    for cost in (0.01, 1.0, 20.0):
        estimates = told(groups, [5] * 4, cost, monkeypatch, compiling=0.0)
        late = [left / true for left, true in estimates[10:-1]]
        assert max(late) < 1.5
        assert min(late) > 1 / 1.5


@pytest.mark.parametrize("epochs", [8, 15, 30])
def test_runs_that_stop_early_do_not_count_as_whole(epochs, monkeypatch):
    """After the first of six groups the estimate is within 1.5, wherever groups stop."""
    groups = [group(name, 12, 100, 5) for name in "abcdef"]
    estimates = told(groups, [epochs] * 6, 1.0, monkeypatch)
    late = [left / true for left, true in estimates[epochs : 5 * epochs]]
    assert max(late) < 1.5
    assert min(late) > 1 / 1.5


def test_before_anything_is_known_the_plan_is_told(monkeypatch):
    expect(monkeypatch, lambda group, step: 60.0 * step / group.schedule.steps)
    groups = [group("a", 12, 5, None), group("b", 12, 5, None, program=1)]
    first = Pace(plan(*groups), Clock())
    assert first.left().total_seconds() == 2 * 60.0 + 2 * pace.COMPILING
    assert first.done() == 0
    assert Pace(plan(), Clock()).done() == 1
