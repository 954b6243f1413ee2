"""The figure of `crossover.py`: how far a frozen table is ahead of a random start."""

from typing import TYPE_CHECKING

from crossover_law import COVERAGES, Lines, gaps

from embexp.measures.statistics import mean_interval
from embexp.report.drawing import COLOURS, MARKERS, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(lines: Lines) -> "Figure":
    """A panel for each data set, a line for each share of the words that have a vector."""
    every = gaps(lines)
    data = list(dict.fromkeys(each.data for each in every))
    with style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(2.6 * len(data), 3.0))
        axes = figure.subplots(1, len(data), sharey=True, squeeze=False)[0]
        for axis, name in zip(axes, data, strict=True):
            for each in (gap for gap in every if gap.data == name):
                place = COVERAGES.index(each.coverage)
                found = [mean_interval(own.tolist()) for own in each.above]
                errors = [[mean - low, high - mean] for mean, low, high, *_ in found]
                axis.errorbar(
                    each.labels,
                    [mean for mean, *_ in found],
                    yerr=list(zip(*errors, strict=True)),
                    color=COLOURS[place],
                    marker=MARKERS[place],
                    markersize=4,
                    linewidth=1.2,
                    capsize=2,
                    label=f"{each.coverage} % of the words",
                )
            axis.axhline(0, color="#555555", linewidth=0.9)
            axis.set_xscale("log")
            axis.set_xticks(every[0].labels, [f"{count:,}" for count in every[0].labels])
            axis.minorticks_off()
            axis.set_title(name)
            axis.set_xlabel("labelled texts")
        axes[0].set_ylabel("accuracy, frozen − random")
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=len(COVERAGES))
        heading = "The more words pretrained vectors cover, the longer a frozen table is ahead"
        figure.suptitle(heading, x=0.01, horizontalalignment="left", fontsize=10, fontweight="bold")
        return figure
