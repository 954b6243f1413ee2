"""Settings that other data sets chose for few labels, beside which a search's choice stands.

Cross-validation on few labels chooses by noisy losses, so a setting that was chosen once, on
other data sets, is what it has to be better than (Perez et al. 2021, "True few-shot learning
with language models", NeurIPS 34). `scripts/few_label_settings.py` writes the file.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from math import log
from pathlib import Path
from typing import NamedTuple

from embexp.grids import make
from embexp.records import OTHER_DATA
from embexp.spec import Spec

FILE = Path(__file__).with_name("other_data.jsonl")


class Fixed(NamedTuple):
    """What other data sets chose for an arm.

    without: the data set that had no part in the choice, for comparisons on it; None if all had.
    labels: how many there were.
    epochs: passes over all texts.
    settings: hyper-parameters by name; the table's rate counts in root mean squares of its
        start's entries.
    """

    without: str | None
    regime: str
    encoder: str
    labels: int
    epochs: float
    settings: Mapping[str, float]


@cache
def known(path: Path = FILE) -> Sequence[Fixed]:
    """What the file of settings holds; nothing where it has not been made."""
    if not path.exists():
        return ()
    return [Fixed(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def beside(spec: Spec, labels: int, every: Sequence[Fixed]) -> Spec | None:
    """A run at the settings for its arm with the nearest number of labels, if any are known.

    Args:
        spec: a run without held-out texts.
        labels: how many texts it trains on.
        every: settings to take it from.
    """
    own = [each for each in every if (each.regime, each.encoder) == (spec.regime, spec.encoder)]
    of_others = [each for each in own if each.without == spec.corpus]
    own = of_others or [each for each in own if each.without is None]
    if not own:
        return None
    return at(spec, labels, min(own, key=lambda each: abs(log(each.labels / labels))))


def at(spec: Spec, labels: int, fixed: Fixed) -> Spec:
    """A run at some settings, for so many passes over its texts, in batches of one width."""
    steps = round(fixed.epochs * -(-labels // spec.batch_size))
    unit = {"table_rate_unit": "entry"} if "table_rate" in fixed.settings else {}
    course = {"search": OTHER_DATA, "patience": None, "last_step": max(1, steps)}
    return make(**spec.model_dump() | unit | course | dict(fixed.settings))
