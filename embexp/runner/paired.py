"""Controls that take the step of the run that they control, paired by seed."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from embexp import records
from embexp.errors import InputError
from embexp.runner.group import Group, Pair
from embexp.spec import Spec


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


def phases(groups: Iterable[Group], folder: Path) -> Iterator[list[Group]]:
    """The groups without partners; then, when these have been recorded, those with."""
    every = list(groups)
    yield [group for group in every if group.specs[0].selection != "paired"]
    if paired := [group for group in every if group.specs[0].selection == "paired"]:
        yield with_pairs(paired, folder)


def with_pairs(groups: Iterable[Group], folder: Path) -> list[Group]:
    """The groups with the steps of their partners, as a folder of results has them."""
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
