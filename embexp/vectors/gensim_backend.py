"""Skip-gram, CBOW and fastText trained by gensim, an epoch at a time."""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embexp.errors import InputError
from embexp.printable import quoted
from embexp.vectors.checkpoint import Checkpoint, Progress, silent
from embexp.vectors.chunks import FLOOR
from embexp.vectors.settings import SkipGram, check_finite
from embexp.vectors.text import Text
from embexp.words import Vectors

if TYPE_CHECKING:
    from gensim.models import Word2Vec

METHODS = ("skipgram", "cbow", "fasttext")
SENTENCE = 10_000
"""Tokens after which gensim cuts a text."""
MOST_WORKERS = 1024
"""Threads; no machine has more cores that gensim's one reader could feed."""


def train(
    text: Text,
    method: str = "skipgram",
    settings: SkipGram | None = None,
    *,
    workers: int = 1,
    checkpoint: str | Path | None = None,
    progress: Progress = silent,
) -> Vectors:
    """Word vectors of a text, the most frequent word first; fastText's with subwords.

    The same seed gives the same bits with one worker, also if training was resumed from
    its checkpoint, which is saved at ends of epochs. Several workers are faster and
    give other vectors each time.

    Args:
        method: skipgram, cbow or fasttext (skip-gram with subwords of 3 to 6 letters).
        settings: `cap` is not used.
    """
    settings = settings or SkipGram()
    if not 1 <= workers <= MOST_WORKERS:
        raise InputError(f"workers is {quoted(workers)}; give 1 to {MOST_WORKERS}")
    model = _model(text, method, settings, workers)
    training = {"method": method, "engine": "gensim", "workers": workers, "text": text.digest}
    state = Checkpoint(checkpoint, training | settings.model_dump())
    done, saved = state.load()
    if saved:
        _restore(model, saved)
    for epoch in range(done, settings.epochs):
        progress(epoch / settings.epochs, f"epoch {epoch + 1} of {settings.epochs}")
        start, end = (
            settings.learning_rate * (1 - (1 - FLOOR) * place / settings.epochs)
            for place in (epoch, epoch + 1)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.train(
                Sentences(text), total_words=len(text), epochs=1, start_alpha=start, end_alpha=end
            )
        check_finite([model.wv.vectors], "gensim", epoch, settings)
        state.save_if_due(epoch + 1, _state(model))
    progress(1.0, "done")
    found = Vectors.from_keyed_vectors(model.wv)
    return Vectors(text.words, found.table[[found.index[w] for w in text.words]], found.subwords)


class Sentences:
    """The texts as lists of words, cut where gensim would cut them; iterable repeatedly."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.words = np.array(text.words, object)

    def __iter__(self) -> Iterator[list[str]]:
        start = 0
        for end in self.text.ends.tolist():
            for cut in range(start, end, SENTENCE):
                yield self.words[self.text.ids[cut : min(cut + SENTENCE, end)]].tolist()
            start = end


def _model(text: Text, method: str, settings: SkipGram, workers: int) -> "Word2Vec":
    """A gensim model with its vocabulary and initial vectors."""
    from gensim.models import FastText, Word2Vec

    options: dict[str, Any] = {
        "vector_size": settings.dim,
        "window": settings.window,
        "negative": settings.negatives,
        "ns_exponent": settings.exponent,
        "sample": settings.sample,
        "seed": settings.seed + 1,  # a seed of 0 is no seed to gensim
        "min_count": 1,
        "workers": workers,
        "sg": int(method != "cbow"),
    }
    model = (FastText if method == "fasttext" else Word2Vec)(**options)
    model.build_vocab_from_freq(
        dict(zip(text.words, text.counts.tolist(), strict=True)), corpus_count=len(text.ends)
    )
    return model


def _tables(model: "Word2Vec") -> dict[str, np.ndarray]:
    """The arrays that training changes, by name."""
    arrays = vars(model.wv) | vars(model)
    names = "vectors", "vectors_vocab", "vectors_ngrams", "syn1neg"
    return {name: arrays[name] for name in names if name in arrays}


def _state(model: "Word2Vec") -> dict[str, np.ndarray]:
    """What training changes: the arrays, and the state of the random numbers."""
    random: Any = model.random
    _, keys, place, *_ = random.get_state(legacy=True)
    return _tables(model) | {"keys": np.asarray(keys), "place": np.array(place)}


def _restore(model: "Word2Vec", state: Mapping[str, np.ndarray]) -> None:
    for name, array in _tables(model).items():
        array[...] = state[name]
    random: Any = model.random
    random.set_state(("MT19937", state["keys"], int(state["place"]), 0, 0.0))
