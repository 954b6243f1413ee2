"""What became of a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from embexp.measures import Value
from embexp.records.word_paths import WordPaths


@dataclass
class RunResult:
    """The values of one run, its test logits and scores at the selected step, or why it failed.

    Args:
        spec: a `Spec`, or that of a baseline.
        values: step, split, measure and value, in the order they were measured.
        selected: the step with the least validation loss, or the last.
        stopped: whether its patience has ended before its last step.
        unfrozen: the step at which a table that waits for validation began to train.
        scores: of single items, by measure, as `records.write_scores` takes them.
        path: vectors of the words that are followed, by step.
        followed: these with what is known of the words, when the run has ended.
        params: those at the selected step, where they are to be saved.
        device: what the run was trained on.
        seconds: its share of the time that its group took.
    """

    spec: Any
    values: list[tuple[int, str, str, Value]] = field(default_factory=list)
    selected: int = 0
    selected_loss: float = np.inf
    stopped: bool = False
    unfrozen: int | None = None
    logits: Float[np.ndarray, "items *more classes"] | None = None
    scores: dict[str, Any] = field(default_factory=dict)
    path: dict[int, np.ndarray] = field(default_factory=dict)
    followed: WordPaths | None = None
    params: dict[str, Any] | None = None
    device: str = ""
    seconds: float = 0.0
    error: str | None = None

    @cached_property
    def digest(self) -> str:
        """That of the spec, which takes longer to hash than a step of few texts to train."""
        return self.spec.digest

    @property
    def ended(self) -> bool:
        """Whether the run trains no further."""
        return self.stopped or self.error is not None

    def fail(self, error: Exception) -> None:
        """Records an error as the run's own."""
        self.error = f"{type(error).__name__}: {error}"

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Makes an exception the run's error, so that other runs go on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - recorded, and shown as a hole in the table
            self.fail(error)

    def check_finite(self, step: int, logits: Float[np.ndarray, "items *more classes"]) -> None:
        """Refuses logits of a run that has diverged."""
        if not np.isfinite(logits).all():
            raise FloatingPointError(
                f"the logits hold NaN or infinity at step {step}; "
                "a lower learning_rate, or clip, may help"
            )
