"""Regimes of which a part trains: the property that defines each, in dense and sparse steps."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small_corpus
from small_corpus import of_run

from embexp import records, run
from embexp.errors import InputError
from embexp.models.joint import NEGATIVES, WINDOW, skip_gram_loss
from embexp.runner import Training, make_group
from embexp.tasks import prepare_task

pytestmark = pytest.mark.slow  # compiling
small, untrained = small_corpus.small, small_corpus.untrained
LONG = pytest.mark.long
BOTH = pytest.mark.parametrize("optimiser", ["lazy-adam", pytest.param("adam", marks=LONG)])
HARD = {"seed": [0, 1], "epochs": 4, "weight_decay": 0.02, "table_rate": 0.02, "min_count": 1}


def trained(small, regime: str, encoder: str = "mean", **fields) -> Training:
    specs = small.specs(regime=regime, encoder=encoder, **HARD | fields)
    group = make_group(specs, prepare_task(specs[0]))
    training = Training(group)
    training.advance(group.schedule.steps)
    return training


def tables(training: Training) -> tuple[np.ndarray, np.ndarray]:
    """The first run's table as the encoder reads it, before training and now."""
    kind, group = training.group.static.embedding, training.group
    now, before = (
        np.asarray(kind.effective_table(each.params["embedding"]))[0]
        for each in (training, Training(group))
    )
    return before, now


def moved(training: Training) -> set[str]:
    """The words whose vectors have changed by a bit."""
    before, now = tables(training)
    words = training.group.task.vocabulary.words
    return {word for word, a, b in zip(words, before, now, strict=True) if (a != b).any()}


@BOTH
def test_only_words_without_a_vector_train(small, optimiser):
    training = trained(small, "uncovered-rows", optimiser=optimiser)
    task = training.group.task
    without = {word for word in task.vocabulary.words if word not in task.vectors}
    assert {"an", "it"} <= moved(training) <= without
    assert moved(trained(small, "tuned", optimiser=optimiser)) - without


@BOTH
def test_only_named_words_train(small, optimiser):
    words = ("good", "dreadful")
    assert moved(trained(small, "new-rows", optimiser=optimiser, train_words=[words])) == {*words}


def test_names_of_no_word_are_refused_before_anything_is_trained(small, untrained, tmp_path):
    for words in ((), ("nowhere",)):
        with pytest.raises(InputError, match="none of the words that train_words names"):
            run(small.specs(regime=["tuned", "new-rows"], train_words=[words]), results=tmp_path)
    assert not records.read_runs(tmp_path)


@BOTH
@pytest.mark.parametrize(
    "encoder", ["mean", *(pytest.param(name, marks=LONG) for name in ("cnn", "lstm"))]
)
def test_a_change_of_low_rank_is_of_no_higher_rank(small, optimiser, encoder):
    training = trained(small, "low-rank", encoder, optimiser=optimiser, rank=2)
    before, now = tables(training)
    values = np.linalg.svd(np.float64(now) - before, compute_uv=False)
    assert values[1] > 1e-3
    assert values[2] < 1e-5
    start = Training(training.group).params["embedding"]["static"]
    np.testing.assert_array_equal(training.params["embedding"]["static"], start)


def test_a_change_of_full_rank_moves_as_the_table_would(small):
    """With B the identity, and at rest, A is the change of a tuned table."""
    tuned = trained(small, "tuned", optimiser="sgd", weight_decay=0.0)
    specs = small.specs(regime="low-rank", encoder="mean", rank=6, optimiser="sgd", **HARD)
    specs = [spec.model_copy(update={"weight_decay": 0.0}) for spec in specs]
    group = make_group(specs, prepare_task(specs[0]))
    training = Training(group)
    embedding = training.params["embedding"]
    at_rest = embedding | {"by": np.stack([np.eye(6, dtype=np.float32)] * 2)}
    training.state = training.state._replace(params=training.params | {"embedding": at_rest})
    training.advance(1)
    other = Training(tuned.group)
    other.advance(1)
    np.testing.assert_allclose(tables(training)[1], tables(other)[1], rtol=1e-5, atol=1e-7)


@BOTH
@pytest.mark.parametrize("encoder", ["mean", pytest.param("cnn", marks=LONG)])
def test_the_point_at_the_end_is_tuned_and_that_at_the_start_reads_the_start(
    small, optimiser, encoder
):
    fields = {"encoder": encoder, "optimiser": optimiser}
    tuned = trained(small, "tuned", **fields)
    first, half, last = (
        trained(small, "interpolated", interpolation=share, **fields) for share in (0.0, 0.5, 1.0)
    )
    for each in (first, half, last):  # training does not know of the point
        rows = each.params["embedding"]["rows"]
        np.testing.assert_array_equal(rows, tuned.params["embedding"]["rows"])
    start, end = tables(tuned)
    np.testing.assert_array_equal(tables(first)[1], start)
    np.testing.assert_array_equal(tables(last)[1], end)
    np.testing.assert_allclose(tables(half)[1], (start + end) / 2, rtol=1e-6, atol=1e-7)
    for split in (tuned.group.task.validation, tuned.group.task.test):
        np.testing.assert_array_equal(last.logits(split), tuned.logits(split))
        assert np.abs(half.logits(split) - tuned.logits(split)).max() > 1e-3


