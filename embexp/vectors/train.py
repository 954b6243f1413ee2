"""Training word vectors by skip-gram, CBOW, fastText, GloVe, or PPMI-SVD."""

from collections.abc import Iterable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any

from embexp.aliases import accept
from embexp.errors import InputError, unknown
from embexp.vectors import gensim_backend, glove, skipgram, svd
from embexp.vectors.checkpoint import Progress, silent
from embexp.vectors.settings import GloVe, PpmiSvd, SkipGram
from embexp.vectors.text import Text, check_counts, read_text
from embexp.words import Vectors

METHODS = {
    "skipgram": SkipGram,
    "cbow": SkipGram,
    "fasttext": SkipGram,
    "glove": GloVe,
    "ppmi-svd": PpmiSvd,
}
"""The settings of each method."""

ENGINES = {
    "skipgram": ("jax", "gensim"),
    "cbow": ("gensim",),
    "fasttext": ("gensim",),
    "glove": ("jax",),
    "ppmi-svd": ("scipy",),
}
"""What can compute each method; the first is the default."""

READING = tuple(signature(read_text).parameters)[1:]


def train_vectors(
    corpus: str | Path | Iterable[str] | Text,
    method: str = "skipgram",
    *,
    engine: str | None = None,
    workers: int = 1,
    checkpoint: str | Path | None = None,
    progress: Progress = silent,
    **settings: Any,
) -> Vectors:
    """Word vectors of a corpus, the most frequent word first.

    The same seed gives the same bits on one machine with one set of library versions,
    also if training was resumed from its checkpoint. Exceptions: gensim with several
    workers, and a GPU without `XLA_FLAGS=--xla_gpu_deterministic_ops=true`.

    Args:
        corpus: what `embexp.vectors.text.read_text` reads, or its Text.
        method: a key of METHODS.
        engine: one of ENGINES[method].
        workers: threads of gensim.
        checkpoint: a folder for the state, from which the same call resumes. The caller
            clears it (`Checkpoint.clear`). PPMI-SVD saves none.
        progress: is told the share that is done, and what is running.
        settings: fields of METHODS[method], such as dim, window, epochs, learning_rate
            and seed, and keyword arguments of `read_text`, such as min_count.

    Raises:
        InputError: an unknown method, engine or setting, a bad value, a corpus that
            cannot be read, or a training that diverged.

    >>> vectors = train_vectors(["a b c d"] * 9, "ppmi-svd", dim=2, window=2)
    >>> len(vectors), vectors.dim
    (4, 2)
    """
    settings = accept(settings)
    reading = {name: settings.pop(name) for name in READING if name in settings}
    check_counts(reading.get("min_count", 1), reading.get("max_words"))
    chosen = settings_of(method, settings)
    engine = engine_of(method, engine)
    if workers != 1 and engine != "gensim":
        raise InputError(
            f"workers is {workers}, but only gensim takes it; {engine} uses the cores it finds"
        )
    progress(0.0, "reading the text")
    text = corpus if isinstance(corpus, Text) else read_text(corpus, **reading)
    if isinstance(chosen, PpmiSvd):
        return svd.train(text, chosen, progress=progress)
    if isinstance(chosen, GloVe):
        return glove.train(text, chosen, checkpoint=checkpoint, progress=progress)
    if engine == "gensim":
        return gensim_backend.train(
            text, method, chosen, workers=workers, checkpoint=checkpoint, progress=progress
        )
    return skipgram.train(text, chosen, checkpoint=checkpoint, progress=progress)


def settings_of(method: str, given: Mapping[str, Any]) -> SkipGram | GloVe | PpmiSvd:
    """The settings of a method, with the given values and defaults for the others.

    Raises:
        InputError: an unknown method, a setting that the method does not have, or a bad
            value.
    """
    if method not in METHODS:
        raise unknown("method of training vectors", method, METHODS)
    settings, given = METHODS[method], accept(given)
    for name in given.keys() - settings.model_fields:
        raise unknown(f"setting of {method}", name, settings.model_fields)
    return settings(**given)


def engine_of(method: str, engine: str | None) -> str:
    """The engine of this name, or the method's default."""
    if engine is not None and engine not in ENGINES[method]:
        raise InputError(
            f"{method} is not computed by {engine!r}; give {' or '.join(ENGINES[method])}"
        )
    return engine or ENGINES[method][0]
