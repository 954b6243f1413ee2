"""Texts on which arms disagree most about the right class, with what each gives it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from embexp.errors import InputError
from embexp.measures.arrays import Items
from embexp.report import select
from embexp.report.arms import Arm, Runs, arms_of, corpora, order
from embexp.report.formatting import Grid, Table, number
from embexp.report.items import TEXTS, Scores, tables_of
from embexp.report.select import Rows

SHOWN = 10
"""Texts of two arms."""
LONGEST = 300
"""Characters of a text that are shown."""
LOSS, RIGHT = "nll", "accuracy"
"""The scores of single texts that are read."""
NONE = (
    "there are no two arms with the loss of each test text; texts are compared where labels are "
    "classes and the scores of single texts were kept"
)
CAPTION = (
    "The test texts whose probability of the right class, e to the power of minus the loss, "
    "differs most between two arms, each a mean over its seeds; right: how many of the seeds give "
    "the text its class. Losses were kept rounded to three bits. The texts were chosen for their "
    "difference, so that they show what it is about, and not how large it is."
)


class KnownTexts(NamedTuple):
    """The test texts and the names of their labels, in the order of their scores."""

    texts: Sequence[str]
    labels: Sequence[str]


class ArmTexts(NamedTuple):
    """What an arm says of each test text."""

    arm: Arm
    probability: Items
    """Of the right class, the mean over seeds."""
    right: Float[np.ndarray, "seeds texts"]


def table(rows: Rows, runs: Runs, scores: Scores, texts: Callable[[], KnownTexts]) -> Table:
    """The texts on which each two arms with the same encoder and settings disagree most.

    Args:
        rows: from `records.read_rows`.
        runs: from `records.read_runs`.
        scores: of single items, from `records.scores_of`.
        texts: reads the texts, or says by an InputError why it cannot; they have numbers then.

    Raises:
        InputError: there are no two arms with scores of the same texts.
    """
    pairs = [*compared(rows, runs, scores)]
    if not pairs:
        raise InputError(NONE)
    known, lacking = None, ""
    try:
        known = texts()
        if len(known.texts) != len(pairs[0][0].probability):
            known, lacking = None, "there are more texts, or fewer, than were scored"
    except InputError as error:
        lacking = str(error)
    places = [_places(*pair) for pair in pairs]
    said = f"Texts have their numbers in the test split, from 0. Not shown: {lacking}."
    return Table(
        title=f"{corpora(runs.values())}: texts on which arms disagree",
        caption=(CAPTION,) if known else (CAPTION, said),
        summary=tuple(_grid(*pair, own, known) for pair, own in zip(pairs, places, strict=True)),
        details=(),
        notes=(),
        objects=tuple(
            _object(*pair, place, known)
            for pair, own in zip(pairs, places, strict=True)
            for place in own
        ),
    )


def compared(rows: Rows, runs: Runs, scores: Scores) -> Iterator[tuple[ArmTexts, ArmTexts]]:
    """Each two arms that differ in nothing but their regime and its vectors.

    Controls and baselines are left out, and so are arms whose labels are not classes.
    """
    of = arms_of(runs.values())
    values = [select.at(rows, name, "selected", of) for name in (LOSS, RIGHT)]
    classes = {of[digest] for digest, run in runs.items() if _has_classes(run["spec"])}
    arms = [arm for arm in classes if not (arm.control or arm.baseline)]
    for pair in combinations(sorted(arms, key=order), 2):
        if pair[0].without("regime") != pair[1].without("regime"):
            continue
        seeds = [[[*own.get(arm, {}).values()] for arm in pair] for own in values]
        losses, right = (
            tables_of(name, scores, runs, own)
            for name, own in zip((LOSS, RIGHT), seeds, strict=True)
        )
        if losses and right and all(map(all, seeds)) and losses.items == TEXTS:
            means = [np.exp(-each).mean(axis=0) for each in losses.tables]
            first, second = map(ArmTexts, pair, means, right.tables)
            yield first, second


def _has_classes(spec: Mapping[str, Any]) -> bool:
    return spec.get("head", "classes") == "classes"


def _places(one: ArmTexts, other: ArmTexts) -> list[int]:
    """The numbers of the texts that are shown, the greatest difference first."""
    apart = np.abs(one.probability - other.probability)
    return [int(place) for place in np.argsort(-apart, kind="stable")[:SHOWN] if apart[place] > 0]


def _grid(one: ArmTexts, other: ArmTexts, places: Sequence[int], known: KnownTexts | None) -> Grid:
    labels = ("text", "label") if known else ("text",)
    arms = (one.arm.label, other.arm.label)
    body = tuple(
        (
            *_names(place, known),
            *(number(each.probability[place]) for each in (one, other)),
            *(f"{int(each.right[:, place].sum())}/{len(each.right)}" for each in (one, other)),
        )
        for place in places
    )
    header = (*labels, *arms, *(f"right, {arm}" for arm in arms))
    return Grid(f"{one.arm} against {other.arm.label}", header, body, len(labels))


def _names(place: int, known: KnownTexts | None) -> tuple[str, ...]:
    if known is None:
        return (str(place),)
    text = " ".join(known.texts[place].split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …", known.labels[place]


def _object(one: ArmTexts, other: ArmTexts, place: int, known: KnownTexts | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "encoder": one.arm.encoder,
        **dict(one.arm.rest),
        "arm": one.arm.label,
        "other": other.arm.label,
        "place": place,
        "text": known.texts[place] if known else None,
        "label": known.labels[place] if known else None,
    }
    for name, each in (("", one), ("other_", other)):
        made |= {
            f"{name}probability": float(each.probability[place]),
            f"{name}right": float(each.right[:, place].mean()),
            f"{name}seeds": len(each.right),
        }
    return made
