"""Validation accuracy after the last epoch of Flax's SST-2 example, for `results/flax_sst2`.

Runs and publishes the experiment `flax_sst2`, which says what it needs, and adds the table
`last_epoch.md` with the printed accuracies beside ours.

    python scripts/flax_sst2.py
    embexp run flax_sst2 --set epochs=1                    # a reduction, without that table
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from publish import publish
from written import write

from embexp import records
from embexp.report.formatting import Grid, Interval, Table, interval, number

NAME = "flax_sst2"
PRINTED = {"on a TPU": 0.8544, "on a CPU": 0.8509}
"""What the example's page has (google/flax, examples/sst2/README.md)."""
POINT = 0.01
"""How near is as expected."""


def last_of(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The accuracy of validation sentences at the last step of the one run that learns."""
    own = [row for row in rows if (row["measure"], row["split"]) == ("accuracy", "validation")]
    return max(own, key=lambda row: row["step"])


def table(row: Mapping[str, Any]) -> Table:
    """Ours beside the printed ones."""
    ours = Interval(row["value"], row["low"], row["high"])
    near = [where for where, printed in PRINTED.items() if abs(ours.mean - printed) <= POINT]
    body = [
        (where, number(printed, 4), number(ours.mean - printed, 4))
        for where, printed in PRINTED.items()
    ]
    said = (
        f"After the last epoch {interval(ours)} of {row['n']} validation sentences are right; "
        f"within one point of what is printed {' and '.join(near) or 'nowhere'}."
    )
    return Table(
        title="Flax's SST-2 example",
        caption=("One run of ours; the interval is over sentences.", said),
        summary=(Grid("", ("printed", "accuracy", "here − printed"), tuple(body), 1),),
        details=(),
        notes=(),
        objects=({"step": row["step"], "accuracy": ours.mean, "sentences": row["n"]},),
    )


def add(folder: Path) -> None:
    """Writes the table beside the published rows."""
    write(table(last_of(records.read_rows(folder))), folder, "last_epoch")


if __name__ == "__main__":
    publish(NAME, then=add)
