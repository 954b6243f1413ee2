"""Settings of the methods that train vectors."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from embexp.errors import InputError
from embexp.parameters import BatchSize, Epochs, Width
from embexp.printable import quoted

Window = Annotated[int, Field(ge=1, le=10_000)]
"""Words on one side: more than a text has, and each of them is a pair to train on."""
Seed = Annotated[int, Field(ge=0, lt=2**32 - 1)]
"""gensim takes 32 bits, and counts from 1."""
Positive = Annotated[float, Field(gt=0, le=1e6)]
NotNegative = Annotated[float, Field(ge=0, le=1e6)]
"""A rate, a weight or an exponent; 32-bit numbers leave nothing of a vector beside larger ones."""


class Settings(BaseModel):
    """Settings that every method has.

    Args:
        dim: the length of a vector.
        window: words on each side.
        seed: the same seed gives the same vectors.

    Raises:
        InputError: an unknown setting, or a value of another type or out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    dim: Width = 100
    window: Window = 5
    seed: Seed = 0

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors()[0]
            raise InputError(
                f"{first['loc'][0]} is {quoted(first['input'])}; {first['msg'].lower()}"
            ) from None


class SkipGram(Settings):
    """Settings of skip-gram with negative sampling.

    Mikolov et al. 2013, Distributed Representations, §2.2–2.3.

    Args:
        window: largest number of words on each side; the number for each centre is
            drawn from 1 to this.
        negatives: weight of a pair in noise words.
        learning_rate: falls linearly to `FLOOR` of it.
        sample: words with a larger share of the text than this are subsampled; 0 keeps
            all.
        exponent: noise words are drawn by their count to this power.
        cap: bounds learning rate times the weight of a row's pairs in one step (see
            `embexp.vectors.blocks.row_rates`); without such a bound frequent words
            diverge. 3.2 is 128 pairs at the learning rate of 0.025.
    """

    negatives: Width = 5
    epochs: Epochs = 5
    learning_rate: Positive = 0.025
    sample: NotNegative = 1e-3
    exponent: NotNegative = 0.75
    cap: Positive = 3.2


class GloVe(Settings):
    """Settings of GloVe (Pennington, Socher & Manning 2014, §3 and §4.2).

    Args:
        window: words on each side; a pair counts 1 / distance.
        x_max, alpha: an entry x has the weight min(1, (x / x_max)^alpha). An x_max of
            10 suits small texts, 100 those of billions of words.
        batch_size: entries in a step, which all see the same vectors.
        cap: largest weight of the entries of a row in a batch; a row with more moves as
            if its entries weighed this.
    """

    window: Window = 10
    epochs: Epochs = 15
    learning_rate: Positive = 0.05
    x_max: Positive = 10.0
    alpha: NotNegative = 0.75
    batch_size: Annotated[BatchSize, Field(ge=2)] = 1 << 12
    cap: Positive = 64.0


class PpmiSvd(Settings):
    """Settings of PPMI-SVD (Levy, Goldberg & Dagan 2015, §3).

    Args:
        window: words on each side; nearer ones count more, as they do on average if the
            width is drawn from 1 to `window`.
        shift: log of it is subtracted from every PMI, as `shift` negatives do in
            skip-gram (§3.2).
        smoothing: contexts are counted to this power (§3.2).
        power: exponent of the singular values in U·Σ^power (§3.3); 1 is classical SVD,
            0 leaves them out.
    """

    shift: Annotated[float, Field(ge=1, le=1e6)] = 1.0
    smoothing: NotNegative = 0.75
    power: NotNegative = 0.5


def check_finite(
    arrays: Iterable[ArrayLike], method: str, epoch: int, settings: "SkipGram | GloVe"
) -> None:
    """Checks that a training has not diverged in an epoch, counted from 0.

    Raises:
        InputError: NaN or infinity among the numbers.
    """
    if not all(np.isfinite(array).all() for array in arrays):
        raise InputError(
            f"{method} diverged in epoch {epoch + 1} at learning rate "
            f"{settings.learning_rate:g} and cap {settings.cap:g}; lower one of them"
        )


def assignment(text: str) -> tuple[str, int | float]:
    """Name and value of a setting that is written name=number.

    >>> assignment("dim=50"), assignment("sample=1e-4")
    (('dim', 50), ('sample', 0.0001))
    """
    name, _, value = text.partition("=")
    for number in (int, float):
        with suppress(ValueError):
            return name, number(value)
    raise InputError(f"{text!r} is not of the form name=number, such as dim=50")
