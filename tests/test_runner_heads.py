"""Every kind of head and of embedding, from files to rows; and the representations of
texts before the head.
"""

from itertools import pairwise, product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax
from small_corpus import of_run

from embexp import grid, run, trained
from embexp.evaluation.texts import TextsEvaluator
from embexp.grids import make
from embexp.measures.sentences import References, mean_vectors, sentence_values
from embexp.runner import Training, make_group
from embexp.tasks import prepare_task
from embexp.words import Vectors

pytestmark = pytest.mark.slow  # compiling
SMALL = {
    "seed": 0,
    "batch_size": 8,
    "buckets": 2,
    "epochs": 6,
    "learning_rate": 0.05,
    "min_count": 1,
    "lexicon": None,
    "tracked_pairs": (),
}
TEXT_MEASURES = {
    "text_probe",
    "text_rsa_meaning",
    "text_rsa_label",
    "text_rsa_meaning|label",
    "text_rsa_label|meaning",
}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Labelled texts whose first word tells the class, and vectors of their words."""
    folder = tmp_path_factory.mktemp("heads")
    words = [f"w{i}" for i in range(12)]
    lines = [
        f"{word} {one} {other},{int(place < 6)}"
        for (place, word), one, other in product(enumerate(words), words[:4], words[4:7])
    ]
    (folder / "texts.csv").write_text("text,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    Vectors(words, np.random.default_rng(0).normal(size=(12, 5))).write(folder / "vectors.txt")
    return {"corpus": str(folder / "texts.csv"), "vectors": str(folder / "vectors.txt")}


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Tagged sentences: a name is `B-name`, what follows it `I-name`, all else `O`."""
    folder, rng = tmp_path_factory.mktemp("tagged"), np.random.default_rng(0)
    for split, count in (("train", 60), ("dev", 12), ("test", 12)):
        lines = []
        for _ in range(count):
            for _ in range(rng.integers(1, 4)):
                is_name = rng.random() < 0.5
                lines += ["Anna B-name", "Smith I-name"] if is_name else ["walks O", "home O"]
            lines.append("")
        (folder / f"{split}.conll").write_text("\n".join(lines) + "\n", encoding="utf-8")
    random = {"encoder": "lstm", "regime": "random", "vectors": None, "dim": 5, "hidden_size": 4}
    return {**SMALL, **random, "corpus": str(folder), "head": "tags"}


def row_of(rows: list[dict], measure: str, split: str = "test") -> dict:
    (found,) = [row for row in rows if (row["measure"], row["split"]) == (measure, split)]
    return found


def test_a_tagger_learns_tags_and_scores_tokens_and_spans(tagger, tmp_path):
    spec = make(**tagger)
    rows = run(spec, results=tmp_path)
    assert row_of(rows, "accuracy")["value"] == 1.0
    assert row_of(rows, "span_f1")["value"] == 1.0
    assert row_of(rows, "accuracy")["n"] == len(prepare_task(spec).test.ids.flat)


@pytest.mark.long
def test_a_tagger_s_tokens_are_centred_at_the_start(tagger):
    spec = make(**tagger, head_inputs="centred")
    group = make_group([spec], prepare_task(spec))
    training, ids = Training(group), group.task.train.ids
    model = group.static.model_with(jax.tree.map(lambda leaf: leaf[0], training.state.params))
    found = []
    for first, last in pairwise(ids.offsets):
        words = jnp.asarray(ids.flat[first:last])[None]
        found.append(np.asarray(model.features(words, jnp.ones(words.shape, bool)))[0])
    assert training.inputs.centre is not None
    expected = np.vstack(found).mean(axis=0)
    np.testing.assert_allclose(training.inputs.centre[0], expected, atol=1e-6)


