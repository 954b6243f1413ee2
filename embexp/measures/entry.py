"""The entry of one measure in the catalogue: its function, parameters, resources and title."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

from embexp.measures.statistics import Value

RHO, SHARE = "Spearman's ρ, −1 to 1", "share, 0 to 1"
"""Units that many measures have."""
LEAST, MOST = re.compile(r"(−?\d+) to |from (\d+)"), re.compile(r"to (\d+)")
"""How a unit says its ends: `−1 to 1`, `from 0`, `up to 1`."""


@dataclass(frozen=True)
class Measure:
    """One measure; its name in a row's `measure` stands for exactly this definition.

    Args:
        title: the head of a column or the label of an axis.
        unit: what the number is, and its range (`ends`).
        what: the kind of structure that is measured.
        higher: whether more is better; None where it is neither.
        chance: the score of a table that knows nothing; None where it depends on the
            data (each row then carries it) or is not defined.
        reference: its source.
        function: called as `function(table, **resource, **parameters)` with a
            `MeasuredTable`, gives a `Value`, or None where the table has nothing to
            measure. None where several measures are computed together elsewhere, as
            those of a task are.
        scores: called as the function is, gives a score for each item of the resource,
            NaN where it is not known, whose mean is the value; None where there is none.
        parameters: keyword arguments of the function.
        resource: the names of the lexical resources that it uses, by kind
            (similarity, relations, lexicon, questions, categories); they too are
            keyword arguments of the function.
        each_step: whether runs take it at each evaluation step.
        by_stratum: whether runs also take it for the words of each stratum.
    """

    name: str
    title: str
    unit: str
    what: Literal["semantic", "sentiment", "geometry", "task"]
    higher: bool | None
    chance: float | None
    reference: str
    function: Callable[..., Any] | None = None
    scores: Callable[..., Any] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    resource: Mapping[str, str] = field(default_factory=dict)
    each_step: bool = False
    by_stratum: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest value, as the unit says them; infinite where it has none.

        >>> Measure("r", "r", "correlation, −1 to 1", "task", True, 0.0, "Pearson 1895").ends
        (-1.0, 1.0)
        """
        least, most = LEAST.search(self.unit), MOST.search(self.unit)
        return (
            float((least[1] or least[2]).replace("−", "-")) if least else -inf,
            float(most[1]) if most else inf,
        )

    def of(self, table: Any) -> Value | None:
        """The value of a `MeasuredTable`, with the measure's own resources and parameters."""
        return self.function and self.function(table, **self.resource, **self.parameters)
