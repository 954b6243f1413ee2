"""Rows and cells into one page of HTML that stands alone: what was run, tables,
figures, holes, and how to read the numbers.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any

from embexp import measures as measuring
from embexp.errors import InputError
from embexp.report import drawing, emergence, entries, figures, layout, select, tables
from embexp.report.comparison import Seeds
from embexp.report.formatting import Grid, Table
from embexp.report.select import Row
from embexp.report.writers import escaped, html_grid

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>$title</title>
<style>
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #fff; --faint: #666; --line: #ddd; --soft: #f5f5f3; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e4e1; --paper: #161616; --faint: #a5a29e; --line: #3b3b3b; --soft: #232323; } }
body { margin: 2rem auto; padding: 0 1rem; max-width: 68rem; color: var(--ink); background: var(--paper); overflow-wrap: anywhere;
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; } p { max-width: 46rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
figcaption, .small { margin-top: .4rem; color: var(--faint); font-size: .85rem; }
figure, .wide { overflow-x: auto; overflow-wrap: normal; margin: 1rem 0; }
img { display: block; max-width: max(100%, 40rem); height: auto; background: #fff; border-radius: 6px; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .6rem; text-align: left; font-weight: normal; border-bottom: 1px solid var(--line); }
thead th { color: var(--faint); border-color: var(--faint); }
.numbers td, .numbers thead th { white-space: pre; text-align: right; }
.numbers tbody th:last-of-type { position: sticky; left: 0; background: var(--paper); white-space: nowrap; }
.l1 th:nth-child(1), .l2 th:nth-child(-n+2), .l3 th:nth-child(-n+3), .l4 th:nth-child(-n+4) { text-align: left !important; }
dl { display: grid; grid-template-columns: clamp(6.5rem, 25%, 11rem) 1fr; gap: .2rem 1rem; font-size: .9rem; }
dt { color: var(--faint); } dd { margin: 0; } details { border-bottom: 1px solid var(--line); }
summary { padding: .35rem 0; cursor: pointer; font-size: .9rem; }
.holes { border-left: 4px solid #d55e00; } .holes, pre { padding: .6rem 1rem; background: var(--soft); font-size: .85rem; overflow: auto; }
</style>
</head>
<body>
$body
</body></html>
""")
CAPTIONS = {
    "plane": "Each path is a table while it trains: to the right it knows more of words' meaning, upwards more of sentiment or the task.",
    "emergence": "When each structure comes and whether it goes again; steps are on a logarithmic axis that begins at 0.",
    "strata": "Words apart by how often their rows were updated: what training wrote is told from what the start already knew.",
    "dial": "How much of each measure hangs on the setting in which the arms differ.",
}
SIGNS = {
    ".643 [.628, .658]": "the mean over seeds and its 95 % interval: how sure the mean is over training runs, not over other texts",
    "over items": "the 95 % interval over texts, words or pairs within one seed, averaged over seeds",
    "*": "differs from the baseline, after adjustment for all comparisons of the table; no mark is no proof of equality",
    "chance": "what guessing scores; a number says something by its distance from chance and from the controls",
    "4/5 (1 failed)": "seeds that finished, of those that any arm has",
    "only n = 43": "too few words for a summary; the number stands in the details",
    layout.HOLE: "nothing was measured, or there are too few seeds",
}
BETTER = {True: "high", False: "low", None: "neither"}


def page(
    rows: Sequence[Row],
    cells: Mapping[str, Mapping[str, Any]],
    *,
    question: str = "",
    baseline: str | None = None,
    by: str = "regime",
    measures: Sequence[str] = (),
    regimes: Mapping[str, str] = {},
    commands: Sequence[str] = (),
    damaged: int = 0,
) -> str:
    """The page, in ASCII; every text is escaped, and the same rows and libraries give
    the same bytes.

    Args:
        rows: from `records.read_rows`.
        cells: from `records.read_cells`; failed ones show as holes.
        question: what the cells are to answer; paragraphs are apart by an empty line,
            and the first is the question itself.
        baseline, by: as in `tables.comparison`, where cells have them.
        measures: the measures of the tables, where they have rows.
        regimes: in one line, what each regime is.
        commands: those that make the rows, and the page, again.
        damaged: lines that were ignored (`records.damage`).

    Raises:
        InputError: no cell has finished.
    """
    if not rows:
        errors = [cell["error"] for cell in cells.values() if cell["error"] is not None]
        failed = f" ({len(errors)} failed, the first with {errors[0]!r})" if errors else ""
        raise InputError(
            f"there is nothing to report: no cell has finished{failed}; run the experiment again"
        )
    regime_names = {cell["spec"]["regime"] for cell in cells.values()}
    measures = [name for name in measures if name in select.measures_in(rows)]
    table = tables.comparison(
        rows, cells, measures or None, damaged=damaged, **entries.fitting(cells, baseline, by)
    )
    rising = emergence.table(rows, cells) if emergence.enough(rows) else None
    base = table.objects[0]["by"], table.objects[0]["baseline"]
    named = {
        name: regimes.get(name, layout.HOLE)
        + (" (the baseline)" if ("regime", name) == base else "")
        for name in sorted(regime_names)
    }
    parts = [
        f"<h1>{escaped(table.title)}</h1>",
        *(f"<p>{escaped(text)}</p>" for text in question.split("\n\n") if text),
        *(f'<p class="holes">{escaped(note)}</p>' for note in table.notes),
        _section("What was run", _pairs(_facts(cells)), _pairs(named)),
        _section("Summary", *map(_numbers, table.summary), *map(_small, table.caption)),
        _section("Figures", *_figures(rows)),
        _section(
            "How structure emerges", *map(_small, rising.caption), *map(_folded, rising.summary)
        )
        if rising
        else "",
        _section("Measure by measure", *map(_folded, table.details)),
        _section(
            "How to read the numbers",
            _pairs(SIGNS),
            f'<div class="wide">{html_grid(_catalogue(table))}</div>',
        ),
        _section("How to make it again", f"<pre>{escaped(chr(10).join(commands))}</pre>")
        if commands
        else "",
    ]
    return PAGE.substitute(title=escaped(table.title), body="\n".join(filter(None, parts)))


