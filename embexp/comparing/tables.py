"""The tables and the answer of a folder of results, read from its rows."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from embexp.records import Results
    from embexp.report.answer import Answer
    from embexp.report.formatting import Table
    from embexp.report.other_data import Gain
    from embexp.report.published import Known
    from embexp.spec import Spec


def results_of(folder: Path) -> dict[str, Any]:
    """What tables and pages are made from, by the names of their arguments."""
    from embexp import records

    return records.read(folder).reported()._asdict()


def table_of(folder: Path, **options: Any) -> "Table":
    """The comparison table of a folder's rows, with scores of single items where it has them.

    Args:
        options: those of `comparison`, and `family` and `margin` of `Inference`.
    """
    from embexp import records

    return table_from(folder, records.read(folder), **options)


def table_from(folder: Path, found: "Results", **options: Any) -> "Table":
    """`table_of` for results that are read already."""
    from embexp import records
    from embexp.report.headline import headline
    from embexp.report.inference import Inference
    from embexp.report.other_data import with_gains
    from embexp.report.tables import comparison, with_damage

    rows, runs, damaged = found.reported()
    scores = records.scores_of(folder, runs)
    own = {name: options.pop(name) for name in ("family", "margin") if name in options}
    shown = comparison(rows, runs, inference=Inference(scores, **own), **options)
    beside = beside_from(folder, found)
    if said := answer_from(folder, found, beside):
        shown = replace(with_gains(shown, beside, headline(scores)), answer=said._asdict())
    return with_damage(shown, damaged)


def beside_from(folder: Path, found: "Results") -> "list[Gain]":
    """What a folder's arms have at settings that other data sets chose, on the first split."""
    from embexp import records
    from embexp.report.answer import beside_searched

    runs, other = found.reported().runs, found.of_other_data().runs
    return beside_searched(runs, other, records.scores_of(folder, runs | other)) if other else []


def answer_from(folder: Path, found: "Results", beside: "Sequence[Gain]" = ()) -> "Answer | None":
    """What a folder's comparison says in words, if it is one."""
    from embexp import records
    from embexp.records.losses import cross_validated
    from embexp.report.answer import answer

    rows, runs, _ = found.reported()
    seconds = sum(run["seconds"] for run in found.runs.values())
    tuned = any(map(records.is_trial, found.runs.values()))
    splits = [
        (each.runs, records.scores_of(folder, each.runs)) for each in found.of_splits().values()
    ]
    scores = records.scores_of(folder, runs)
    folds = cross_validated(found)
    options = {"seconds": seconds, "tuned": tuned, "splits": splits, "folds": folds}
    said = answer(rows, runs, scores, **options, beside=beside)
    lost = len(records.lost(folder, records.read_runs(folder))) if said and found.damaged else 0
    return without(lost, said) if said and lost else said


def without(lost: int, said: "Answer") -> "Answer":
    """An answer that lacks damaged runs, with which it may be another one."""
    runs, them = ("1 run is", "it") if lost == 1 else (f"{lost} runs are", "them")
    warned = (
        f"{runs} damaged and left out, so that this may not hold: repeat the command to make "
        f"{them} again."
    )
    return said._replace(answer=f"{warned} {said.answer}", sure=False)


class Written(NamedTuple):
    """A table with the files that it and that of the search were written to, and its results."""

    table: "Table"
    files: list[str]
    results: "Results"

    def check(self, specs: "Sequence[Spec]", folder: Path) -> None:
        """Fails where all runs have failed, as an empty table is no result."""
        from embexp.records import RUNS

        runs = self.results.runs
        if all(run["error"] is not None for spec in specs if (run := runs.get(spec.digest))):
            raise RuntimeError(f"every run failed, and {folder / RUNS} says why")


def written(
    folder: Path,
    *,
    baseline: str | None = None,
    by: str = "regime",
    only: Collection[str] | None = None,
    tried: Collection[str] = (),
    published: "Sequence[Known]" = (),
    source: str = "",
    **options: Any,
) -> Written:
    """The table of a folder, written beside the rows with that of the search.

    Args:
        only: digests of the runs that are shown; all of the folder if not given.
        tried: digests of the trials that chose their settings; there is no search without.
        published, source: what a paper has of the arms, and which; written beside, too.
        options: those of `table_of`.
    """
    from embexp import records
    from embexp.report import published as printed, searches
    from embexp.report.comparison import fitting
    from embexp.runner.searched import searches_of

    found = records.read(folder)
    searched = found.with_trials(tried)
    found = found if only is None else found.of(only)
    fitted = fitting(found.reported().runs, baseline, by)
    shown = table_from(folder, found, **options, **fitted)
    made = [keep(shown, folder / "table.md")]
    if of_arms := searches_of(searched):
        made.append(keep(searches.table(of_arms, searched.damaged), folder / "search.md"))
    if published:
        made.append(keep(printed.table(shown, published, source), folder / "published.md"))
    return Written(shown, made, found)


def keep(table: "Table", path: Path) -> str:
    """Writes a table as Markdown; returns where."""
    from embexp import storage
    from embexp.report import writers

    text = writers.markdown(table).encode(errors="backslashreplace")
    storage.replace(path, lambda file: file.write(text))
    return str(path)
