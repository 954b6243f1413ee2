"""Gives published results the names and the format of this version, without a new number.

Folders of an earlier version hold `cells.jsonl` and `rows.jsonl`; they become `runs.jsonl`
and `rows.parquet`. Fields, regimes and measures are renamed, and settings that a run's
encoder never had are left out of its spec. Every number is then read back and compared
with the old file: nothing is written over before all of them are the same.

    python scripts/migrate_results.py results/quickstart …
"""

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embexp import aliases, records
from embexp.declared import declared
from embexp.grids import make
from embexp.records import Row, Run
from embexp.regimes import REGIMES
from embexp.spec import Spec

NUMBERS = ("step", "split", "value", "low", "high", "n", "total", "chance", "stratum")
RESOURCES = {
    "lexicon": ("lexicon@1", "lexicon@10", "lexicon@100", "polar_antonym_auc"),
    "relations": ("antonym_auc", "polar_antonym_auc"),
}
DEFAULTS = {"lexicon": "vader", "relations": "wordnet"}


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def spec_of(old: Mapping[str, Any]) -> Spec:
    """The spec of an old run: a setting that its encoder does not have had no effect."""
    fields = aliases.renamed(old)
    known = Spec.model_fields.keys() | declared(fields["regime"], fields["encoder"])
    return make(**{name: value for name, value in fields.items() if name in known})


def measure_of(name: str, spec: Spec) -> str:
    """The name of a measure: a resource that is not its default is named in it."""
    given = {kind: getattr(spec, kind) for kind, names in RESOURCES.items() if name in names}
    named = [each for kind, each in given.items() if each and each != DEFAULTS[kind]]
    return f"{name}({named[0].partition(':')[0]})" if named else name


def migrate(folder: Path) -> None:
    """Writes the new files of one folder, and removes the old ones when they agree."""
    old_runs, old_rows = lines(folder / "cells.jsonl"), lines(folder / "rows.jsonl")
    runs: list[tuple[Run, list[Row]]] = []
    for line in old_runs:
        spec = spec_of(line["spec"])
        rows = [
            Row(spec.digest, line["run"], **{name: row[name] for name in Row._fields[2:]})
            for row in old_rows
            if (row["digest"], row["run"]) == (line["digest"], line["run"])
        ]
        data = aliases.renamed(line["data"])
        run = Run(
            digest=spec.digest,
            run=line["run"],
            spec=spec.model_dump(mode="json"),
            hashed=sorted(spec.hashed),
            arm=spec.arm,
            control=REGIMES[spec.regime].control,
            data=data,
            **{name: line[name] for name in Run._fields[7:]},
        )
        runs.append((run, [row._replace(measure=measure_of(row.measure, spec)) for row in rows]))
    records.publish(folder, runs)
    (folder / "rows.jsonl").rename(folder / "rows.old")
    new_rows = records.read_rows(folder)
    numbers, again = (
        Counter(tuple(row[name] for name in NUMBERS) for row in rows)
        for rows in (old_rows, new_rows)
    )
    digests = {run.digest for run, _ in runs}
    if numbers != again or len(digests) < len(old_runs) or records.damage(folder):
        sys.exit(f"{folder}: the new files do not hold the old numbers; the old ones are left")
    (folder / "rows.old").unlink()
    (folder / "cells.jsonl").unlink()
    size = (folder / records.PUBLISHED).stat().st_size / 2**20
    print(f"{folder}: {len(digests)} runs, {len(new_rows)} rows, every number kept, {size:.2f} MiB")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        migrate(Path(name))
