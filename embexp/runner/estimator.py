"""A classifier of texts for scikit-learn: one run with a regime, of one seed."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from embexp.errors import InputError, unknown
from embexp.printable import quoted
from embexp.runner.alone import spec_alone, train_alone
from embexp.runner.given_texts import texts_of
from embexp.runner.predict import reads_vectors
from embexp.spec import Spec, settings as settings_of_specs
from embexp.vectors import registry
from embexp.vectors.stored import vectors_of
from embexp.words import Vectors

GIVEN = {
    *("regime", "vectors", "encoder", "seed"),
    *("corpus", "text", "label", "header", "second", "head"),
    *("holdout", "split", "selection", "search", "trial"),
}
"""Fields of a spec that are arguments here, or follow from the texts."""


class EmbeddingClassifier(ClassifierMixin, BaseEstimator):
    """Classifies texts by a model whose embedding starts and trains by a regime.

    A fifth of the texts given to `fit` validates: training stops when their loss has not
    improved for `patience` epochs, and the epoch with the least loss is kept. With `fold=None`,
    `patience=None` and `epochs` all texts train, for so many epochs.

    It is a run as `embexp.run` makes it, but leaves no file behind; only vectors in memory
    are kept in the cache, as by `embexp.vectors_of`. After `fit` it can be pickled, with its
    parameters and the words of the training texts, without the texts and the pretrained
    vectors. These are read again where texts to predict have words that training has not.

    Args:
        regime: a name in `embexp.REGIMES`.
        vectors: pretrained vectors: a name, a path, `Vectors` or gensim's `KeyedVectors`.
        encoder: a name in `embexp.ENCODERS`.
        random_state: the seed; equal seeds give equal models. A `RandomState`, or None for
            NumPy's own, draws one at each `fit`.
        settings: any other of a `Spec`, such as `epochs`, `patience`, `learning_rate`,
            `tokenizer` or `hidden_size`; `embexp.search.SETTINGS` are the defaults.

    Attributes:
        classes_: the labels, in the order of the columns of `predict_proba`.
        vectors_: the learned vectors, as `Vectors`, of the words of the training texts.
        spec_: the run.

    >>> texts = [f"a {word} film {n}" for n in range(10) for word in ("good", "bad")]
    >>> start = Vectors(["good", "bad", "film"], np.eye(3))
    >>> classifier = EmbeddingClassifier(vectors=start, epochs=20, learning_rate=0.1)
    >>> classifier.fit(texts, [1, 0] * 10).predict(["good", "a bad one"])
    array([1, 0])
    >>> classifier.vectors_["good"].shape
    (3,)
    """

    def __init__(
        self,
        regime: str = "tuned",
        vectors: Any = "glove-6b-50d",
        encoder: str = "mean",
        random_state: Any = 0,
        **settings: Any,
    ) -> None:
        """Takes settings; those that nothing knows are refused, others are checked by `fit`."""
        self.regime = regime
        self.vectors = vectors
        self.encoder = encoder
        self.random_state = random_state
        check_known(settings)
        vars(self).update(settings)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments, and the settings that were given."""
        names = vars(self).keys() & known()
        return super().get_params(deep) | {name: getattr(self, name) for name in sorted(names)}

    def set_params(self, **params: Any) -> "EmbeddingClassifier":
        """Sets arguments, or settings, whether they were given before or not.

        Raises:
            InputError: there is none of that name.
        """
        check_known(params.keys() - super().get_params(deep=False).keys())
        vars(self).update(params)
        return self

    def fit(self, X: Any, y: Any) -> "EmbeddingClassifier":  # noqa: N803
        """Trains on texts with a label each.

        Raises:
            InputError: no texts, something else than texts, labels of one class, or settings
                that contradict each other.
        """
        texts, labels = texts_of(X), column_or_1d(np.asarray(y), warn=True)
        check_consistent_length(texts, labels)
        check_classification_targets(labels)
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise InputError(
                f"all labels are of one class, {quoted(self.classes_.tolist()[0]):.60}; two "
                "classes are needed"
            )
        self.spec_ = self._spec()
        names = tuple(map(str, self.classes_))
        self._trained = train_alone(self.spec_, texts, numbers.astype(np.int32), names)
        return self

    def _spec(self) -> Spec:
        """The run of these settings."""
        given = self.get_params(deep=False)
        state, vectors = given.pop("random_state"), given["vectors"]
        if not isinstance(state, int | np.integer):
            state = check_random_state(state).randint(2**31 - 1)
        if vectors is not None:
            vectors = str(vectors) if isinstance(vectors, str | Path) else vectors_of(vectors)
        return spec_alone(**given | {"vectors": vectors, "seed": int(state)})

    def predict_proba(self, X: Any) -> Float[np.ndarray, "texts classes"]:  # noqa: N803
        """The probability of each class, a row for each text."""
        check_is_fitted(self)
        self._check_vectors()
        return self._trained.predict_proba(texts_of(X))

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The likeliest class of each text."""
        found = self.predict_proba(X).argmax(axis=1)
        return self.classes_[found]

    @property
    def vectors_(self) -> Vectors:
        """The learned vectors of the training texts' words."""
        check_is_fitted(self)
        return self._trained.vectors

    def _check_vectors(self) -> None:
        """Refuses pretrained vectors that are not there any more, or are others now."""
        name = self.spec_.vectors
        if name is None or not reads_vectors(self.spec_):
            return
        if registry.checksum(name) != self._trained.task.checksums["vectors"]:
            raise InputError(f"the vectors {name!r} have changed since fit read them; fit again")

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn may expect: a sequence of texts, and no table of numbers."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags


def known() -> set[str]:
    """The settings that an estimator may be given beside its arguments."""
    return settings_of_specs().keys() - GIVEN


def check_known(names: Iterable[str]) -> None:
    """Refuses settings that there are not.

    Raises:
        InputError: the first of them, with the nearest that there are.
    """
    for name in sorted(set(names) - known()):
        raise unknown("setting", name, known())
