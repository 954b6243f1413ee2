"""What a table learns under a mean of vectors and a linear head: derived and measured.

A text's logits are z = Wᵀh + b, h the mean of its words' rows. With g = (p − y)/batch,
whose entries sum to 0, the gradient of the row of word w is Σ_texts (n_w/length) · W g:
it lies in the span S of the differences of W's columns, which has classes − 1
dimensions.

- Head frozen, plain SGD or momentum, clipped or not: ΔE is a sum of such gradients, so
  its rank is classes − 1 at most: exact.
- Head trained: W moves by −rate · Σ_texts h g, and h has parts of the start table
  outside S. So each step may add classes − 1 dimensions: exact where the start table
  has no such parts (a table of zeros), in general approximate.
- Weight decay adds a multiple of the start table, and dropout masks W's rows anew for
  each text: neither is exact.
- Adam divides entry by entry. Two classes and a frozen head: a row's gradient is a(t) ·
  u, u the difference of the columns, so entry j is sign(u_j) times one number for the
  word: rank 1 again, but along sign(u), exact as Adam's ε goes to 0. More classes: no
  low rank.

python scripts/theory.py --seeds 5    # writes results/theory/ in a minute on two cores
"""

import argparse
from pathlib import Path

from theory_checks import followed, rank_lines, still, turned
from theory_figure import draw
from theory_runs import OF_ODDS, TITLES, WORLD, Run, coordinates, spec_of, spectra, task_of

from embexp.report import writers
from embexp.report.drawing import save
from embexp.report.formatting import Grid, Table

FOLDER = Path(__file__).parent.parent / "results" / "theory"


Runs = dict[tuple[str, int], dict[str, list[Run]]]
"""By optimiser and number of classes, then by condition."""
Coordinated = dict[tuple[str, str, str], list[Run]]
"""By optimiser, labels and epochs so far."""


def table(runs: Runs, coordinated: Coordinated, seeds: int) -> Table:
    """The results of all checks."""
    measured = (
        f"The project's own training program on {WORLD}, 20 numbers per word, 6 epochs, {seeds} "
        "seeds; mean over seeds [95 % interval]. σ: singular values of ΔE; rounding: √steps · "
        "2⁻²⁴ · ‖E‖ over σ₁, what rounding alone leaves."
    )
    coordinate = (
        "A word's coordinate is ΔE_w · v₁, v₁ the first right singular vector of ΔE, towards the "
        "positive class; its log-odds are counted on the training texts. While p is near ½, a word "
        "moves by its share of positive less negative texts, whatever stands beside it; later, "
        "texts that are fitted no longer pull, and the coordinate is what the word adds to the "
        "others."
    )
    direction = Grid(
        "Direction of ΔE, two classes, head frozen: cosine with the head's difference u, and with "
        "sign(u)",
        ("optimiser", "u [95 %]", "sign(u) [95 %]", "seeds"),
        tuple(turned(optimiser, runs[optimiser, 2]["head frozen"]) for optimiser in TITLES),
        1,
    )
    changed = Grid(
        "Rows that changed a bit, with weight decay",
        ("rows", "optimiser", "changed", "of", "seeds"),
        tuple(still(seeds)),
        2,
    )
    return Table(
        title="What a table learns under a mean of vectors and a linear head: derived and measured",
        caption=(measured, *paragraphs(str(__doc__)), coordinate),
        summary=(ranks(runs), direction, odds(coordinated), changed),
        details=(),
        notes=(),
        objects=(),
    )


def ranks(runs: Runs) -> Grid:
    """The rank of ΔE in every condition."""
    header = ("classes", "optimiser", "run", "rank classes − 1 derived")
    lines = [
        line
        for (optimiser, classes), repeats in runs.items()
        for line in rank_lines(optimiser, classes, repeats)
    ]
    numbers = ("σ of number classes over σ₁ [95 %]", "rounding", "share of ‖ΔE‖² left [95 %]")
    return Grid("Rank of ΔE", (*header, *numbers, "at rounding", "seeds"), tuple(lines), 4)


def odds(coordinated: Coordinated) -> Grid:
    """How words' coordinates follow their log-odds."""
    task, lines = task_of(spec_of("sgd", 0, **OF_ODDS)), []
    for (optimiser, labels, epochs), repeats in coordinated.items():
        for counted in ("true",) if labels == "true" else ("shuffled", "true"):
            lines += [
                (optimiser, labels, counted, epochs, *line)
                for line in followed(task, repeats, counted == "true")
            ]
    return Grid(
        "Coordinate against log-odds in the training texts, two classes, head trained, "
        f"{OF_ODDS['corpus']}: Spearman's ρ",
        ("optimiser", "labels", "odds of", "after", "updates", "ρ [95 %]", "words", "seeds"),
        tuple(lines),
        5,
    )


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a docstring between its introduction and its commands.

    Bullets lose their marks.
    """
    body = text.partition("\n\n")[2].partition("python scripts")[0].strip()
    return [
        " ".join(part.removeprefix("- ").split())
        for block in body.split("\n\n")
        for part in block.split("\n- ")
    ]


def main(seeds: int) -> None:
    """Runs all checks and writes them."""
    runs = {
        (optimiser, classes): spectra(optimiser, classes, seeds)
        for optimiser in TITLES
        for classes in (2, 3, 5)
    }
    coordinated = coordinates(seeds)
    made = table(runs, coordinated, seeds)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "theory.md").write_text(writers.markdown(made), encoding="utf-8")
    save(draw(runs, coordinated), FOLDER / "theory.png")
    print(writers.markdown(made))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    main(parser.parse_args().seeds)
