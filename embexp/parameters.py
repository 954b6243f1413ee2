"""Parameters that regimes and encoders declare of their own."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from embexp.errors import InputError
from embexp.printable import quoted

Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""How many texts or words; their numbers are 32 bits wide."""
Number = Annotated[int, Field(ge=0, lt=2**32)]
"""Which draw: what NumPy takes as a seed."""
FOLDS = 5
"""Parts of the training texts in a cross-validation."""
Width = Annotated[int, Field(ge=1, le=2**16)]
"""How many numbers stand side by side: several times the widest models of today."""
Column = Annotated[int, Field(ge=0, le=2**20)]
"""The number of a column, from 0; more columns than any table has."""
Length = Annotated[int, Field(ge=1, le=1_000_000)]
"""Words of a text: the longest novel."""
Epochs = Annotated[int, Field(ge=1, le=100_000)]
"""Passes over a text; each ends with an evaluation, and no curve shows so many."""
BatchSize = Annotated[int, Field(ge=1, le=2**20)]
"""Texts of a step: the largest batches that anybody has trained with."""
Buckets = Annotated[int, Field(ge=1, le=1000)]
"""Widths of batches, up to `FINEST` of the schedule: more change nothing."""
Rate = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
"""A rate or a weight; 32-bit numbers leave nothing of a parameter beside larger ones."""

Norm = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
"""The largest length that something may have."""


@dataclass(frozen=True)
class Range:
    """Where a search draws a number: between two ends, evenly in its logarithm or in itself."""

    low: float
    high: float
    log: bool = True

    def at(self, share: float) -> float:
        """The number that so large a share of the range lies below, to four digits."""
        low, high = (math.log(end) if self.log else end for end in (self.low, self.high))
        found = low + share * (high - low)
        return float(f"{math.exp(found) if self.log else found:.4g}")

    def share(self, value: float) -> float:
        """The share of the range that lies below a number."""
        low, high, own = (
            math.log(each) if self.log else each for each in (self.low, self.high, value)
        )
        return (own - low) / (high - low)


SAME = object()
"""The identity default is the default."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a regime or an encoder, given beside it in a `Spec`.

    Args:
        annotation: the type, with its range, as pydantic checks it; a number has an end to
            either side, so that a slip is refused and not trained.
        default: the value used where none is given; it may move from version to version.
        description: what it does, for messages and documentation.
        identity: the value that reproduces runs made before the parameter existed. It
            is never hashed and never changes; the default, where not given.
        traced: whether it is only a number to the compiled program.
        search: where a search draws it; None leaves it at what is given.
    """

    annotation: Any
    default: Any
    description: str
    identity: Any = SAME
    traced: bool = False
    search: Range | None = None

    @property
    def identity_default(self) -> Any:
        """The value that a run which lacks the parameter stands for."""
        return self.default if self.identity is SAME else self.identity

    def value(self, name: str, given: Mapping[str, Any]) -> Any:
        """What is given under the parameter's name, checked and converted; else the default.

        Raises:
            InputError: the value is of another type or out of range.
        """
        value = given.get(name, self.default)
        try:
            return TypeAdapter(self.annotation).validate_python(value)
        except ValidationError as error:
            reason = error.errors()[0]["msg"].lower()
            raise InputError(f"{name} = {quoted(value)} is refused: {reason}") from None