def _facts(cells: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What the cells are and, of those that finished, where their numbers come from;
    checksums are shortened.
    """
    arms = select.arms(cell["spec"] for cell in cells.values())
    seeds = entries.seeds_of(cells, dict(zip(cells, arms, strict=True))).values()
    counts = (
        sum(getattr(each, name) for each in seeds) for name in ("finished", "failed", "missing")
    )
    settings = [dict(arm.rest) for arm in sorted({*arms}, key=select.order)]
    done = [cell for cell in cells.values() if cell["error"] is None]
    return {
        "finished / wanted": f"{Seeds(*counts, errors=())} cells",
        **{
            name: _joined(cell["spec"].get(name) for cell in cells.values())
            for name in ("corpus", "vectors", "encoder", "seed")
        },
        **{
            name: _joined(select.value_text((name, each[name])) for each in settings)
            for name in settings[0]
        },
        "checksums": _named(
            {name: str(value)[:12] for name, value in cell["data"].items()} for cell in done
        ),
        "code": _named(cell["code"] for cell in done),
        "libraries": _named(cell["versions"] for cell in done),
        "device": _joined(cell["device"] for cell in done),
        "date": _joined(sorted(cell["time"][:10] for cell in done)),
    }


def _joined(values: Iterable[Any]) -> str:
    """Each value once, as they come; what is not there is left out."""
    return ", ".join(dict.fromkeys(str(value) for value in values if value is not None))


def _named(mappings: Iterable[Mapping[str, Any]]) -> str:
    """`jax 0.10.2, numpy 2.4.6`; where cells differ, each pair once."""
    return _joined(f"{name} {value}" for mapping in mappings for name, value in mapping.items())


def _figures(rows: Sequence[Row]) -> list[str]:
    """Each figure that the rows are enough for, or once the reason why it is not there.

    They are SVG in the page itself; as images, they can neither run nor load anything.
    """
    parts = []
    for name, draw in figures.drawable(rows).items():
        try:
            figure = draw()
        except InputError as error:
            parts.append(_small(f"Not drawn: {error}."))
            continue
        with TemporaryDirectory() as folder:
            drawing.save(figure, path := Path(folder, f"{name}.svg"))
            data = base64.b64encode(path.read_bytes()).decode()
        alt, caption = (
            escaped(" ".join(figure.get_suptitle().split())),
            escaped(CAPTIONS.get(name, "")),
        )
        parts.append(
            f'<figure><img alt="{alt}" src="data:image/svg+xml;base64,{data}"><figcaption>{caption}</figcaption></figure>'
        )
    return list(dict.fromkeys(parts))


def _catalogue(table: Table) -> Grid:
    """What the measures of a table are."""
    known = []
    for name in dict.fromkeys(each["measure"] for each in table.objects):
        with suppress(InputError):
            known.append(measuring.describe(name))
    body = tuple(
        (each.title, each.what, each.unit, BETTER[each.higher], each.reference) for each in known
    )
    return Grid("", ("measure", "sees", "scale", "better", "how, or from whom"), body, 1)


def _section(title: str, *parts: str) -> str:
    return "\n".join([f"<h2>{title}</h2>", *parts])


def _pairs(texts: Mapping[str, str]) -> str:
    """Names and what stands for them; empty ones are left out."""
    return (
        "<dl>"
        + "\n".join(
            f"<dt>{escaped(name)}</dt><dd>{escaped(text)}</dd>"
            for name, text in texts.items()
            if text
        )
        + "</dl>"
    )


def _small(text: str) -> str:
    return f'<p class="small">{escaped(text)}</p>'


def _numbers(grid: Grid) -> str:
    """What is wider than a phone is moved sideways alone."""
    return f'<div class="wide numbers l{grid.labels}">{html_grid(grid)}</div>'


def _folded(grid: Grid) -> str:
    return f"<details><summary>{escaped(grid.title)}</summary>{_numbers(replace(grid, title=''))}</details>"
