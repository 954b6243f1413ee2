"""Results as one page of HTML that stands alone: tables, figures and how to read them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import NamedTuple

from embexp import measures as measuring
from embexp.errors import InputError
from embexp.records.word_paths import WordPaths
from embexp.report import drawing, emergence, figures, interactive, searches as tuning
from embexp.report.arms import Runs, arms_of
from embexp.report.charts import Chart, charts
from embexp.report.facts import facts, regimes_of
from embexp.report.formatting import HOLE, Grid, Table
from embexp.report.overview import overview
from embexp.report.projections import TITLES
from embexp.report.search_analysis import Search
from embexp.report.select import Rows
from embexp.report.word_map import followed, neighbours, word_map
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
    "words": "of the vectors of frequent words, of each arm's first seed: move the slider to "
    "follow training, type a word to find it and its nearest words, choose two arms.",
    "search": "What the search of each arm may be expected to find with so many trials: curves "
    "that still fall, or cross late, need more.",
}
SIGNS = {
    ".643 [.628, .658]": "the mean over seeds and its 95 % interval; the caption below the "
    "table says whether that covers other texts and words, too, or other training runs alone",
    "over items": "the 95 % interval over texts, words or pairs within one seed, averaged over "
    "seeds",
    "*": "differs from the baseline, after adjustment for all comparisons of the declared family "
    "of measures; a missing star does not prove equality",
    "chance": "what guessing scores; a number says something by its distance from chance and "
    "from the controls",
    "(control)": "a regime from which nothing of the kind can be learnt, for comparison",
    "4/5 (1 failed)": "seeds that finished, of those that any arm has",
    "only n = 43": "too few words for a summary; the number is in the details",
    HOLE: "nothing was measured, or there are too few seeds",
}
BETTER = {True: "high", False: "low", None: "neither"}


class About(NamedTuple):
    """What a page says that rows do not tell.

    Args:
        question: what the runs are to answer; paragraphs are separated by empty lines,
            and the first is the question itself.
        regimes: what each regime is, in one line.
        commands: those that make the rows and the page again.
    """

    question: str = ""
    regimes: Mapping[str, str] = {}
    commands: Sequence[str] = ()


NOTHING_MORE = About()


def page(
    rows: Rows,
    runs: Runs,
    table: Table,
    *,
    about: About = NOTHING_MORE,
    searches: Sequence[Search] = (),
    paths: Mapping[str, WordPaths] = {},
    disagreements: Table | None = None,
    projection: str = "pca",
) -> str:
    """The page, in ASCII with every text escaped; the same rows give the same bytes.

    Args:
        rows: from `records.read_rows`.
        runs: from `records.read_runs`; those that failed are shown as holes.
        table: their comparison, from `tables.comparison`.
        about: what rows do not tell.
        searches: of the arms that were tuned, from `runner.searched`.
        paths: of words, from `records.read_word_paths`.
        disagreements: the texts on which arms disagree, from `disagreement.table`.
        projection: how the map of words is laid out, a name in `PROJECTIONS`.

    Raises:
        InputError: no run has finished.
    """
    if not rows:
        raise InputError(_nothing(runs))
    drawn, map_of = {}, []
    if interactive.vega():
        drawn, map_of = charts(rows), _map(runs, paths, projection)
    parts = [
        f"<h1>{escaped(table.title)}</h1>",
        *(f'<p class="answer">{escaped(text)}</p>' for text in table.closing),
        *(f"<p>{_prose(text)}</p>" for text in about.question.split("\n\n") if text),
        *(f'<p class="holes">{escaped(note)}</p>' for note in table.notes),
        _section("Comparison", overview(table.objects), *map(_small, table.caption)),
        *map_of,
        _section("Figures", *_figures(rows, searches, drawn)),
        _section(
            "What was run", _pairs(facts(runs)), _pairs(regimes_of(runs, table, about.regimes))
        ),
    ]
    catalogue = f'<div class="wide">{html_grid(_catalogue(table))}</div>'
    parts += [
        *_besides(rows, runs, searches, disagreements),
        _section("Measure by measure", *map(_folded, table.details)),
        _section("How to read the numbers", _pairs(SIGNS), catalogue),
    ]
    if about.commands:
        again = f"<pre>{chr(10).join(map(escaped, about.commands))}</pre>"
        parts.append(_section("How to make it again", again))
    codes = interactive.scripts(any('class="chart"' in part for part in parts))
    return PAGE.substitute(
        title=escaped(table.title),
        body="\n".join(parts),
        policy=interactive.policy(codes),
        scripts=interactive.tags(codes),
    )


def _nothing(runs: Runs) -> str:
    """Why there is no page."""
    errors = [run["error"] for run in runs.values() if run["error"] is not None]
    failed = f" ({len(errors)} failed, the first with {errors[0]!r})" if errors else ""
    return f"there is nothing to report: no run has finished{failed}; run the experiment again"


def _besides(
    rows: Rows, runs: Runs, searches: Sequence[Search], disagreements: Table | None
) -> Iterator[str]:
    """The other tables, where there is enough for them."""
    if disagreements:
        folds = _folds("Texts on which arms disagree", disagreements)
        yield f'<div class="texts">{folds}</div>'
    if emergence.enough(rows):
        yield _folds("How structure emerges", emergence.table(rows, runs))
    if searches:
        yield _tuned(tuning.table(searches))


def _folds(title: str, table: Table) -> str:
    """A table of which each part is opened by itself."""
    return _section(title, *map(_small, table.caption), *map(_folded, table.summary))


def _tuned(table: Table) -> str:
    """What the searches chose, and what they cost."""
    grids = map(_numbers, (*table.summary, *table.details))
    below = map(_small, (*table.notes, *table.caption))
    return _section("How the arms were tuned", *grids, *below)


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
        alt = escaped(" ".join(figure.get_suptitle().split()))
        light, dark = (drawing.address(figure, dark=dark) for dark in (False, True))
        parts.append(
            f'<figure><picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
            f'<img alt="{alt}" src="{light}"></picture>'
            f"<figcaption>{escaped(CAPTIONS[name])}</figcaption></figure>"
        )
    return list(dict.fromkeys(parts))


def _map(runs: Runs, paths: Mapping[str, WordPaths], projection: str) -> list[str]:
    """The map of words and their neighbours, where these were followed."""
    arms = followed(paths, arms_of(runs.values()))
    if not arms:
        return []
    caption = _small(f"{TITLES[projection]} {CAPTIONS['words']}")
    chart = interactive.chart("words", word_map(arms, projection))
    looked_up = interactive.looked_up(neighbours(arms))
    return [_section("Words while the table trains", caption, chart, looked_up)]


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


def _prose(text: str) -> str:
    """A paragraph of a docstring with its `code` and its *emphasis*."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped(" ".join(text.split())))
    return re.sub(r"\*(\w[^*]*)\*", r"<em>\1</em>", text)


def _small(text: str) -> str:
    return f'<p class="small">{escaped(text)}</p>'


def _numbers(grid: Grid) -> str:
    """A grid that scrolls sideways by itself where it is wider than a phone."""
    return f'<div class="wide numbers l{grid.labels}">{html_grid(grid)}</div>'


def _folded(grid: Grid) -> str:
    shown = _numbers(replace(grid, title=""))
    return f"<details><summary>{escaped(grid.title)}</summary>{shown}</details>"
