"""The figure of `theory.py`: spectra of ΔE, and words' coordinates against their log-odds."""

from typing import TYPE_CHECKING

import numpy as np
from theory_checks import direction, odds, strata
from theory_runs import OF_ODDS, TITLES, Run, spec_of, task_of

from embexp.report.drawing import COLOURS, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


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
        shown = [(key, repeats[0]) for key, repeats in coordinated.items() if key[1] == "true"]
        colours = LogNorm(1, max(run.updates.max() for _, run in shown))
        for axis, ((optimiser, _, epochs), run) in zip(
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
            axis.set_title(f"{TITLES[optimiser]} after {epochs} (n {words.sum()} words)")
            axis.set_xlabel("log-odds in the training texts")
        figure.colorbar(
            ScalarMappable(colours), ax=axes[2], label="updates of the word's row", aspect=12
        )
        axes[2, 0].set_ylabel("coordinate (one seed)")
        heading = (
            "Mean of vectors and a linear head: how many directions ΔE has, "
            "and where words lie on the first"
        )
        figure.suptitle(heading, x=0.01, horizontalalignment="left", fontsize=10, fontweight="bold")
        return figure


def draw_spectra(axis: "Axes", classes: int, runs: dict[str, list[Run]]) -> None:
    """The mean spectrum of each condition over seeds, and where rounding is."""
    marks = ("o", "x", "s", "^", "D", "v")
    for (name, repeats), color, marker in zip(runs.items(), COLOURS, marks, strict=False):
        values = np.log10(np.maximum([run.spectrum for run in repeats], 1e-12))
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
    rounding = float(np.mean([run.rounding for repeats in runs.values() for run in repeats]))
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
