"""Tables as Markdown, LaTeX, HTML, CSV and JSON, and on the terminal."""

import csv as csv_module
import html as html_module
import io
import json as json_module
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from embexp.report.formatting import Grid, Table

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table as RichTable


def markdown(table: Table) -> str:
    """The table in Markdown, aligned so that it reads well as plain text, too."""
    notes = "\n".join(f"- {_plain(note)}" for note in table.notes)
    parts = [f"# {_plain(table.title)}\n", summary(table), *([f"{notes}\n"] if notes else [])]
    return "\n".join([*parts, *(f"{_markdown_grid(grid)}\n" for grid in table.details)])


def summary(table: Table) -> str:
    """The summary with its caption in Markdown, for a page with a text of its own."""
    return "\n\n".join([*map(_markdown_grid, table.summary), *map(_plain, table.caption)]) + "\n"


def _markdown_grid(grid: Grid) -> str:
    columns = []
    for i, texts in enumerate(zip(grid.header, *grid.body, strict=True)):
        shown = list(map(_plain, texts))
        width = max(map(len, shown))
        side, rule = ("<", ":{}-") if i < grid.labels else (">", "-{}:")
        head, *body = (f" {text:{side}{width}} " for text in shown)
        columns.append([head, rule.format("-" * width), *body])
    title = [f"## {_plain(grid.title)}\n"] if grid.title else []
    return "\n".join([*title, *(f"|{'|'.join(line)}|" for line in zip(*columns, strict=True))])


def _plain(text: str) -> str:
    """Text that Markdown shows as it stands."""
    return re.sub(r"([\\|<>*`])", r"\\\1", text)


def latex(table: Table) -> str:
    """One `table` with a `tabular` for each block and measure; needs the package booktabs."""
    grids = "\n\n\\medskip\n".join(map(_latex_grid, (*table.summary, *table.details)))
    caption = " ".join(map(_tex, (f"{table.title}.", *table.caption, *table.notes)))
    return (
        f"\\begin{{table}}\n\\centering\\small\n\\caption{{{caption}}}\n{grids}\n\\end{{table}}\n"
    )


def _latex_grid(grid: Grid) -> str:
    lines = [" & ".join(map(_tex, line)) + r" \\" for line in (grid.header, *grid.body)]
    columns = ("l" * grid.labels).ljust(len(grid.header), "r")
    title = f"\\textbf{{{_tex(grid.title)}}}\\\\\n" if grid.title else ""
    rows = "\n".join(["\\toprule", lines[0], "\\midrule", *lines[1:], "\\bottomrule"])
    return f"{title}\\begin{{tabular}}{{{columns}}}\n{rows}\n\\end{{tabular}}"


TEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"}
    | {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "−": "$-$",
        "–": "--",
        "—": "---",
        "<": "$<$",
        ">": "$>$",
        "ρ": r"$\rho$",
        "Δ": r"$\Delta$",
        "·": r"$\cdot$",
        "×": r"$\times$",
        "ⁿ": "$^n$",
        "[": "{[}",
    }
)


def _tex(text: str) -> str:
    return text.translate(TEX)


def html(table: Table) -> str:
    """A fragment of a page, in ASCII; every text is escaped."""
    parts = [f"<h1>{escaped(table.title)}</h1>", *map(html_grid, table.summary)]
    parts += [f"<p>{escaped(text)}</p>" for text in (*table.caption, *table.notes)]
    return "\n".join([*parts, *map(html_grid, table.details)]) + "\n"


def html_grid(grid: Grid) -> str:
    """One grid as a table, its title as the caption."""
    title = f"<caption>{escaped(grid.title)}</caption>" if grid.title else ""
    head = "".join(f'<th scope="col">{escaped(text)}</th>' for text in grid.header)
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{escaped(t)}</th>' if i < grid.labels else f"<td>{escaped(t)}</td>"
            for i, t in enumerate(line)
        )
        + "</tr>"
        for line in grid.body
    )
    return f"<table>{title}\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def escaped(text: str) -> str:
    """Text that HTML shows as it stands, in ASCII."""
    return html_module.escape(text).encode("ascii", "xmlcharrefreplace").decode()


def csv(table: Table) -> str:
    """A line for each arm and measure, with unrounded numbers; holes are empty fields."""
    text = io.StringIO()
    writer = csv_module.DictWriter(text, table.objects[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(table.objects)
    return text.getvalue()


def json(table: Table) -> str:
    """A list with an object for each arm and measure, with unrounded numbers; a hole is null."""
    return json_module.dumps(table.objects, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


FORMATS: dict[str, Callable[[Table], str]] = {
    "md": markdown,
    "latex": latex,
    "csv": csv,
    "html": html,
    "json": json,
}


def terminal(table: Table) -> "Group":
    """What `rich.print` shows: the summary, the caption and the notes."""
    from rich.console import Group
    from rich.text import Text

    return Group(
        Text(table.title, style="bold"),
        *map(_rich_grid, table.summary),
        *(Text(text, style="dim") for text in table.caption),
        *(Text(text, style="red") for text in table.notes),
    )


def _rich_grid(grid: Grid) -> "RichTable":
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(
        title=Text(grid.title) if grid.title else None, title_justify="left", box=box.SIMPLE_HEAD
    )
    for i, name in enumerate(grid.header):
        shown.add_column(Text(name), justify="left" if i < grid.labels else "right")
    for line in grid.body:
        shown.add_row(*map(Text, line))
    return shown
