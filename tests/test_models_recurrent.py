"""Recurrent layers against PyTorch's and flax's with the same weights, and against a
loop that autodiff sees through."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from embexp.errors import InputError
from embexp.models import ENCODERS, GRU, LSTM, SimpleRNN, Stacked
from embexp.models.gru import RESETS
from embexp.models.recurrence import scan
from embexp.models.views import Given

LENGTH, BATCH, DIM, HIDDEN = 9, 6, 5, 4
LENGTHS = np.array([LENGTH, 0, *np.random.default_rng(0).integers(1, LENGTH, BATCH - 2)])
"""A full text, an empty one, and others drawn."""
CELLS = {"rnn": SimpleRNN, "gru": GRU, "lstm": LSTM}
MASK = {
    "right": np.arange(LENGTH) < LENGTHS[:, None],
    "left": np.arange(LENGTH)[::-1] < LENGTHS[:, None],
}


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng((seed, *shape)).normal(size=shape).astype(np.float32)


def assert_close(own, expected):
    """Equal to 1e-5 of the largest number: sums of some tens of float32 products over
    nine steps."""
    expected = np.asarray(expected)
    np.testing.assert_allclose(
        np.asarray(own), expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max()
    )


def moved(made: nnx.Module, seed: int = 3) -> nnx.Module:
    """The module with all its biases away from where they start, so that none can hide."""
    for path, leaf in nnx.to_flat_state(nnx.state(made, nnx.Param)):
        if "bias" in str(path[-1]):
            leaf[...] = leaf[...] + 0.3 * numbers(*leaf.shape, seed=seed)
    return made


@partial(jax.jit, static_argnums=0)
def run(graph, params, vectors, mask, weights):
    """States where words stand, last states, and the gradients of a weighted sum of both."""

    def total(params, vectors):
        encoder = nnx.merge(graph, params)
        states = jnp.where(mask[:, :, None], encoder.sequences(vectors, mask), 0.0)
        last = encoder(vectors, mask)
        return (states * weights[:, 1:]).sum() + (last * weights[:, 0]).sum(), (states, last)

    return jax.grad(total, (0, 1), has_aux=True)(params, vectors)


def on_side(padded: np.ndarray, side: str) -> np.ndarray:
    """Texts padded on the right, moved to the other end of their rows."""
    if side == "right":
        return padded
    return np.stack(
        [np.roll(row, LENGTH - length, axis=0) for row, length in zip(padded, LENGTHS, strict=True)]
    )


def own(made, side):
    """As `run`, on texts padded on either side; all comes back as if padded on the right."""
    vectors, weights = numbers(BATCH, LENGTH, DIM), numbers(BATCH, 1 + LENGTH, made.output_size)
    graph, params = nnx.split(made, nnx.Param)
    placed = jnp.concatenate([weights[:, :1], on_side(weights[:, 1:], side)], axis=1)
    (d_params, d_vectors), (states, last) = run(
        graph, params, on_side(vectors, side), MASK[side], placed
    )
    left = np.where(side == "left", LENGTHS - LENGTH, 0)
    states, d_vectors = (
        np.stack([np.roll(row, by, axis=0) for row, by in zip(array, left, strict=True)])
        for array in map(np.asarray, (states, d_vectors))
    )
    return nnx.to_pure_dict(d_params), d_vectors, states, last


def sides_of(made) -> list:
    """The single layers of an encoder, the lowest first, the one that reads onward
    before the other."""
    layers = list(made.layers) if isinstance(made, Stacked) else [made]
    return [
        side
        for layer in layers
        for side in ((layer.onward, layer.backward) if hasattr(layer, "onward") else (layer,))
    ]


def leaves_of(gradients: dict) -> list:
    """The same for gradients."""
    layers = (
        [gradients["layers"][place] for place in sorted(gradients["layers"])]
        if "layers" in gradients
        else [gradients]
    )
    return [
        side
        for layer in layers
        for side in ((layer["onward"], layer["backward"]) if "onward" in layer else (layer,))
    ]


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("ways", ["", "bi"])
@pytest.mark.parametrize("name", CELLS)
def test_outputs_and_gradients_equal_pytorchs(name, ways, side):
    torch = pytest.importorskip("torch")
    made = moved(ENCODERS[ways + name](DIM, hidden_size=HIDDEN, layers=2, rngs=nnx.Rngs(1)))
    order = {"rnn": [0], "gru": [1, 0, 2], "lstm": [0, 1, 2, 3]}[
        name
    ]  # PyTorch's gates, as numbered here

    def blocks(array):
        return np.concatenate(
            [np.split(np.asarray(array), len(order), axis=-1)[gate] for gate in order], axis=-1
        )

    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[name]
    other = kind(
        DIM, HIDDEN, num_layers=2, bidirectional=ways == "bi", batch_first=True, dtype=torch.float64
    )
    suffixes = [
        f"_l{layer}{way}" for layer in range(2) for way in (("", "_reverse") if ways else ("",))
    ]
    for layer, suffix in zip(sides_of(made), suffixes, strict=True):
        second = layer.recurrent_bias[...] if name == "gru" else jnp.zeros_like(layer.bias[...])
        weights = {
            "weight_ih": layer.inputs[...],
            "weight_hh": layer.recurrent[...],
            "bias_ih": layer.bias[...],
            "bias_hh": second,
        }
        for into, array in weights.items():
            getattr(other, into + suffix).data = torch.tensor(blocks(array).T.astype(float))

    d_params, d_vectors, states, last = own(made, side)
    vectors = torch.tensor(numbers(BATCH, LENGTH, DIM).astype(float), requires_grad=True)
    weights = numbers(BATCH, 1 + LENGTH, made.output_size)
    total = torch.zeros(())
    for row, length in enumerate(LENGTHS):
        if length == 0:
            assert not np.any(states[row])
            assert not np.any(last[row])
            continue
        expected, _ = other(vectors[row : row + 1, :length])
        ends = torch.cat(
            [expected[0, -1, :HIDDEN], expected[0, 0, HIDDEN:]]
        )  # the last state of each way
        assert_close(states[row, :length], expected[0].detach())
        assert_close(last[row], ends.detach())
        total = (
            total
            + (expected[0] * torch.tensor(weights[row, 1 : length + 1])).sum()
            + (ends * torch.tensor(weights[row, 0])).sum()
        )
    total.backward()
    assert_close(d_vectors, vectors.grad)
    for gradient, suffix in zip(leaves_of(d_params), suffixes, strict=True):
        assert_close(blocks(gradient["inputs"]).T, getattr(other, "weight_ih" + suffix).grad)
        assert_close(blocks(gradient["recurrent"]).T, getattr(other, "weight_hh" + suffix).grad)
        assert_close(blocks(gradient["bias"]), getattr(other, "bias_ih" + suffix).grad)
        if name == "gru":
            assert_close(
                blocks(gradient["recurrent_bias"]), getattr(other, "bias_hh" + suffix).grad
            )


def flax_cell(name: str, layer):
    """Flax's cell with the weights of a layer, and the gradients of such a cell in the
    layout of a layer's."""
    h = HIDDEN
    if name == "rnn":
        cell = nnx.SimpleCell(DIM, h, rngs=nnx.Rngs(0))
        cell.dense_i.kernel[...], cell.dense_i.bias[...], cell.dense_h.kernel[...] = (
            layer.inputs[...],
            layer.bias[...],
            layer.recurrent[...],
        )
        return cell, lambda d: (
            d["dense_i"]["kernel"],
            d["dense_h"]["kernel"],
            d["dense_i"]["bias"],
        )
    if name == "lstm":
        cell = nnx.OptimizedLSTMCell(DIM, h, rngs=nnx.Rngs(0))
        cell.dense_i.kernel[...], cell.dense_h.bias[...], cell.dense_h.kernel[...] = (
            layer.inputs[...],
            layer.bias[...],
            layer.recurrent[...],
        )
        return cell, lambda d: (
            d["dense_i"]["kernel"],
            d["dense_h"]["kernel"],
            d["dense_h"]["bias"],
        )
    cell = nnx.GRUCell(DIM, h, rngs=nnx.Rngs(0))
    swap = np.r_[
        h : 2 * h, :h, 2 * h : 3 * h
    ]  # flax has reset, update, candidate; the swap undoes itself
    cell.dense_i.kernel[...], cell.dense_h.kernel[...] = (
        layer.inputs[...][:, swap],
        layer.recurrent[...][:, swap],
    )
    both = layer.bias[...] + layer.recurrent_bias[...].at[2 * h :].set(
        0.0
    )  # flax has no second bias
    cell.dense_i.bias[...] = both[swap]
    return cell, lambda d: (
        d["dense_i"]["kernel"][:, swap],
        d["dense_h"]["kernel"][:, swap],
        d["dense_i"]["bias"][swap],
    )


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("name", CELLS)
def test_outputs_and_gradients_equal_flaxs(name, backwards):
    layer = moved(CELLS[name](DIM, hidden_size=HIDDEN, rngs=nnx.Rngs(1)))
    if name == "gru":
        layer.recurrent_bias[...] = layer.recurrent_bias[...].at[2 * HIDDEN :].set(0.0)
    cell, layout = flax_cell(name, layer)
    graph, *params = nnx.split(cell, nnx.Param, ...)
    vectors, weights = numbers(BATCH, LENGTH, DIM), numbers(BATCH, LENGTH, HIDDEN)
    mask = MASK["right"]

    def theirs(params, vectors):
        rnn = nnx.RNN(
            nnx.merge(graph, *params), reverse=backwards, keep_order=True, rngs=nnx.Rngs(0)
        )
        states = jnp.where(mask[:, :, None], rnn(vectors, seq_lengths=jnp.maximum(LENGTHS, 1)), 0.0)
        return (states * weights).sum(), states

    def ours(layer, vectors):
        words, here = Given(vectors).time_first(), jnp.asarray(mask).T
        states = (
            layer.states(words.backwards(), here[::-1])[::-1]
            if backwards
            else layer.states(words, here)
        )
        states = jnp.where(mask[:, :, None], states.swapaxes(0, 1), 0.0)
        return (states * weights).sum(), states

    own_graph, own_params = nnx.split(layer, nnx.Param)
    (d_theirs, d_vectors), expected = jax.jit(
        jax.grad(theirs, (0, 1), has_aux=True, allow_int=True)
    )(tuple(params), vectors)
    (d_own, d_own_vectors), states = jax.jit(
        jax.grad(
            lambda params, vectors: ours(nnx.merge(own_graph, params), vectors),
            (0, 1),
            has_aux=True,
        )
    )(own_params, vectors)
    assert_close(states, expected)
    assert_close(d_own_vectors, d_vectors)
    gradients = nnx.to_pure_dict(d_own)
    for gradient, other in zip(
        ("inputs", "recurrent", "bias"), layout(nnx.to_pure_dict(d_theirs[0])), strict=True
    ):
        assert_close(gradients[gradient], other)


