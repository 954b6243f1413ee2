"""The figures of `clickbait.py`: what each word excites, and the margins of all regimes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from clickbait import LAYERS, PAPER, Found, interval, layers

from embexp.report import drawing
from embexp.runner import Trained

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def heat(runs: Sequence[Trained]) -> "Figure":
    """The maps of every word of the paper's three sentences, one row of panels per run.

    Maps are in the order of their mean in sentence b.
    """
    from matplotlib.figure import Figure

    with drawing.style():
        figure = Figure(figsize=(11, 2.9 * len(runs) + 0.6))
        axes = figure.subplots(len(runs), 3, squeeze=False)
        for line, run in zip(axes, runs, strict=True):
            _, maps = layers(run, PAPER)
            order = np.argsort(maps[1].mean(axis=0))
            top = max(float(each.max()) for each in maps)
            for axis, each, name, sentence in zip(line, maps, "abc", PAPER, strict=True):
                axis.imshow(
                    each[:, order].T,
                    aspect="auto",
                    origin="lower",
                    cmap="magma",
                    vmin=0,
                    vmax=top,
                    interpolation="nearest",
                )
                words = [run.vocabulary.words[row] for row in run.ids([sentence])[0][0]]
                axis.set_xticks(range(len(words)), words, rotation=60, ha="right", fontsize=8)
                axis.grid(visible=False)
                axis.set_title(f"{run.spec.regime}, sentence {name}", fontsize=9)
            line[0].set_ylabel("maps, by their mean in b")
            figure.colorbar(line[0].images[0], ax=line, pad=0.01, label="activation")
        figure.suptitle(
            "What each word of three sentences excites (seed 0)",
            x=0.01,
            horizontalalignment="left",
            fontweight="bold",
        )
        return figure


def dots(found: Found) -> "Figure":
    """The margins of all regimes, layers and kinds of triples, with their intervals."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(kind for kind, _, _ in found))
    regimes = list(dict.fromkeys(regime for _, _, regime in found))
    with drawing.style():
        figure = Figure(figsize=(11, 3.4))
        axes = figure.subplots(1, len(names), sharex=True, sharey=True)
        for axis, kind in zip(axes, names, strict=True):
            for place, regime in enumerate(regimes):
                for offset, layer in enumerate(LAYERS):
                    mean, low, high = interval(found[kind, layer, regime])
                    line = drawing.line_styles(LAYERS)[layer]
                    error = [[mean - low], [high - mean]]
                    label = layer if place == 0 else None
                    axis.errorbar(
                        mean,
                        place + 0.2 * (offset - 1),
                        xerr=error,
                        fmt=line["marker"],
                        color=line["color"],
                        label=label,
                    )
            axis.axvline(0, color="#555555", linewidth=0.9, linestyle="dashed")
            axis.set(title=kind, xlabel="margin of (b, c) over the other pairs")
        axes[0].set_yticks(range(len(regimes)), regimes)
        axes[0].invert_yaxis()
        axes[0].legend(loc="best")
        figure.suptitle(
            "How much closer two sentences on one topic are than others (right of 0: closer), 95 "
            "% intervals",
            x=0.01,
            horizontalalignment="left",
            fontweight="bold",
        )
        return figure
