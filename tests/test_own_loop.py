"""A user's own optax loop over the runner's batches trains to the runner's numbers."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

import embexp
from embexp.data import Ids
from embexp.models import Classifier, Embedding, Mean
from embexp.runner.start import draws
from embexp.tasks import Task, prepare_task
from embexp.training import hyper_parameters, transformation
from embexp.training.optimiser import HyperParameters

SPEC = {
    "vocabulary": "training",
    "corpus": "movie-reviews-rt",
    "encoder": "mean",
    "seed": 3,
    "train_texts": 200,
    "vectors": "glove-6b-50d",
    "epochs": 2,
    "batch_size": 16,
    "buckets": 3,
    "learning_rate": 0.005,
    "table_rate": 0.002,
    "weight_decay": 0.1,
    "clip": 0.05,
    "lexicon": None,
    "similarity": (),
    "tracked_pairs": (),
}
"""So fast that both tables and losses move, with clipping and decay on."""
CLOSE = {"rtol": 1e-5, "atol": 2e-6}
"""Sums in another order differ by roundings of 6e-8, of numbers near 1, in each of 28 steps."""


@pytest.fixture(scope="module", params=["frozen", "tuned"])
def run(request, tmp_path_factory) -> SimpleNamespace:
    """A run of the package with its saved model, and the task that it was trained on."""
    spec = embexp.Spec(**SPEC, regime=request.param)
    folder = tmp_path_factory.mktemp("runs")
    rows = embexp.run(spec, results=folder, save_models=True)
    (selected,) = {row["step"] for row in rows if row["split"] == "test"}
    assert selected >= 16
    logits = np.load(folder / "logits" / f"{spec.digest}.npy")
    task = prepare_task(spec)
    return SimpleNamespace(spec=spec, task=task, folder=folder, selected=selected, logits=logits)


def own_model(spec: embexp.Spec, task: Task) -> Classifier:
    """The same draws as the runner's: the seed's generators by purpose."""
    of_table, *_ = draws(spec)
    words = Embedding.from_vectors(
        task.vectors, task.vocabulary, regime=spec.regime, rng=of_table.spawn(2)[0]
    )
    rngs = nnx.Rngs(jax.random.split(jax.random.key(spec.seed))[0])
    Embedding(words.vocab, words.dim, rngs=rngs)  # the runner draws a table before it is replaced
    encoder = Mean(words.dim, rngs=rngs)
    return Classifier(words, encoder, len(task.classes), rngs=rngs)


def padded(ids: Ids, texts: np.ndarray, width: int) -> tuple[jax.Array, jax.Array]:
    """Ids and mask of some texts, padded on the right; −1 stands for an empty text."""
    rows = np.zeros((len(texts), width), np.int32)
    mask = np.zeros((len(texts), width), bool)
    for place, text in enumerate(texts):
        words = ids.flat[ids.offsets[text] : ids.offsets[text + 1]] if text >= 0 else []
        rows[place, : len(words)], mask[place, : len(words)] = words, True
    return jnp.asarray(rows), jnp.asarray(mask)


def loss(model: Classifier, ids: Any, mask: Any, labels: Any, counts: Any) -> Any:
    nll = optax.softmax_cross_entropy_with_integer_labels(model(ids, mask), labels)
    return (nll * counts).sum() / counts.sum()


def batches(spec: embexp.Spec, task: Task, steps: int) -> Iterator[tuple[Any, ...]]:
    """What `loss` takes at each step: the runner's order of texts, padded to one width."""
    _, of_order, *_ = draws(spec)
    ids, labels = task.train.ids, task.train.labels
    for drawn in task.schedule(spec).text_indices(of_order)[:steps]:
        there = jnp.asarray(drawn >= 0, jnp.float32)
        yield *padded(ids, drawn, ids.lengths.max()), jnp.asarray(labels[drawn]), there


def fitted(spec: embexp.Spec, task: Task, steps: int, transform: Any) -> Classifier:
    """The user's model after so many steps with Flax's optimiser."""
    model = own_model(spec, task)
    optimiser = nnx.Optimizer(model, transform, wrt=nnx.Param)

    @nnx.jit
    def step(model: Any, optimiser: Any, *batch: Any) -> None:
        optimiser.update(model, nnx.grad(loss)(model, *batch))

    for batch in batches(spec, task, steps):
        step(model, optimiser, *batch)
    return model


def assert_same_numbers(model: Classifier, run: SimpleNamespace) -> None:
    """The parameters of the run's selected step, and its test logits."""
    saved = embexp.trained(run.spec, results=run.folder).model
    pure = [nnx.to_pure_dict(nnx.state(each, nnx.Param)) for each in (model, saved)]
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, **CLOSE), *pure)
    ids = run.task.test.ids
    logits = model(*padded(ids, np.arange(len(ids.lengths)), ids.lengths.max()))
    np.testing.assert_allclose(logits, run.logits, **CLOSE)


def numbers_of(spec: embexp.Spec, regime: str, task: Task) -> HyperParameters:
    own = {name: getattr(spec, name) for name in ("table_rate", "weight_decay", "clip")}
    steps = task.schedule(spec).steps
    return hyper_parameters(regime, steps, learning_rate=spec.learning_rate, **own)


@pytest.mark.slow
def test_an_own_loop_with_the_package_s_transformation_trains_to_the_numbers_of_the_run(run):
    start = own_model(run.spec, run.task)
    numbers = numbers_of(run.spec, start.embedding.regime, run.task)
    model = fitted(run.spec, run.task, run.selected, transformation("adam", numbers))
    assert_same_numbers(model, run)
    table, before = np.asarray(model.embedding.rows[...]), np.asarray(start.embedding.rows[...])
    assert (table.tobytes() == before.tobytes()) == (run.spec.regime == "frozen")
    assert np.abs(np.asarray(model.head.kernel[...] - start.head.kernel[...])).max() > 0.01
    with pytest.raises(AssertionError):
        assert_same_numbers(start, run)


@pytest.mark.slow
@pytest.mark.parametrize("run", ["frozen"], indirect=True)
def test_an_own_loop_with_plain_optax_trains_to_the_numbers_of_the_frozen_run(run):
    """Without the package's transformation: the table is taken out of what trains."""
    spec = run.spec
    plain = optax.chain(
        optax.clip_by_global_norm(spec.clip),
        optax.adamw(spec.learning_rate, weight_decay=spec.weight_decay),
    )
    model = own_model(spec, run.task)
    rest = nnx.All(nnx.Param, lambda path, value: "rows" not in path)
    optimiser = nnx.Optimizer(model, plain, wrt=rest)

    @nnx.jit
    def step(model: Any, optimiser: Any, *batch: Any) -> None:
        gradients = nnx.grad(loss, argnums=nnx.DiffState(0, rest))(model, *batch)
        optimiser.update(model, gradients)

    for batch in batches(spec, run.task, run.selected):
        step(model, optimiser, *batch)
    assert_same_numbers(model, run)