def sigmoid(x):
    return 1 / (1 + jnp.exp(-x))


def plain_simple(row, hidden, recurrent):
    return jnp.tanh(row + hidden @ recurrent)


def plain_gru(row, hidden, recurrent, bias):
    (pz, pr, pn), (az, ar, an) = (
        jnp.split(row, 3, axis=1),
        jnp.split(hidden @ recurrent + bias, 3, axis=1),
    )
    z = sigmoid(pz + az)
    return z * hidden + (1 - z) * jnp.tanh(pn + sigmoid(pr + ar) * an)


def plain_gru_reset_before(row, hidden, recurrent):
    (pz, pr, pn), (uz, ur, un) = jnp.split(row, 3, axis=1), jnp.split(recurrent, 3, axis=1)
    z, r = sigmoid(pz + hidden @ uz), sigmoid(pr + hidden @ ur)
    return z * hidden + (1 - z) * jnp.tanh(pn + (r * hidden) @ un)


SCANS = {
    "simple": (partial(scan, SimpleRNN.recurrence), plain_simple, 1, ()),
    "gru": (partial(scan, RESETS["after"]), plain_gru, 3, (numbers(3 * HIDDEN, seed=5),)),
    "gru_reset_before": (partial(scan, RESETS["before"]), plain_gru_reset_before, 3, ()),
}
HOLES = jnp.array(
    [[1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0], [1, 0, 1, 0, 0, 1]], bool
).T


