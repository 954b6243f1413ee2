"""Texts that matplotlib's usual font lacks are drawn in another, or named by number."""

import pytest

from embexp.report import drawing, fonts

pytest.importorskip("matplotlib")
SERIF = "\u1d24"
"""Of the fonts that matplotlib brings along, DejaVu Serif alone has this letter."""


@pytest.fixture
def own_fonts(monkeypatch):
    """Matplotlib's own fonts alone, whatever the machine has."""
    import matplotlib as mpl
    from matplotlib.font_manager import fontManager

    own = [font for font in fontManager.ttflist if font.fname.startswith(mpl.get_data_path())]
    monkeypatch.setattr(fontManager, "ttflist", own)
    fonts._chosen.cache_clear()
    fonts._tell_once.cache_clear()
    yield
    fonts._chosen.cache_clear()


def figure_of(label):
    with drawing.style():
        figure, ((axis,),) = drawing.grid(1, 1, (4.0, 3.0), {label: {}})
        axis.set_xticks([0, 1], [label, "b"])
        axis.set_title(label, fontweight="bold")
        drawing.head(figure, label)
    return figure


def texts_in(figure):
    from matplotlib.text import Text

    return [text for text in figure.findobj(Text) if text.get_text()]


@pytest.mark.parametrize("label", ["good", f"cos({SERIF}, good)", "cos(好, 나쁘)"])
def test_no_text_is_a_box_and_nothing_is_warned_of(own_fonts, label, tmp_path, caplog, capsys):
    figure = figure_of(label)
    drawing.save(figure, tmp_path / "figure.png")  # a missing glyph would be a warning
    drawing.save(figure_of(label), tmp_path / "again.svg")
    assert not caplog.records
    said = capsys.readouterr().err
    expected = label.replace("好", "U+597D").replace("나쁘", "U+B098 U+C058")
    shown = texts_in(figure)
    assert (
        sum(expected in text.get_text() for text in shown) == 5
    )  # legend, title, head, both tick labels
    assert all("DejaVu Serif" in text.get_fontfamily() for text in shown) == (SERIF in label)
    assert said.count(fonts.NOTICE[:40]) == (expected != label)


def test_a_heading_is_broken_after_its_letters_are_named(own_fonts):
    figure = figure_of("电影 " * 30 + "\x1b")
    lines = figure.get_suptitle().split("\n")
    assert " ".join(lines) == "U+7535 U+5F71 " * 30 + r"\x1b"
    assert len(lines) > 1
    assert max(map(len, lines)) <= 11 * figure.get_figwidth()


def test_one_font_is_taken_for_letters_that_it_has_all(own_fonts):
    letters = "\u1d24\u02ef\u02f0"  # Condensed has them, too
    assert fonts.fonts_for([f"good {letters}"]).families == (fonts.USUAL, "DejaVu Serif")
    assert fonts.fonts_for(["good", "bad"]) == fonts.Fonts((fonts.USUAL,), frozenset())


def test_what_no_font_has_is_named_by_number():
    found = fonts.Fonts((fonts.USUAL,), frozenset("好坏"))
    assert found.drawable("好 bad 坏好") == "U+597D bad U+574F U+597D"


def test_fonts_of_boxes_are_never_taken(own_fonts):
    assert fonts.fonts_for(["\U000e0101"]).lacking == {"\U000e0101"}