def test_two_outputs_are_both_scored_and_the_auxiliary_one_learns_by_its_weight_only(
    texts, tmp_path
):
    same = {
        "head": "two-outputs",
        "encoder": "lstm",
        "hidden_size": 4,
        "output_activation": "sigmoid",
        "regime": "tuned",
    }
    specs = grid(**same, **texts, **SMALL, auxiliary_weight=[0.5, 0.0])
    rows = run(specs, results=tmp_path)
    both, without = (of_run(rows, spec) for spec in specs)
    assert row_of(both, "accuracy")["value"] > 0.9
    assert row_of(without, "accuracy")["value"] > 0.9
    assert row_of(both, "auxiliary_accuracy")["value"] > 0.9
    task = prepare_task(specs[0])
    assert task.train.extra.shape[1] == 5

    def auxiliary_loss(spec) -> float:
        logits = np.load(tmp_path / "logits" / f"{spec.digest}.npy")[:, 1]
        chosen = np.take_along_axis(log_softmax(logits, axis=1), task.test.labels[:, None], axis=1)
        return -float(chosen.mean())

    learned, untrained = map(auxiliary_loss, specs)
    assert 2 * learned < untrained


def test_one_hot_codes_have_no_table_to_measure_and_two_channels_have_one(texts, tmp_path):
    regimes = ["one-hot", "multichannel"]
    sizes = {"encoder": "cnn", "windows": (1, 2), "hidden_size": 4}
    rows = run(grid(regime=regimes, **sizes, **texts, **SMALL), results=tmp_path)
    assert {row["regime"] for row in rows if row["split"] == "words"} == {"multichannel"}
    for regime in regimes:
        own = [row for row in rows if row["regime"] == regime]
        assert row_of(own, "accuracy")["value"] > 0.9


def test_a_projected_table_is_frozen_while_every_word_moves_by_its_map(texts, tmp_path):
    specs = grid(regime=["frozen", "projected"], encoder="mean", **texts, **SMALL)
    rows = run(specs, results=tmp_path)
    moved = {
        row["regime"]: (row["n"], row["total"])
        for row in rows
        if row["measure"] == "top1_share" and row["step"] and row["stratum"] == "all"
    }
    assert moved["frozen"][0] == 0
    assert moved["projected"][0] == moved["projected"][1] > 0


@pytest.mark.optimised
def test_representations_of_texts_are_measured_before_and_after_training(texts, tmp_path):
    sizes = {"encoder": "cnn", "windows": (1,), "hidden_size": 4}
    spec = make(regime="tuned", **sizes, **texts, **SMALL)
    rows = run(spec, results=tmp_path, save_models=True)
    rows = [row for row in rows if row["measure"].startswith("text_")]
    (selected,) = {row["step"] for row in rows} - {0}
    assert {row["split"] for row in rows} == {"validation"}
    found = {row["measure"]: row["value"] for row in rows if row["step"] == selected}
    assert found.keys() == TEXT_MEASURES

    task, model = prepare_task(spec), trained(spec, results=tmp_path)
    ids, offsets = task.validation.ids
    lengths = np.diff(offsets)
    mask = np.arange(lengths.max()) < lengths[:, None]
    wide = np.zeros(mask.shape, np.int32)
    wide[mask] = ids
    states = np.asarray(model.model.features(jnp.asarray(wide), jnp.asarray(mask)))
    means = mean_vectors(ids, offsets, model.start_table)
    expected = sentence_values(states, References(means, task.validation.labels))
    for name, value in found.items():
        if value is None:
            assert np.isnan(expected[name].value)
        else:
            assert value == pytest.approx(expected[name].value, abs=1e-4)
    assert found["text_rsa_meaning"] is not None


def test_the_texts_that_are_measured_are_spread_over_their_split(texts, monkeypatch):
    monkeypatch.setattr("embexp.evaluation.texts.TEXTS", 6)
    spec = make(regime="tuned", encoder="mean", **texts, **SMALL)
    task = prepare_task(spec)
    evaluator = TextsEvaluator(task, spec)
    assert len(evaluator.texts) == 6
    assert (evaluator.texts[0], evaluator.texts[-1]) == (0, len(task.validation) - 1)
    assert len(evaluator.references.labels) == len(evaluator.references.means) == 6


@pytest.mark.long
def test_without_pretrained_vectors_or_labels_of_texts_no_representation_is_measured(
    tagger, texts, tmp_path
):
    plain = {"corpus": texts["corpus"], "encoder": "mean", "vectors": None, "dim": 5}
    unheld = {**texts, "encoder": "mean", "holdout": "none"}
    specs = [make(**tagger), *(make(regime="random", **SMALL, **each) for each in (plain, unheld))]
    rows = run(specs, results=tmp_path)
    assert {row["digest"] for row in rows} == {spec.digest for spec in specs}
    assert not [row for row in rows if row["measure"].startswith("text_")]
