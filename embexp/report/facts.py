"""What was run and where its numbers come from, as names and what stands for them."""

from collections.abc import Iterable, Mapping
from typing import Any

from embexp.report.arms import Runs, Seeds, arms_of, order, seeds_of
from embexp.report.formatting import HOLE, Table


def regimes_of(runs: Runs, table: Table, known: Mapping[str, str]) -> dict[str, str]:
    """What each arm's regime is, and which of them is the baseline."""
    first = table.objects[0]
    base = first["baseline"] if first["by"] == "regime" else None
    return {
        arm.label: known.get(arm.regime, HOLE) + (" (the baseline)" if arm.label == base else "")
        for arm in sorted(arms_of(runs.values()).values(), key=lambda arm: arm.label)
    }


def facts(runs: Runs) -> dict[str, str]:
    """What the runs are and where the numbers of those that finished come from.

    Checksums are shortened.
    """
    of = arms_of(runs.values())
    seeds = seeds_of(runs, of).values()
    counts = (
        sum(getattr(each, name) for each in seeds) for name in ("finished", "failed", "missing")
    )
    arms = sorted({*of.values()}, key=order)
    done = [run for run in runs.values() if run["error"] is None]
    return {
        "finished / wanted": f"{Seeds(*counts, errors=())} runs",
        **{
            name: _joined(run["spec"].get(name) for run in runs.values())
            for name in ("corpus", "vectors", "encoder", "seed")
        },
        **{name: _joined(arm.level(name) for arm in arms) for name, _ in arms[0].rest},
        "checksums": _named(
            {name: str(value)[:12] for name, value in run["data"].items()} for run in done
        ),
        "code": _named(run["code"] for run in done),
        "libraries": _named(run["versions"] for run in done),
        "device": _joined(run["device"] for run in done),
        "date": _joined(sorted(run["time"][:10] for run in done)),
    }


def _joined(values: Iterable[Any]) -> str:
    """Each value once, in order; None is left out."""
    return ", ".join(dict.fromkeys(str(value) for value in values if value is not None))


def _named(mappings: Iterable[Mapping[str, Any]]) -> str:
    """`jax 0.10.2, numpy 2.4.6`; where runs differ, each pair once."""
    return _joined(f"{name} {value}" for mapping in mappings for name, value in mapping.items())
