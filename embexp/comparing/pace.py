"""How far a sweep is, and how long the rest takes, where validation may end training early."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import mean
from typing import TYPE_CHECKING

from embexp import progress
from embexp.runner.estimates import COMPILING, expected_steps, seconds_to

if TYPE_CHECKING:
    from embexp.runner import Group, Plan

NEARLY = 0.9
"""As far as a group is held to be that has not ended."""


@contextmanager
def watching(plan: "Plan", title: str) -> "Iterator[Callable[[Group, int], None]]":
    """Shows a bar for a plan; gives what takes each step that a group has passed."""
    pace, runs = Pace(plan), plan.missing
    with progress.counting(title, runs) as advance:

        def passed(group: "Group", step: int) -> None:
            pace.reached(group, step)
            advance(int(runs * pace.done()), f"{title}: {described(group, step)}", pace.left())

        if runs:
            advance(0, f"{title}: compiling", pace.left())
        yield passed


def described(group: "Group", step: int) -> str:
    """What a group is, and in which epoch, in few letters."""
    first, *others = dict.fromkeys(spec.regime for spec in group.specs)
    epoch = -(-step * group.schedule.epochs // group.schedule.steps)
    return f"{first}{', …' if others else ''}, epoch {epoch}"


class Pace:
    """What a sweep has done of a plan, in the seconds that the plan expects of each group.

    The time left is that of the rest at the rate of the sweep so far, which compiling is not
    part of: it is over when the first step after 0 has passed.
    """

    def __init__(self, plan: "Plan", clock: Callable[[], float] = time.monotonic) -> None:
        """Starts the clock."""
        self._groups, self._clock, self._last = plan.groups, clock, clock()
        self._steps: dict[str, int] = {}
        self._made: dict[str, float] = {}
        self._programs = {group.program for group in plan.groups}
        self._seconds = self._expected = 0.0

    def reached(self, group: "Group", step: int) -> None:
        """Takes down that a group has passed a step; its last one where it has ended early."""
        digest, last, now = group.specs[0].digest, group.schedule.steps, self._clock()
        before = self._steps.get(digest)
        self._programs.discard(group.program)
        if step == last:
            self._made[digest] = (before or last) / last
        elif before:  # to the first step is to compile
            self._seconds += now - self._last
            self._expected += seconds_to(group, step) - seconds_to(group, before)
        self._steps[digest], self._last = step, now

    def done(self) -> float:
        """The share of all training that is done."""
        total = sum(map(self._whole, self._groups))
        return 1 - sum(map(self._rest, self._groups)) / total if total else 1.0

    def left(self) -> timedelta:
        """About how long the rest takes, with what is still to be compiled."""
        rate = self._seconds / self._expected if self._expected else 1.0
        rest = rate * sum(map(self._rest, self._groups))
        return timedelta(seconds=rest + COMPILING * len(self._programs))

    def _whole(self, group: "Group") -> float:
        """Seconds that the plan expects of a group's training."""
        return seconds_to(group, self._steps_of(group))

    def _rest(self, group: "Group") -> float:
        """Seconds of them that are still to come."""
        digest = group.specs[0].digest
        if digest in self._made:
            return 0.0
        whole, made = self._whole(group), seconds_to(group, self._steps.get(digest, 0))
        return max(whole - made, (1 - NEARLY) * whole)

    def _steps_of(self, group: "Group") -> int:
        """How many steps a group makes: as large a share of all as those with patience before."""
        digest, last = group.specs[0].digest, group.schedule.steps
        if digest in self._made:
            return int(self._made[digest] * last)
        if group.specs[0].patience is None or not self._made:
            return expected_steps(group)
        return max(1, int(mean(self._made.values()) * last))
