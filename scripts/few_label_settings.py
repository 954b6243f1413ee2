"""Few labels: is a setting that cross-validation chooses on them better than a fixed one?

With 50, 200 or 800 labels of a data set the arms `random`, `frozen` and `tuned` are trained
twice: at the setting that cross-validation inside these labels chooses, as `embexp compare`
does, and at the one that the *other* data sets chose (Perez et al. 2021, "True few-shot
learning with language models"). Trials are the same settings on every data set, so that each
has a rank on each; the least mean rank chooses. What all data sets choose together goes to
`embexp/runner/other_data.jsonl`, for comparisons on further data; the table goes to
`results/few_label_settings`.

It needs the data sets and GloVe 6B 100d below EMBEXP_DATA, and about an hour of one core for
each draw of the labels; one that was stopped goes on where it was.

    python scripts/few_label_settings.py
    python scripts/few_label_settings.py --draws 5 --labels 50 200
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple

import numpy as np
from rankings import options
from rankings_table import Lines
from written import write

from embexp import grid, progress, records, run, search
from embexp.comparing.beyond import folded
from embexp.comparing.sweeps import sweep, tuned
from embexp.malloc import keep_memory
from embexp.measures.statistics import mean_interval, ranks
from embexp.records.losses import least_of
from embexp.report.formatting import HOLE, Grid, Table, interval, number
from embexp.runner.other_data import FILE, Fixed, beside
from embexp.runner.tuning import arm_of
from embexp.spec import Spec
from embexp.tasks import Tasks

FOLDER = Path(__file__).parent.parent / "results" / "few_label_settings"
DATA = ("mr", "subj", "sms", "clickbait", "agnews", "20news")
"""No two of them share texts; SST-2 has those of MR."""
LONG = {"20news": {"max_length": 100}}
"""Long texts are cut."""
LABELS = (50, 200, 800)
REGIMES = ("random", "frozen", "tuned")
ENCODER = "mean"
DRAWS = 1
MEASURES = ("accuracy", "nll")


class Trial(NamedTuple):
    """One of the shared settings on one data set.

    loss: mean over draws and folds.
    epochs: passes over all texts that it takes, by its folds; the mean over draws.
    """

    data: str
    regime: str
    labels: int
    number: int
    loss: float
    epochs: float
    settings: Mapping[str, float]


def arms(data: str, labels: int, draw: int) -> list[Spec]:
    """The runs of one draw of so many labelled texts of a data set."""
    return grid(
        corpus=data,
        vectors="glove-6b-100d",
        regime=list(REGIMES),
        encoder=ENCODER,
        train_texts=labels,
        draw=draw,
        seed=draw,
        lexicon=None,
        similarity=(),
        tracked_pairs=(),
        **search.SETTINGS | folded(()) | LONG.get(data, {}),
    )


def cross_validated(data: str, labels: int, draw: int, folder: Path) -> list[Spec]:
    """The runs of one draw at what cross-validation chooses, made where they are missing."""
    tasks: Tasks = {}
    chosen, _ = tuned(arms(data, labels, draw), folder, tasks=tasks)
    sweep(chosen, folder, tasks=tasks)
    return chosen


def trials(arms: Sequence[Spec], rows: Sequence[Mapping[str, Any]]) -> list[Trial]:
    """The trials of some arms on a data set, each over the draws."""
    least = least_of(rows)
    found: dict[tuple[str, int, int], list[Trial]] = defaultdict(list)
    for arm in map(arm_of, arms):
        space, labels = search.space(arm), int(arm.train_texts or 0)
        for place, trial in enumerate(search.trials(arm, space, search.TRIALS)):
            runs = search.parts(trial)
            epochs = search.whole_steps(runs, least) / -(-labels // arm.batch_size)
            settings = {name: getattr(trial, name) for name in space}
            loss = search.mean_loss(runs, least)
            own = Trial(arm.corpus, arm.regime, labels, place, loss, epochs, settings)
            found[arm.regime, labels, place].append(own)
    return [
        own[0]._replace(loss=mean(each.loss for each in own), epochs=mean(e.epochs for e in own))
        for own in found.values()
    ]


def chosen_by(tried: Sequence[Trial]) -> list[Fixed]:
    """What all data sets choose for each arm and number of labels, and what all but one do."""
    data = dict.fromkeys(each.data for each in tried)
    of: dict[tuple[str | None, str, int], list[Trial]] = defaultdict(list)
    for without, each in product((None, *data), tried):
        if each.data != without:
            of[without, each.regime, each.labels].append(each)
    return [best_of(own, without) for (without, *_), own in of.items()]


def best_of(tried: Sequence[Trial], without: str | None) -> Fixed:
    """The setting with the least mean rank, for the median of the epochs on each data set."""
    by_data: dict[str, list[Trial]] = defaultdict(list)
    for each in sorted(tried, key=lambda each: each.number):
        by_data[each.data].append(each)
    ranked = [ranks(np.array([each.loss for each in own])) for own in by_data.values()]
    best = int(np.mean(ranked, axis=0).argmin())
    same = [own[best] for own in by_data.values()]
    epochs = round(median(each.epochs for each in same), 2)
    return Fixed(without, same[0].regime, ENCODER, same[0].labels, epochs, same[0].settings)


def measured(folder: Path) -> dict[tuple[str, str], float]:
    """What runs have on the test texts, by digest and measure."""
    return {
        (row["digest"], row["measure"]): row["value"]
        for row in records.read_rows(folder)
        if row["split"] == "test" and row["measure"] in MEASURES
    }


def pairs(chosen: Sequence[Spec], fixed: Sequence[Fixed], folder: Path) -> list[dict[str, Any]]:
    """A line for each arm and draw of a data set: both settings on the test texts.

    Args:
        chosen: the runs at what cross-validation chose.
        fixed: what data sets chose.
    """
    others = [beside(spec, int(spec.train_texts or 0), fixed) for spec in chosen]
    run(filter(None, others), results=folder)
    values = measured(folder)
    return [
        {
            "data": spec.corpus,
            "regime": spec.regime,
            "labels": spec.train_texts,
            "draw": spec.draw,
            **{f"{name}_cross_validated": values[spec.digest, name] for name in MEASURES},
            **{f"{name}_other_data": values[other.digest, name] for name in MEASURES},
        }
        for spec, other in zip(chosen, others, strict=True)
        if other
    ]


def gaps(lines: Lines, measure: str) -> dict[str, list[float]]:
    """Cross-validation minus other data on each draw, by data set."""
    found: dict[str, list[float]] = defaultdict(list)
    for each in lines:
        own = each[f"{measure}_cross_validated"] - each[f"{measure}_other_data"]
        found[each["data"]].append(own)
    return found


def over_data(lines: Lines, measure: str) -> str:
    """The mean difference of data sets, with its interval over data sets."""
    return interval(mean_interval([mean(own) for own in gaps(lines, measure).values()]))


def by_arm(lines: Lines) -> dict[tuple[str, int], Lines]:
    """The lines of each arm and number of labels."""
    return {
        (regime, labels): own
        for regime in REGIMES
        for labels in LABELS
        if (own := [each for each in lines if (each["regime"], each["labels"]) == (regime, labels)])
    }


def levels(lines: Lines) -> tuple[str, ...]:
    """The mean accuracy at both settings."""
    ways = ("cross_validated", "other_data")
    return tuple(number(mean(each[f"accuracy_{way}"] for each in lines)) for way in ways)


def sentence(regime: str, lines: Lines) -> str:
    """How far cross-validation is above other data with each number of labels."""
    of = {labels: own for (name, labels), own in by_arm(lines).items() if name == regime}
    gains = [f"{over_data(own, 'accuracy')} with {labels}" for labels, own in of.items()]
    return f"For {regime} the gain by cross-validation is {', '.join(gains)} labels."


def grids(lines: Lines, fixed: Sequence[Fixed]) -> tuple[Grid, ...]:
    """Both settings over all data sets, then on each, and the settings of all of them."""
    over, on_each = [], []
    for (regime, labels), own in by_arm(lines).items():
        by_data = gaps(own, "accuracy")
        ahead = f"{sum(mean(each) > 0 for each in by_data.values())} of {len(by_data)}"
        both = (over_data(own, measure) for measure in MEASURES)
        over.append((regime, str(labels), *levels(own), *both, ahead))
        for data, values in by_data.items():
            shown = levels([each for each in own if each["data"] == data])
            gain = interval(mean_interval(values))
            on_each.append((data, regime, str(labels), *shown, gain))
    names = dict.fromkeys(name for each in fixed for name in each.settings)
    settings = tuple(
        (
            each.regime,
            str(each.labels),
            *(f"{each.settings[name]:.3g}" if name in each.settings else HOLE for name in names),
            f"{each.epochs:.3g}",
        )
        for each in fixed
        if each.without is None
    )
    arm, ways = ("regime", "labels"), ("cross-validated", "other data")
    titles = tuple(f"difference of {measure} [95 %]" for measure in MEASURES)
    return (
        Grid("", (*arm, *ways, *titles, "ahead on"), tuple(over), 2),
        Grid("On each data set", ("data", *arm, *ways, titles[0]), tuple(on_each), 3),
        Grid("Settings that all data sets choose", (*arm, *names, "epochs"), settings, 2),
    )


def table(lines: Lines, tried: Sequence[Trial]) -> Table:
    """What was found, as a table and as lines."""
    summary, *details = grids(lines, chosen_by(tried))
    draws = len({each["draw"] for each in lines})
    caption = (
        (
            "Mean accuracy on the test texts over data sets, encoder mean, GloVe 6B 100d; draws of "
            f"the labels of each: {draws}. Cross-validated: setting and number of steps have the "
            f"least loss of {search.TRIALS} trials in five folds of the labels. Other data: the "
            "trial with the least mean rank on the other data sets, for the median of its epochs."
        ),
        (
            "Differences are cross-validated minus other data, paired by draw; intervals are over "
            "data sets by Student's t, on each data set over draws. Ahead on: data sets on which "
            "cross-validation has more accuracy."
        ),
        *(sentence(regime, lines) for regime in REGIMES),
    )
    objects = (*map(dict, lines), *(each._asdict() for each in tried))
    title = "Few labels: settings by cross-validation, or of other data"
    return Table(title, caption, (summary,), tuple(details), (), objects)


def main() -> None:
    """Makes the runs that are missing, and writes the table and the settings."""
    parser = options(__doc__, DATA)
    parser.set_defaults(results=Path("runs/few_label_settings"))
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--labels", type=int, nargs="+", default=LABELS, choices=LABELS)
    given = parser.parse_args()
    keep_memory()
    chosen: dict[str, list[Spec]] = {data: [] for data in given.data}
    rounds = [(draw, labels) for draw in range(given.draws) for labels in given.labels]
    for draw, labels, data in ((*each, data) for each in rounds for data in given.data):
        progress.tell(f"{data}: {labels} labels, draw {draw}")
        chosen[data] += cross_validated(data, labels, draw, given.results / data)
    tried = []
    for data in given.data:
        own = [arm for draw, labels in rounds for arm in arms(data, labels, draw)]
        tried += trials(own, records.read_rows(given.results / data))
    fixed, lines = chosen_by(tried), []
    for data, own in chosen.items():
        lines += pairs(own, fixed, given.results / data)
    write(table(lines, tried), FOLDER, "table")
    FILE.write_text("".join(json.dumps(each._asdict()) + "\n" for each in fixed), "utf-8")


if __name__ == "__main__":
    main()
