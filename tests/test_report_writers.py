"""Every format of a table holds its texts unharmed and its numbers unrounded."""

import csv
import html.parser
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hostile import NAMES, TEXTS, obeyed
from hypothesis import example, given
from markdown_it import MarkdownIt
from report_runs import compare, filled, objects_of, write
from rich.console import Console

from embexp.printable import printable
from embexp.report import drawing, formatting, writers
from embexp.report.formatting import Grid, Table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return filled(tmp_path)


LATEX = shutil.which("pdflatex")
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


ELEMENTS = ("h1", "h2", "table", "thead", "tbody", "tr", "th", "td", "p", "ul", "li")


def of_text(text: str) -> Table:
    """A table that holds a text in each of its places."""
    grid = Grid(text, ("name", text), (("one", text), (text, "0.5")), 1)
    objects = ({"name": text, "value": -0.5}, {"name": "one", "value": None})
    return Table(text, (text,), (grid,), (grid,), (text,), objects)


def rendered(text: str) -> tuple[list[str], set[str]]:
    """The texts of a Markdown document's blocks, and the elements that it has."""
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    texts, elements = [], {token.tag for token in page}
    for block in (token for token in page if token.type == "inline"):
        texts.append("".join(token.content or " " for token in block.children))
        elements |= {token.tag for token in block.children}
    return [" ".join(each.split()) for each in texts], elements


@given(TEXTS)
@example("[a](https://b.c) ![d](e) <f@g.h> [x]: y")
@example("- [x] --- 1. +")
@example("12) # a ## b #")
@example("__a__ _b_ c_d ~~e~~ &lt; &#35; \\| \\")
@example("---")
def test_markdown_renders_as_the_texts_it_was_given(text: str) -> None:
    shown = " ".join(printable(text).split())
    texts, elements = rendered(writers.markdown(of_text(text)))
    cells = ["name", shown, "one", shown, shown, "0.5"]
    assert [each for each in texts if each] == [
        each for each in (shown, shown, *cells, shown, shown, shown, *cells) if each
    ]
    assert elements <= {"", *ELEMENTS}


def test_markdown_makes_no_address_a_link() -> None:
    assert re.search(r"(?<!\\):(?=//)|www\.", writers.markdown(of_text("http://a www.b"))) is None


def test_a_caption_that_is_broken_into_lines_keeps_its_words() -> None:
    caption = "the words - of a caption # with 1. marks " * 5
    table = Table("", (caption,), (), (), (), ())
    text = writers.summary(table, 20)
    assert max(map(len, text.splitlines())) < 25
    assert rendered(text)[0][0].split() == caption.split()


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_text_is_a_text_in_every_format(name: str) -> None:
    for write_text in writers.FORMATS.values():
        text = write_text(of_text(name))
        assert not obeyed(text)
        text.encode()
    page = Texts()
    page.feed(writers.html(of_text(name)))
    assert {printable(name)} <= {*page.texts}
    said = io.StringIO()
    Console(file=said, width=400, color_system=None, force_terminal=True).print(
        writers.terminal(of_text(name))
    )
    assert said.getvalue().count(printable(name)) == 7
    assert not obeyed(said.getvalue())


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "  =1", "＝1"])
def test_no_text_of_a_csv_file_is_a_formula_and_numbers_stay(text: str) -> None:
    head, first, second = csv.reader(io.StringIO(writers.csv(of_text(text))))
    assert head == ["name", "value"]
    assert first[0][0] in "'\\"
    assert first[0].endswith(text[-2:])
    assert first[1] == "-0.5"
    assert second == ["one", ""]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_a_hostile_text_is_a_text_in_a_figure(name: str, kind: str, tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3, 2))
    figure.suptitle(name)
    drawing.save(figure, tmp_path / f"a.{kind}")
    if kind == "svg":
        assert not obeyed((tmp_path / "a.svg").read_text())


def test_latex_escapes_what_it_would_obey(folder: Path) -> None:
    text = writers.latex(nasty(folder))
    assert (
        r"a|b $<$i$>$\&amp;$<$/i$>$ \$x\_1\$ 5\% \#\{y\} "
        r"\textbackslash{}z {[}red]\textasciitilde{}\textasciicircum{}" in text
    )
    assert text.count("\\begin{") == text.count("\\end{")
    assert not set(text) & set("−—–ρΔⁿ")


def test_latex_has_a_float_with_a_label_for_each_block_and_each_measure(folder: Path) -> None:
    text = writers.latex(nasty(folder))
    labels = re.findall(r"\\label\{(.*)\}", text)
    assert len({*labels}) == len(labels) == 4
    assert all(re.fullmatch("tab:[a-z0-9-]+", label) for label in labels)
    assert labels[2].endswith("-accuracy-chance-500")
    for one in ("begin{table}", "end{table}", "caption{", "label{"):
        assert text.count(f"\\{one}") == 4
    twice = of_text("—")
    assert re.findall(r"label\{(.*)\}", writers.latex(twice)) == ["tab:", "tab:-1"]


@pytest.mark.slow
@pytest.mark.skipif(LATEX is None, reason="needs LaTeX: apt install texlive-latex-recommended")
def test_latex_compiles_it_and_nothing_is_wider_than_a_page(folder: Path, tmp_path: Path) -> None:
    plain, odd = compare(folder), nasty(folder)
    for table in (plain, odd):
        (tmp_path / "a.tex").write_text(
            "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n"
            f"{writers.latex(table)}\n\\end{{document}}\n"
        )
        command = [LATEX, "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
        made = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        said = made.stdout.decode(errors="replace")
        assert made.returncode == 0, said
        assert (tmp_path / "a.aux").read_text().count("\\newlabel{tab:") == (
            3 if table is plain else 4
        )
        if table is plain:  # an odd name is as wide as it is
            assert "Float too large" not in said
            assert "Overfull" not in said


def test_numbers_are_written_without_a_false_minus() -> None:
    texts = [
        formatting.number(value)
        for value in (0.8704, -0.0462, 1.0, -0.0001, 0.0, 12.5, float("nan"))
    ]
    assert texts == [".870", "−.046", "1.000", ".000", ".000", "12.500", "—"]
