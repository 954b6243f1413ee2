"""What a comparison may make beyond its own runs: other splits, and smaller budgets of labels."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from embexp import progress
from embexp.comparing.sweeps import tuned
from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.spec import Spec
    from embexp.tasks import Tasks

FEW = 1000
"""With fewer labels settings are chosen by cross-validation inside them."""
LEAST = 20
"""Labels of a budget at least."""


class Variant(NamedTuple):
    """Runs that are tuned together, and options of `runner.tuning.tuned`."""

    specs: "list[Spec]"
    options: dict[str, Any]


def check_variants(splits: int, budgets: Sequence[int], prefix: str = "") -> None:
    """Refuses numbers of splits and labels that nothing can be said of.

    Args:
        prefix: of an option's name in errors, `--` on the command line.

    Raises:
        InputError: says which number, and what it may be.
    """
    if splits < 1:
        raise InputError(f"{prefix}splits {splits} is no number of splits; give 1 or more")
    if few := [count for count in budgets if count < LEAST]:
        raise InputError(
            f"{prefix}budgets {few[0]} is too few for five folds; give {LEAST} or more"
        )


def check_arms(head: str, arms: Mapping[str, Collection[Any]], prefix: str = "") -> None:
    """Refuses a kind of labels that is not compared, and arms of which nothing is named.

    Args:
        arms: what is named, by the option's name.
        prefix: as in `check_variants`.

    Raises:
        InputError: says which.
    """
    if head == "tags":
        raise InputError(
            f"compare takes a label for each text, and no tags of tokens ({prefix}head tags); "
            "an experiment takes them, with head=tags, and embexp run makes it"
        )
    if empty := next((option for option, names in arms.items() if not names), None):
        raise InputError(
            f"{prefix}{empty} is given without a value; give it a name, or leave it out"
        )


FOLDED = {"holdout": "none", "patience": None}
"""Settings of runs whose steps cross-validation chooses, after which all texts are trained on."""
SHARED = {"buckets": 1}
"""Settings by which folds, and draws of few texts, share more of their compilations."""


def within_labels(specs: "Sequence[Spec]", fixed: Collection[str], tasks: "Tasks") -> "list[Spec]":
    """The same runs, tuned by cross-validation where there are few labels and nothing is fixed.

    Args:
        fixed: settings that stay as they are.
    """
    from embexp.grids import make
    from embexp.tasks import task_of

    with progress.saying("reading the data"):
        task = task_of(specs[0], tasks)
    if len(task.train) + len(task.validation) >= FEW or not FOLDED.keys().isdisjoint(fixed):
        return [*specs]
    return [make(**spec.model_dump() | folded(fixed)) for spec in specs]


def folded(fixed: Collection[str]) -> dict[str, Any]:
    """Settings of runs with few labels, but for those of `SHARED` that are fixed."""
    return FOLDED | {name: value for name, value in SHARED.items() if name not in fixed}


def variants(
    specs: "Sequence[Spec]", splits: int, budgets: Sequence[int], fixed: Collection[str] = ()
) -> list[Variant]:
    """Some runs, and those of their arms on other splits of the texts and with fewer labels.

    Controls are not repeated. Each seed has a draw of its own of a budget; the settings are
    chosen on one draw more.

    Args:
        fixed: settings that stay as they are.
    """
    from embexp.grids import make
    from embexp.runner.tuning import without_controls

    arms = without_controls(specs)
    found = [Variant([*specs], {})]
    for split in range(1, splits):
        anew = [make(**spec.model_dump() | {"split": split}) for spec in arms]
        found.append(Variant(anew, {}))
    for count in sorted(set(budgets)):
        few = folded(fixed) if count < FEW else {}
        drawn = [
            make(**spec.model_dump() | {"train_texts": count, "draw": spec.seed} | few)
            for spec in arms
        ]
        found.append(Variant(drawn, {"share_draws": True}))
    return found


def of_other_data(every: Sequence[Variant], fixed: Collection[str], tasks: "Tasks") -> "list[Spec]":
    """The runs with few labels, at settings that other data sets chose, where some are known.

    Other splits are left out. Settings go together, so there are none where one that training
    depends on is fixed.
    """
    from embexp.runner.other_data import beside, known
    from embexp.spec import ROLES
    from embexp.tasks import task_of

    if any(ROLES.get(name) not in ("data", "evaluation") for name in fixed):
        return []
    first = (spec for each in every for spec in each.specs if not spec.split)
    few = ((spec, len(task_of(spec, tasks).train)) for spec in first if spec.holdout == "none")
    found = (beside(spec, labels, known()) for spec, labels in few if labels < FEW)
    return [spec for spec in found if spec]


def check_data(every: Sequence[Variant], tasks: "Tasks") -> None:
    """Reads the data of every variant, so that what cannot be made is refused before work starts.

    Raises:
        InputError: a mistake in the data, or a budget that is larger than them.
    """
    from embexp.tasks import task_of
    from embexp.tasks.notices import notices

    with progress.saying("reading the data"):
        for variant in every:
            task_of(variant.specs[0], tasks)
    spec = every[0].specs[0]
    for notice in notices(spec, task_of(spec, tasks)):
        progress.tell(notice)


def chosen(
    every: Sequence[Variant], folder: Path, options: Mapping[str, Any]
) -> "tuple[list[Spec], set[str]]":
    """The runs of all variants at what their searches choose, and the digests of the trials.

    Args:
        options: those of `tuned`; without trials settings stay as they are.
    """
    specs: list[Spec] = []
    tried: set[str] = set()
    for variant in every:
        if not options["trials"]:
            specs += variant.specs
            continue
        own, trials = tuned(variant.specs, folder, **options, **variant.options)
        specs += own
        tried |= trials
    return specs, tried
