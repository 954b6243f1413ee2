"""Rows and cells into a comparison: every arm and measure with interval, difference
from the baseline arm, test and holes.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from embexp.errors import InputError, unknown
from embexp.measures.statistics import Difference
from embexp.report import select
from embexp.report.comparison import (
    SIGNIFICANT,
    Entry,
    Seeds,
    adjusted,
    base_of,
    baseline_of,
    entry_of,
    seeds_of,
    sort_key,
)
from embexp.report.formatting import (
    HOLE,
    Grid,
    Table,
    bounds,
    finite,
    interval,
    number,
    p_text,
    spread,
    titled,
)
from embexp.report.select import Arm, Row

DEFAULT = (
    *(
        "accuracy",
        "span_f1",
        "auxiliary_accuracy",
        "nll",
        "polarity",
        "lexicon@10",
        "simlex999",
        "wordsim353",
        "overlap@10",
    ),
    *("top1_share", "cos(good,bad)", "cos(film,movie)"),
)
"""The measures that a table shows when it is not told, where they have rows."""
WIDTH = 118
"""Characters, without the margins, that a summary may be wide; its measures are cut
into blocks below each other."""
MOMENTS = {
    "picked": "at the step that validation picked",
    "start": "before training",
    "last": "at the last step",
}


def comparison(
    rows: Sequence[Row],
    cells: Mapping[str, Mapping[str, Any]],
    measures: Sequence[str] | None = None,
    baseline: str | None = None,
    *,
    by: str = "regime",
    moment: str | int = "picked",
    stratum: str = "all",
    damaged: int = 0,
) -> Table:
    """Compares the arms of a folder's cells.

    Args:
        rows: from `records.read_rows`.
        cells: from `records.read_cells`; failed ones show as holes.
        measures: their names; `DEFAULT` where they have rows.
        baseline: the regime, or the value of `by`, that the others are compared with;
            `BASELINE`, else the first. See `baseline_of`.
        by: the field whose values are compared: regime, encoder, or another setting in
            which cells differ.
        moment: as in `select.at`.
        stratum: of the words, by how often their rows were updated.
        damaged: lines that were ignored (`records.damage`), to be said below the table.

    Raises:
        InputError: no cells, or a measure or regime without rows.
    """
    if not cells:
        raise InputError(
            "there is nothing to compare: no cell has ended yet; run the experiment first"
        )
    of = dict(zip(cells, select.arms(cell["spec"] for cell in cells.values()), strict=True))
    base = base_of(set(of.values()), by, baseline)
    arms = sorted(set(of.values()), key=lambda arm: sort_key(arm, by, base))
    select.check_stratum(rows, stratum)
    rows = [
        row for row in rows if row["digest"] in of
    ]  # a sweep that runs may have ended more since
    entries = []
    for measure in _chosen(rows, measures):
        values = select.at(rows, measure, moment, of, stratum)
        entries += [
            entry_of(values, measure, arm, baseline_of(arm, by, base, arms)) for arm in arms
        ]
    entries = adjusted(entries)
    seeds = seeds_of(cells, of)
    return Table(
        title=_title(arms, cells.values()),
        caption=(
            *_caption(entries, (by, base), when(moment, cells.values()), stratum),
            *_coverage(rows),
        ),
        summary=_summary(entries, arms, seeds),
        details=tuple(
            _detail([entry for entry in entries if entry.measure == name], arms, seeds)
            for name in _measures(entries)
        ),
        notes=notes_of(arms, seeds, damaged),
        objects=tuple(_object(entry, seeds[entry.arm], (by, base)) for entry in entries),
    )


def _chosen(rows: Sequence[Row], measures: Sequence[str] | None) -> Sequence[str]:
    there = select.measures_in(rows)
    if measures is None:
        return [name for name in DEFAULT if name in there] or there or DEFAULT[:1]
    for name in measures:
        if name not in there:
            raise unknown("measure", name, there)
    return measures


def _title(arms: Sequence[Arm], cells: Iterable[Mapping[str, Any]]) -> str:
    corpora = sorted({cell["spec"]["corpus"] for cell in cells})
    encoders = sorted({arm.encoder for arm in arms})
    return f"{', '.join(corpora)}: regimes compared, encoder {', '.join(encoders)}"


def when(moment: str | int, cells: Iterable[Mapping[str, Any]]) -> str:
    """The moment in words; where nothing was held out, the picked step is the last."""
    if isinstance(moment, int):
        return f"at step {moment}"
    if moment != "picked":
        return MOMENTS[moment]
    held_out = {cell["spec"].get("holdout", "validation") for cell in cells}
    return " or, where nothing was held out, ".join(
        MOMENTS["last" if each == "none" else "picked"] for each in sorted(held_out, reverse=True)
    )


def _caption(
    entries: Sequence[Entry], base: tuple[str, str], when: str, stratum: str
) -> tuple[str, ...]:
    tests = sum(
        entry.difference is not None and not math.isnan(entry.difference.p) for entry in entries
    )
    by, level = base
    compared = (
        f"{level} with the same encoder" if by == "regime" else f"{by} {level}, all else alike"
    )
    words = "" if stratum == "all" else f", words whose rows were updated {stratum} times"
    shown = (
        f"Mean over seeds [95 % interval by Student's t], {when}{words}. Seeds: finished / wanted."
    )
    if not any(entry.difference for entry in entries):
        return (shown,)
    judged = (
        f"Difference: from {compared}, paired by seed [95 % interval]; p: two-sided paired t test, adjusted by Holm's method for the "
        f"{tests} comparison{'' if tests == 1 else 's'} of this table; * marks p < {number(SIGNIFICANT, 2)}; d_z: mean difference in "
        "standard deviations of the differences. n: items (texts, words, pairs) used, of all there are."
    )
    return shown, judged


def _coverage(rows: Sequence[Row]) -> tuple[str, ...]:
    """How many training tokens and types the vectors know; the range where cells differ."""
    found = {
        name: [
            row["value"]
            for row in rows
            if row["measure"] == f"coverage_{name}" and row["value"] is not None
        ]
        for name in ("tokens", "types")
    }
    if not all(found.values()):
        return ()
    tokens, types = spread(found["tokens"]), spread(found["types"])
    return (
        f"Coverage: the pretrained vectors know {tokens} of the training tokens (<unk> among the others) and {types} of the vocabulary.",
    )


def _summary(
    entries: Sequence[Entry], arms: Sequence[Arm], seeds: Mapping[Arm, Seeds]
) -> tuple[Grid, ...]:
    """Arms by measures, the level of chance in the last row; as many measures beside
    each other as the width lets.
    """
    names, labels = labels_of(arms)
    left = [
        (*names, "seeds"),
        *((*label, str(seeds[arm])) for label, arm in zip(labels, arms, strict=True)),
    ]
    left.append((*[""] * (len(names) - 1), "chance", ""))
    by_measure = {
        name: [entry for entry in entries if entry.measure == name] for name in _measures(entries)
    }
    columns = [[_titled(own), *_cells(own, seeds), _chance(own)] for own in by_measure.values()]
    grids = []
    for block in _blocks(
        columns, WIDTH - sum(_width(column) for column in zip(*left, strict=True))
    ):
        lines = [(*line, *(column[i] for column in block)) for i, line in enumerate(left)]
        grids.append(Grid("", lines[0], tuple(lines[1:]), len(names)))
    return tuple(grids)


def _blocks(columns: Sequence[list[str]], room: int) -> list[list[list[str]]]:
    """The columns cut into runs that fit into the room; a column wider than the room
    stands alone.
    """
    blocks: list[list[list[str]]] = []
    left = 0
    for column in columns:
        if not blocks or _width(column) > left:
            blocks.append([])
            left = room
        blocks[-1].append(column)
        left -= _width(column)
    return blocks


def _width(column: Iterable[str]) -> int:
    return max(map(len, column)) + 3


def _titled(entries: Sequence[Entry]) -> str:
    return titled(entries[0].measure, frozenset().union(*(entry.splits for entry in entries)))


def _detail(entries: Sequence[Entry], arms: Sequence[Arm], seeds: Mapping[Arm, Seeds]) -> Grid:
    """One measure: every arm with its difference from the baseline, the test and the items."""
    names, labels = labels_of(arms)
    chance = _chance(entries)
    header = (
        *names,
        "seeds",
        "mean [95 %]",
        "over items",
        "difference [95 %]",
        "p",
        "d_z",
        "n / total",
    )
    body = tuple(
        (*label, *_judged(entry, seeds[entry.arm]))
        for label, entry in zip(labels, entries, strict=True)
    )
    return Grid(
        _titled(entries) + ("" if chance == HOLE else f" (chance {chance})"),
        header,
        body,
        len(names),
    )


def _judged(entry: Entry, seeds: Seeds) -> tuple[str, ...]:
    fewest, most = entry.items
    items = (
        "–".join(dict.fromkeys((str(fewest), str(most)))) + f" / {entry.total}"
        if entry.seeds
        else HOLE
    )
    there = str(seeds) if entry.seeds == seeds.finished else f"{seeds}; {entry.seeds} with a value"
    own = (there, interval(entry), bounds(*entry.over_items) or HOLE)
    if entry.difference is None:
        return *own, HOLE, HOLE, HOLE, items
    difference = entry.difference
    return *own, interval(difference), p_text(difference.p), number(difference.effect, 2), items


def labels_of(arms: Sequence[Arm]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The names of the columns that tell the arms apart, and what stands there for each
    arm; one encoder needs no column.
    """
    several = len({arm.encoder for arm in arms}) > 1
    names = (*(["encoder"] if several else []), *(name for name, _ in arms[0].rest), "regime")
    return names, [
        (*([arm.encoder] if several else []), *map(select.value_text, arm.rest), arm.regime)
        for arm in arms
    ]


