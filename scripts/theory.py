"""What a table learns under a mean of vectors and a linear head, against what can be
derived: numbers and a figure in `results/theory/`.

A text's logits are z = Wᵀh + b, h the mean of its words' rows. With g = (p − y)/batch,
whose entries sum to 0, the gradient of the row of word w is Σ_texts (n_w/length) · W g:
it lies in the span S of the differences of W's columns, which has classes − 1
dimensions.

- Head held, plain SGD or momentum, clipped or not: ΔE is a sum of such gradients, so
  its rank is classes − 1 at most: exact.
- Head trained: W moves by −rate · Σ_texts h g, and h has parts of the start table
  outside S. So each step may add classes − 1 dimensions: exact where the start table
  has no such parts (a table of zeros), in general approximate.
- Weight decay adds a multiple of the start table, and dropout masks W's rows anew for
  each text: neither is exact.
- Adam divides entry by entry. Two classes and a held head: a row's gradient is a(t) ·
  u, u the difference of the columns, so entry j is sign(u_j) times one number for the
  word: rank 1 again, but along sign(u), exact as Adam's ε goes to 0. More classes: no
  low rank.

python scripts/theory.py            # five seeds, a minute on two cores
python scripts/theory.py --seeds 2
"""

import argparse
import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.data.world import Dials, world
from embexp.devices import prepare
from embexp.measures.sentiment import log_odds
from embexp.measures.statistics import mean_interval, spearman
from embexp.report import writers
from embexp.report.drawing import COLOURS, save, style
from embexp.report.layout import Grid, Table, bounds, number
from embexp.spec import Spec, make
from embexp.sweep.group import Outcome, enter, stack
from embexp.sweep.panel import STRATA
from embexp.sweep.task import Task, task_of
from embexp.training import program

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FOLDER = Path(__file__).parent.parent / "results" / "theory"
WORLD = "world:words=500,texts=2000"
RATES = {
    "sgd": {"rate": 0.5, "table_rate": 20.0},
    "momentum": {"rate": 0.05, "table_rate": 2.0},
    "adam": {"rate": 0.01, "table_rate": 0.01},
}
OF_ODDS = {"corpus": "world:words=1000,texts=2000", "batch": 16, "epochs": 14}
"""Longer, with rarer words, so that rows are updated from five to a thousand times."""
SHRINK = 0.002
"""Share of a row that weight decay takes at each step."""
ROUNDING = 2.0**-24
"""Half the distance from 1 to the next number of 32 bits, relative to 1."""
LEAST_WORDS = 20
TITLES = {"sgd": "SGD", "adam": "Adam"}


class Condition(NamedTuple):
    """What is changed from a plain run, and whether ΔE is derived to have rank classes
    − 1, with SGD and with Adam on two classes.
    """

    fields: dict[str, Any]
    sgd: bool
    adam: bool = False
    from_zero: bool = False


def conditions(optimiser: str) -> dict[str, Condition]:
    """The runs whose spectra are compared, by name."""
    held = {"rate": 0.0}
    return {
        "head held": Condition(held, True, True),
        "head held, norm clipped": Condition({**held, "clip": 0.01}, True, True),
        "head held, weight decay": Condition(
            {**held, "weight_decay": SHRINK / RATES[optimiser]["table_rate"]}, False
        ),
        "head held, dropout": Condition({**held, "dropout": 0.5}, False),
        "head trained": Condition({}, False),
        "head trained, table from 0": Condition({}, True, from_zero=True),
    }


@dataclass(frozen=True)
class Run:
    """One trained cell: its table before and after, the head before, how often each row
    was updated, and the labels it saw.
    """

    start: Float[np.ndarray, "vocab dim"]
    end: Float[np.ndarray, "vocab dim"]
    head: Float[np.ndarray, "dim classes"]
    updates: Int[np.ndarray, "vocab"]
    labels: Int[np.ndarray, "texts"]
    steps: int

    @property
    def change(self) -> Float[np.ndarray, "vocab dim"]:
        """ΔE, without more rounding."""
        return self.end.astype(np.float64) - self.start

    @property
    def spectrum(self) -> Float[np.ndarray, "dim"]:
        """The singular values of ΔE, falling, over the first."""
        values = np.linalg.svd(self.change, compute_uv=False)
        return values / values[0]

    @property
    def rounding(self) -> float:
        """What one rounding of every entry a step gives a singular value that is 0,
        over the first: they add up as a random walk.
        """
        return float(
            ROUNDING
            * np.sqrt(self.steps)
            * np.linalg.norm(self.end)
            / np.linalg.norm(self.change, 2)
        )


