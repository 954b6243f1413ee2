"""Compares a fresh run with a published one: which entries of the table agree.

An entry is the mean of a measure over seeds. It agrees exactly where every seed gave
the same number, to the digits that are published (the same machine and libraries), and
within the interval where the fresh mean lies inside the published 95 % interval.

    python scripts/agreement.py runs/quickstart results/quickstart
"""

import sys
from pathlib import Path

from embexp import records
from embexp.errors import InputError
from embexp.measures.statistics import mean_interval
from embexp.report import select
from embexp.report.formatting import number, title


def main(fresh: str, published: str) -> None:
    """Prints a line for each entry that disagrees, and how many agree."""
    if not Path(published, records.RUNS).exists():
        print(f"nothing is published at {published} yet, so there is nothing to agree with")
        return
    ours, theirs = (records.read(folder).reported().rows for folder in (fresh, published))
    exact = within = total = 0
    for measure in select.measures_in(theirs):
        fresh_values, known_values = select.at(ours, measure), select.at(theirs, measure)
        for arm, known in known_values.items():
            seeds = sorted(set(known) & set(fresh_values.get(arm, {})))
            if not seeds:
                continue
            total += 1
            mean, low, high = mean_interval([known[seed]["value"] for seed in known])
            values = {seed: records.rounded(fresh_values[arm][seed]["value"]) for seed in seeds}
            now = sum(values.values()) / len(seeds)
            if all(values[seed] == known[seed]["value"] for seed in seeds):
                exact += 1
            elif low <= now <= high:
                within += 1
            else:
                published = f"{number(mean)} [{number(low)}, {number(high)}]"
                print(f"{arm}: {title(measure)} {number(now)}, published {published}")
    other = total - exact - within
    print(
        f"{exact} of {total} entries are the published numbers to the last digit, "
        f"{within} lie inside their intervals, {other} do not"
    )


if __name__ == "__main__":
    try:
        main(*sys.argv[1:3])
    except (InputError, TypeError) as error:
        sys.exit(f"agreement.py FRESH PUBLISHED: {error}")
