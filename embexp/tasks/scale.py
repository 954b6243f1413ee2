"""The scale of labels that are numbers, and models' outputs on it."""

from typing import Any, NamedTuple

import numpy as np

from embexp.data.labels import Labels


class Scale(NamedTuple):
    """Where training's numbers lie: their mean and their standard deviation."""

    mean: float = 0.0
    deviation: float = 1.0

    def standardised(self, labels: Any) -> Any:
        """Labels as models learn them."""
        return labels if self == PLAIN else (labels - self.mean) / self.deviation

    def undone(self, outputs: Any) -> Any:
        """Outputs in the unit of the labels."""
        return outputs if self == PLAIN else outputs * self.deviation + self.mean


PLAIN = Scale()
"""That of labels which are no numbers."""


def scale_of(labelling: str, labels: Labels) -> Scale:
    """The scale of some training labels of a kind.

    >>> scale_of("numbers", np.array([1.0, 3.0])), scale_of("classes", np.array([0, 1])) == PLAIN
    (Scale(mean=2.0, deviation=1.0), True)
    """
    if labelling != "numbers":
        return PLAIN
    return Scale(float(np.mean(labels)), float(np.std(labels)) or 1.0)
