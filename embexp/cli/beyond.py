"""What a comparison may make beyond its own runs: other splits, and smaller budgets of labels."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from embexp import progress
from embexp.cli.sweeps import tuned
from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.spec import Spec

FEW = 1000
"""With fewer labels settings are chosen by cross-validation inside them."""
LEAST = 20
"""Labels of a budget at least."""


class Variant(NamedTuple):
    """Runs that are tuned together, and options of `runner.tuning.tuned`."""

    specs: "list[Spec]"
    options: dict[str, Any]


def check_variants(splits: int, budgets: Sequence[int]) -> None:
    """Refuses numbers of splits and labels that nothing can be said of.

    Raises:
        InputError: says which number, and what it may be.
    """
    if splits < 1:
        raise InputError(f"--splits {splits} is no number of splits; give 1 or more")
    if few := [count for count in budgets if count < LEAST]:
        raise InputError(f"--budgets {few[0]} is too few for five folds; give {LEAST} or more")


def variants(specs: "Sequence[Spec]", splits: int, budgets: Sequence[int]) -> list[Variant]:
    """The same arms, but for controls, on other splits of the texts and with fewer labels.

    Each seed has a draw of its own of a budget; the settings are chosen on one draw more.
    """
    from embexp.grids import make
    from embexp.regimes import REGIMES

    arms = [spec for spec in specs if REGIMES[spec.regime].controls is None]
    found = [
        Variant([make(**spec.model_dump() | {"split": split}) for spec in arms], {})
        for split in range(1, splits)
    ]
    for count in sorted(set(budgets)):
        few = {"holdout": "none", "patience": None} if count < FEW else {}
        drawn = [
            make(**spec.model_dump() | {"train_texts": count, "draw": spec.seed} | few)
            for spec in arms
        ]
        found.append(Variant(drawn, {"share_draws": True}))
    return found


def searched(
    every: Sequence[Variant], folder: Path, options: Mapping[str, Any]
) -> "tuple[list[Spec], set[str]]":
    """The runs of all variants at what their searches choose, and the digests of the trials.

    Args:
        options: those of `tuned`; without trials settings stay as they are.
    """
    from embexp.tasks import task_of

    chosen: list[Spec] = []
    tried: set[str] = set()
    with progress.saying("reading the data"):
        for variant in every:
            task_of(variant.specs[0], options["tasks"])  # what cannot be made is refused at once
    for variant in every:
        if not options["trials"]:
            chosen += variant.specs
            continue
        own, trials = tuned(variant.specs, folder, **options, **variant.options)
        chosen += own
        tried |= trials
    return chosen, tried