def spec_of(optimiser: str, seed: int, **fields: Any) -> Spec:
    """A cell of these checks; nothing is measured while it trains."""
    unmeasured = {"lexicon": None, "similarity": (), "cosines": ()}
    plain = {
        "corpus": WORLD,
        "regime": "random",
        "encoder": "mean",
        "vectors": None,
        "dim": 20,
        "epochs": 6,
        "batch": 32,
        "buckets": 1,
    }
    return make(
        seed=seed, optimiser=optimiser, **{**unmeasured, **plain, **RATES[optimiser], **fields}
    )


def trained(
    specs: Sequence[Spec], from_zero: Sequence[bool] = (), stop: int | None = None
) -> list[Run]:
    """The cells of the specs, which share a program, trained side by side to their last
    step or to `stop`.
    """
    task = task_of(specs[0])
    recipe, steps = task.recipe(specs[0]), task.schedule.steps if stop is None else stop
    members = [member for spec in specs if (member := enter(task, recipe, Outcome(spec)))]
    states = [member.state for member in members]
    for state, zero in zip(states, from_zero, strict=False):
        state.params["table"]["rows"] *= not zero
    starts = [np.asarray(state.params["table"]["rows"]) for state in states]
    mesh = program.cell_mesh(prepare(), len(specs))
    spare = -len(specs) % mesh.size
    state, cells = (
        program.on_mesh(mesh, stack([*each, *each[:1] * spare]))
        for each in (states, [member.cell for member in members])
    )
    heads = np.asarray(state.params["head"]["kernel"])
    span = (jnp.int32(0), jnp.int32(steps))
    after = program.advance(
        recipe, mesh, task.train.on_device(), jnp.asarray(task.schedule.buckets), span, state, cells
    )
    tables, updates = np.asarray(after.params["table"]["rows"]), np.asarray(after.updates)
    labels = [np.asarray(member.cell.labels) for member in members]
    return [Run(*each, steps) for each in zip(starts, tables, heads, updates, labels, strict=False)]


def by_topic(folder: Path, classes: int) -> str:
    """The world with so many topics, each text labelled with the topic that most of its
    words are of; three files.
    """
    made = world(Dials.parse(f"{WORLD},topics={classes}"))
    for name, split in made.corpus().splits.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            lines.writerow(("text", "label"))
            for text in split.texts:
                topics = made.topic[[made.index[word] for word in text.split()]]
                lines.writerow(
                    (text, f"topic {np.bincount(topics[topics >= 0], minlength=classes).argmax()}")
                )
    return str(folder)


def spectra(optimiser: str, classes: int, seeds: int) -> dict[str, list[Run]]:
    """The runs of every condition, one for each seed."""
    chosen = conditions(optimiser)
    with tempfile.TemporaryDirectory() as folder:
        corpus = WORLD if classes == 2 else by_topic(Path(folder), classes)
        each = [(name, seed) for name in chosen for seed in range(seeds)]
        specs = [
            spec_of(optimiser, seed, corpus=corpus, **chosen[name].fields) for name, seed in each
        ]
        runs = trained(specs, [chosen[name].from_zero for name, _ in each])
    return {name: runs[place * seeds : (place + 1) * seeds] for place, name in enumerate(chosen)}


def direction(run: Run) -> Float[np.ndarray, "dim"]:
    """The first right singular vector of ΔE, towards the positive class of two."""
    first = np.linalg.svd(run.change, full_matrices=False)[2][0]
    return first * np.sign(first @ difference(run))


def difference(run: Run) -> Float[np.ndarray, "dim"]:
    """The head's two columns before training, positive minus negative."""
    return (run.head[:, 1] - run.head[:, 0]).astype(np.float64)