@BOTH
def test_a_table_is_held_near_its_start_the_more_the_heavier_the_anchor(small, optimiser):
    def change(**fields) -> float:
        before, now = tables(trained(small, optimiser=optimiser, weight_decay=0.0, **fields))
        return float(np.abs(now - before).max())

    changes = [change(regime="anchored", anchor_weight=each) for each in (0.0, 0.1, 10.0, 1e4)]
    assert changes[0] == change(regime="tuned")  # bit for bit
    assert changes == sorted(changes, reverse=True)
    # Adam's steps are as long as the rate, however heavy: the table trembles about its start
    assert changes[-1] <= 3 * HARD["table_rate"]
    assert changes[-1] < changes[0] / 3


@pytest.mark.parametrize(
    "regime",
    [
        *("uncovered-rows", "low-rank"),
        *(pytest.param(name, marks=pytest.mark.long) for name in ("anchored", "joint")),
        pytest.param("interpolated", marks=pytest.mark.long),
    ],
)
def test_words_that_only_scoring_meets_are_read_by_their_vectors(small, regime, tmp_path):
    """With nothing learned of it, a table reads them as the frozen one does."""
    fields = {"train_texts": 4, "learning_rate": 0.0, "table_rate": 0.0, "seed": 0}
    specs = small.specs(regime=[regime, "frozen"], **fields)
    assert prepare_task(specs[0]).others
    run(specs, results=tmp_path)
    assert {each["error"] for each in records.read_runs(tmp_path).values()} == {None}
    own, frozen = (np.load(tmp_path / "logits" / f"{spec.digest}.npy") for spec in specs)
    np.testing.assert_allclose(own, frozen, rtol=1e-5, atol=1e-6)


@pytest.mark.long
@BOTH
@pytest.mark.parametrize("encoder", ["mean", pytest.param("cnn", marks=LONG)])
def test_skip_gram_without_weight_is_tuned_and_with_it_brings_words_together(
    small, optimiser, encoder
):
    fields = {"encoder": encoder, "optimiser": optimiser}
    tuned = trained(small, "tuned", **fields)
    none, some = (trained(small, "joint", joint_weight=each, **fields) for each in (0.0, 5.0))
    np.testing.assert_array_equal(tables(none)[1], tables(tuned)[1])  # bit for bit
    for split in (tuned.group.task.validation, tuned.group.task.test):
        np.testing.assert_array_equal(none.logits(split), tuned.logits(split))
    train = tuned.group.task.train.ids
    ids = jnp.asarray(np.vstack([text[:3] for text in np.split(train.flat, train.offsets[1:-1])]))

    def losses(training: Training) -> float:
        rows = jnp.asarray(training.params["embedding"]["rows"])[0]
        return float(skip_gram_loss(rows, ids, jnp.ones(ids.shape, bool), jax.random.key(0)))

    at_zeros = (1 + NEGATIVES) * np.log(2)
    assert losses(none) == pytest.approx(at_zeros, rel=1e-5)  # contexts have not moved
    assert losses(some) < losses(none) - 0.1


def test_the_loss_of_skip_gram_is_that_of_its_formula():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(9, 8))
    ids, lengths = rng.integers(0, 9, (3, 12)), [12, 7, 1]
    mask, key = np.arange(12) < np.array(lengths)[:, None], jax.random.key(3)
    stand = np.flatnonzero(mask)
    drawn = stand[np.asarray(jax.random.randint(key, (NEGATIVES, *ids.shape), 0, len(stand)))]
    words, contexts = rows[:, :4], rows[:, 4:]
    losses = []
    for text, length in enumerate(lengths):
        for place in range(length):
            negative = contexts[ids.ravel()[drawn[:, text, place]]] @ words[ids[text, place]]
            for near in range(max(0, place - WINDOW), min(length, place + WINDOW + 1)):
                if near != place:
                    own = words[ids[text, place]] @ contexts[ids[text, near]]
                    losses.append(np.log1p(np.exp(-own)) + np.log1p(np.exp(negative)).sum())
    given = jnp.asarray(rows, jnp.float32), jnp.asarray(ids), jnp.asarray(mask)
    assert float(skip_gram_loss(*given, key)) == pytest.approx(np.mean(losses), rel=1e-5)
    nothing = skip_gram_loss(given[0], given[1], jnp.zeros(ids.shape, bool), key)
    assert float(nothing) == 0.0


@BOTH
def test_a_table_waits_until_validation_stalls(small, optimiser, tmp_path):
    """Where nothing is learned before, it stalls when patience is over."""
    fields = {"optimiser": optimiser, "epochs": 9, "patience": 2, "learning_rate": 0.0}
    specs = small.specs(regime="delayed-stall", seed=[0, 1], table_rate=0.05, **fields)
    rows = run(specs, results=tmp_path)
    each = make_group(specs, prepare_task(specs[0])).schedule.steps // 9
    for spec in specs:
        drift = {
            row["step"]: row["value"]
            for row in of_run(rows, spec)
            if row["measure"] == "drift" and row["stratum"] == "all"
        }
        last = max(drift)
        assert all(value == 0 for step, value in drift.items() if step <= 2 * each)
        assert drift[last] > 0
        assert last > 2 * each
    with pytest.raises(InputError, match="waits until patience is over; give patience=N"):
        small.specs(regime="delayed-stall", seed=0)
