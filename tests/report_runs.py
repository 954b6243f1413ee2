"""Lines of runs as the tests of tables, curves and pages need them."""

from typing import Any

from embexp import records
from embexp.records import Run

CONTROLS = {"permuted", "random-labels", "pretrained-random-labels", "random-frozen"}


def ended(spec: dict[str, Any], arm: str, error: str | None = None, **known: Any) -> Run:
    """The line of a run whose arm is called by its regime and vectors; its id is its digest."""
    regime, _, vectors = arm.partition(" · ")
    spec = {"corpus": "mr", "regime": regime, "vectors": vectors or None, **spec}
    digest = records.digest(spec)
    origin = {"data": {}, "code": {}, "versions": {}, "device": "cpu", "time": "now", **known}
    return Run(
        digest=digest,
        run=digest,
        spec=spec,
        hashed=sorted(spec),
        arm=arm,
        control=regime in CONTROLS,
        seconds=1.0,
        error=error,
        **origin,
    )
