"""The command `compare`: which regime is best on a user's own texts."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from embexp.cli import signals
from embexp.cli.options import HERE, Format, Many, On, Place, Whole, columns, number
from embexp.cli.plan import due, joined, print_plan
from embexp.cli.sweeps import show
from embexp.comparing.beyond import check_arms, check_variants
from embexp.comparing.effort import ENCODER, REGIMES, VECTORS, Effort
from embexp.comparing.request import compared, request, save_best
from embexp.errors import InputError

MINUTES = Parameter(converter=number, validator=Number(gt=0, lte=1e5))
OPTIONS = {"regime": "--regimes", "encoder": "--encoder", "seed": "--seeds"}
"""Settings of arms that have options of their own."""


def check_settings(data: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Refuses settings of the data and of arms, which have options of their own.

    Raises:
        InputError: says which.
    """
    if given := next((name for name in (*data, *OPTIONS) if name in settings), None):
        raise InputError(
            f"--set {given}=… is given twice over; {OPTIONS.get(given, given)} is an argument of "
            "compare, so leave --set out for it"
        )


def compare(
    corpus: str,
    *,
    text: str | None = None,
    label: str | None = None,
    second: str | None = None,
    head: str = "classes",
    header: bool = True,
    vectors: Annotated[list[str], Many] = [VECTORS],
    regimes: Annotated[list[str], Many] = [*REGIMES],
    encoder: Annotated[list[str], Many] = [ENCODER],
    seeds: Annotated[int, Whole] = 12,
    trials: Annotated[int, Whole] = 12,
    splits: Annotated[int, Whole] = 1,
    budgets: Annotated[list[int], Many] = [],
    minutes: Annotated[float | None, MINUTES] = None,
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
        Which regimes to compare: random, frozen, tuned, one-hot, multichannel, projected,
        delayed, delayed-stall, anchored, joint, uncovered-rows, new-rows, low-rank,
        interpolated; and controls: random-frozen, permuted, matched-norms, matched-gaussian,
        random-labels, pretrained-random-labels.
    encoder
        Which encoders: mean, dan, attention, cnn, rnn, gru, lstm, birnn, bigru, bilstm,
        bilstm-attention, transformer.
    seeds
        How many seeds of each arm, after its hyper-parameters are chosen.
    trials
        How many draws of hyper-parameters each arm gets; 0 takes the settings as they are.
        Below 1,000 labels cross-validation chooses among them, and all labels are trained on.
        Some regimes are also run with settings that were chosen on other data sets.
    splits
        How many splits of the texts, the first their own and the others random: each is
        searched anew, and the answer says what holds over all.
    budgets
        Numbers of labels, such as 100 1000, that the arms are also trained with; the answer
        says how many it takes for the best arm to be ahead.
    minutes
        How long it may take: trials and seeds are fewer where all would take longer, as the
        first trials show; where four of each are too many, budgets and splits are left out.
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
        How the table is printed; for reading in a terminal by default.
    """
    from embexp import progress
    from embexp.runner.experiments import given_settings
    from embexp.runner.tuning import Due

    effort = Effort(seeds, trials, splits, budgets, minutes)
    effort.check("--")
    check_variants(splits, budgets, "--")
    check_arms(head, {"vectors": vectors, "regimes": regimes, "encoder": encoder}, "--")
    data = {"corpus": corpus, "head": head}
    data |= columns(header, text=text, label=label, second=second)
    settings = given_settings(set, "compare")
    check_settings(data, settings)
    arms = {"vectors": vectors, "regime": regimes, "encoder": encoder}
    training: dict[str, Any] = {"executor": place.executes(), "tasks": {}}
    asked = request(data, arms, settings, results=results, effort=effort, tasks=training["tasks"])
    folder, fixed = asked.folder, asked.fixed
    if dry_run:
        lacking = [
            due(each.specs, folder, trials, fixed=fixed, **each.options) for each in asked.variants
        ]
        lacking.append(Due(asked.beside(training["tasks"])))
        print_plan(joined(lacking), folder, save_models, format)
        return
    made = compared(asked, training, told=signals.tell, save_models=save_models)
    shown = show(made.specs, folder, format, only=made.asked, tried=made.tried)
    if shown.answer:
        save_best(shown.answer["best"], made, folder, training)
        progress.tell(f"new texts: embexp predict {shlex.quote(str(folder))} FILE", "dim")
