"""The figure of `emergence_order.py`: how far each measure is from its control, by drift."""

from typing import TYPE_CHECKING

from emergence_order_checks import ARM, HUMAN, NEAR, READ_OUT, arms, curves, departure, place
from emergence_order_table import TITLES, shown

from embexp.report.drawing import COLOURS, MARKERS, style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emergence_order_checks import Line
    from matplotlib.figure import Figure

COLUMNS = 3


def draw(lines: "Sequence[Line]") -> "Figure":
    """A panel a task, at the middle rate; a ring stands where a measure leaves its control."""
    rates = sorted({arm.table_rate for arm in arms(lines)})
    every = [arm for arm in arms(lines) if arm.table_rate == rates[len(rates) // 2]]
    with style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9.6, 5.8))
        axes = figure.subplots(-(-len(every) // COLUMNS), COLUMNS, squeeze=False).ravel()
        for axis, arm in zip(axes, every, strict=False):
            drift = curves(lines, arm, ARM, "drift").mean(axis=0)
            for number, name in enumerate((READ_OUT, NEAR, HUMAN)):
                values = departure(lines, arm, name).distance.mean(axis=0)
                look = {"color": COLOURS[number], "marker": MARKERS[number]}
                axis.plot(
                    drift[1:], values[1:], markersize=3, linewidth=1.2, label=TITLES[name], **look
                )
                if where := place(lines, arm, name):
                    left = list(drift).index(where.drift)
                    axis.plot(drift[left], values[left], markersize=9, fillstyle="none", **look)
            axis.axhline(0, color="0.5", linewidth=0.8)
            axis.set_xscale("log")
            axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axis.set_title(arm.task)
            axis.set_xlabel("drift, ‖ΔE‖/‖E₀‖")
        for axis in axes[::COLUMNS]:
            axis.set_ylabel("above shuffled labels")
        for axis in axes[len(every) :]:
            axis.set_axis_off()
        handles = axes[0].get_legend_handles_labels()
        title = f"table rate {shown(every[0].table_rate)}"
        figure.legend(*handles, loc="outside lower center", ncols=len(handles[0]), title=title)
        figure.suptitle(
            "A larger mark stands where a measure leaves shuffled labels for good",
            x=0.01,
            horizontalalignment="left",
            fontsize=10,
            fontweight="bold",
        )
        return figure
