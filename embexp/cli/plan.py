"""What a sweep would do, printed in place of doing it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embexp.cli.options import Format, print_json, say
from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.runner.tuning import Due
    from embexp.spec import Spec


def due(
    specs: "Sequence[Spec]", folder: Path, trials: int, searches: int = 1, **options: Any
) -> "Due":
    """What tuned runs come to next: what a search lacks, or the runs at its choices."""
    from embexp import records
    from embexp.runner import tuning

    if not trials:
        return tuning.Due([*specs])
    rows = records.read_rows(folder) if folder.is_dir() else []
    options["trials"] = trials
    return joined(
        tuning.due(
            tuning.without_controls(specs) if number else specs, rows, number=number, **options
        )
        for number in range(searches)
    )


def joined(every: "Iterable[Due]") -> "Due":
    """What several searches come to next, together."""
    from embexp.runner.tuning import Due

    found = [*every]
    specs = [spec for each in found for spec in each.specs]
    return Due(specs, sum(each.later for each in found))


def print_plan(next_ones: "Due", folder: Path, save_models: bool, format: Format | None) -> None:
    """What a sweep would do: each group's runs, and programs, memory and time in all."""
    from embexp import progress
    from embexp.runner import make_plan
    from embexp.runner.estimates import SHARE

    if format not in (None, "json"):
        raise InputError(
            f"--dry-run has no table to be printed as {format}; leave --format out, or give json"
        )
    with progress.saying("reading the data"):
        plan = make_plan(next_ones.specs, folder, save_models=save_models)
    if format == "json":
        runs = [(group.program + 1, spec) for group in plan.groups for spec in group.specs]
        print_json(
            [
                {"digest": spec.digest, "program": program, **spec.model_dump(mode="json")}
                for program, spec in runs
            ]
        )
        return
    say(f"{plan.finished + plan.missing} runs, {plan.finished} of them finished in {folder}")
    if plan.unchecked:
        say(f"  their data was not compared with what lies here: {plan.unchecked}")
    for group in plan.groups:
        static, schedule = group.static, group.schedule
        padding = schedule.padded_tokens / len(group.task.train.ids.flat)
        size = f"{static.vocab} words × {static.dim}, {schedule.steps} steps"
        say(
            f"  program {group.program + 1}: {group.specs[0].corpus}, {static.encoder}, "
            f"{len(group.specs)} runs, {size}, {padding:.2f}× the true tokens"
        )
        for title, count in Counter(spec.title for spec in group.specs).items():
            say(f"    {title}" + f" ({count} runs)" * (count > 1))
    say(
        f"{plan.missing} runs to make in {plan.programs} programs; "
        f"about {plan.bytes() / 2**30:.1f} GiB; about {plan.seconds() / 60:.1f} minutes"
    )
    if later := next_ones.later:
        whole = plan.seconds() * (1 + later / max(1, plan.missing))
        say(f"then {later} runs of the best settings; about {whole / 60:.1f} minutes in all")
    if any(spec.patience for group in plan.groups for spec in group.specs):
        say(f"  if validation stops training after {SHARE:.0%} of its epochs, as it mostly does")
