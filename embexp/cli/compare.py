"""The command `compare`: which regime is best on a user's own texts."""

import shlex
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from embexp.cli import signals
from embexp.cli.beyond import check_data, check_variants, chosen, variants, within_labels
from embexp.cli.options import HERE, Format, Many, On, Place, Whole, columns
from embexp.cli.plan import due, print_plan
from embexp.cli.sweeps import finished, fit_baselines, show, sweep
from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.spec import Spec

FEWEST = 4
"""Trials of each arm from which `--minutes` tells how many more fit."""


def check_counts(seeds: int, trials: int, minutes: float | None) -> None:
    """Refuses numbers of seeds and trials that make no comparison.

    Raises:
        InputError: says which number, and what it may be.
    """
    if seeds < 1:
        raise InputError(f"--seeds {seeds} makes no runs; give 1 or more")
    if trials < 0:
        raise InputError(f"--trials {trials} is no number of trials; give 1 or more, or 0 for none")
    if minutes is not None and trials < FEWEST:
        raise InputError(
            f"--minutes begins with {FEWEST} trials of each arm, but --trials is {trials}; "
            "leave one of them out"
        )


def requested(
    data: Mapping[str, Any], fields: Mapping[str, Any], changes: Mapping[str, Any]
) -> "list[Spec]":
    """The runs of every arm, with --set and the options in place of a search's settings.

    Raises:
        InputError: a change of the data, which has options of its own.
    """
    from embexp.grids import grid
    from embexp.search import SETTINGS

    if given := [name for name in data if name in changes]:
        raise InputError(
            f"--set {given[0]}=… is given twice over; {given[0]} is an argument of compare, "
            "so leave --set out for it"
        )
    return grid(**data, **SETTINGS | dict(fields) | dict(changes))


def save_best(
    best: Mapping[str, str | None],
    specs: "Sequence[Spec]",
    folder: Path,
    options: Mapping[str, Any],
) -> None:
    """Saves the model of an answer's arm, of its first seed, for `predict`.

    Args:
        options: those of `sweep`.
    """
    from embexp import progress

    chosen = next(
        spec
        for spec in specs
        if (spec.regime, spec.encoder) == (best["regime"], best["encoder"])
        and best["vectors"] in (None, spec.vectors)
    )
    sweep([chosen], folder, save_models=True, title="the chosen arm", **options)
    progress.tell(f"new texts: embexp predict {shlex.quote(str(folder))} FILE", "dim")


def within(
    minutes: float,
    specs: "Sequence[Spec]",
    folder: Path,
    fixed: Sequence[str],
    options: Mapping[str, Any],
) -> int:
    """How many trials and seeds of each arm fit into some minutes, by the first trials.

    Args:
        options: those of `sweep`.
    """
    from embexp import progress, records
    from embexp.runner.tuning import affordable, trials_of

    first = trials_of(specs, FEWEST, fixed)
    sweep(first, folder, title="trials", **options)
    runs = records.read_runs(folder)
    each = sum(runs[spec.digest]["seconds"] for spec in first) / len(first)
    count = affordable(specs, each, 60 * minutes, FEWEST)
    progress.tell(f"{count} trials and seeds of each arm, {each:.1f} s a trial", "dim")
    return count


