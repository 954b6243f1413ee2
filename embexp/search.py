"""The search for each arm's hyper-parameters: its space, its trials, and what they choose.

Every arm gets the same number of independent draws from its own space (Bergstra & Bengio
2012), and draws of one coordinate are shared by all arms that have it. The best trials on one
seed are repeated with others, and the least mean validation loss chooses.
"""

import zlib
from collections.abc import Mapping, Sequence
from math import inf
from statistics import mean
from typing import NamedTuple

import numpy as np

from embexp.declared import declared
from embexp.grids import make
from embexp.models import ENCODERS, Encoder
from embexp.parameters import FOLDS, Range
from embexp.records.losses import Found, Least
from embexp.regimes import REGIMES
from embexp.spec import Spec

TRIALS = 12
"""Draws of each arm."""
FINALISTS, REPEATS = 3, 3
"""How many of the best draws are repeated, and with how many other seeds."""
FIRST_SEED = 1_000_000
"""Of trials; results have smaller seeds."""
SETTINGS = {
    "optimiser": "lazy-adam",
    "epochs": 100,
    "patience": 5,
    "buckets": 4,
    "head_inputs": "centred",
}
"""Of searched runs: training goes on until validation stops improving, its cost does not grow
with the vocabulary, and no head learns first what all texts share."""
EDGE = 0.05
"""A choice nearer to an end of its range than this share of it lies at the edge."""
COMMON = {
    "table_rate": Range(1e-3, 1.0),
    "weight_decay": Range(1e-5, 0.3),
    "dropout": Range(0.0, 0.5, log=False),
}
"""What every arm has beside its encoder's rate; that of the table is in root mean squares of
its start's entries, as tables differ in size."""


def space(arm: Spec, fixed: Sequence[str] = ()) -> dict[str, Range]:
    """Where the hyper-parameters of an arm are searched, by name.

    Args:
        fixed: settings that stay as they are.
    """
    regime = REGIMES[arm.regime]
    rates = getattr(ENCODERS[arm.encoder], "rates", Encoder.rates)
    ranges = {"learning_rate": rates, **COMMON}
    if not regime.table_rate or not regime.embedding.tables:
        del ranges["table_rate"]
    own = declared(arm.regime, arm.encoder).items()
    ranges |= {name: each.search for name, each in own if each.search is not None}
    return {name: each for name, each in ranges.items() if name not in fixed}


def draws(ranges: Mapping[str, Range], count: int, search: int = 0) -> list[dict[str, float]]:
    """So many draws from a space; those of one name are the same in every space.

    Args:
        search: which search: another one has other draws.
    """
    shares = {
        name: np.random.default_rng([search, zlib.crc32(name.encode())]).random(count)
        for name in ranges
    }
    return [
        {name: each.at(float(shares[name][number])) for name, each in ranges.items()}
        for number in range(count)
    ]


def trials(arm: Spec, ranges: Mapping[str, Range], count: int, search: int = 0) -> list[Spec]:
    """The trials of an arm, one for each draw."""
    unit = {"table_rate_unit": "entry"} if "table_rate" in ranges else {}
    own = {"seed": FIRST_SEED + 1000 * search, "search": search, "trial": True}
    fields = arm.model_dump() | own | unit
    return [make(**fields | drawn) for drawn in draws(ranges, count, search)]


def parts(trial: Spec) -> list[Spec]:
    """The runs of a trial: itself, or one for each fold where nothing is held out."""
    if trial.holdout == "validation":
        return [trial]
    until = {"patience": SETTINGS["patience"]}
    return [trial.model_copy(update={"fold": fold} | until) for fold in range(FOLDS)]


def mean_loss(runs: Sequence[Spec], found: Found) -> float:
    """Over the runs of a trial; infinite where one failed."""
    return mean(found.get(run.digest, Least()).loss for run in runs)


def whole_steps(runs: Sequence[Spec], found: Found) -> float:
    """How many steps the folds of a trial need on average, for training on all texts."""
    return mean(found.get(run.digest, Least()).step for run in runs) * FOLDS / (FOLDS - 1)


def repeats(tried: Sequence[Spec], found: Found) -> list[list[Spec]]:
    """The best trials of an arm, each with its repetitions; one that failed is not among them.

    The folds of a cross-validation are repetitions already.
    """
    every = [parts(trial) for trial in tried]
    there = [runs for runs in every if mean_loss(runs, found) < inf]
    best = sorted(there, key=lambda runs: mean_loss(runs, found))[:FINALISTS]
    return [runs if len(runs) > 1 else reseeded(*runs) for runs in best]


def reseeded(trial: Spec) -> list[Spec]:
    """A trial, and the same with other seeds."""
    return [trial.model_copy(update={"seed": trial.seed + number}) for number in range(REPEATS + 1)]


class Choice(NamedTuple):
    """What a search chose for an arm.

    spec: with the chosen hyper-parameters, and the seed and purpose of the arm's.
    settings: those hyper-parameters.
    edges: the names of those that lie at an end of their range.
    """

    spec: Spec
    settings: Mapping[str, float]
    edges: tuple[str, ...]

    def __str__(self) -> str:
        settings = ", ".join(f"{name} {value:.3g}" for name, value in self.settings.items())
        edges = f"; at an end of its range: {', '.join(self.edges)}" if self.edges else ""
        return f"{self.spec.arm} ({self.spec.encoder}): {settings}{edges}"


def choose(
    arm: Spec,
    ranges: Mapping[str, Range],
    finalists: Sequence[Sequence[Spec]],
    found: Found,
) -> Choice:
    """The finalist with the least mean loss.

    After a cross-validation all texts are trained on, for as many epochs as its folds need
    on average.
    """
    runs = min(finalists, key=lambda each: mean_loss(each, found))
    best = runs[0]
    settings = {name: getattr(best, name) for name in ranges}
    edges = [
        name
        for name, each in ranges.items()
        if each.low < each.high and not EDGE <= each.share(settings[name]) <= 1 - EDGE
    ]
    fields = best.model_dump() | {"seed": arm.seed, "trial": arm.trial}
    if best.fold is not None:
        last = max(1, round(whole_steps(runs, found)))
        fields |= {"fold": None, "patience": None, "last_step": last}
    return Choice(make(**fields), settings, tuple(edges))