def _measures(entries: Iterable[Entry]) -> list[str]:
    return list(dict.fromkeys(entry.measure for entry in entries))


def _cells(entries: Sequence[Entry], seeds: Mapping[Arm, Seeds]) -> list[str]:
    """One measure in the summary, the marks below each other; where only some finished
    seeds have a value, how many.
    """
    some = [
        f" ({entry.seeds} seeds)" if 0 < entry.seeds < seeds[entry.arm].finished else ""
        for entry in entries
    ]
    room = " " if any(entry.differs for entry in entries) else ""
    shown = [
        f"only n = {entry.items[1]}" if entry.too_few else interval(entry) for entry in entries
    ]
    return [
        text + few + ("*" if entry.differs else room)
        for text, entry, few in zip(shown, entries, some, strict=True)
    ]


def _chance(entries: Iterable[Entry]) -> str:
    levels = [entry.chance for entry in entries if entry.chance is not None]
    return spread(levels) if levels else HOLE


def notes_of(arms: Sequence[Arm], seeds: Mapping[Arm, Seeds], damaged: int) -> tuple[str, ...]:
    """What failed, and what was ignored."""
    failed = [f"Failed: {arm}, {error}" for arm in arms for error in seeds[arm].errors]
    lines = "1 damaged line was" if damaged == 1 else f"{damaged} damaged lines were"
    return (
        *failed,
        *(
            [f"{lines} ignored; cells that lost rows so are run again with the next run."]
            if damaged
            else []
        ),
    )


def _object(entry: Entry, seeds: Seeds, base: tuple[str, str]) -> dict[str, Any]:
    difference = entry.difference or Difference(math.nan, math.nan, math.nan, math.nan, math.nan, 0)
    tested = {
        "difference": difference.mean,
        "difference_low": difference.low,
        "difference_high": difference.high,
    }
    return {
        "encoder": entry.arm.encoder,
        "regime": entry.arm.regime,
        **dict(entry.arm.rest),
        "measure": entry.measure,
        **finite({"mean": entry.mean, "low": entry.low, "high": entry.high}),
        **finite({"item_low": entry.over_items[0], "item_high": entry.over_items[1]}),
        "seeds": entry.seeds,
        "failed": seeds.failed,
        "missing": seeds.missing,
        "n": entry.items[0],
        "total": entry.total,
        "chance": entry.chance,
        "split": " or ".join(sorted(entry.splits)) or None,
        "by": base[0],
        "baseline": base[1],
        **finite(tested | {"p": difference.p, "effect": difference.effect}),
        "pairs": difference.n,
        "errors": "; ".join(seeds.errors) or None,
    }
