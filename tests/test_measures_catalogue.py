"""The names of measures, and that asking for them costs little."""

import subprocess
import sys

import pytest

from embexp.errors import InputError
from embexp.measures import MEASURES, describe, pair_measure, pair_words


def test_names_lead_to_their_measure():
    assert all(describe(name).name == name for name in MEASURES)
    name = pair_measure("good", "bad")
    assert name == "cos(good,bad)"
    assert pair_words(name) == ("good", "bad")
    assert describe(name).chance == 0
    assert pair_words("accuracy") is None
    with pytest.raises(InputError, match="did you mean 'simlex999'"):
        describe("simlex")


def test_measuring_imports_neither_jax_nor_scipy_stats():
    code = "import sys, embexp.measures.semantic, embexp.measures.sentiment, embexp.measures.lexicons as m; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "embexp.measures.statistics" in loaded
    assert not {"jax", "scipy", "gensim", "datasets"} & set(loaded)
