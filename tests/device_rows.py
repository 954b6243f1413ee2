"""Rows of the same runs on two kinds of devices, and a host that no table may reach."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

KEYS = ("digest", "step", "split", "measure", "stratum", "n", "total")


def agree(
    rows: Sequence[Mapping[str, Any]],
    others: Sequence[Mapping[str, Any]],
    *,
    relative: float,
    absolute: float,
) -> None:
    """Steps, selection and numbers of items are the same; values are near each other."""
    assert [[row[key] for key in KEYS] for row in others] == [
        [row[key] for key in KEYS] for row in rows
    ]
    for one, other in zip(rows, others, strict=True):
        for key in ("value", "low", "high"):
            expected = one[key] and pytest.approx(one[key], rel=relative, abs=absolute)
            assert other[key] == expected, one


def on_host_but_no_tables(array) -> list[np.ndarray]:
    """In place of `evaluation.table.on_host`."""
    assert array.ndim == 2, "the tables came to the host"  # counts of updates may
    return list(np.asarray(array))
