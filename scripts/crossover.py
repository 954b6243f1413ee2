"""With how many labels does a table that trains overtake a frozen one?

Study C of the predictions, on a subset of its design: on three data sets the arms `random`,
`frozen` and `tuned` are trained on 50, 200, 800 and 3,200 labelled texts, with the vectors of
all words of GloVe, of a random half of them and of a quarter. Settings and the number of steps
are chosen by cross-validation inside the labels of one draw, by the same twelve trials in every
arm; ten further draws are trained at the choice and measured on the same test texts.

It needs the data sets and GloVe 6B 100d below EMBEXP_DATA, and about an hour and a quarter of
one core; one that was stopped goes on where it was. The table goes to `results/crossover`.

    python scripts/crossover.py
    python scripts/crossover.py --data mr --labels 200 800
"""

from pathlib import Path
from typing import Any

from crossover_figure import draw
from crossover_law import COVERAGES, DRAWS, LABELS
from crossover_table import table
from rankings import options
from written import joined, write

from embexp import grid, progress, records, search
from embexp.comparing.beyond import folded
from embexp.comparing.sweeps import sweep, tuned
from embexp.grids import UNMEASURED
from embexp.report.drawing import save
from embexp.spec import Spec
from embexp.tasks import Tasks

FOLDER = Path(__file__).parent.parent / "results" / "crossover"
DATA = ("mr", "subj", "clickbait")
GLOVE = "glove-6b-100d"
MEASURES = {("accuracy", "test"): "accuracy", ("coverage_tokens", "train"): "covered"}
"""What a line holds of a run, by its measure and split."""


def vectors_of(coverage: int) -> str:
    """GloVe's vectors for so many words in a hundred."""
    return GLOVE if coverage == 100 else f"thinned-{coverage}:{GLOVE}"


def arms(data: str, labels: int) -> list[Spec]:
    """The draws of every arm; a random start has no vectors, so it stands once."""
    common: dict[str, Any] = {
        "corpus": data,
        "encoder": "mean",
        "train_texts": labels,
        **search.SETTINGS | UNMEASURED | folded(()),
    }
    starts: list[dict[str, Any]] = [{"regime": "random", "vectors": None, "dim": 100}]
    starts += [
        {"regime": regime, "vectors": vectors_of(coverage)}
        for coverage in COVERAGES
        for regime in ("frozen", "tuned")
    ]
    return [
        spec
        for start in starts
        for number in range(DRAWS)
        for spec in grid(**common, **start, seed=number, draw=number)
    ]


def lines_of(data: str, labels: int, folder: Path) -> list[dict[str, Any]]:
    """A line for each run of a number of labels, made where it is missing."""
    tasks: Tasks = {}
    chosen, _ = tuned(arms(data, labels), folder, tasks=tasks, share_draws=True)
    sweep(chosen, folder, tasks=tasks)
    values = {
        (row["digest"], name): row["value"]
        for row in records.read_rows(folder)
        if (name := MEASURES.get((row["measure"], row["split"])))
    }
    coverage_of = {vectors_of(each): each for each in COVERAGES}
    return [
        {
            "data": data,
            "labels": labels,
            "regime": spec.regime,
            "coverage": coverage_of.get(spec.vectors or ""),
            "draw": spec.draw,
            **{name: values.get((spec.digest, name)) for name in MEASURES.values()},
        }
        for spec in chosen
    ]


def main() -> None:
    """Makes the runs that are missing, and writes the table and its figure."""
    parser = options(__doc__, DATA)
    parser.set_defaults(results=Path("runs/crossover"))
    parser.add_argument("--labels", type=int, nargs="+", default=LABELS, choices=LABELS)
    given = parser.parse_args()
    lines = []
    for data in given.data:
        for labels in given.labels:
            progress.tell(f"{data}: {labels} labels")
            lines += lines_of(data, labels, given.results / data)
    every = joined(lines, FOLDER, "table", "data", "labels")
    every.sort(key=lambda line: (DATA.index(line["data"]), line["labels"]))
    write(table(every), FOLDER, "table")
    save(draw(every), FOLDER / "figure.png")


if __name__ == "__main__":
    main()
