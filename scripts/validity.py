"""Does every measure see its own factor, and read chance where there is nothing to find?

The tables come from the synthetic world; the answers go to `results/validity/`.

    python scripts/validity.py            # five tables per factor, 400 draws per null: 15 minutes
    python scripts/validity.py --seeds 2 --draws 20
"""

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sklearn.cluster  # noqa: F401 - loaded before its threads are limited
from threadpoolctl import threadpool_limits
from verdicts import LEAST, MOSTLY, TARGETS, calibration_verdict, validity_verdict

from embexp.measures import describe
from embexp.report import writers
from embexp.report.formatting import Grid, Table, number
from embexp.synthetic import WorldConfig, make_world, null_calibration, validity
from embexp.synthetic.null_calibration import NULLS, Calibration
from embexp.synthetic.validity import FACTORS, Reading

FOLDER = Path(__file__).parent.parent / "results" / "validity"
WORLD = WorldConfig(words=2000, topics=10)
NULL_WORLD = WorldConfig(words=1000, topics=10, texts=2000)


def title(measure: str) -> str:
    """The title of a measure; two have none in the catalogue, as their data are the world's own."""
    return {"similarity": "similarity ρ", "purity": "cluster purity"}.get(measure) or describe(
        measure
    ).title


def table(readings: list[Reading], seeds: int) -> Table:
    """The validity matrix: a line per measure, a column per factor, and the verdicts."""
    measures = list(dict.fromkeys(one.measure for one in readings))
    by = {(one.measure, one.factor): one for one in readings}
    lines = []
    for measure in measures:
        ones = [by[measure, factor] for factor in FACTORS]
        chance = ones[0].chance
        lines.append(
            (
                title(measure),
                TARGETS.get(measure, ""),
                *map(shown, ones),
                "" if chance is None else number(chance),
                str(ones[0].n),
            )
        )
    verdicts = Grid(
        "Verdicts",
        ("measure", "verdict"),
        tuple((title(measure), validity_verdict(readings, measure)) for measure in measures),
        2,
    )
    return Table(
        title="What every measure sees in tables that hold one factor",
        caption=(
            (
                f"The world of {WORLD.words} words in {WORLD.topics} topics; {seeds} tables per "
                "factor, mean [95 % interval over tables]."
            ),
            (
                "* most tables' own intervals do not hold the measure's chance level. A pair lies "
                "within a topic, so it holds a little of it."
            ),
        ),
        summary=(
            Grid(
                "", ("measure", "its own factor", *FACTORS, "chance on noise", "n"), tuple(lines), 2
            ),
        ),
        details=(verdicts,),
        notes=(),
        objects=tuple(
            {name: cleaned(value) for name, value in asdict(one).items()} for one in readings
        ),
    )


def shown(one: Reading) -> str:
    """A value with its interval, and a star if it is off chance."""
    star = "*" if one.chance is not None and one.coverage < MOSTLY else ""
    return f"{number(one.value)}{star} [{number(one.low)}, {number(one.high)}]"


def null_table(made: list[Calibration], draws: int) -> Table:
    """The calibration under each null: a line per measure, three columns per null, verdicts."""
    by = {(one.measure, one.null): one for one in made}
    lines = [
        (title(measure), *(text for null in NULLS for text in level(by.get((measure, null)))))
        for measure in dict.fromkeys(one.measure for one in made)
    ]
    header = (
        "measure",
        *(f"{null}: {what}" for null in NULLS for what in ("mean", "chance", "coverage")),
    )
    verdicts = tuple(
        (
            title(measure),
            *(
                "" if (measure, null) not in by else calibration_verdict(by[measure, null])
                for null in NULLS
            ),
        )
        for measure in dict.fromkeys(one.measure for one in made)
    )
    return Table(
        title="What every measure sees where there is nothing",
        caption=(
            (
                f"The world of {NULL_WORLD.words} words in {NULL_WORLD.topics} topics; means over "
                f"{draws} draws."
            ),
            (
                "coverage: the share of draws whose own 95 % interval holds the measure's chance "
                "level."
            ),
            "Random tables: rows are Gaussian, and so are the representations of texts.",
            (
                "Shuffled answers: the tables hold topics, polarity and pairs; scores, relations, "
                "signs and other labels are those of others."
            ),
            (
                f"A measure fails where coverage is significantly below {number(LEAST)} (exact "
                "binomial test, 1 %)."
            ),
        ),
        summary=(Grid("", header, tuple(lines), 1),),
        details=(Grid("Whether intervals hold chance", ("measure", *NULLS), verdicts, 3),),
        notes=(),
        objects=tuple(
            {name: cleaned(value) for name, value in asdict(one).items()} for one in made
        ),
    )


def level(one: Calibration | None) -> tuple[str, str, str]:
    """Mean, chance and coverage; empty if the null does not apply to the measure."""
    if one is None:
        return "", "", ""
    return (
        number(one.value),
        number(one.chance),
        "" if math.isnan(one.coverage) else number(one.coverage),
    )


def cleaned(value: Any) -> Any:
    """A value as JSON has it, rounded so that the last bits, which differ by machine, are gone."""
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
    with threadpool_limits(1):  # products of small matrices
        made = {
            "matrix": table(validity.validity(make_world(WORLD), given.seeds), given.seeds),
            "chance": null_table(
                null_calibration.null_calibration(make_world(NULL_WORLD), given.draws), given.draws
            ),
        }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, one in made.items():
        lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in one.objects)
        (FOLDER / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    text = "\n".join(map(writers.markdown, made.values()))
    (FOLDER / "table.md").write_text(text, encoding="utf-8")
    print(text)