def odds(task: Task, labels: Int[np.ndarray, "texts"]) -> Float[np.ndarray, "vocab"]:
    """Each word's log-odds in the training texts."""
    return log_odds(task.train.ids.flat, task.train.ids.offsets, labels, len(task.vocabulary))[0]


def strata(task: Task, run: Run) -> dict[str, Bool[np.ndarray, "vocab"]]:
    """Words by updates of their rows, and all that were updated."""
    words = np.arange(len(run.updates)) >= task.vocabulary.specials
    inside = {
        name: words & (run.updates >= low) & (run.updates <= high)
        for name, (low, high) in STRATA.items()
        if low > 0
    }
    return {
        "all updated": words & (run.updates > 0),
        **{name: rows for name, rows in inside.items() if rows.sum() >= LEAST_WORDS},
    }


def coordinates(seeds: int) -> dict[tuple[str, str, str], list[Run]]:
    """Runs with a trained head on true and on shuffled labels, after one epoch and
    after all, by optimiser, labels and moment.
    """
    found = {}
    for optimiser in TITLES:
        regimes = {"true": "random", "shuffled": "random-labels"}
        specs = [
            spec_of(optimiser, seed, regime=regime, **OF_ODDS)
            for regime in regimes.values()
            for seed in range(seeds)
        ]
        ends = task_of(specs[0]).schedule.epoch_ends
        for moment, stop in (("1 epoch", ends[0]), (f"{len(ends)} epochs", ends[-1])):
            runs = trained(specs, stop=stop)
            found |= {
                (optimiser, labels, moment): runs[i * seeds : (i + 1) * seeds]
                for i, labels in enumerate(regimes)
            }
    return found


def followed(task: Task, runs: Sequence[Run], true: bool) -> list[tuple[str, ...]]:
    """Spearman's ρ of coordinate and log-odds over seeds, by stratum; the odds of the
    true labels, or of those that were trained on.
    """
    found: dict[str, list[tuple[float, int]]] = {}
    for run in runs:
        known, coordinate = (
            odds(task, task.train.labels if true else run.labels),
            run.change @ direction(run),
        )
        for name, rows in strata(task, run).items():
            found.setdefault(name, []).append(
                (spearman(coordinate[rows], known[rows]), int(rows.sum()))
            )
    lines = []
    for name, own in found.items():
        mean, low, high = mean_interval([rho for rho, _ in own])
        words = "–".join(dict.fromkeys((str(min(n for _, n in own)), str(max(n for _, n in own)))))
        lines.append((name, f"{number(mean)} {bounds(low, high)}".rstrip(), words, str(len(own))))
    return lines


def log_mean(values: Sequence[float]) -> str:
    """The geometric mean with its interval, in powers of ten."""
    mean, low, high = (10**each for each in mean_interval(np.log10(values)))
    return f"{mean:.1e}" + (f" [{low:.1e}, {high:.1e}]" if low == low else "")


def rank_lines(optimiser: str, classes: int, runs: dict[str, list[Run]]) -> list[tuple[str, ...]]:
    """A line of the table for each condition: what is left beyond the first classes − 1
    directions.
    """
    lines = []
    for name, own in runs.items():
        wanted = conditions(optimiser)[name]
        derived = wanted.sgd if optimiser != "adam" else wanted.adam and classes == 2
        beyond = [run.spectrum[classes - 1] for run in own]
        left = [
            float((run.spectrum[classes - 1 :] ** 2).sum() / (run.spectrum**2).sum()) for run in own
        ]
        rounding = float(np.mean([run.rounding for run in own]))
        inside = all(value <= run.rounding for value, run in zip(beyond, own, strict=True))
        expected = ("exact as ε → 0" if optimiser == "adam" else "exact") if derived else "no"
        shown = (log_mean(beyond), f"{rounding:.1e}", log_mean(left), "yes" if inside else "no")
        lines.append((str(classes), optimiser, name, expected, *shown, str(len(own))))
    return lines


