"""Every measure on tables of the synthetic world into `results/validity/`: is each fit
for its own factor, and blind where nothing is?

python scripts/validity.py            # five tables a factor and 400 draws a null, some
five minutes python scripts/validity.py --seeds 2 --draws 20
"""

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from embexp.data.chance import LEAST, NULLS, Blind, blind, verdict
from embexp.data.validity import FACTORS, OWN, Seen, fit, validity
from embexp.data.world import Dials, world
from embexp.measures import describe
from embexp.report import writers
from embexp.report.layout import Grid, Table, number

FOLDER = Path(__file__).parent.parent / "results" / "validity"
WORLD = Dials(words=2000, topics=10)
BLIND = Dials(words=1000, topics=10, texts=2000)


def title(measure: str) -> str:
    """What a measure is called; two have the world's own yardsticks."""
    return {"similarity": "similarity ρ", "purity": "cluster purity"}.get(measure) or describe(
        measure
    ).title


def table(seen: list[Seen], seeds: int) -> Table:
    """The matrix: a line for each measure, a column for each factor, and what to think of it."""
    measures = list(dict.fromkeys(one.measure for one in seen))
    by = {(one.measure, one.factor): one for one in seen}
    lines = []
    for measure in measures:
        ones = [by[measure, factor] for factor in FACTORS]
        chance = ones[0].chance
        lines.append(
            (
                title(measure),
                OWN.get(measure, ""),
                *map(shown, ones),
                "" if chance is None else number(chance),
                str(ones[0].n),
            )
        )
    verdicts = Grid(
        "Verdicts",
        ("measure", "verdict"),
        tuple((title(measure), fit(seen, measure)) for measure in measures),
        2,
    )
    return Table(
        title="What every measure sees in tables that hold one factor",
        caption=(
            f"The world of {WORLD.words} words in {WORLD.topics} topics; {seeds} tables a factor, mean [95 % interval over tables].",
            "* most tables' own intervals do not hold the measure's chance level. A pair lies within a topic, so it holds a little of it.",
        ),
        summary=(
            Grid(
                "", ("measure", "its own factor", *FACTORS, "chance on noise", "n"), tuple(lines), 2
            ),
        ),
        details=(verdicts,),
        notes=(),
        objects=tuple(
            {name: cleaned(value) for name, value in asdict(one).items()} for one in seen
        ),
    )


def shown(one: Seen) -> str:
    """A value with its interval, marked where it is off chance."""
    star = "*" if one.chance is not None and one.inside < 0.5 else ""
    return f"{number(one.value)}{star} [{number(one.low)}, {number(one.high)}]"


def blind_table(seen: list[Blind], draws: int) -> Table:
    """What measures see where there is nothing: a line for each measure, three columns
    for each null, and what to think of it.
    """
    by = {(one.measure, one.null): one for one in seen}
    lines = [
        (title(measure), *(text for null in NULLS for text in level(by.get((measure, null)))))
        for measure in dict.fromkeys(one.measure for one in seen)
    ]
    header = (
        "measure",
        *(f"{null}: {what}" for null in NULLS for what in ("mean", "chance", "held")),
    )
    verdicts = tuple(
        (
            title(measure),
            *("" if (measure, null) not in by else verdict(by[measure, null]) for null in NULLS),
        )
        for measure in dict.fromkeys(one.measure for one in seen)
    )
    return Table(
        title="What every measure sees where there is nothing",
        caption=(
            f"The world of {BLIND.words} words in {BLIND.topics} topics; means over {draws} draws.",
            "held: the share of draws whose own 95 % interval holds the measure's chance level.",
            "Random tables: rows are Gaussian, and so are the representations of texts.",
            "Shuffled answers: the tables hold topics, polarity and pairs; scores, relations, signs and other labels are those of others.",
            f"A measure fails where held is significantly below {number(LEAST)} (exact binomial test, 1 %).",
        ),
        summary=(Grid("", header, tuple(lines), 1),),
        details=(Grid("Whether intervals hold chance", ("measure", *NULLS), verdicts, 3),),
        notes=(),
        objects=tuple(
            {name: cleaned(value) for name, value in asdict(one).items()} for one in seen
        ),
    )


def level(one: Blind | None) -> tuple[str, str, str]:
    """Mean, chance and held; nothing where the null says nothing of the measure."""
    if one is None:
        return "", "", ""
    return number(one.value), number(one.chance), "" if math.isnan(one.held) else number(one.held)


def cleaned(value: Any) -> Any:
    """A number in JSON's types, rounded so that the last bits of a machine do not show."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=400)
    given = parser.parse_args()
    made = {
        "matrix": table(validity(world(WORLD), given.seeds), given.seeds),
        "chance": blind_table(blind(world(BLIND), given.draws), given.draws),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, one in made.items():
        lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in one.objects)
        (FOLDER / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    text = "\n".join(map(writers.markdown, made.values()))
    (FOLDER / "table.md").write_text(text, encoding="utf-8")
    print(text)
