"""Lines of runs as the tests of tables, curves and pages need them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from embexp import records
from embexp.records import Row, Run
from embexp.report import tables, writers
from embexp.report.formatting import Table

ACCURACY = {
    "frozen · glove": (0.75, 0.76, 0.74, 0.77),
    "tuned · glove": (0.86, 0.88, 0.87, 0.88),
    "random": (0.80, 0.74, 0.79, 0.70),
}
SIMLEX = {"frozen · glove": 0.265, "tuned · glove": 0.17, "random": 0.0}
SELECTED = 64
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


def write(
    folder: Path,
    arm: str,
    seed: int,
    accuracy: float,
    error: str | None = None,
    encoder: str = "mean",
    **fields: object,
) -> None:
    run = ended({"encoder": encoder, "seed": seed, **fields}, arm, error)
    digest = run.digest
    rows = [
        *(
            Row(digest, digest, step, "validation", "accuracy", 0.6, 0.5, 0.7, 90, 90, 0.5)
            for step in (0, SELECTED, 128)
        ),
        Row(digest, digest, SELECTED, "test", "accuracy", accuracy, 0.7, 0.9, 200, 200, 0.5),
        *(
            Row(
                digest,
                digest,
                step,
                "words",
                "simlex999",
                SIMLEX.get(arm, 0.0) + step / 1000 + seed / 100,
                None,
                None,
                905 - seed,
                999,
                0.0,
            )
            for step in (0, SELECTED, 128)
        ),
        Row(
            digest,
            digest,
            SELECTED,
            "words",
            "simlex999",
            0.9,
            None,
            None,
            10,
            999,
            0.0,
            "seen >=1000",
        ),
    ]
    records.append(folder, [] if error else rows, run)


def filled(folder: Path) -> Path:
    """A folder with the runs of `ACCURACY`."""
    for arm, values in ACCURACY.items():
        for seed, value in enumerate(values):
            write(folder, arm, seed, value)
    return folder


def compare(folder: Path, damaged: int = 0, **options: Any) -> Table:
    found = tables.comparison(records.read_rows(folder), records.read_runs(folder), **options)
    return tables.with_damage(found, damaged)


def entry(table: Table, arm: str, measure: str = "accuracy") -> dict[str, object]:
    (found,) = [line for line in table.objects if (line["arm"], line["measure"]) == (arm, measure)]
    return found


def objects_of(table: Table) -> list[dict[str, object]]:
    """The objects that --format json prints, after a check that CSV has the same values."""
    objects = json.loads(writers.json(table))
    assert objects == list(table.objects)
    lines = list(csv.DictReader(io.StringIO(writers.csv(table))))
    assert [
        {key: "" if value is None else str(value) for key, value in line.items()}
        for line in objects
    ] == lines
    return objects
