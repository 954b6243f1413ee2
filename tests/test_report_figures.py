"""Figures show the means of the rows, cover nothing with their legend, and come out the
same byte for byte."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_runs import ended

from embexp.errors import InputError
from embexp.report import drawing, figures, marks
from embexp.report.charts import charts
from embexp.report.plane import plane

pytest.importorskip("matplotlib")

STEPS = (0, 1, 8, 64, 512)


def rows(
    labels: tuple[str, ...] = ("frozen · glove", "tuned · glove"),
    encoders: tuple[str, ...] = ("mean",),
    seeds: int = 3,
) -> list[dict]:
    """Two measures that move in the tuned regimes and stand still in the frozen ones;
    step 64 is selected."""
    made: list[dict[str, Any]] = []
    for encoder in encoders:
        for arm in labels:
            for seed in range(seeds):
                run = ended({"encoder": encoder, "seed": seed}, arm)._asdict()
                own = {**run["spec"], **run, "stratum": "all", "n": 500}
                for step in STEPS:
                    moved = 0.0 if "frozen" in arm else np.log1p(step) / 10
                    values = {
                        "simlex999": 0.26 - moved / 8 + seed / 100,
                        "polarity": 0.5 + moved / 2 + seed / 50,
                    }
                    made += [
                        {
                            **own,
                            "step": step,
                            "split": "words",
                            "measure": name,
                            "value": value,
                            "chance": 0.0,
                        }
                        for name, value in values.items()
                    ]
                made.append(
                    {
                        **own,
                        "step": 64,
                        "split": "test",
                        "measure": "accuracy",
                        "value": 0.8,
                        "chance": 0.5,
                    }
                )
    return made


def mean(name: str, arm: str, step: int) -> float:
    own = [row for row in rows() if (row["measure"], row["arm"], row["step"]) == (name, arm, step)]
    return float(np.mean([row["value"] for row in own]))


def test_a_path_joins_the_means_and_marks_start_selected_and_end() -> None:
    (axis,) = figures.plane(rows()).axes
    path = axis.lines[1].get_xydata()
    assert path == pytest.approx(
        np.array(
            [
                [mean(name, "tuned · glove", step) for name in ("simlex999", "polarity")]
                for step in STEPS
            ]
        )
    )
    marks = [bar.lines[0] for bar in axis.containers]
    assert [mark.get_marker() for mark in marks] == ["o", "s", "s", "*"], (
        "the frozen point; then start, end and selected of the tuned"
    )
    assert [mark.get_xdata()[0] for mark in marks[1:]] == pytest.approx(
        [mean("simlex999", "tuned · glove", step) for step in (0, 512, 64)]
    )
    assert marks[1].get_markerfacecolor() == "white"


def stopping_apart(drawn: list[dict]) -> list[dict]:
    """Rows at the start and at the selected step, which is another one for each seed."""
    selected = {seed: STEPS[1 + seed] for seed in range(3)}
    kept = [row for row in drawn if row["split"] == "words"]
    kept = [row for row in kept if row["step"] in (0, selected[row["seed"]])]
    tested = [row for row in drawn if row["split"] == "test"]
    return kept + [{**row, "step": selected[row["seed"]]} for row in tested]


def test_a_path_of_seeds_that_stop_apart_goes_to_their_selected_steps() -> None:
    own = stopping_apart(rows())
    (axis,) = figures.plane(own).axes
    moved = [row for row in own if row["arm"] == "tuned · glove"]
    (path,) = (line.get_xydata() for line in axis.lines if line.get_linewidth() == 1.2)
    expected = [
        [
            np.mean(
                [
                    row["value"]
                    for row in moved
                    if row["measure"] == name and (row["step"] == 0) == start
                ]
            )
            for name in ("simlex999", "polarity")
        ]
        for start in (True, False)
    ]
    assert path == pytest.approx(np.array(expected))
    assert [bar.lines[0].get_marker() for bar in axis.containers] == ["o", "s", "*"]


def test_strata_of_seeds_that_stop_apart_are_points_at_their_selected_steps() -> None:
    own = stopping_apart(rows() + by_stratum(STEPS))
    figure = figures.strata(own)
    assert "at the selected step" in figure.texts[0].get_text()
    tuned = [row for row in own if row["arm"] == "tuned · glove" and row["step"] > 0]
    known = [row["value"] for row in tuned if row["stratum"] == "seen >=1000"]
    assert len(known) == 3
    drawn = figure.axes[0].containers[0][0].get_ydata()
    assert drawn[1] == pytest.approx(np.mean(known) - 0.52)  # of the frozen arm


def test_without_simlex_other_pairs_take_its_place() -> None:
    own = [
        {**row, "measure": "similarity(world)"} if row["measure"] == "simlex999" else row
        for row in rows()
    ]
    assert figures.plane(own).axes[0].get_xlabel() == "ρ with world"
    assert [axis.get_ylabel() for axis in figures.emergence(own).axes][-1] == "ρ with world"


def test_emergence_draws_each_mean_and_the_level_of_chance() -> None:
    axes = figures.emergence(rows(encoders=("cnn", "mean"))).axes
    assert len(axes) == 3 * 2
    tuned = axes[0].lines[1]
    assert list(np.asarray(tuned.get_xdata())) == list(STEPS)
    assert tuned.get_ydata() == pytest.approx(
        [mean("polarity", "tuned · glove", step) for step in STEPS]
    )
    assert axes[0].lines[2].get_ydata() == [0.0, 0.0]
    assert [axis.get_title() for axis in axes[:2]] == ["encoder cnn", "encoder mean"]


def by_stratum(
    steps: tuple[int, ...] = (512,), measures: tuple[str, ...] = ("polarity",)
) -> list[dict]:
    """Rows of two regimes in two strata; rarer rows hold less."""
    made = [row for row in rows() if row["step"] in steps and row["measure"] == "polarity"]
    strata = {"seen >=1000": 1.0, "seen 5-99": 0.5}
    return [
        {
            **row,
            "stratum": name,
            "value": row["value"] * share,
            "n": 40 + row["seed"],
            "measure": measure,
        }
        for measure in measures
        for name, share in strata.items()
        for row in made
    ]


def test_measures_by_stratum_are_points_where_they_have_one_step() -> None:
    (axis,) = figures.strata(rows() + by_stratum()).axes
    assert [text.get_text() for text in axis.get_xticklabels()] == [
        "5–99\nn 40–42",
        "≥1000\nn 40–42",
    ]
    (tuned,) = (
        line for line in axis.lines if len(line.get_xdata()) == 2 and line.get_linewidth() == 0.7
    )
    above = mean("polarity", "tuned · glove", 512) - 0.52  # of the frozen arm
    assert tuned.get_ydata() == pytest.approx([above / 2, above])
    assert [round(x) for x in tuned.get_xdata()] == [0, 1]
    assert len(axis.containers) == 1


def test_strata_stand_as_they_are_where_there_is_no_frozen_arm() -> None:
    tuned = [row for row in by_stratum() if row["regime"] == "tuned"]
    axis, end = figures.strata(tuned).axes[0], mean("polarity", "tuned · glove", 512)
    assert axis.containers[0][0].get_ydata() == pytest.approx([end / 2, end])


def test_measures_by_stratum_are_curves_where_they_have_several_steps() -> None:
    drawn = figures.strata(by_stratum(STEPS, ("polarity", "lexicon@10")), ["polarity"])
    assert [axis.get_title() for axis in drawn.axes] == ["seen 5–99 times", "seen ≥1000 times"]
    line = drawn.axes[0].lines[0]
    assert line.get_ydata() == pytest.approx(
        [(mean("polarity", "tuned · glove", step) - 0.52) / 2 for step in STEPS]
    )
    assert drawn.axes[0].get_xscale() == "symlog"
    late = figures.strata(by_stratum(STEPS[2:], ("polarity", "lexicon@10")))
    assert (len(late.axes), late.axes[0].get_xscale()) == (4, "linear")


def test_only_sentiment_by_stratum_is_drawn_by_stratum() -> None:
    geometry = [{**row, "measure": "top1_share"} for row in by_stratum()]
    assert figures.stratified(geometry + rows()) == []
    assert figures.stratified(geometry + by_stratum(measures=("lexicon@10", "polarity"))) == [
        "polarity",
        "lexicon@10",
    ]
    one = [row for row in by_stratum() if row["stratum"] == "seen 5-99"]
    assert figures.stratified(one) == []
    with pytest.raises(InputError, match="no measure of sentiment has rows in two strata"):
        figures.strata(rows())
    with pytest.raises(
        InputError, match="unknown measure by stratum 'polarty'; did you mean 'polarity'"
    ):
        figures.strata(by_stratum(), ["polarty"])


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_a_figure_drawn_again_has_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    for name in ("one", "two"):
        drawing.save(figures.plane(rows()), tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


@pytest.mark.parametrize("draw", [figures.plane, figures.emergence, figures.strata])
@pytest.mark.parametrize("many", [("random",), tuple(f"glove-anchored-{i}" for i in range(12))])
def test_the_legend_and_the_heading_cover_no_panel(draw: Any, many: tuple[str, ...]) -> None:
    drawn = rows(many, seeds=1)
    last = [row for row in drawn if row["step"] == 512]
    strata = ("seen 5-99", "seen >=1000")
    figure = draw(drawn + [{**row, "stratum": name, "n": 50} for name in strata for row in last])
    figure.draw_without_rendering()
    legend, heading = figure.legends[0].get_window_extent(), figure.texts[0].get_window_extent()
    panels = [axis.get_tightbbox() for axis in figure.axes if axis.get_visible()]
    boxes = [legend, heading, *panels]
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])
    assert all(
        figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
        for box in boxes
    )


def test_arms_differ_in_more_than_colour() -> None:
    styles = drawing.line_styles([str(i) for i in range(24)]).values()
    assert len({(style["color"], style["marker"]) for style in styles}) == 24
    assert len({(str(style["linestyle"]), style["marker"]) for style in styles}) == 24, (
        "in black and white, too"
    )


def test_holes_and_single_seeds_are_drawn(tmp_path: Path) -> None:
    holed = [row for row in rows(seeds=1) if row["step"] != 0 or row["measure"] != "polarity"]
    holed[0]["value"] = None
    drawing.save(figures.plane(holed), tmp_path / "plane.png")
    drawing.save(figures.emergence(holed), tmp_path / "emergence.png")


def test_measures_without_values_have_no_panels_and_no_plane():
    blank = [{**row, "value": None} if row["measure"] == "simlex999" else row for row in rows()]
    assert "plane" in figures.drawable(rows())
    assert "plane" not in figures.drawable(blank)
    labels = [axis.get_ylabel() for axis in figures.emergence(blank).axes]
    assert "polarity ρ" in labels
    assert not [label for label in labels if "SimLex" in label]


def test_what_cannot_be_drawn_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"unknown measure 'simlex'; did you mean 'simlex999'\?"):
        figures.plane(rows(), x="simlex")
    with pytest.raises(InputError, match="nothing to draw"):
        figures.emergence([])
    with pytest.raises(InputError, match=r"written as \.svg"):
        drawing.save(figures.plane(rows()), tmp_path / "figure.bmp")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"embexp\[viz\]"):
        figures.plane(rows())


def test_reading_and_reporting_imports_neither_jax_nor_matplotlib() -> None:
    names = ("records", "report.tables", "report.writers", "report.figures", "report.page")
    code = f"import sys, {', '.join(f'embexp.{name}' for name in names)}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"jax", "matplotlib", "scipy", "rich"} & set(loaded)


def test_a_setting_with_three_values_is_an_axis_in_their_order_with_all_at_the_end(tmp_path):
    made = [
        {**row, "digest": f"{row['digest']}{size}", "spec": {**row["spec"], "train_texts": size}}
        for size in (50, 800, 200, None)
        for row in rows()
    ]
    assert figures.varied(made) == "train_texts"
    assert "sensitivity" in figures.drawable(made)
    drawn = figures.sensitivity(made, ["accuracy"])
    axis = drawn.axes[-1]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["50", "200", "800", "all"]
    assert axis.get_xlabel() == "train_texts"
    assert "sensitivity" not in figures.drawable(rows())
    with pytest.raises(InputError, match="do not differ in one setting"):
        figures.sensitivity(rows())


def test_a_measure_of_few_words_has_their_number_at_its_axis():
    made = [{**row, "n": 12} if row["measure"] == "simlex999" else row for row in rows()]
    few = "\n(n 12, too few for a headline)"
    (axis, *_) = figures.emergence(made, ["simlex999"]).axes
    assert axis.get_ylabel() == f"SimLex-999 ρ{few}"
    assert plane(made).axes[0].get_xlabel() == f"SimLex-999 ρ{few}"
    assert plane(rows()).axes[0].get_xlabel() == "SimLex-999 ρ"
    drawn = charts(made)["plane"]["spec"]["encoding"]["x"]["title"]
    assert drawn == "SimLex-999 ρ (n 12, too few for a headline)"


def test_names_have_no_order_and_are_no_axis():
    made = [
        {**row, "digest": f"{row['digest']}{name}", "spec": {**row["spec"], "corpus": name}}
        for name in ("mr", "subj", "sms")
        for row in rows()
    ]
    assert figures.varied(made) is None


def test_a_dark_figure_has_no_colour_of_white_paper_and_the_same_arms(tmp_path):
    figure = figures.plane(rows(("a", "b", "c", "d", "e")))  # the fifth is drawn in black
    drawing.save(figure, tmp_path / "light.svg")
    drawing.save(figure, tmp_path / "dark.svg", dark=True)
    light, dark = ((tmp_path / f"{name}.svg").read_text() for name in ("light", "dark"))
    assert "fill: #ffffff" in light
    assert "fill: #161616" in dark
    assert not any(f": {colour}" in dark for colour in ("#ffffff", "#000000", "#e6e6e6"))
    assert all(colour.lower() in light and colour.lower() in dark for colour in drawing.COLOURS[:4])


def test_a_panel_without_content_is_left_out_and_its_column_keeps_its_axis():
    def draw(axis: Any, line: bool, column: bool) -> None:
        axis.plot([1, 2] if line or column else [], [3, 4] if line or column else [])

    figure = marks.Facets({}, {}, {}).small_multiples(
        {"first": True, "second": False},
        {"left": True, "right": False},
        draw,
        lambda axis: axis.set_xlabel("step"),
        heading="Heading",
        size=(2.0, 2.0),
    )
    seen = [each for each in figure.axes if each.get_visible()]
    assert [each.get_title() for each in seen] == ["left", "right", ""]
    assert [each.get_xlabel() for each in seen] == ["", "step", "step"]
