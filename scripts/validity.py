"""Every measure on tables of the synthetic world that hold one factor each, into `results/validity/`: is each measure fit for its own?

python scripts/validity.py            # five tables a factor, some five minutes
python scripts/validity.py --seeds 2
"""

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from embexp.data.validity import FACTORS, OWN, Seen, fit, validity
from embexp.data.world import Dials, world
from embexp.measures import describe
from embexp.report import writers
from embexp.report.tables import Grid, Table, number

FOLDER = Path(__file__).parent.parent / "results" / "validity"
WORLD = Dials(words=2000, topics=10)


def title(measure: str) -> str:
    """What a measure is called; two have the world's own yardsticks."""
    return {"similarity": "similarity ρ", "purity": "cluster purity"}.get(measure) or describe(measure).title


def table(seen: list[Seen], seeds: int) -> Table:
    """The matrix: a line for each measure, a column for each factor, and what to think of it."""
    measures = list(dict.fromkeys(one.measure for one in seen))
    by = {(one.measure, one.factor): one for one in seen}
    lines = []
    for measure in measures:
        ones = [by[measure, factor] for factor in FACTORS]
        chance = ones[0].chance
        lines.append((title(measure), OWN.get(measure, ""), *map(shown, ones), "" if chance is None else number(chance), str(ones[0].n)))
    verdicts = Grid("Verdicts", ("measure", "verdict"), tuple((title(measure), fit(seen, measure)) for measure in measures), 2)
    return Table(
        title="What every measure sees in tables that hold one factor",
        caption=(
            f"The world of {WORLD.words} words in {WORLD.topics} topics; {seeds} tables a factor, mean [95 % interval over tables].",
            "* most tables' own intervals do not hold the measure's chance level. A pair lies within a topic, so it holds a little of it.",
        ),
        summary=(Grid("", ("measure", "its own factor", *FACTORS, "chance on noise", "n"), tuple(lines), 2),),
        details=(verdicts,),
        notes=(),
        objects=tuple({name: cleaned(value) for name, value in asdict(one).items()} for one in seen),
    )


def shown(one: Seen) -> str:
    """A value with its interval, marked where it is off chance."""
    star = "*" if one.chance is not None and one.inside < 0.5 else ""
    return f"{number(one.value)}{star} [{number(one.low)}, {number(one.high)}]"


def cleaned(value: Any) -> Any:
    """A number in JSON's types, rounded so that the last bits of a machine do not show."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    seeds = parser.parse_args().seeds
    made = table(validity(world(WORLD), seeds), seeds)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "table.md").write_text(writers.markdown(made), encoding="utf-8")
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in made.objects)
    (FOLDER / "matrix.jsonl").write_text(lines, encoding="utf-8")
    print(writers.markdown(made))
