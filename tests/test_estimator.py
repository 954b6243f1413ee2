"""The estimator for scikit-learn: its interface, and the numbers of a run of the same spec."""

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import (
    check_estimator,
    check_get_params_invariance,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    check_set_params,
)

import embexp
from embexp import EmbeddingClassifier, InputError, Vectors

WORDS = ["good", "great", "bad", "dull", "film"]
TEXTS = [f"a {word} film {number}" for number in range(10) for word in WORDS[:4]]
LABELS = ["pos", "pos", "neg", "neg"] * 10
NEW = ["a good plot", "dull", "a great film", "nothing that is known", ""]


def classifier(**settings: Any) -> EmbeddingClassifier:
    vectors = Vectors(WORDS, np.random.default_rng(0).normal(size=(5, 4)))
    quick = {"vectors": vectors, "epochs": 20, "learning_rate": 0.05, "batch_size": 8, "buckets": 1}
    return EmbeddingClassifier(**quick | settings)


@pytest.fixture(scope="module")
def fitted() -> EmbeddingClassifier:
    return classifier().fit(TEXTS, LABELS)


@pytest.mark.slow
def test_it_learns_and_names_the_classes(fitted):
    assert fitted.classes_.tolist() == ["neg", "pos"]
    assert fitted.predict(["good", "bad"]).tolist() == ["pos", "neg"]
    assert fitted.score(TEXTS, LABELS) == 1
    shares = fitted.predict_proba(NEW)
    assert shares.shape == (5, 2)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert fitted.vectors_["good"].shape == (4,)


@pytest.mark.slow
def test_its_predictions_are_those_of_a_run_of_the_same_spec(fitted, tmp_path):
    parts = {"train": slice(-4), "validation": slice(-4, None), "test": slice(4)}
    corpus = embexp.corpus_of({name: (TEXTS[at], LABELS[at]) for name, at in parts.items()})
    spec = fitted.spec_.model_copy(update={"corpus": corpus})
    embexp.run(spec, results=tmp_path, save_models=True)
    run = embexp.trained(spec, results=tmp_path)
    assert run.predict(NEW).tolist() == fitted.predict(NEW).tolist()
    np.testing.assert_allclose(run.predict_proba(NEW), fitted.predict_proba(NEW), rtol=1e-5)
    np.testing.assert_array_equal(run.vectors["good"], fitted.vectors_["good"])


@pytest.mark.slow
def test_equal_seeds_give_equal_models_and_a_pickled_one_is_the_same(fitted):
    own = fitted.predict_proba(NEW)
    again = clone(fitted).fit(np.array(TEXTS, object), np.array(LABELS))
    np.testing.assert_array_equal(again.predict_proba(NEW), own)
    written = pickle.dumps(fitted)
    read = pickle.loads(written)  # noqa: S301 - of this very test
    np.testing.assert_array_equal(read.predict_proba(NEW), own)
    assert b"film 3" not in written
    other = classifier(random_state=1).fit(TEXTS, LABELS)
    assert not np.array_equal(other.predict_proba(NEW), own)
    drawn = [classifier(random_state=np.random.RandomState(5)) for _ in range(2)]
    assert drawn[0]._spec() == drawn[1]._spec()


@pytest.mark.slow
def test_vectors_that_are_gone_or_changed_are_refused(tmp_path):
    path = tmp_path / "own.txt"
    Vectors(WORDS, np.eye(5, 4)).write(path)
    found = classifier(vectors=path).fit(TEXTS, LABELS)
    Vectors(WORDS, 2 * np.eye(5, 4)).write(path)
    with pytest.raises(InputError, match="fit again"):
        found.predict(NEW)
    path.unlink()
    with pytest.raises(InputError, match="there is no file"):
        found.predict(NEW)


@pytest.mark.slow
def test_it_leaves_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path / "cache"))
    found = classifier(regime="random", vectors=None, dim=4).fit(TEXTS, [0, 0, 1, 1] * 10)
    assert set(found.predict(NEW)) <= {0, 1}
    assert [*tmp_path.iterdir()] == []


@pytest.mark.slow
def test_it_works_in_pipelines_searches_and_cross_validation():
    lower = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    twice, labels = TEXTS + TEXTS, LABELS + LABELS
    scores = cross_val_score(make_pipeline(lower, classifier()), twice, labels, cv=2)
    assert scores.tolist() == [1, 1]
    grid = {"regime": ["random-labels", "tuned"]}
    search = GridSearchCV(classifier(), grid, cv=2, refit=False).fit(twice, labels)
    assert [each["regime"] for each in search.cv_results_["params"]] == grid["regime"]
    assert search.best_score_ == 1


@pytest.mark.long
@pytest.mark.slow
def test_without_a_fold_all_texts_train():
    whole = classifier(fold=None, patience=None, epochs=2).fit([*TEXTS, "lone"], [*LABELS, "pos"])
    assert "lone" in whole.vectors_
    single = [f"{text} w{place}" for place, text in enumerate(TEXTS)]
    held = classifier().fit(single, LABELS).vectors_
    assert sum(f"w{place}" in held for place in range(40)) == 32


def test_settings_are_parameters():
    own = classifier(hidden_size=3, encoder="lstm")
    assert own.get_params()["hidden_size"] == 3
    own.set_params(hidden_size=5, regime="frozen", dropout=0.1)
    copied = clone(own).get_params()
    assert (copied["hidden_size"], copied["regime"], copied["dropout"]) == (5, "frozen", 0.1)
    assert "dropout=0.1" in repr(own)
    for name in ("learning_rat", "corpus", "holdout"):
        with pytest.raises(InputError, match=f"unknown setting '{name}'"):
            own.set_params(**{name: 1})
    with pytest.raises(InputError, match="did you mean 'learning_rate'"):
        EmbeddingClassifier(learning_rat=1)


def test_it_passes_scikit_learns_checks_for_texts():
    """Most checks of scikit-learn give tables of numbers, and say that they are left out."""
    with pytest.warns(SkipTestWarning, match="requires input"):
        found = check_estimator(EmbeddingClassifier(), on_skip=None)
    assert {each["status"] for each in found} == {"passed"}
    for check in (
        check_get_params_invariance,
        check_no_attributes_set_in_init,
        check_parameters_default_constructible,
        check_set_params,
    ):
        check("EmbeddingClassifier", EmbeddingClassifier())


@pytest.mark.parametrize(
    ("texts", "labels", "said"),
    [
        ("a text", ["a"], "not a single text"),
        (3, ["a"], "not a int; put texts into a list"),
        ([], [], "there are no texts"),
        (["a", 3], ["a", "b"], "text 1 is 3, of type int"),
        (np.array([["a"], ["b"]]), ["a", "b"], r"the shape \(2, 1\)"),
        (["a", "b"], ["a"], "inconsistent numbers of samples"),
        (["a", "b"], ["a", "a"], "all labels are of one class, 'a'"),
        (["a", "b"], [0.5, 0.7], "Unknown label type"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(texts, labels, said):
    with pytest.raises(ValueError, match=said):
        classifier().fit(texts, labels)


def test_settings_that_do_not_fit_together_are_refused_by_fit():
    with pytest.raises(InputError, match="patience needs validation texts"):
        classifier(fold=None).fit(TEXTS, LABELS)
    with pytest.raises(InputError, match="unknown regime"):
        classifier(regime="tunde").fit(TEXTS, LABELS)


def test_it_is_to_be_fitted_first():
    with pytest.raises(NotFittedError):
        classifier().predict(NEW)