@pytest.mark.parametrize("mapped", ["alone", "vmap", "map"])
@pytest.mark.parametrize("name", SCANS)
def test_scans_and_their_gradients_equal_a_loop_and_its_autodiff(name, mapped):
    own_scan, plain, gates, bias = SCANS[name]
    projected, recurrent = numbers(6, 4, gates * HIDDEN), numbers(HIDDEN, gates * HIDDEN)
    weights = numbers(6, 4, HIDDEN, seed=1)

    def loop(projected, mask, *weights_and_bias):
        hidden, states = jnp.zeros((4, HIDDEN)), []
        for row, here in zip(projected, mask, strict=True):
            hidden = jnp.where(here[:, None], plain(row, hidden, *weights_and_bias), hidden)
            states.append(hidden)
        return jnp.stack(states)

    def total(of):
        def weighted(projected, *rest):
            states = of(projected, HOLES, *rest)
            return (states * weights).sum(), states

        return jax.grad(weighted, tuple(range(2 + len(bias))), has_aux=True)

    def over(of):
        each = total(of)
        if mapped == "alone":
            return jax.jit(each)(projected, recurrent, *bias)
        both = [jnp.stack([array, -0.5 * array]) for array in (projected, recurrent, *bias)]
        return jax.jit(
            jax.vmap(each)
            if mapped == "vmap"
            else lambda *args: jax.lax.map(lambda one: each(*one), args)
        )(*both)

    for mine, expected in zip(
        jax.tree.leaves(over(own_scan)), jax.tree.leaves(over(loop)), strict=True
    ):
        assert_close(mine, expected)
        assert np.abs(expected).max() > 0.1