def still(seeds: int) -> list[tuple[str, ...]]:
    """Frozen tables after a whole run, and the rows that no gradient had reached after
    three steps: how many changed a bit.
    """
    lines = []
    for optimiser in RATES:
        decayed = {"weight_decay": 10 * SHRINK / RATES[optimiser]["table_rate"]}
        frozen = trained(
            [spec_of(optimiser, seed, **{**decayed, "table_rate": 0.0}) for seed in range(seeds)]
        )
        tuned = trained([spec_of(optimiser, seed, **decayed) for seed in range(seeds)], stop=3)
        for what, runs, chosen in (
            (
                "frozen table, whole run",
                frozen,
                [np.ones(len(run.updates), bool) for run in frozen],
            ),
            (
                "tuned table, rows not reached in 3 steps",
                tuned,
                [run.updates == 0 for run in tuned],
            ),
            ("tuned table, rows reached in 3 steps", tuned, [run.updates > 0 for run in tuned]),
        ):
            changed = sum(
                int(moved(run)[rows].sum()) for run, rows in zip(runs, chosen, strict=True)
            )
            lines.append(
                (
                    what,
                    optimiser,
                    str(changed),
                    str(sum(int(rows.sum()) for rows in chosen)),
                    str(seeds),
                )
            )
    return lines


def moved(run: Run) -> Bool[np.ndarray, "vocab"]:
    """Rows that differ in a bit from their start."""
    return (run.start.view(np.uint32) != run.end.view(np.uint32)).any(axis=1)


def turned(optimiser: str, runs: Sequence[Run]) -> tuple[str, ...]:
    """How far the direction of ΔE is the head's difference u, and how far its sign."""
    cosines = [
        [
            float(direction(run) @ (each := towards(difference(run))) / np.linalg.norm(each))
            for run in runs
        ]
        for towards in (np.asarray, np.sign)
    ]
    means = [mean_interval(each) for each in cosines]
    return (
        optimiser,
        *(f"{number(mean, 5)} {bounds(low, high, 5)}".rstrip() for mean, low, high in means),
        str(len(runs)),
    )


def table(
    runs: dict[tuple[str, int], dict[str, list[Run]]],
    coordinated: dict[tuple[str, str, str], list[Run]],
    seeds: int,
) -> Table:
    """All checks with their numbers."""
    ranks = [
        line
        for (optimiser, classes), own in runs.items()
        for line in rank_lines(optimiser, classes, own)
    ]
    task, follows = task_of(spec_of("sgd", 0, **OF_ODDS)), []
    for (optimiser, labels, moment), own in coordinated.items():
        for counted in ("true",) if labels == "true" else ("shuffled", "true"):
            follows += [
                (optimiser, labels, counted, moment, *line)
                for line in followed(task, own, counted == "true")
            ]
    measured = (
        f"The project's own training program on {WORLD}, 20 numbers a word, 6 epochs, {seeds} seeds; mean over seeds [95 % interval]. "
        "σ: singular values of ΔE; rounding: √steps · 2⁻²⁴ · ‖E‖ over σ₁, what rounding alone leaves."
    )
    coordinate = (
        "A word's coordinate is ΔE_w · v₁, v₁ the first right singular vector of ΔE, towards the positive class; its log-odds are "
        "counted on the training texts. While p is near ½, a word moves by its share of positive less negative texts, whatever stands "
        "beside it; later, texts that are fitted no longer pull, and the coordinate is what the word adds to the others."
    )
    return Table(
        title="What a table learns under a mean of vectors and a linear head: derived and measured",
        caption=(measured, *paragraphs(str(__doc__)), coordinate),
        summary=(
            Grid(
                "Rank of ΔE",
                (
                    *(
                        "classes",
                        "optimiser",
                        "run",
                        "rank classes − 1 derived",
                        "σ of number classes over σ₁ [95 %]",
                        "rounding",
                    ),
                    *("share of ‖ΔE‖² left [95 %]", "at rounding", "seeds"),
                ),
                tuple(ranks),
                4,
            ),
            Grid(
                "Direction of ΔE, two classes, head held: cosine with the head's difference u, and with sign(u)",
                ("optimiser", "u [95 %]", "sign(u) [95 %]", "seeds"),
                tuple(turned(optimiser, runs[optimiser, 2]["head held"]) for optimiser in TITLES),
                1,
            ),
            Grid(
                f"Coordinate against log-odds in the training texts, two classes, head trained, {OF_ODDS['corpus']}: Spearman's ρ",
                (
                    "optimiser",
                    "labels",
                    "odds of",
                    "after",
                    "updates",
                    "ρ [95 %]",
                    "words",
                    "seeds",
                ),
                tuple(follows),
                5,
            ),
            Grid(
                "Rows that changed a bit, with weight decay",
                ("rows", "optimiser", "changed", "of", "seeds"),
                tuple(still(seeds)),
                2,
            ),
        ),
        details=(),
        notes=(),
        objects=(),
    )


