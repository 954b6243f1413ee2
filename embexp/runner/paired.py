"""Controls that take the step of the run that they control, paired by seed."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from embexp import records
from embexp.errors import InputError
from embexp.runner.group import Group, Pair
from embexp.spec import Spec


class Phases(NamedTuple):
    """Groups in the order in which they can be trained."""

    free: list[Group]
    paired: list[Group]


def check_partners(specs: Iterable[Spec], finished: Iterable[str]) -> None:
    """Refuses a control whose partner is neither finished nor to be made.

    Raises:
        InputError: names the regime that is missing.
    """
    every = list(specs)
    there = {spec.digest for spec in every}.union(finished)
    for spec in every:
        if (partner := spec.partner) and partner.digest not in there:
            raise InputError(
                f"{spec.title} takes the step of regime {partner.regime!r}, which is not among "
                "the runs; add it, or leave selection out"
            )


def phases(groups: Sequence[Group]) -> Phases:
    """The groups without partners, then those with."""
    paired = [group for group in groups if group.specs[0].selection == "paired"]
    return Phases([group for group in groups if group not in paired], paired)


def with_pairs(groups: Sequence[Group], folder: Path) -> list[Group]:
    """The groups with the steps of their partners, as a folder of results has them."""
    if not any(group.specs[0].selection == "paired" for group in groups):
        return list(groups)
    selected: dict[str, int] = {}
    last: dict[str, int] = {}
    for row in records.read_rows(folder):
        digest, step = row["digest"], row["step"]
        last[digest] = max(step, last.get(digest, 0))
        if row["split"] == "test":
            selected[digest] = step
    steps = {digest: Pair(selected[digest], last[digest]) for digest in selected}
    found = []
    for group in groups:
        partners = {spec.digest: spec.partner for spec in group.specs}
        pairs = {
            digest: steps[partner.digest]
            for digest, partner in partners.items()
            if partner and partner.digest in steps
        }
        found.append(group._replace(pairs=pairs))
    return found
