"""The searches that a folder of results holds, arm by arm, read back from its trials."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from embexp import search
from embexp.declared import declared
from embexp.grids import make
from embexp.models import ENCODERS
from embexp.parameters import Range
from embexp.records.losses import Found, least_of
from embexp.records.reading import Results, is_trial
from embexp.regimes import REGIMES
from embexp.report.formatting import Table
from embexp.report.search_analysis import Search
from embexp.report.searches import table
from embexp.spec import IDENTITY, Spec

Runs = Mapping[str, Mapping[str, Any]]


class Group(NamedTuple):
    """The runs of one arm's search: its trials, and the repetitions of the best."""

    number: int
    ranges: Mapping[str, Range]
    tried: Sequence[Spec]
    specs: Sequence[Spec]


class Steps(NamedTuple):
    """The step that each run selected and the last that was evaluated, by digest."""

    selected: Mapping[str, int]
    last: Mapping[str, int]


def search_table(found: Results) -> Table:
    """How the arms of a folder were tuned.

    Raises:
        InputError: there are no trials, or one has a regime or an encoder that is not known.
    """
    for run in found.runs.values():
        if is_trial(run):
            declared(run["spec"]["regime"], run["spec"]["encoder"])  # refuses what is not known
    return table(searches_of(found), found.damaged)


def searches_of(found: Results) -> list[Search]:
    """The search of each arm that has trials; of several numbers of trials, the greatest.

    Arms whose regime or encoder is not known here, as their experiment puts it in, are left
    out, as nothing tells their ranges; and draws of few labels, one search of which chooses
    for all.

    Args:
        found: from `records.read`, with the trials.
    """
    rows, runs, _ = found
    least, steps = least_of(rows), steps_of(rows)
    specs = [spec_of(run) for run in runs.values() if is_trial(run) and is_known(run)]
    trials = [whole(spec) for spec in specs if spec.fold is None or spec.train_texts is None]
    distinct = {trial.digest: trial for trial in trials}
    return [_search(group, runs, least, steps) for group in groups_of([*distinct.values()])]


def whole(run: Spec) -> Spec:
    """The trial that a run is of: itself, or what the folds of a cross-validation share."""
    return run if run.fold is None else run.model_copy(update={"fold": None, "patience": None})


def is_known(run: Mapping[str, Any]) -> bool:
    """Whether the regime and the encoder of a run's line are known here."""
    return run["spec"]["regime"] in REGIMES and run["spec"]["encoder"] in ENCODERS


def spec_of(run: Mapping[str, Any]) -> Spec:
    """The spec of a run's line; what is newer than the line has its identity default."""
    own = declared(run["spec"]["regime"], run["spec"]["encoder"])
    newer = IDENTITY | {name: each.identity_default for name, each in own.items()}
    return make(**newer | run["spec"])


def steps_of(rows: Sequence[Mapping[str, Any]]) -> Steps:
    """The steps of runs; those without test rows, such as trials, selected none."""
    selected: dict[str, int] = {}
    last: dict[str, int] = {}
    for row in rows:
        last[row["digest"]] = max(row["step"], last.get(row["digest"], 0))
        if row["split"] == "test":
            selected[row["digest"]] = row["step"]
    return Steps(selected, last)


def groups_of(specs: Sequence[Spec]) -> list[Group]:
    """The runs of searches, those of one search of one arm together."""
    arms: dict[tuple[int, str], list[Spec]] = defaultdict(list)
    for spec in specs:
        number, ranges = (spec.seed - search.FIRST_SEED) // 1000, search.space(spec)
        lows = {name: each.low for name, each in ranges.items()}
        bare = spec.model_copy(update={"seed": 0, "table_rate_unit": "step"} | lows)
        arms[number, bare.digest].append(spec)
    return [group for (number, _), own in arms.items() for group in _apart(own, number)]


