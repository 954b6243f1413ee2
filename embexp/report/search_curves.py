"""The figure of searches: the expected best of fewer trials, a curve for each arm."""

from collections.abc import Mapping, Sequence
from math import inf, nan
from typing import TYPE_CHECKING

from embexp.report import drawing, marks
from embexp.report.arms import corpora
from embexp.report.drawing import Style
from embexp.report.search_analysis import Search, TunedArm, budgets, tuned_arms

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def search_curves(
    searches: Sequence[Search], styles: Mapping[str, Style] | None = None
) -> "Figure":
    """The expected least validation loss of k trials against k.

    Searches of other encoders, settings or numbers stand side by side. A curve begins
    where not all of k trials may have failed.

    Args:
        styles: of all arms of the results, from `marks.styles_of`, so that an arm has one in
            all figures; else those of the arms that were tuned.

    Raises:
        InputError: matplotlib is not installed.
    """
    arms = tuned_arms(searches)
    several = len({each.search.number for each in arms}) > 1
    panels: dict[str, list[TunedArm]] = {}
    for each in arms:
        which = [f"search {each.search.number}"] * several
        panels.setdefault(marks.panel(each.arm, which), []).append(each)
    heading = f"Expected least validation loss by trials, {corpora(each.line for each in searches)}"
    with drawing.style():
        tuned = {each.arm.shown for each in arms}
        known = (styles or marks.styles_of(each.arm for each in arms)).items()
        styles = {name: style for name, style in known if name in tuned}
        figure, (axes,) = drawing.grid(1, len(panels), (3.4, 2.6), styles)
        axes[0].set_ylabel("expected least\nvalidation loss")
        for axis, (name, own) in zip(axes, panels.items(), strict=True):
            axis.set_title(name)
            curves(axis, own, styles)
            trial_axis(axis, max(len(each.best) for each in arms))
        drawing.head(figure, heading)
    return figure


def curves(axis: "Axes", arms: Sequence[TunedArm], styles: Mapping[str, Style]) -> None:
    """The curve of each arm."""
    for each in arms:
        values = [nan if value == inf else value for value in each.best]
        style = {"markersize": 3.5, "linewidth": 1.3, **styles[each.arm.shown]}
        axis.plot(range(1, len(values) + 1), values, **style)


def trial_axis(axis: "Axes", most: int) -> None:
    """A logarithmic axis of trials, with the budgets of tables named."""
    axis.set_xscale("log", base=2)
    axis.set_xticks(budgets(most), [str(each) for each in budgets(most)])
    axis.minorticks_off()
    axis.set_xlabel("trials")
