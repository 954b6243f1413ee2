"""What a baseline on mean vectors reads: what training does, words seen once as `<unk>` too."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from embexp import Spec
from embexp.baselines import BASELINES, LabelledTexts
from embexp.runner.baseline_texts import frozen_table, read, readings
from embexp.tasks import prepare_task
from embexp.training.texts import UNKNOWN


@pytest.fixture
def spec(tmp_path):
    """Sixty texts, each with a word of its label, and every third with two words of its own."""
    path, vectors = tmp_path / "texts.csv", tmp_path / "vectors.txt"
    rows, words = [], ["good", "bad", "film", "the"]
    for n in range(60):
        own = [f"first{n}", f"second{n}"] if n % 3 == 0 else []
        words += own
        rows.append(" ".join(["the", "film", ("bad", "good")[n % 2], *own]) + f",{n % 2}")
    path.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    table = np.random.default_rng(0).normal(size=(len(words), 5))
    lines = (f"{word} {' '.join(map(str, row))}" for word, row in zip(words, table, strict=True))
    vectors.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Spec(
        corpus=str(path),
        regime="frozen",
        encoder="mean",
        vectors=str(vectors),
        vocabulary="extended",
        min_count=1,
        seed=0,
    )


def test_each_word_seen_once_is_unknown_in_one_of_two_readings_and_no_other_word_is(spec):
    split = prepare_task(spec).train
    first, second = (each.ids.flat == UNKNOWN for each in readings(split))
    assert split.once.sum() > 10
    np.testing.assert_array_equal(first ^ second, split.once)
    assert 0 < first.sum() < split.once.sum()


def test_the_mean_of_both_readings_is_what_epochs_read_on_average(spec):
    task = prepare_task(spec)
    texts = read(task, spec, means=True)(task.train)
    table, split = frozen_table(task, spec), task.train
    halfway = np.where(
        split.once[:, None], (table[split.ids.flat] + table[UNKNOWN]) / 2, table[split.ids.flat]
    )
    offsets = split.ids.offsets
    expected = [halfway[begin:end].mean(axis=0) for begin, end in pairwise(offsets)]
    np.testing.assert_allclose(texts.readings.mean(axis=0), expected, rtol=1e-5, atol=1e-6)


def test_a_closed_vocabulary_has_one_reading(spec):
    closed = spec.model_copy(update={"vocabulary": "closed"})
    task = prepare_task(closed)
    assert readings(task.train) == []
    assert read(task, closed, means=True)(task.train).readings is None


def test_other_splits_are_read_as_they_are(spec):
    task = prepare_task(spec)
    assert readings(task.test) == []


def test_the_model_is_fitted_to_every_reading(spec):
    task = prepare_task(spec)
    texts = read(task, spec, means=True)
    train, validation, test = (texts(each) for each in (task.train, task.validation, task.test))
    fitted = BASELINES["mean-vectors"].fit(train, validation, 2)
    stacked = np.concatenate(train.readings)
    centre, spread = stacked.mean(axis=0), stacked.std(axis=0)
    model = LogisticRegression(C=fitted.chosen["C"], tol=1e-6, max_iter=10_000)
    model.fit((stacked - centre) / spread, np.tile(train.labels, 2))
    expected = model.predict_log_proba((test.means - centre) / spread)
    np.testing.assert_allclose(fitted.score(test), expected, rtol=1e-3, atol=1e-3)


def test_parts_of_the_texts_keep_their_readings_weights_and_labels():
    means = np.arange(6.0).reshape(3, 2)
    texts = LabelledTexts(
        [["a"], ["b"], ["c"]],
        means,
        np.array([0, 1, 1]),
        np.array([1.0, 2.0, 3.0]),
        np.stack([means, -means]),
    )
    part = texts.at(np.array([True, False, True])).as_read()
    np.testing.assert_array_equal(part.means, [[0, 1], [4, 5], [0, -1], [-4, -5]])
    np.testing.assert_array_equal(part.labels, [0, 1, 0, 1])
    np.testing.assert_array_equal(part.weights, [1, 3, 1, 3])
    assert part.tokens == [["a"], ["c"], ["a"], ["c"]]
    assert part.as_read() is part