def compare(
    corpus: str,
    *,
    text: str | None = None,
    label: str | None = None,
    second: str | None = None,
    head: str = "classes",
    header: bool = True,
    vectors: Annotated[list[str], Many] = ["glove-6b-50d"],
    regimes: Annotated[list[str], Many] = [
        *("random", "frozen", "tuned", "permuted", "random-labels")
    ],
    encoder: Annotated[list[str], Many] = ["mean"],
    seeds: Annotated[int, Whole] = 12,
    trials: Annotated[int, Whole] = 12,
    splits: Annotated[int, Whole] = 1,
    budgets: Annotated[list[int], Many] = [],
    minutes: Annotated[float | None, Parameter(validator=Number(gt=0, lte=1e5))] = None,
    set: Annotated[list[str], Many] = [],
    results: Path = Path("runs"),
    save_models: Annotated[bool, On] = False,
    place: Place = HERE,
    dry_run: Annotated[bool, On] = False,
    format: Format | None = None,
) -> None:
    """Compare regimes on your own labelled texts, each tuned with the same effort.

    Every arm gets as many trials of its hyper-parameters; the least validation loss
    chooses, and fresh seeds measure the choice. Baselines stand beside the arms, and an
    answer in words at the end.

    Parameters
    ----------
    corpus
        A CSV, TSV, JSONL or Parquet file, a folder of splits, a data set's name (see
        `embexp data list`), or hub:NAME for a hub data set.
    text
        The column of the texts, by name, or by number counted from 0 with --no-header.
    label
        The column of the labels.
    second
        The column of second texts, where texts come in pairs.
    head
        What the labels are: classes, numbers (regression) or sets of classes separated by
        commas (multi-label).
    header
        Whether the first line names the columns.
    vectors
        Pretrained vectors, by name or file; several make several arms.
    regimes
        Which regimes to compare.
    encoder
        Which encoders, such as mean, dan, cnn, lstm or transformer.
    seeds
        How many seeds of each arm, after its hyper-parameters are chosen.
    trials
        How many draws of hyper-parameters each arm gets; 0 takes the settings as they are.
        Below 1,000 labels cross-validation chooses among them, and all are trained on.
    splits
        How many random splits of the texts, the first is their own: each is searched anew, and
        the answer says what holds over all.
    budgets
        Numbers of labels, such as 100 1000, that the arms are also trained with; the answer
        says from how many on the best arm is ahead.
    minutes
        How long it may take: trials and seeds are fewer where twelve would take longer, as
        the first trials show.
    set
        Settings for every run, such as epochs=3 learning_rate=0.01.
    results
        Where results are kept.
    save_models
        Save the trained parameters of every run too, for `embexp vectors export` and
        `embexp.trained`.
    dry_run
        Print the runs, programs, memory and time, and train nothing.
    format
        How the table is printed; by default for the eye.
    """
    from embexp.runner.experiments import setting

    check_counts(seeds, trials, minutes)
    check_variants(splits, budgets)
    data = {"corpus": corpus, "head": head}
    data |= columns(header, text=text, label=label, second=second)
    fields = {"vectors": vectors, "regime": regimes, "encoder": encoder, "seed": range(seeds)}
    changes = dict(setting(each, "--set") for each in set)
    specs = requested(data, fields, changes)
    folder = results / (Path(corpus).name.partition(".")[0].replace(":", "-") or "compare")
    fixed, tasks = list(changes), {}
    training: dict[str, Any] = {"executor": place.executes(), "tasks": tasks}
    if trials:
        specs = within_labels(specs, fixed, tasks)
    every = variants(specs, splits, budgets, fixed)
    if dry_run:
        lacking = [due(each.specs, folder, trials, fixed=fixed, **each.options) for each in every]
        print_plan([*chain.from_iterable(lacking)], folder, save_models, format)
        return
    check_data(every, tasks)
    if minutes is not None:
        most = within(minutes / len(every), specs, folder, fixed, training)
        trials, specs = min(trials, most), [spec for spec in specs if spec.seed < most]
        every = variants(specs, splits, budgets, fixed)
    options = {"trials": trials, "fixed": fixed, **training}
    runs, tried = chosen(every, folder, options)
    signals.tell(finished(runs, folder))
    sweep(runs, folder, save_models, **training)
    asked = fit_baselines(runs, folder, tasks) | {spec.digest for spec in runs}
    shown = show(runs, folder, format, only=asked, tried=tried)
    if shown.answer:
        save_best(shown.answer["best"], runs[: len(specs)], folder, training)
