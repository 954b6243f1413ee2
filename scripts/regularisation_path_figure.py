"""The figure of `regularisation_path.py`: the matched C, and polarity, while training goes on."""

from typing import TYPE_CHECKING

from regularisation_path_checks import MATCHED, curves, matched, own, places

from embexp.report.drawing import COLOURS, DASHES, MARKERS, style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure
    from regularisation_path_checks import Line

PANELS: "Sequence[tuple[str, Callable[[Line], float]]]" = (
    ("matched C, as its power of ten", matched),
    ("polarity of words' logits", lambda line: line["polarity"][MATCHED]),
)


def draw(lines: "Sequence[Line]") -> "Figure":
    """Means over seeds by epoch, a line for each data set and a dash for each encoder."""
    data = list(dict.fromkeys(line["data"] for line in lines))
    encoders = list(dict.fromkeys(encoder for _, encoder in places(lines)))
    with style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9.0, 3.8))
        axes = figure.subplots(1, len(PANELS))
        for axis, (title, of) in zip(axes, PANELS, strict=True):
            for name, encoder in places(lines):
                found = own(lines, name, encoder)
                axis.plot(
                    sorted({line["epoch"] for line in found}),
                    curves(found, of).mean(axis=0),
                    color=COLOURS[data.index(name)],
                    marker=MARKERS[data.index(name)],
                    linestyle=DASHES[encoders.index(encoder)],
                    markersize=4,
                    linewidth=1.2,
                    label=name if encoder == encoders[0] else f"{name}, {encoder}",
                )
            axis.set_xscale("log", base=2)
            epochs = sorted({line["epoch"] for line in lines if "epoch" in line})
            axis.set_xticks(epochs, [f"{epoch:g}" for epoch in epochs])
            axis.set_xlabel("epochs")
            axis.set_ylabel(title)
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside right center")
        heading = (
            "The longer a model trains, the weaker the penalty whose weights its words resemble"
        )
        figure.suptitle(heading, x=0.01, horizontalalignment="left", fontsize=10, fontweight="bold")
        return figure
