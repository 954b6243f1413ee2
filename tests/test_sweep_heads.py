"""The kinds of task beside plain texts, and the codings of words that are not one
table, from files to rows."""

from itertools import product
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from embexp import records, spec, sweep
from embexp.measures.sentences import References, mean_vectors, sentence_values
from embexp.sweep.material import shaped, word_ids
from embexp.sweep.task import task_of
from embexp.words import Vectors

SMALL = {
    "features": 4,
    "batch": 8,
    "buckets": 2,
    "epochs": 6,
    "rate": 0.05,
    "min_count": 1,
    "lexicon": None,
    "cosines": (),
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
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tagged sentences: a name is `B-name`, what follows it `I-name`, all else `O`."""
    folder, rng = tmp_path_factory.mktemp("tagged"), np.random.default_rng(0)
    for split, count in (("train", 60), ("dev", 12), ("test", 12)):
        lines = []
        for _ in range(count):
            for _ in range(rng.integers(1, 4)):
                lines += (
                    ["Anna B-name", "Smith I-name"] if rng.random() < 0.5 else ["walks O", "home O"]
                )
            lines.append("")
        (folder / f"{split}.conll").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def value(folder: Path, measure: str, split: str = "test") -> float:
    """The value of a measure in a folder with one cell."""
    (found,) = [
        row["value"]
        for row in records.read_rows(folder)
        if (row["measure"], row["split"]) == (measure, split)
    ]
    return found


def test_a_tagger_learns_tags_and_scores_tokens_and_spans(sentences, tmp_path):
    cell = spec.make(
        corpus=str(sentences),
        head="tags",
        encoder="lstm",
        regime="random",
        seed=0,
        vectors=None,
        dim=5,
        **SMALL,
    )
    sweep.run([cell], results=tmp_path)
    assert value(tmp_path, "accuracy") == 1.0
    assert value(tmp_path, "span_f1") == 1.0
    (row,) = [
        row
        for row in records.read_rows(tmp_path)
        if (row["measure"], row["split"]) == ("accuracy", "test")
    ]
    assert row["n"] == len(task_of(cell).test.ids.flat)


def test_two_outputs_are_both_scored_and_the_auxiliary_one_learns_by_its_weight_only(
    texts, tmp_path
):
    same = {
        "head": "two-outputs",
        "encoder": "lstm",
        "unit": "sigmoid",
        "regime": "glove-tuned",
        "seed": 0,
        **texts,
        **SMALL,
    }
    sweep.run([spec.make(**same, auxiliary=0.5)], results=tmp_path / "both")
    assert value(tmp_path / "both", "accuracy") > 0.9
    assert value(tmp_path / "both", "auxiliary_accuracy") > 0.9
    assert task_of(spec.make(**same)).train.extra.shape[1] == 5


def test_one_hot_codes_have_no_table_to_measure_and_two_channels_keep_one(texts, tmp_path):
    cells = spec.grid(
        regime=["one-hot", "glove-multichannel"],
        encoder="cnn",
        windows=(1, 2),
        seed=0,
        **texts,
        **SMALL,
    )
    rows = sweep.run(cells, results=tmp_path)
    measured = {row["regime"] for row in rows if row["split"] == "words"}
    assert measured == {"glove-multichannel"}
    assert {row["regime"] for row in rows if row["split"] == "test"} == {
        "one-hot",
        "glove-multichannel",
    }
    assert all(
        row["value"] > 0.9 for row in rows if (row["measure"], row["split"]) == ("accuracy", "test")
    )


def test_a_projected_table_is_kept_while_every_word_moves_by_its_map(texts, tmp_path):
    cells = spec.grid(
        regime=["glove-frozen", "glove-projected"], encoder="mean", seed=0, **texts, **SMALL
    )
    rows = sweep.run(cells, results=tmp_path)
    moved = {
        row["regime"]: (row["n"], row["total"])
        for row in rows
        if row["measure"] == "top1_share" and row["step"] and row["stratum"] == "all"
    }
    assert moved["glove-frozen"][0] == 0
    assert moved["glove-projected"][0] == moved["glove-projected"][1] > 0


@pytest.mark.parametrize(("keep", "expected"), [("first", [2, 3]), ("last", [3, 4])])
def test_texts_are_cut_at_either_end_or_filled_up_in_front(texts, keep, expected):
    given = spec.make(
        regime="random", encoder="mean", seed=0, length=2, keep=keep, **texts, **SMALL
    )
    _, ids = word_ids(given, {"train": ["a b c", "a"]})
    assert ids["train"].flat.tolist() == [*expected, 2]
    assert ids["train"].lengths.tolist() == [2, 1]
    filled = shaped(given.model_copy(update={"padding": "pre", "length": 4}), ids["train"])
    assert filled.lengths.tolist() == [4, 4]
    assert filled.flat.tolist() == [0, 0, *expected, 0, 0, 0, 2]


def test_representations_of_texts_are_measured_before_and_after_training(texts, tmp_path):
    cell = spec.make(regime="glove-tuned", encoder="cnn", windows=(1,), seed=0, **texts, **SMALL)
    rows = [
        row
        for row in sweep.run([cell], results=tmp_path, keep_models=True)
        if row["measure"].startswith("text_")
    ]
    (picked,) = {row["step"] for row in rows} - {0}
    assert {row["split"] for row in rows} == {"validation"}
    found = {row["measure"]: row["value"] for row in rows if row["step"] == picked}
    assert set(found) == {
        "text_probe",
        "text_rsa_meaning",
        "text_rsa_label",
        "text_rsa_meaning|label",
        "text_rsa_label|meaning",
    }

    task, kept = task_of(cell), sweep.trained(cell, results=tmp_path)
    ids, offsets = task.validation.ids
    wide = np.zeros((len(offsets) - 1, int(np.diff(offsets).max())), np.int32)
    keep = np.arange(wide.shape[1]) < np.diff(offsets)[:, None]
    wide[keep] = ids
    states = np.asarray(kept.model.features(jnp.asarray(wide), jnp.asarray(keep)))
    expected = sentence_values(
        states, References(mean_vectors(ids, offsets, kept.begun), task.validation.labels)
    )
    for name, value in found.items():
        assert value == pytest.approx(expected[name].value, abs=1e-4, nan_ok=True) or value is None


def test_the_texts_that_are_read_are_spread_over_their_split(texts, monkeypatch):
    monkeypatch.setattr("embexp.sweep.task.TEXTS", 6)
    task = task_of(
        spec.make(regime="glove-tuned", encoder="mean", seed=0, **texts, **SMALL | {"batch": 9})
    )
    assert len(task.texts) == 6
    assert (task.texts[0], task.texts[-1]) == (0, len(task.validation) - 1)
    assert len(task.references.labels) == len(task.references.means) == 6


def test_without_pretrained_vectors_or_labels_of_texts_no_representation_is_measured(
    sentences, texts, tmp_path
):
    tagger = spec.make(
        corpus=str(sentences),
        head="tags",
        encoder="lstm",
        regime="random",
        seed=0,
        vectors=None,
        dim=5,
        **SMALL,
    )
    plain = spec.make(
        corpus=texts["corpus"],
        encoder="mean",
        regime="random",
        seed=0,
        vectors=None,
        dim=5,
        **SMALL,
    )
    assert not [
        row
        for row in sweep.run([tagger, plain], results=tmp_path)
        if row["measure"].startswith("text_")
    ]
