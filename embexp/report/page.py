"""Results as one page of HTML that stands alone: tables, figures and how to read them."""

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
from embexp.report import drawing, emergence, figures, interactive, searches as tuning
from embexp.report.arms import Runs, Seeds, arms_of, order, seeds_of
from embexp.report.charts import Chart, charts
from embexp.report.formatting import HOLE, Grid, Table
from embexp.report.overview import overview
from embexp.report.search_analysis import Search
from embexp.report.select import Rows
from embexp.report.writers import escaped, html_grid

PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
CAPTIONS = {
    "plane": "Each path is a table while it trains: to the right it knows more of words' meaning, "
    "upwards more of sentiment or the task.",
    "emergence": "When each structure comes and whether it goes again; steps are on a logarithmic "
    "axis that begins at 0.",
    "strata": "Words by how often training updated their rows: this separates what training wrote "
    "from what the vectors held at the start.",
    "sensitivity": "How much each measure depends on the setting in which the arms differ.",
    "search": "What the search of each arm may be expected to find with so many trials: curves "
    "that still fall, or cross late, want more.",
}
SIGNS = {
    ".643 [.628, .658]": "the mean over seeds and its 95 % interval; below the table stands "
    "whether that covers other texts and words, too, or other training runs alone",
    "over items": "the 95 % interval over texts, words or pairs within one seed, averaged over "
    "seeds",
    "*": "differs from the baseline, after adjustment for all comparisons of the declared family "
    "of measures; no star is no proof of equality",
    "chance": "what guessing scores; a number says something by its distance from chance and "
    "from the controls",
    "(control)": "a regime from which nothing of the kind can be learnt, for comparison",
    "4/5 (1 failed)": "seeds that finished, of those that any arm has",
    "only n = 43": "too few words for a summary; the number stands in the details",
    HOLE: "nothing was measured, or there are too few seeds",
}
BETTER = {True: "high", False: "low", None: "neither"}


def page(
    rows: Rows,
    runs: Runs,
    table: Table,
    *,
    question: str = "",
    regimes: Mapping[str, str] = {},
    commands: Sequence[str] = (),
    searches: Sequence[Search] = (),
) -> str:
    """The page, in ASCII with every text escaped; the same rows give the same bytes.

    Args:
        rows: from `records.read_rows`.
        runs: from `records.read_runs`; those that failed are shown as holes.
        table: their comparison, from `tables.comparison`.
        question: what the runs are to answer; paragraphs are separated by empty lines,
            and the first is the question itself.
        regimes: what each regime is, in one line.
        commands: those that make the rows and the page again.
        searches: of the arms that were tuned, from `runner.searched`.

    Raises:
        InputError: no run has finished.
    """
    if not rows:
        errors = [run["error"] for run in runs.values() if run["error"] is not None]
        failed = f" ({len(errors)} failed, the first with {errors[0]!r})" if errors else ""
        raise InputError(
            f"there is nothing to report: no run has finished{failed}; run the experiment again"
        )
    drawn = charts(rows) if interactive.vega() else {}
    parts = [
        f"<h1>{escaped(table.title)}</h1>",
        *(f'<p class="answer">{escaped(text)}</p>' for text in table.closing),
        *(f"<p>{escaped(' '.join(text.split()))}</p>" for text in question.split("\n\n") if text),
        *(f'<p class="holes">{escaped(note)}</p>' for note in table.notes),
        _section("Comparison", overview(table.objects), *map(_small, table.caption)),
        _section("Figures", *_figures(rows, searches, drawn)),
        _section("What was run", _pairs(_facts(runs)), _pairs(_regimes(runs, table, regimes))),
    ]
    if emergence.enough(rows):
        shown = emergence.table(rows, runs)
        texts = (*map(_small, shown.caption), *map(_folded, shown.summary))
        parts.append(_section("How structure emerges", *texts))
    if searches:
        shown = tuning.table(searches)
        grids = map(_numbers, (*shown.summary, *shown.details))
        parts.append(_section("How the arms were tuned", *grids, *map(_small, _below(shown))))
    catalogue = f'<div class="wide">{html_grid(_catalogue(table))}</div>'
    parts += [
        _section("Measure by measure", *map(_folded, table.details)),
        _section("How to read the numbers", _pairs(SIGNS), catalogue),
    ]
    if commands:
        again = f"<pre>{chr(10).join(map(escaped, commands))}</pre>"
        parts.append(_section("How to make it again", again))
    codes = interactive.scripts([*drawn.values()])
    return PAGE.substitute(
        title=escaped(table.title),
        body="\n".join(parts),
        policy=interactive.policy(codes),
        scripts=interactive.tags(codes),
    )