def _apart(specs: Sequence[Spec], number: int) -> list[Group]:
    """The searches of one arm that differ in which settings were given, and not searched.

    A value was given where it is none of the draws and several trials share it.
    """
    ranges = search.space(specs[0])
    first = search.FIRST_SEED + 1000 * number
    counts = Counter(
        (name, getattr(spec, name)) for spec in specs if spec.seed == first for name in ranges
    )
    draws = search.draws(ranges, len(specs), number)
    drawn = {pair for draw in draws for pair in draw.items()}

    def given(spec: Spec) -> frozenset[tuple[str, Any]]:
        pairs = {(name, getattr(spec, name)) for name in ranges}
        return frozenset(pair for pair in pairs - drawn if counts[pair] > 1)

    def place(spec: Spec) -> int:
        """Which draw it is: of equal losses the first is the better."""
        same = [sum(getattr(spec, name) == draw[name] for name in ranges) for draw in draws]
        return same.index(max(same))

    apart: dict[frozenset[tuple[str, Any]], list[Spec]] = defaultdict(list)
    for spec in specs:
        apart[given(spec)].append(spec)
    groups = []
    for fixed, own in apart.items():
        free = {name: ranges[name] for name in ranges if name not in dict(fixed)}
        if tried := sorted((spec for spec in own if spec.seed == first), key=place):
            groups.append(Group(number, free, tried, own))
    return groups


def _search(group: Group, runs: Runs, least: Found, steps: Steps) -> Search:
    finalists = search.repeats(group.tried, least)
    missing = sum(spec.digest not in runs for each in finalists for spec in each)
    choice = None
    if finalists and not missing:
        arm = group.tried[0].model_copy(update={"trial": False, "seed": 0})
        choice = search.choose(arm, group.ranges, finalists, least)
    chosen = [] if choice is None else _chosen(choice.spec, runs)
    tried = [search.parts(trial) for trial in group.tried]
    line = next(runs[part.digest] for part in tried[0] if part.digest in runs)
    drawn = {*group.ranges, "seed", "search", "fold"}
    drawn |= {"table_rate_unit"} & line["spec"].keys()
    spec = {name: value for name, value in line["spec"].items() if name not in drawn}
    return Search(
        line={**line, "spec": spec},
        number=group.number,
        losses=tuple(search.mean_loss(parts, least) for parts in tried),
        errors=tuple(error for parts in tried if (error := _error(parts, runs)) is not None),
        missing=missing,
        ranges=group.ranges,
        settings={} if choice is None else choice.settings,
        edges=() if choice is None else choice.edges,
        seconds=sum(
            runs[part.digest]["seconds"]
            for spec in group.specs
            for part in search.parts(spec)
            if part.digest in runs
        ),
        at_bound=tuple(
            _at_bound(each, finalists, least, steps) for each in chosen if each in steps.selected
        ),
    )


def _at_bound(digest: str, finalists: Sequence[Sequence[Spec]], least: Found, steps: Steps) -> bool:
    """Whether a run was best at its last step; after a cross-validation, whether a fold was."""
    folds = min(finalists, key=lambda runs: search.mean_loss(runs, least))
    if folds[0].fold is None:
        return steps.selected[digest] == steps.last[digest]
    return any(least[fold.digest].step == steps.last[fold.digest] for fold in folds)


def _error(parts: Sequence[Spec], runs: Runs) -> str | None:
    """Why a trial failed, if it did."""
    errors = (runs[part.digest]["error"] for part in parts if part.digest in runs)
    return next((error for error in errors if error is not None), None)


def _chosen(spec: Spec, runs: Runs) -> list[str]:
    """Digests of the runs that were made with what a search chose, and succeeded."""
    seeds = {run["spec"]["seed"] for run in runs.values() if not is_trial(run)}
    digests = [spec.model_copy(update={"seed": seed}).digest for seed in sorted(seeds)]
    return [each for each in digests if each in runs and runs[each]["error"] is None]
