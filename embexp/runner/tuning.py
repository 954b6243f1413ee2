"""Tunes every arm alike: trials, repetitions of the best, and the choice."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from embexp import search
from embexp.errors import InputError
from embexp.records.losses import least_of
from embexp.regimes import REGIMES
from embexp.search import Choice
from embexp.spec import Spec

TRIED = "trials"
"""What the first sweep of a search is called."""
Sweep = Callable[[Sequence[Spec], str], Sequence[dict[str, Any]]]
"""Makes the runs that are missing, under a title that is shown, and returns all rows."""


def tune(
    arms: Sequence[Spec],
    sweep: Sweep,
    *,
    trials: int = search.TRIALS,
    fixed: Sequence[str] = (),
    number: int = 0,
) -> list[Choice]:
    """The choice of every arm, in their order.

    A control is not searched: it takes the settings of the arm that it controls, where that
    is among the arms, and its step.

    Args:
        arms: one spec each.
        sweep: makes runs; it is called twice.
        trials: draws of each arm.
        fixed: settings that are not searched.
        number: which search; another one has other draws and seeds.

    Raises:
        InputError: every trial of an arm failed.
    """
    searched = without_controls(arms)
    spaces = {arm.digest: search.space(arm, fixed) for arm in searched}
    tried = {arm.digest: search.trials(arm, spaces[arm.digest], trials, number) for arm in searched}
    runs = [run for each in tried.values() for trial in each for run in search.parts(trial)]
    found = least_of(sweep(runs, TRIED))
    best = {arm.digest: search.repeats(tried[arm.digest], found) for arm in searched}
    if failed := next((arm for arm in searched if not best[arm.digest]), None):
        raise InputError(
            f"all {trials} trials of {failed.arm} with encoder {failed.encoder} failed; the "
            "results say why"
        )
    again = [spec for each in best.values() for finalist in each for spec in finalist]
    found = least_of(sweep(again, "finalists"))
    choices = {
        arm.digest: search.choose(arm, spaces[arm.digest], best[arm.digest], found)
        for arm in searched
    }
    return [choices.get(arm.digest) or follow(arm, arms, choices) for arm in arms]


def tuned(
    specs: Sequence[Spec], sweep: Sweep, *, share_draws: bool = False, **options: Any
) -> tuple[list[Spec], list[Choice]]:
    """Runs with the choices of their arms in place, and these; options are those of `tune`.

    An arm are the runs that differ in nothing but their seed.

    Args:
        share_draws: whether all draws of the training texts take the choice that is made on
            one draw more.
    """
    other = {"draw": search.FIRST_SEED} if share_draws else {}
    arms = {spec.digest: arm_of(spec, **other) for spec in specs}
    distinct = {arm.digest: arm for arm in arms.values()}
    choices = tune([*distinct.values()], sweep, **options)
    found = dict(zip(distinct, choices, strict=True))
    chosen = [
        found[arms[spec.digest].digest].spec.model_copy(
            update={"seed": spec.seed, "draw": spec.draw}
        )
        for spec in specs
    ]
    return chosen, choices


class Due(NamedTuple):
    """The runs that a search makes next, and how many come after all of these."""

    specs: list[Spec]
    later: int = 0


class MissingRunsError(Exception):
    """Runs of a search that have not been made."""

    def __init__(self, specs: Sequence[Spec], title: str) -> None:
        self.specs, self.title = [*specs], title
        super().__init__(f"{len(self.specs)} {title} are to be made first")


def due(specs: Sequence[Spec], rows: Sequence[dict[str, Any]], **options: Any) -> Due:
    """What a search makes next: its trials, its finalists, or the runs at its choices.

    Args:
        rows: of what was made already.
        options: those of `tune`.
    """
    made = {row["digest"] for row in rows}

    def look(wanted: Sequence[Spec], title: str) -> Sequence[dict[str, Any]]:
        if any(spec.digest not in made for spec in wanted):
            raise MissingRunsError(wanted, title)
        return rows

    try:
        return Due(tuned(specs, look, **options)[0])
    except MissingRunsError as found:
        tried = options.get("trials", search.TRIALS)
        again = finalists_of(specs, tried) if found.title == TRIED else 0
        return Due(found.specs, again + len(specs))


def finalists_of(specs: Sequence[Spec], trials: int) -> int:
    """How many runs repeat the best trials; those of folds are repeated already."""
    arms = {arm.digest: arm for arm in map(arm_of, specs)}
    once = [arm for arm in without_controls([*arms.values()]) if len(search.parts(arm)) == 1]
    return len(once) * min(search.FINALISTS, trials) * search.REPEATS


def trials_of(specs: Sequence[Spec], count: int, fixed: Sequence[str] = ()) -> list[Spec]:
    """The runs of the arms' trials, those of controls left out."""
    arms = {arm.digest: arm for arm in map(arm_of, specs)}
    return [
        part
        for arm in without_controls([*arms.values()])
        for trial in search.trials(arm, search.space(arm, fixed), count)
        for part in search.parts(trial)
    ]


def seconds_of(specs: Sequence[Spec], each: float, trials: int, seeds: int) -> float:
    """About how long so many trials and seeds of each arm take, with the repetitions between.

    Args:
        specs: runs of all arms, whose draws of the training texts share a search.
        each: seconds of one run of a trial. A run after the search takes about twice as
            long, as its table is measured.
    """
    distinct = {arm.digest: arm for arm in (arm_of(spec, draw=0) for spec in specs)}
    arms = [*distinct.values()]
    tried = len(trials_of(arms, 1)) * trials + finalists_of(arms, trials)
    return each * (tried + 2 * len(arms) * seeds)


def arm_of(spec: Spec, **fields: Any) -> Spec:
    """What stands for all runs that differ in nothing but their seed, with some fields."""
    return spec.model_copy(update={"seed": 0, **fields})


def controlled(arm: Spec, arms: Sequence[Spec]) -> Spec | None:
    """The arm that another one controls, if it is among the arms."""
    regime = REGIMES[arm.regime].controls
    if regime is None:
        return None
    alike = arm.model_copy(update={"regime": regime})
    return next((each for each in arms if each.digest == alike.digest), None)


def without_controls(specs: Sequence[Spec]) -> list[Spec]:
    """The runs of arms that are searched: all but controls of arms that are among them."""
    arms = {arm.digest: arm for arm in map(arm_of, specs)}
    kept = {digest for digest, arm in arms.items() if controlled(arm, [*arms.values()]) is None}
    return [spec for spec in specs if arm_of(spec).digest in kept]


def follow(arm: Spec, arms: Sequence[Spec], choices: dict[str, Choice]) -> Choice:
    """The choice of a control: that of the arm that it controls, at its step."""
    partner = controlled(arm, arms)
    assert partner is not None  # noqa: S101 - others are searched
    choice = choices[partner.digest]
    paired = {"regime": arm.regime, "selection": "paired"}
    return Choice(choice.spec.model_copy(update=paired), choice.settings, choice.edges)