@pytest.mark.parametrize("name", SCANS)
def test_padding_steps_change_no_bit_and_take_no_gradient(name):
    own_scan, _, gates, bias = SCANS[name]
    projected, recurrent = numbers(6, 4, gates * HIDDEN), numbers(HIDDEN, gates * HIDDEN)
    beside = np.full((3, 4, gates * HIDDEN), 7.0, np.float32)
    wide, mask = np.concatenate([beside, projected, beside]), jnp.pad(HOLES, ((3, 3), (0, 0)))
    own = jax.jit(own_scan)
    np.testing.assert_array_equal(
        own(wide, mask, recurrent, *bias)[3:9], own(projected, HOLES, recurrent, *bias)
    )
    gradient = jax.jit(jax.grad(lambda wide, *others: own_scan(wide, mask, *others).sum()))(
        wide, recurrent, *bias
    )
    np.testing.assert_array_equal(np.any(gradient, axis=2), mask)


def test_the_reset_stands_where_it_is_asked_for():
    vectors, mask = numbers(2, LENGTH, DIM), np.ones((2, LENGTH), bool)
    after, before = (
        GRU(DIM, hidden_size=HIDDEN, reset=place, rngs=nnx.Rngs(1)) for place in ("after", "before")
    )
    np.testing.assert_array_equal(after.recurrent[...], before.recurrent[...])
    assert not np.allclose(
        jax.jit(after.__call__)(vectors, mask), jax.jit(before.__call__)(vectors, mask), atol=1e-3
    )
    assert len(jax.tree.leaves(nnx.state(before))) == len(jax.tree.leaves(nnx.state(after))) - 1
    with pytest.raises(
        InputError, match="unknown place of the reset 'befor'; did you mean 'before'"
    ):
        GRU(DIM, reset="befor", rngs=nnx.Rngs(0))


def test_keras_and_flax_start_layers_otherwise():
    keras, flax = (
        LSTM(300, hidden_size=200, initialisers=name, rngs=nnx.Rngs(0))
        for name in ("keras", "flax")
    )
    np.testing.assert_array_equal(keras.bias[...], np.repeat([0, 1, 0, 0], 200))
    assert not np.any(flax.bias[...])
    together, apart = np.asarray(keras.recurrent[...]), np.asarray(flax.recurrent[...])
    np.testing.assert_allclose(together @ together.T, np.eye(200), atol=1e-5)
    for gate in np.split(apart, 4, axis=1):
        np.testing.assert_allclose(gate.T @ gate, np.eye(200), atol=1e-5)
    reach = np.sqrt(6 / (300 + 800))  # Glorot's
    assert 0.999 * reach < np.abs(keras.inputs[...]).max() <= reach
    np.testing.assert_allclose(
        np.std(flax.inputs[...]), 1 / np.sqrt(300), rtol=0.01
    )  # LeCun's; 240,000 draws
    with pytest.raises(
        InputError, match="unknown set of initialisers 'kears'; did you mean 'keras'"
    ):
        LSTM(3, initialisers="kears", rngs=nnx.Rngs(0))


def test_a_stack_without_layers_is_refused():
    with pytest.raises(InputError, match="layers=0"):
        ENCODERS["lstm"](DIM, hidden_size=HIDDEN, layers=0, rngs=nnx.Rngs(0))
