"""The arms of a comparison, runs that differ in nothing but their seed, and their seeds."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from embexp.report.formatting import HOLE

Runs = Mapping[str, Mapping[str, Any]]
"""The line of each run, by digest, from `records.read_runs`."""
NO_RUNS = "there is nothing to show: no run has ended yet; run the experiment first"
BASELINE = "baseline: "
"""What the regime of a baseline begins with."""
COUNTS = ("train_texts", "max_words", "max_length")
"""Fields that bound a number of things; None is no bound."""


REPLICATES = ("seed", "draw")
"""What tells the runs of one arm apart."""
SEARCHED = ("learning_rate", "table_rate", "weight_decay", "dropout")
"""What a search draws for every arm, so that arms differ in it whatever else they differ in."""


class Arm(NamedTuple):
    """What is compared: runs that differ in nothing but their seed.

    `rest` holds the other fields of the spec that tell arms apart, with their values
    (lists and objects as JSON). `HOLE` stands for a field that a spec does not have, such
    as the parameter of another encoder.
    """

    encoder: str
    label: str
    """What tables call the regime with its vectors: `tuned · glove-6b-100d`."""
    rest: tuple[tuple[str, Any], ...] = ()
    regime: str = ""
    vectors: str | None = None
    """None where the label does not name them."""
    control: bool = False

    def __str__(self) -> str:
        return " / ".join([self.encoder, self.label, *self.settings])

    @property
    def baseline(self) -> bool:
        """Whether it is a baseline, which is fitted once and has no table."""
        return self.regime.startswith(BASELINE)

    @property
    def settings(self) -> list[str]:
        """`rest` as people read it: `train_texts=100`."""
        return [f"{name}={value_text((name, value))}" for name, value in self.rest if value != HOLE]

    @property
    def shown(self) -> str:
        """The label, with a mark where the arm is a control."""
        return f"{self.label} (control)" if self.control else self.label

    @property
    def fields(self) -> dict[str, Any]:
        """The fields that tell the arm apart, by name; the label is that of the regime."""
        return {"encoder": self.encoder, **dict(self.rest), "regime": self.label}

    def level(self, field: str) -> str:
        """The value of one field as people read it."""
        return value_text((field, self.fields[field]))

    def without(self, field: str) -> dict[str, Any]:
        """All fields but one."""
        return {name: value for name, value in self.fields.items() if name != field}


def value_text(field: tuple[str, Any]) -> str:
    """A field's value; None is `all` where the field bounds a number, else `none`."""
    name, value = field
    return str(value) if value is not None else "all" if name in COUNTS else "none"


def arms_of(records: Iterable[Mapping[str, Any]]) -> dict[str, Arm]:
    """The arm of each run, by digest; from the lines of runs or from joined rows.

    Beside encoder and label an arm has the fields without which two runs of one arm
    would differ in more than their seed; of fields that change together, the first, and what
    is searched for every arm last. Where each seed has a draw of the training texts of its
    own, that belongs to the seed, and so does what was chosen on it.
    """
    runs = {each["digest"]: each for each in records}
    specs = {
        digest: {name: _plain(value) for name, value in run["spec"].items()}
        for digest, run in runs.items()
    }

    arms = {
        digest: Arm(
            spec["encoder"],
            run["arm"],
            regime=spec["regime"],
            vectors=None if run["arm"] == spec["regime"] else spec.get("vectors"),
            control=run["control"],
        )
        for (digest, spec), run in zip(specs.items(), runs.values(), strict=True)
    }
    every = dict.fromkeys(name for spec in specs.values() for name in spec)
    names = [name for name in every if name not in REPLICATES + SEARCHED]
    names += [name for name in SEARCHED if name in every]
    of_seed = [*(name for name in names if chosen_by_draw(name, arms, specs)), "draw"]
    for name in (*(name for name in names if name not in of_seed), *of_seed):
        finer = {
            digest: arm._replace(rest=(*arm.rest, (name, specs[digest].get(name, HOLE))))
            for digest, arm in arms.items()
        }
        seeds = {(arms[digest], spec.get("seed")) for digest, spec in specs.items()}
        if name in of_seed and len(seeds) == len(runs):
            break
        if len({*finer.values()}) > len({*arms.values()}):
            arms = finer
    return arms


def chosen_by_draw(
    name: str, arms: Mapping[str, Arm], specs: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether a field has other values on one draw of the training texts than on another.

    So has what a search chose on each; what tells arms apart has the same ones on all draws.
    All the training texts are no draw.
    """
    values: dict[Arm, dict[Any, set[Any]]] = defaultdict(lambda: defaultdict(set))
    for digest, spec in specs.items():
        if spec.get("train_texts", HOLE) is not None:
            values[arms[digest]][spec.get("draw")].add(spec.get(name, HOLE))
    return any(
        len({frozenset(each) for each in by_draw.values()}) > 1 for by_draw in values.values()
    )


def _plain(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list | tuple) else value


def order(arm: Arm, by: str = "regime", base: str = "") -> tuple[Any, ...]:
    """A sorting key: encoders, other fields and labels, then the field that is compared.

    What the others are compared with comes first, controls last, and baselines below all.
    """
    return (
        arm.baseline,
        *map(key, arm.without(by).values()),
        arm.level(by) != base,
        arm.control,
        key(arm.fields[by]),
    )


def key(value: Any) -> tuple[int, float, str]:
    """A sorting key of a field's value: numbers by size, then None, then texts."""
    return (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, str(value or ""))


class Seeds(NamedTuple):
    """How many of the table's seeds an arm has."""

    finished: int
    failed: int
    missing: int
    """Seeds that other arms have but that never ended in this one."""
    errors: tuple[str, ...]

    def __str__(self) -> str:
        counts = {"failed": self.failed, "not run": self.missing}
        holes = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        shown = f"{self.finished}/{self.finished + sum(counts.values())}"
        return f"{shown} ({holes})" if holes else shown

    def with_values(self, count: int) -> str:
        """The same, and how many seeds have a value where some finished without one."""
        return str(self) if count == self.finished else f"{self}; {count} with a value"


def seeds_of(runs: Runs, of: Mapping[str, Arm]) -> dict[Arm, Seeds]:
    """Which seeds of the table each arm has, in the order of the arms."""
    ended: dict[Arm, dict[int, str | None]] = defaultdict(dict)
    for digest, run in runs.items():
        ended[of[digest]][run["spec"]["seed"]] = run["error"]
    every = set().union(*ended.values())
    found = {}
    for arm in sorted(ended, key=order):
        errors = ended[arm]
        failed = tuple(
            f"seed {seed}: {' '.join(error.split())}"
            for seed, error in sorted(errors.items())
            if error is not None
        )
        missing = 0 if arm.baseline else len(every) - len(errors)
        found[arm] = Seeds(len(errors) - len(failed), len(failed), missing, failed)
    return found


def notes_of(seeds: Mapping[Arm, Seeds], damaged: int) -> tuple[str, ...]:
    """What failed and what was ignored, in sentences below a table."""
    failed = [f"Failed: {arm}, {error}" for arm, own in seeds.items() for error in own.errors]
    lines = "1 damaged line was" if damaged == 1 else f"{damaged} damaged lines were"
    ignored = f"{lines} ignored; the next sweep makes the runs again that lost rows."
    return (*failed, *([ignored] if damaged else []))


def corpora(runs: Iterable[Mapping[str, Any]]) -> str:
    """The corpora of some runs, in the order of the alphabet."""
    return ", ".join(sorted({run["spec"]["corpus"] for run in runs}))