def _regimes(runs: Runs, table: Table, known: Mapping[str, str]) -> dict[str, str]:
    """What each arm's regime is, and which of them is the baseline."""
    first = table.objects[0]
    base = first["baseline"] if first["by"] == "regime" else None
    return {
        arm.label: known.get(arm.regime, HOLE) + (" (the baseline)" if arm.label == base else "")
        for arm in sorted(arms_of(runs.values()).values(), key=lambda arm: arm.label)
    }


def _facts(runs: Runs) -> dict[str, str]:
    """What the runs are and where the numbers of those that finished come from.

    Checksums are shortened.
    """
    of = arms_of(runs.values())
    seeds = seeds_of(runs, of).values()
    counts = (
        sum(getattr(each, name) for each in seeds) for name in ("finished", "failed", "missing")
    )
    arms = sorted({*of.values()}, key=order)
    done = [run for run in runs.values() if run["error"] is None]
    return {
        "finished / wanted": f"{Seeds(*counts, errors=())} runs",
        **{
            name: _joined(run["spec"].get(name) for run in runs.values())
            for name in ("corpus", "vectors", "encoder", "seed")
        },
        **{name: _joined(arm.level(name) for arm in arms) for name, _ in arms[0].rest},
        "checksums": _named(
            {name: str(value)[:12] for name, value in run["data"].items()} for run in done
        ),
        "code": _named(run["code"] for run in done),
        "libraries": _named(run["versions"] for run in done),
        "device": _joined(run["device"] for run in done),
        "date": _joined(sorted(run["time"][:10] for run in done)),
    }


def _joined(values: Iterable[Any]) -> str:
    """Each value once, in order; None is left out."""
    return ", ".join(dict.fromkeys(str(value) for value in values if value is not None))


def _named(mappings: Iterable[Mapping[str, Any]]) -> str:
    """`jax 0.10.2, numpy 2.4.6`; where runs differ, each pair once."""
    return _joined(f"{name} {value}" for mapping in mappings for name, value in mapping.items())


def _below(table: Table) -> Sequence[str]:
    """The sentences below a table."""
    return (*table.notes, *table.caption)


def _figures(rows: Rows, searches: Sequence[Search], drawn: Mapping[str, Chart]) -> list[str]:
    """Each figure that the rows are enough for, or once the reason why there is none.

    Those that are no charts are SVG in the page itself; as images, they can neither run nor
    load anything.
    """
    parts = []
    for name, draw in figures.drawable(rows, searches=searches).items():
        if name in drawn:
            parts.append(f"{interactive.chart(name, drawn[name])}\n{_small(CAPTIONS[name])}")
            continue
        try:
            figure = draw()
        except InputError as error:
            parts.append(_small(f"Not drawn: {error}."))
            continue
        with TemporaryDirectory() as folder:
            drawing.save(figure, path := Path(folder, f"{name}.svg"))
            data = base64.b64encode(path.read_bytes()).decode()
        alt = escaped(" ".join(figure.get_suptitle().split()))
        parts.append(
            f'<figure><img alt="{alt}" src="data:image/svg+xml;base64,{data}">'
            f"<figcaption>{escaped(CAPTIONS[name])}</figcaption></figure>"
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
    lines = (
        f"<dt>{escaped(name)}</dt><dd>{escaped(text)}</dd>" for name, text in texts.items() if text
    )
    return f"<dl>{chr(10).join(lines)}</dl>"


def _small(text: str) -> str:
    return f'<p class="small">{escaped(text)}</p>'


def _numbers(grid: Grid) -> str:
    """A grid that scrolls sideways by itself where it is wider than a phone."""
    return f'<div class="wide numbers l{grid.labels}">{html_grid(grid)}</div>'


def _folded(grid: Grid) -> str:
    shown = _numbers(replace(grid, title=""))
    return f"<details><summary>{escaped(grid.title)}</summary>{shown}</details>"
