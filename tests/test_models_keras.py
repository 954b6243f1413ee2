"""Recurrent layers with constant weights against the outputs that Keras's own tests expect."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from embexp.models import ENCODERS, GRU
from embexp.models.views import Given

GOLDEN = json.loads((Path(__file__).parent / "golden" / "keras_recurrent.json").read_text("utf-8"))
MERGES = {"mul": np.prod, "ave": np.mean, "sum": np.sum}


def filled(layer, case: dict, weights: dict) -> None:
    """Gives all weights of a layer their constants; of a GRU's biases both, as Keras's."""
    bias = weights["bias"] if "bias" not in case else case["bias"]
    for name, value in {**weights, "bias": bias, "recurrent_bias": bias}.items():
        if hasattr(layer, name):
            parameter = getattr(layer, name)
            parameter[...] = jnp.full_like(parameter[...], value)
    if "forget_bias" in case:  # Keras's `unit_forget_bias` overrides the constant
        units = case["units"]
        layer.bias[...] = layer.bias[...].at[units : 2 * units].set(case["forget_bias"])


def name_of(case: dict) -> str:
    return " ".join(
        f"{key}={value}" if key != "layer" else value
        for key, value in case.items()
        if key not in ("expected", "shape", "mask", "units")
    ) + (" masked" if "mask" in case else "")


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=name_of)
def test_outputs_are_those_that_kerass_tests_expect(case):
    texts, length, dim = case["shape"]
    make = ENCODERS[case["layer"]]
    layer = (
        GRU(dim, hidden_size=case["units"], reset=case["reset"], rngs=nnx.Rngs(0))
        if "reset" in case
        else make(dim, hidden_size=case["units"], rngs=nnx.Rngs(0))
    )
    both = [layer.onward, layer.backward] if hasattr(layer, "onward") else [layer]
    backward_weights = case.get("backward_weights", GOLDEN["weights"])
    for side, weights in zip(both, (GOLDEN["weights"], backward_weights), strict=False):
        filled(side, case, weights)
    vectors = jnp.arange(texts * length * dim, dtype=jnp.float32).reshape(texts, length, dim)
    mask = jnp.asarray(case.get("mask", np.ones((texts, length))), bool)

    def backwards(vectors):
        return layer.last(Given(vectors).time_first().backwards(), mask.T[::-1])

    run = (
        backwards
        if case.get("backwards")
        else (lambda vectors: (layer.sequences if case.get("sequences") else layer)(vectors, mask))
    )
    states = np.asarray(jax.jit(run)(vectors))
    by_way = states.reshape(*states.shape[:-1], len(both), case["units"])
    units_equal = by_way[..., :1]  # constant weights make all units of a layer alike
    np.testing.assert_allclose(by_way, np.broadcast_to(units_equal, by_way.shape), rtol=1e-6)
    found = by_way[..., 0]
    found = MERGES[case["merge"]](found, axis=-1) if "merge" in case else found
    expected = np.array(case["expected"])
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-5, atol=1e-5)
