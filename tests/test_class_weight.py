"""Losses in which every class counts alike, however rare it is."""

import csv
import random

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight
from small_corpus import small as small

from embexp import InputError, grid, records, run
from embexp.measures.class_weights import balanced
from embexp.models.model import mean_nll

FIELDS = {
    "vectors": None,
    "dim": 6,
    "regime": "random",
    "encoder": "mean",
    "seed": 0,
    "learning_rate": 0.05,
    "epochs": 8,
    "buckets": 1,
    "similarity": (),
    "lexicon": None,
    "polarity_corpus": "validation",
}


def test_weights_are_those_of_scikit_learn():
    labels = np.random.default_rng(0).choice(4, size=300, p=[0.7, 0.2, 0.08, 0.02])
    expected = compute_class_weight("balanced", classes=np.arange(4), y=labels)
    np.testing.assert_allclose(balanced(labels, 4), expected, rtol=1e-6)
    assert balanced(labels, 5)[4] == 0


def test_a_weight_of_two_is_a_text_that_stands_there_twice():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(5, 3)), np.array([0, 2, 1, 2, 0])
    twice = np.repeat(np.arange(5), 1 + (labels == 2))
    alike = mean_nll(jnp.asarray(logits[twice]), jnp.asarray(labels[twice]), jnp.ones(7, bool))
    weights = jnp.array([1.0, 1.0, 2.0])
    found = mean_nll(jnp.asarray(logits), jnp.asarray(labels), jnp.ones(5, bool), weights)
    assert found * 5 == pytest.approx(float(alike * 7), rel=1e-6)


def written(path, rare: float) -> str:
    """Texts of two classes that share most words; a class has a share of the texts."""
    rng = random.Random(0)
    with path.open("w", newline="", encoding="utf-8") as target:
        file = csv.writer(target)
        file.writerow(["text", "label"])
        for number in range(600):
            is_rare = number % round(1 / rare) == 0
            words = rng.choices(["sun", "rain"], [3, 1] if is_rare else [1, 2], k=3)
            file.writerow([" ".join([*words, f"w{rng.randrange(20)}"]), ["often", "rare"][is_rare]])
    return str(path)


def trained(folder, corpus: str, weight: str) -> dict[tuple[str, str], float]:
    (spec,) = grid(corpus=corpus, class_weight=weight, **FIELDS)
    run(spec, results=folder / weight)
    return of_splits(folder / weight)


def of_splits(folder) -> dict[tuple[str, str], float]:
    """The last value of each measure of the task."""
    rows = records.read_rows(folder)
    last = {(row["split"], row["measure"]): row["value"] for row in rows if row["stratum"] == "all"}
    return {key: value for key, value in last.items() if key[0] in ("validation", "test")}


def test_a_rare_class_is_found_where_classes_count_alike(tmp_path):
    corpus = written(tmp_path / "rare.csv", 0.1)
    plain, alike = (trained(tmp_path, corpus, weight) for weight in ("none", "balanced"))
    assert plain["test", "macro_f1"] < 0.55  # nearly always the frequent class
    assert alike["test", "macro_f1"] > plain["test", "macro_f1"] + 0.05
    assert ("validation", "weighted_nll") in alike
    assert ("validation", "nll") not in alike
    assert alike["test", "weighted_nll"] < np.log(2)  # of what knows nothing


def test_classes_of_one_size_are_trained_to_the_same_numbers(small):
    folders = {weight: small.folder / weight for weight in ("none", "balanced")}
    for weight, folder in folders.items():
        run(small.specs(regime="random", seed=0, class_weight=weight), results=folder)
    plain, alike = (of_splits(folder) for folder in folders.values())
    assert alike.pop(("test", "weighted_nll")) == plain.pop(("test", "nll"))
    assert alike.pop(("validation", "weighted_nll")) == plain.pop(("validation", "nll"))
    assert alike == plain


@pytest.mark.parametrize("head", ["regression", "multi-label"])
def test_labels_that_are_no_classes_have_no_weights(head):
    with pytest.raises(InputError, match=f"head='{head}' has no classes .* leave class_weight out"):
        grid(corpus="x.csv", head=head, class_weight="balanced", **FIELDS)
