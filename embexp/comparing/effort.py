"""What is compared where nothing else is asked for, and how much effort it takes."""

from collections.abc import Sequence
from typing import NamedTuple

from embexp.errors import InputError

VECTORS = "glove-6b-50d"
REGIMES = ("random", "frozen", "tuned", "permuted", "random-labels")
ENCODER = "mean"
FEWEST = 4
"""Trials of each arm from which `minutes` tells how many more fit."""


class Effort(NamedTuple):
    """How many runs a comparison makes.

    seeds: of each arm, after its hyper-parameters are chosen.
    trials: draws of hyper-parameters of each arm; with 0 settings stay as they are.
    splits: random splits of the texts; the first is their own.
    budgets: numbers of labels that arms are also trained with.
    minutes: how long it may take; then trials and seeds are fewer, if they must be.
    """

    seeds: int = 12
    trials: int = 12
    splits: int = 1
    budgets: Sequence[int] = ()
    minutes: float | None = None

    def check(self, prefix: str = "") -> None:
        """Refuses numbers that make no comparison.

        Args:
            prefix: of an option's name in errors, `--` on the command line.

        Raises:
            InputError: says which number, and what it may be.
        """
        seeds, trials, *_, minutes = self
        if seeds < 1:
            raise InputError(f"{prefix}seeds {seeds} makes no runs; give 1 or more")
        if trials < 0:
            raise InputError(
                f"{prefix}trials {trials} is no number of trials; give 1 or more, or 0 for none"
            )
        if minutes is not None and not minutes > 0:
            raise InputError(f"{prefix}minutes {minutes} is no time; give more than 0")
        if minutes is not None and trials < FEWEST:
            raise InputError(
                f"{prefix}minutes begins with {FEWEST} trials of each arm, but {prefix}trials is "
                f"{trials}; leave one of them out"
            )

    def smaller(self) -> "Effort | None":
        """The same without the largest budget, or without a split; None with neither."""
        if self.budgets:
            return self._replace(budgets=sorted(self.budgets)[:-1])
        return self._replace(splits=self.splits - 1) if self.splits > 1 else None

    def beyond(self, other: "Effort") -> str:
        """The budgets and splits that another effort lacks, in words; empty where it has all."""
        budgets = sorted(set(self.budgets) - set(other.budgets))
        more = self.splits - other.splits
        parts = [f"budgets {', '.join(map(str, budgets))}"] if budgets else []
        parts += [f"{more} of {self.splits} splits"] if more else []
        return " and ".join(parts)
