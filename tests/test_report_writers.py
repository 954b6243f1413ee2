"""Every format of a table holds its texts unharmed and its numbers unrounded."""

import html.parser
import re
from pathlib import Path

import pytest
from report_runs import compare, filled, objects_of, write

from embexp.report import formatting, writers
from embexp.report.formatting import Table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return filled(tmp_path)


NASTY = "a|b <i>&amp;</i> $x_1$ 5% #{y} \\z [red]~^"


def nasty(folder: Path) -> Table:
    write(folder, "random", 0, 0.5, encoder=NASTY)
    write(folder, "random", 0, 0.6)
    write(folder, "random", 1, 0.0, error=NASTY)
    return compare(folder)


def test_csv_and_json_hold_the_same_unrounded_values(folder: Path) -> None:
    table = nasty(folder)
    objects_of(table)


class Texts(html.parser.HTMLParser):
    """The texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html_is_escaped(folder: Path) -> None:
    table = nasty(folder)
    page = Texts()
    page.feed(writers.html(table))
    assert NASTY in page.texts
    assert page.tags == {"h1", "table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
    assert {
        text for grid in table.summary for line in grid.body for text in line if text.strip()
    } <= set(page.texts)


def test_markdown_rows_have_one_width_and_as_many_columns_as_the_head(folder: Path) -> None:
    text = writers.markdown(nasty(folder))
    blocks = [
        [line for line in block.splitlines() if line.startswith("|")]
        for block in text.split("\n\n")
    ]
    for block in filter(None, blocks):
        assert len({len(line) for line in block}) == 1
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block}) == 1
    assert "\\<i\\>" in text


def test_latex_escapes_what_it_would_obey(folder: Path) -> None:
    text = writers.latex(nasty(folder))
    assert (
        r"a|b $<$i$>$\&amp;$<$/i$>$ \$x\_1\$ 5\% \#\{y\} "
        r"\textbackslash{}z {[}red]\textasciitilde{}\textasciicircum{}" in text
    )
    assert text.count("\\begin{") == text.count("\\end{")
    assert not set(text) & set("−—–ρΔⁿ")


def test_numbers_are_written_without_a_false_minus() -> None:
    texts = [
        formatting.number(value)
        for value in (0.8704, -0.0462, 1.0, -0.0001, 0.0, 12.5, float("nan"))
    ]
    assert texts == [".870", "−.046", "1.000", ".000", ".000", "12.500", "—"]
