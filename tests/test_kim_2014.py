"""The table beside Kim's: his settings, which splits are compared, and what is counted."""

import json

import numpy as np
import pytest
from kim_2014 import REGIMES, SWEEPS, specs
from kim_2014_table import (
    GLOVE,
    NEWS,
    accuracies,
    differences,
    printed,
    printed_difference,
    table,
)
from reproduction import FOLDER

from embexp.measures.replicates import resampled_mean
from embexp.report.beyond import SIZES


def lines(splits: int = 6, fewer: int = 4) -> list[dict]:
    """Accuracies that grow from arm to arm, those of word2vec on fewer splits."""
    rng = np.random.default_rng(0)
    return [
        {"data": "mr", "split": split, "regime": regime, "vectors": vectors}
        | {"accuracy": 0.7 + place / 50 + rng.normal(0, 0.002), "texts": 1066, "step": 9}
        for vectors, regimes, count in (
            (GLOVE, REGIMES, splits),
            (NEWS, ("frozen", "tuned"), fewer),
        )
        for place, regime in enumerate(regimes)
        for split in range(1, count + 1)
    ]


def test_settings_are_kims() -> None:
    made = specs(SWEEPS[0], split=3)
    assert [spec.regime for spec in made] == list(REGIMES)
    for spec in made:
        assert (spec.split, spec.seed, spec.max_norm, spec.dropout) == (3, 3, 3.0, 0.5)
        assert (spec.optimiser, spec.learning_rate, spec.batch_size) == ("adadelta", 1.0, 50)
        assert spec.encoder_parameters == {"hidden_size": 100, "windows": (3, 4, 5)}


def test_differences_are_over_the_splits_that_both_arms_have() -> None:
    found = accuracies(lines())
    made = differences(found)
    one, other = found["mr", ("tuned", NEWS)], found["mr", ("tuned", GLOVE)]
    assert (len(one), len(other)) == (4, 6)
    expected = resampled_mean(one - other[:4], *SIZES)
    assert made["mr", ("tuned", NEWS), ("tuned", GLOVE)] == expected


def test_his_random_vectors_stand_beside_both_of_ours() -> None:
    assert printed("mr", "random") == printed("mr", "matched-norms") == [0.761, 0.759]
    pair = ("tuned", GLOVE), ("matched-norms", GLOVE)
    assert printed_difference("mr", *pair) == pytest.approx([0.054, 0.054])
    assert printed_difference("mr", ("tuned", NEWS), ("tuned", GLOVE)) == []


def test_the_table_counts_signs_and_says_every_difference() -> None:
    made = table(lines())
    _, counted, *each = made.caption
    assert counted.startswith("Of 7 differences that Kim prints")
    assert "6 have the same sign here" in counted
    assert len(each) == 9
    assert each[0].startswith(f"Less random · {GLOVE} on mr, frozen · {GLOVE} has .0")
    assert each[0].endswith(", where Kim prints .049.")
    assert len(made.objects) == 38


def test_gains_on_a_narrow_random_start_are_his_on_subj_and_not_on_mr() -> None:
    text = (FOLDER / "kim_2014.jsonl").read_text("utf-8")
    made = differences(accuracies([json.loads(line) for line in text.splitlines()]))
    for regime, kim in (("frozen", 0.034), ("tuned", 0.038)):
        found = made["subj", (regime, GLOVE), ("random", GLOVE)]
        assert 0 < found.low <= kim <= found.high
        assert made["mr", (regime, GLOVE), ("random", GLOVE)].low < 0
        assert made["mr", (regime, GLOVE), ("random", GLOVE)].high < 0.049
