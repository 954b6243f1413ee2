"""What a sweep has to do: the missing runs in groups that fit the memory, with estimates."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from embexp import records
from embexp.devices import free_memory, on_host, prepare
from embexp.errors import InputError
from embexp.evaluation import Evaluators, evaluators_of
from embexp.memory import check_fits
from embexp.regimes import REGIMES
from embexp.runner.checkpoints import model_path
from embexp.runner.estimates import COMPILING, expected_steps, run_bytes, seconds_to
from embexp.runner.group import Group, make_group
from embexp.runner.paired import check_partners
from embexp.runner.start import filling, start_of
from embexp.runner.unfinished import Begun, begun
from embexp.spec import Spec
from embexp.tasks import Task, Tasks, data_checksums, task_key, task_of
from embexp.training.static import StaticConfig

LARGEST, LARGEST_BATCH = 12, 512
"""Runs trained together at most, on cores and on an accelerator: enough to keep either busy."""
MEMORY = 0.5
"""Share of the free memory that the runs of one group may take."""


class Plan(NamedTuple):
    """The groups that are missing, and how many runs are finished already.

    Where nothing is missing, `rows` are all of the folder, and `unchecked` says why the data of
    finished runs could not be compared with what lies here.
    """

    groups: list[Group]
    finished: int
    rows: Sequence[dict[str, Any]] = ()
    unchecked: str = ""

    @property
    def missing(self) -> int:
        """How many runs are to be trained."""
        return sum(len(group.specs) for group in self.groups)

    @property
    def programs(self) -> int:
        """How many programs are to be compiled."""
        return len({group.program for group in self.groups})

    def bytes(self) -> int:
        """About what the largest group holds in memory."""
        return max((group.size * run_bytes(group) for group in self.groups), default=0)

    def seconds(self) -> float:
        """A rough time for all groups."""
        training = (seconds_to(group, expected_steps(group)) for group in self.groups)
        return sum(training) + COMPILING * self.programs


def make_plan(
    specs: Iterable[Spec],
    folder: Path,
    *,
    save_models: bool = False,
    tasks: Tasks | None = None,
) -> Plan:
    """The plan for the runs that a folder of results does not have.

    Each of their tasks is prepared once; of finished runs the data is compared alone. Groups
    come in the order of the specs, seeds outermost, so that what is done early can be
    compared; groups that were stopped in training are as they were.

    Args:
        tasks: those that were prepared already; others are added.

    Raises:
        InputError: something is wrong with the data of a run, or a finished run was made
            from other data than lies here now.
    """
    distinct = {spec.digest: spec for spec in specs}
    rows, runs, _ = records.read(folder) if folder.is_dir() else records.Results([], {}, 0)
    needs_model = save_models and not (folder / records.PUBLISHED).exists()
    done = {
        digest: run
        for digest, run in runs.items()
        if run["error"] is None and not (needs_model and not model_path(folder, digest).is_file())
    }
    check_partners(distinct.values(), done)
    missing = [spec for digest, spec in distinct.items() if digest not in done]
    ready: Tasks = {} if tasks is None else tasks
    try:
        begins = {
            (task_key(spec), spec.regime, *spec.regime_parameters.values()): spec
            for spec in missing
        }
        for spec in begins.values():
            check_filling(task_of(spec, ready), spec)
        for key, spec in {task_key(spec): spec for spec in distinct.values()}.items():
            made_from = ready[key].checksums if key in ready else data_checksums(spec)
            check_same_data(spec, made_from, done.values(), folder)
    except InputError as error:
        if missing or isinstance(error, OtherDataError):
            raise
        return Plan([], len(distinct), rows, str(error))
    groups = groups_of(missing, ready, begun(folder))
    return Plan(groups, len(distinct) - len(missing), () if groups else rows)


ALONE = ("corpus", "vectors", "reference", "polarity_corpus")
"""Fields that name the same data whatever the corpus is."""


def check_filling(task: Task, spec: Spec) -> None:
    """Refuses parameters of a regime that do not go with the words of a task."""
    if REGIMES[spec.regime].fill:
        filling(task, spec, start_of(task, spec)[1])


class OtherDataError(InputError):
    """Results were made from other data than lies under the same name now."""


def check_same_data(
    spec: Spec, checksums: Mapping[str, str], runs: Collection[Mapping[str, Any]], folder: Path
) -> None:
    """Refuses data that was something else when finished runs were made from it."""
    own = spec.model_dump(mode="json")
    for name, checksum in checksums.items():
        # `world` as a lexicon is another one for another corpus
        same = {name} if name in ALONE else {name, "corpus"}
        alike = (
            run["data"]
            for run in runs
            if all(run["spec"].get(field, own[field]) == own[field] for field in same)
        )
        if any(data.get(name, checksum) != checksum for data in alike):
            raise OtherDataError(
                f"{name} {own[name]!r} has changed since runs in {folder} were made from it; "
                "give another folder"
            )


def groups_of(
    specs: Iterable[Spec], tasks: Mapping[Hashable, Task], stopped: Sequence[Begun] = ()
) -> list[Group]:
    """Groups of specs that differ in traced fields only, cut to fit the memory."""
    programs: dict[Hashable, list[Spec]] = {}
    for spec in specs:
        regime = REGIMES[spec.regime]
        static = tuple(spec.of_role("data", "static", "evaluation", "course").items())
        added = regime.penalty and (regime.penalty, *regime.parameters)
        pooled = tasks[task_key(spec)].is_pooled(spec)
        scheduled = spec.schedule != "constant"
        program = regime.embedding, pooled, scheduled, added, static
        programs.setdefault(program, []).append(spec)
    evaluators: dict[Hashable, Evaluators] = {}
    groups = []
    numbers: dict[tuple[StaticConfig, int], int] = {}
    for together in programs.values():
        together.sort(key=lambda spec: spec.seed)
        first, key = together[0], task_key(together[0])
        if key not in evaluators:
            evaluators[key] = evaluators_of(tasks[key], first)
        group = spread(make_group(together, tasks[key], evaluators[key]))
        number = numbers.setdefault((group.static, group.schedule.steps), len(numbers))
        groups += cut(group._replace(program=number), stopped)
    return groups


def spread(group: Group) -> Group:
    """The group with its tables' rows over all accelerators, where one of them holds no run."""
    count = len(devices := prepare())
    if on_host(devices[0]) or count == 1 or run_bytes(group) <= free_memory():
        return group
    vocab = group.static.vocab + -group.static.vocab % count
    return group._replace(static=replace(group.static, vocab=vocab), shards=count)


def cut(group: Group, stopped: Sequence[Begun]) -> Iterator[Group]:
    """Groups that fit the memory; first come those that were stopped, then others of their size."""
    size, left = size_of(group), {spec.digest: spec for spec in group.specs}
    for each in stopped:
        fits = each.size * run_bytes(group) <= free_memory()
        if fits and left.keys() >= {*each.specs}:
            size = each.size
            yield group._replace(specs=tuple(map(left.pop, each.specs)), size=size)
    rest = tuple(left.values())
    for at in range(0, len(rest), size):
        yield group._replace(specs=rest[at : at + size], size=size)


def size_of(group: Group) -> int:
    """How many of a group's runs train side by side."""
    needed, free = run_bytes(group), free_memory()
    way_out = "lower hidden_size, max_words, max_length or batch_size"
    check_fits(needed, f"one run of {group.specs[0].title}", way_out, free)
    devices = prepare()
    largest = LARGEST if on_host(devices[0]) else LARGEST_BATCH
    most = min(largest, max(1, int(free * MEMORY / needed)))
    size = -(-group.size // -(-group.size // most))
    apart = len(devices) // group.shards
    return size + -size % min(apart, size)
