"""What a row and a run are, and the checksums over them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

ROWS, RUNS, PUBLISHED = "rows.jsonl", "runs.jsonl", "rows.parquet"
JOINED = ("corpus", "regime", "vectors", "encoder", "seed")
"""Fields of a run's spec that `read_rows` puts beside each of its rows."""


class Row(NamedTuple):
    """One measured value; (step, split, measure, stratum) is unique within a run.

    NaN and infinity are written as null. `n` items were used, of `total`.
    """

    digest: str
    run: str
    step: int
    split: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    total: int
    chance: float | None = None
    stratum: str = "all"


class Run(NamedTuple):
    """How an attempt at a spec ended; `error` is None where it succeeded.

    `append` adds the number of rows (`rows`), their checksum (`rows_sha256`), the checksums
    of its `files` and that of the line itself (`sha256`).
    """

    digest: str
    """`digest` of the fields of the spec that are named in `hashed`."""
    run: str
    """A random id: every attempt has its own."""
    spec: Mapping[str, Any]
    """JSON values, with at least the fields in `JOINED`."""
    hashed: Sequence[str]
    arm: str
    """What tables call the regime with its vectors, `tuned · glove-6b-100d`."""
    control: bool
    data: Mapping[str, Any]
    code: Mapping[str, Any]
    versions: Mapping[str, str]
    device: str
    seconds: float
    time: str
    error: str | None = None


def digest(content: Any) -> str:
    """The first 16 hex digits of the SHA-256 of some JSON values, keys sorted.

    >>> digest({"seed": 0, "corpus": "mr"}) == digest({"corpus": "mr", "seed": 0})
    True
    """
    return hashlib.sha256(canonical(content).encode()).hexdigest()[:16]


def canonical(content: Any) -> str:
    """JSON that is the same for equal values: keys sorted, no spaces, no NaN."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(content: Any) -> str:
    """SHA-256 of some JSON values, as hex."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


place_of = itemgetter("digest", "run", "step", "split", "measure", "stratum")
"""What tells a row from all others."""


def rounded(value: Any) -> Any:
    """A number with the five digits that are published; all else as it is."""
    return float(f"{value:.5g}") if isinstance(value, float) else value
