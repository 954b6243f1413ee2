"""Tables as Markdown, LaTeX, HTML, CSV and JSON, and on the terminal."""

import csv as csv_module
import html as html_module
import io
import re
from collections.abc import Callable
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from embexp.printable import json_text, printable
from embexp.report.formatting import TERMINAL, Grid, Table, narrow

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table as RichTable


def markdown(table: Table) -> str:
    """The table in Markdown, aligned so that it reads well as plain text, too."""
    notes = "\n".join(f"- {_plain(note)}" for note in table.notes)
    parts = [f"# {_plain(table.title)}\n", summary(table), *([f"{notes}\n"] if notes else [])]
    parts += [f"{_markdown_grid(grid)}\n" for grid in table.details]
    return "\n".join([*parts, *(f"## Answer\n\n{_plain(text)}\n" for text in table.closing)])


def summary(table: Table, width: int | None = None) -> str:
    """The summary with its caption in Markdown, for a page with a text of its own.

    Args:
        width: of the lines that the caption is broken into; without, a line is a paragraph.
    """
    lines = ([text] if width is None else wrap(text, width) for text in table.caption)
    caption = ("\n".join(map(_plain, each)) for each in lines)
    return "\n\n".join([*map(_markdown_grid, table.summary), *caption]) + "\n"


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


MARKS = re.compile(
    r"""[\\|<>*`~$]                    # code, HTML, emphasis, mathematics, columns of a table
    | _(?![^\W_]) | (?<![^\W_])_      # emphasis, but not inside a word
    | &(?=\#?\w+;)                    # a sign by its name
    | \](?=[(\[:]) | ^\[(?=[ xX]\])   # a link or an image, and a box to tick
    | :(?=//) | (?<=www)\.            # an address
    | (?<!\S)\#                       # a heading, and its end
    | ^[-+](?=[\s-]|$)                # a list, and a rule""",
    re.VERBOSE,
)
"""What Markdown would read as more than text, where it stands."""


def _plain(text: str) -> str:
    """Text that Markdown shows as it stands, on one line."""
    escaped = MARKS.sub(r"\\\g<0>", printable(text).strip())
    return re.sub(r"^(\d{1,9})([.)])(?=\s|$)", r"\1\\\2", escaped)  # a numbered list


LINE = 72
"""Characters of a table that fit a line of a page in LaTeX's own format."""


def latex(table: Table) -> str:
    """A float with a caption and a label for each block of the summary and each measure.

    It needs the package booktabs, and letters other than Latin ones need XeLaTeX or LuaLaTeX.
    """
    caption = " ".join((f"{table.title}.", *table.caption, *table.notes, *table.closing))
    floats: dict[str, str] = {}
    blocks = [[each] for each in table.blocks]
    for grids in (*blocks, *(narrow(each, LINE) for each in table.details)):
        numbers = grids[0].header[grids[0].labels :]
        shown = grids[0].title or ", ".join(name for name in numbers if name != "seeds")
        own = f"{table.title}: {shown}." if floats else caption
        name = re.sub("[^a-z0-9]+", "-", f"{table.title} {shown}".lower()).strip("-")
        label = f"tab:{name}" if f"tab:{name}" not in floats else f"tab:{name}-{len(floats)}"
        body = "\n\n\\medskip\n".join(map(_latex_grid, grids))
        floats[label] = (
            f"\\begin{{table}}\n\\centering\\footnotesize\n\\caption{{{_tex(own)}}}\n"
            f"\\label{{{label}}}\n{body}\n\\end{{table}}\n"
        )
    return "\n".join(floats.values())


def _latex_grid(grid: Grid) -> str:
    lines = [" & ".join(map(_tex, line)) + r" \\" for line in (grid.header, *grid.body)]
    columns = ("l" * grid.labels).ljust(len(grid.header), "r")
    rows = "\n".join(["\\toprule", lines[0], "\\midrule", *lines[1:], "\\bottomrule"])
    return f"\\begin{{tabular}}{{{columns}}}\n{rows}\n\\end{{tabular}}"


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
        "*": "{*}",
    }
)


def _tex(text: str) -> str:
    """Text that LaTeX shows as it stands: `*` is no option of a row's end, `--` no dash."""
    return re.sub("-(?=-)", "-{}", printable(text)).translate(TEX)


def html(table: Table) -> str:
    """A fragment of a page, in ASCII; every text is escaped."""
    parts = [f"<h1>{escaped(table.title)}</h1>", *map(html_grid, table.summary)]
    parts += [f"<p>{escaped(text)}</p>" for text in (*table.caption, *table.notes)]
    parts += [
        *map(html_grid, table.details),
        *(f"<p>{escaped(text)}</p>" for text in table.closing),
    ]
    return "\n".join(parts) + "\n"


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
    return html_module.escape(printable(text)).encode("ascii", "xmlcharrefreplace").decode()


def csv(table: Table) -> str:
    """A line for each arm and measure, with unrounded numbers; holes are empty fields."""
    text = io.StringIO()
    writer = csv_module.writer(text, lineterminator="\n")
    names = dict.fromkeys(name for each in table.objects for name in each)
    writer.writerow(map(_inert, names))
    writer.writerows([_inert(each.get(name)) for name in names] for each in table.objects)
    return text.getvalue()


FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a formula begins with, also in the wide letters of East Asia."""


def _inert(value: Any) -> Any:
    """A value that spreadsheets do not take for a formula: a text gets an apostrophe.

    See https://owasp.org/www-community/attacks/CSV_Injection; numbers stay numbers.
    """
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def json(table: Table) -> str:
    """A list with an object for each arm and measure, with unrounded numbers; a hole is null."""
    return json_text(table.objects)


FORMATS: dict[str, Callable[[Table], str]] = {
    "md": markdown,
    "latex": latex,
    "csv": csv,
    "html": html,
    "json": json,
}


def terminal(table: Table, *, wide: bool = False) -> "Group":
    """What `rich.print` shows: the summary, the caption and the notes.

    Args:
        wide: whether columns may need a terminal of more than `TERMINAL` columns.
    """
    from rich.console import Group
    from rich.text import Text

    return Group(
        Text(printable(table.title), style="bold"),
        *map(_rich_grid, table.summary if wide else table.blocks),
        *(Text(printable(text), style="dim") for text in table.caption),
        *(Text(printable(text), style="red") for text in table.notes),
        *(Text(f"\n{printable(text)}", style="bold") for text in table.closing),
    )


def _rich_grid(grid: Grid) -> "RichTable":
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(
        title=Text(printable(grid.title)) if grid.title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for i, (name, *texts) in enumerate(zip(grid.header, *grid.body, strict=True)):
        whole = i >= grid.labels and max(map(len, [name, *texts])) < TERMINAL / 2
        shown.add_column(
            Text(printable(name)), justify="left" if i < grid.labels else "right", no_wrap=whole
        )
    for line in grid.body:
        shown.add_row(*(Text(printable(text)) for text in line))
    return shown