def paragraphs(text: str) -> list[str]:
    """The derivation: what stands between a docstring's first line and its commands,
    without the bullets' marks.
    """
    body = text.partition("\n\n")[2].partition("python scripts")[0].strip()
    return [
        " ".join(part.removeprefix("- ").split())
        for block in body.split("\n\n")
        for part in block.split("\n- ")
    ]


def draw(
    runs: dict[tuple[str, int], dict[str, list[Run]]],
    coordinated: dict[tuple[str, str, str], list[Run]],
) -> "Figure":
    """Spectra by classes and optimiser, and the coordinates of words against their log-odds."""
    with style():
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LogNorm
        from matplotlib.figure import Figure

        figure = Figure(figsize=(10.5, 8.6))
        axes = figure.subplots(3, 3)
        for line, optimiser in zip(axes, TITLES, strict=False):
            for axis, classes in zip(line, (2, 3, 5), strict=True):
                draw_spectra(axis, classes, runs[optimiser, classes])
                axis.set_title(f"{TITLES[optimiser]}, {classes} classes")
                axis.set_xlabel("number of the singular value of ΔE")
            line[0].set_ylabel("over the first value")
            for axis in line:
                axis.sharey(axes[0, 0])
        figure.legend(
            *axes[0, 0].get_legend_handles_labels(),
            loc="outside lower center",
            ncols=4,
            handlelength=3,
        )
        task = task_of(spec_of("sgd", 0, **OF_ODDS))
        shown = [(key, own[0]) for key, own in coordinated.items() if key[1] == "true"]
        colours = LogNorm(1, max(run.updates.max() for _, run in shown))
        for axis, ((optimiser, _, moment), run) in zip(
            axes[2], (shown[0], shown[1], shown[3]), strict=True
        ):
            words = strata(task, run)["all updated"]
            known, coordinate = odds(task, task.train.labels), run.change @ direction(run)
            axis.scatter(
                known[words],
                coordinate[words],
                s=7,
                c=run.updates[words],
                norm=colours,
                linewidth=0,
            )
            axis.set_title(f"{TITLES[optimiser]} after {moment} (n {words.sum()} words)")
            axis.set_xlabel("log-odds in the training texts")
        figure.colorbar(
            ScalarMappable(colours), ax=axes[2], label="updates of the word's row", aspect=12
        )
        axes[2, 0].set_ylabel("coordinate (one seed)")
        heading = "Mean of vectors and a linear head: how many directions ΔE has, and where words lie on the first"
        figure.suptitle(heading, x=0.01, horizontalalignment="left", fontsize=10, fontweight="bold")
        return figure


def draw_spectra(axis: "Axes", classes: int, runs: dict[str, list[Run]]) -> None:
    """The mean spectrum of each condition over seeds, and where rounding is."""
    marks = ("o", "x", "s", "^", "D", "v")
    for (name, own), color, marker in zip(runs.items(), COLOURS, marks, strict=False):
        values = np.log10(np.maximum([run.spectrum for run in own], 1e-12))
        places = np.arange(1, values.shape[1] + 1)
        axis.plot(
            places,
            10 ** values.mean(axis=0),
            color=color,
            marker=marker,
            markersize=3.5,
            linewidth=0.9,
            label=name,
        )
    rounding = float(np.mean([run.rounding for own in runs.values() for run in own]))
    axis.axhline(
        rounding, color="#555555", linewidth=0.9, linestyle="dashed", label="rounding", zorder=1
    )
    axis.axvline(
        classes - 0.5,
        color="#555555",
        linewidth=0.9,
        linestyle="dotted",
        label="classes − 1",
        zorder=1,
    )
    axis.set_yscale("log")
    axis.set_xticks([1, 5, 10, 15, 20])


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
