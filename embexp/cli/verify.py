"""The command `verify`: runs made again on this machine, and tables made again from rows."""

import json
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from embexp.cli.options import On, Whole, print_json, say
from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.records import Results
    from embexp.report.reruns import Mismatch, Rerun

SAMPLE = 3
SHOWN = 20
"""Mismatches of a run that are printed; JSON has all."""


def verify(
    name: str,
    *,
    sample: Annotated[int | None, Whole] = None,
    seed: Annotated[int, Whole] = 0,
    rows: Annotated[bool, On] = False,
    note: Path | None = None,
    format: Literal["json"] | None = None,
) -> None:
    """Make some runs of a folder of results again, and compare them row by row.

    With the same code, libraries and machine all numbers have to be equal; elsewhere a value
    may move by three standard deviations over the other seeds of its arm. The exit code is 1
    where a number is not found again, and each is named.

    Parameters
    ----------
    name
        A folder of results, or its name in runs/ or results/.
    sample
        How many runs, 3 by default; a control brings the run whose step it takes. Trials of
        searches are not drawn, as no table shows them.
    seed
        Which runs are drawn; another seed draws others.
    rows
        Train nothing: check that the tables in the folder are what its rows give.
    note
        A file to which a line of JSON is added that says what was verified, and where.
    format
        json prints an object for each run, with all mismatches.
    """
    from embexp import records
    from embexp.cli.reports import folder_of
    from embexp.runner.verification import drawn

    if rows and (sample is not None or note):
        raise InputError("--rows makes no runs; leave --sample and --note out")
    folder = folder_of(name)
    found = records.read(folder)
    if rows:
        check_tables(folder, found, format)
        return
    measured = found.with_trials(())
    digests = drawn(measured, SAMPLE if sample is None else sample, seed, folder)
    made = made_again(folder, measured, digests)
    if note is not None:
        add_note(note, folder, made, seed)
    if format == "json":
        print_json([as_object(each) for each in made])
    else:
        print_reruns(folder, found, made)
    if found.damaged or any(each.mismatches for each in made):
        raise SystemExit(1)


def made_again(folder: Path, found: "Results", digests: "Sequence[str]") -> "list[Rerun]":
    """Some runs of a folder, made again in a temporary one, beside the recorded ones.

    Args:
        found: what the folder holds, without trials.

    Raises:
        InputError: data are not at hand, or are not those that the runs were made from.
    """
    from embexp import progress, records, scratch
    from embexp.comparing.rendered import experiment_of
    from embexp.comparing.sweeps import sweep
    from embexp.report.reruns import reruns
    from embexp.runner.baselines import run_baselines
    from embexp.runner.verification import check_data, sample

    experiment_of(folder)  # which may put regimes and measures of its own into their dicts
    again, tasks = sample(digests, found.runs), {}
    with progress.saying("reading the data"):
        check_data(again, found.runs, folder, tasks)
    with tempfile.TemporaryDirectory() as made, scratch.removable(Path(made)):
        if again.specs:
            sweep(again.specs, Path(made), title="training again", tasks=tasks)
        if arms := again.baselines.values():
            with progress.saying("fitting the baselines"):
                run_baselines(arms, results=made, tasks=tasks, only=again.baselines)
        now = records.read(made)
        recorded = {digest: run for digest, run in found.runs.items() if digest in now.runs}
        scores = records.scores_of(folder, recorded), records.scores_of(made, now.runs)
        rounds = (folder / records.PUBLISHED).exists()
        return reruns(found, now, rounds=rounds, scores=scores)


def check_tables(folder: Path, found: "Results", format: str | None) -> None:
    """Prints which tables of a folder are what its rows give; one that is not ends with 1."""
    from embexp.comparing.rendered import drift, texts

    made = {name: text for name, text in texts(folder, found).items() if (folder / name).exists()}
    if not made:
        raise InputError(f"{folder} holds no table to verify; embexp table {folder} makes it")
    other = drift(folder, made)
    if format == "json":
        print_json([{"table": name, "equal": name not in other} for name in made])
    else:
        for name in other:
            say(f"{folder / name} is not what the rows of {folder} give")
        say_damage(folder, found)
        say(f"{folder}: {len(made) - len(other)} of {len(made)} tables are what the rows give")
    if other or found.damaged:
        raise SystemExit(1)


def print_reruns(folder: Path, found: "Results", made: "Sequence[Rerun]") -> None:
    """Prints each number that was not found again, and how many were."""
    for each in made:
        for mismatch in each.mismatches[:SHOWN]:
            say(f"{each.arm}, seed {each.seed}: {told(mismatch)}")
        if (more := len(each.mismatches) - SHOWN) > 0:
            say(f"{each.arm}, seed {each.seed}: {more} more, which --format json names")
    say_damage(folder, found)
    count = totals(made)
    parts = [f"{count['equal']} equal", f"{count['within']} near enough"]
    parts += [f"{count['missing']} without a counterpart here"] * bool(count["missing"])
    say(
        f"{folder}: {count['runs']} runs made again, {count['exact']} of them in the environment "
        f"that made them; of {count['rows']} rows {', '.join(parts)}, {count['beyond']} not"
    )


def told(mismatch: "Mismatch") -> str:
    """One mismatch in words, with both values."""
    if mismatch.field == "run":
        return f"the run fails now: {mismatch.now}"
    if mismatch.field == "scores":
        return f"{mismatch.now} single items have another {mismatch.measure} now"
    place = f"{mismatch.measure} ({mismatch.split}, {mismatch.stratum}) at step {mismatch.step}"
    if mismatch.field == "row":
        return f"{place} is {mismatch.recorded}, and is not measured now"
    field = "" if mismatch.field == "value" else f"{mismatch.field} of "
    allowed = "" if mismatch.low is None else f", outside [{mismatch.low:.5g}, {mismatch.high:.5g}]"
    return f"{field}{place} is {mismatch.recorded}, and {mismatch.now} now{allowed}"


def say_damage(folder: Path, found: "Results") -> None:
    """Says what of a folder was ignored, if anything was."""
    if found.damaged:
        say(f"{folder}: {found.damaged} lines or runs do not match their checksums")


def totals(made: "Sequence[Rerun]") -> dict[str, int]:
    """How many runs were made again, in the same environment, and what became of their rows."""
    names = ("exact", "rows", "equal", "within", "missing", "beyond")
    return {"runs": len(made)} | {name: sum(getattr(each, name) for each in made) for name in names}


def as_object(rerun: "Rerun") -> dict[str, Any]:
    """A run's comparison as JSON, with its mismatches in full."""
    own = rerun._asdict() | {"beyond": rerun.beyond}
    return own | {"mismatches": [each._asdict() for each in rerun.mismatches]}


def add_note(path: Path, folder: Path, made: "Sequence[Rerun]", seed: int) -> None:
    """Adds a line to a file of what was verified: which results, where, and how it came out."""
    from datetime import UTC, datetime

    from embexp.devices import describe
    from embexp.runner.versions import code, versions
    from embexp.storage import append_lines, refusing, writable

    line = {
        "results": folder.name,
        "seed": seed,
        **totals(made),
        "device": describe(),
        "python": platform.python_version(),
        "versions": versions(),
        "code": code(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with refusing(writable(path.parent)):
        append_lines(path, [json.dumps(line, ensure_ascii=False)])
