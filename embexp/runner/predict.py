"""A trained model's logits for new texts, as its run would have scored them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import jax
import numpy as np
from flax import nnx
from jaxtyping import Float
from scipy.special import expit, softmax

from embexp import progress
from embexp.data import Ids, encode
from embexp.devices import prepare
from embexp.errors import InputError
from embexp.models import HEADS
from embexp.regimes import REGIMES
from embexp.runner.checkpoints import Trained
from embexp.runner.given_texts import texts_of
from embexp.runner.start import others_of
from embexp.spec import Spec
from embexp.tasks import EncodedSplit, Task
from embexp.tasks.encoded import truncated
from embexp.tasks.pairs import tokenised
from embexp.training import program
from embexp.training.runs import on_mesh, run_mesh
from embexp.training.schedule import widths_for
from embexp.training.texts import UNKNOWN
from embexp.vectors import registry
from embexp.vectors.corpus_trained import is_corpus_trained

SHARES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "classes": lambda logits: softmax(logits, axis=1),
    "sets": expit,
    "numbers": lambda outputs: outputs,
}
"""What a model says of each class, from its logits, by the kind of labels."""


def shares(trained: Trained, texts: Iterable[Any]) -> Float[np.ndarray, "texts classes"]:
    """The probability of each class, as float64; or each text's number.

    Raises:
        InputError: as `predict`.
    """
    logits = predict(trained, texts).astype(float)
    return SHARES[HEADS[trained.spec.head].labelling](logits)


def predict(trained: Trained, texts: Iterable[Any]) -> Float[np.ndarray, "texts classes"]:
    """The logits of each text, in the order of `trained.classes`; or its number.

    A word that training did not show takes its vector from the pretrained file, if the
    regime starts from one, and is `<unk>` otherwise: on the texts of the test split these
    are the logits of the run.

    Args:
        texts: strings, or pairs of them for a model that was trained on pairs.

    Raises:
        InputError: these are no texts, or there are none; the model tags words, takes numbers
            beside the text, or was trained on pairs where these are single texts, or the other
            way round.
    """
    spec = trained.spec
    if HEADS[spec.head].per_token or HEADS[spec.head].uses_extra:
        raise InputError(f"head={spec.head!r} does not give a class for a text alone")
    texts = texts_of(texts, pairs=True)
    if {isinstance(text, tuple) for text in texts} != {trained.task.paired}:
        wanted = "pairs of texts" if trained.task.paired else "single texts"
        raise InputError(f"the model was trained on {wanted}; give it {wanted}, too")
    each, seconds = tokenised(spec, trained.task.tokenizer, texts)
    tokens = list(each)
    task = with_words(trained, dict.fromkeys(word for text in tokens for word in text))
    ids = encode(tokens, task.vocabulary.with_others(task.others))
    ids = truncated(spec, ids) if seconds is None else ids
    labels, extra = np.zeros(len(texts), np.int32), np.zeros((len(texts), 0), np.float32)
    warn_of_unknown(ids)
    split = EncodedSplit(ids, labels, extra, (len(texts), len(ids.flat)), seconds=seconds)
    static = replace(trained.static, scored_widths=widths_for(ids.lengths, spec.buckets))
    mesh = run_mesh(prepare(), 1)
    params = nnx.to_pure_dict(nnx.state(trained.model, nnx.Param))
    given = jax.tree.map(lambda leaf: leaf[None], (params, others_of(task, spec)))
    own = on_mesh(mesh, given)
    logits = program.score(static, mesh, split.on_device(), split.order(static), *own)
    return task.scale.undone(np.asarray(logits[0]))


def warn_of_unknown(ids: Ids) -> None:
    """Tells how many texts have no word that the model knows, as it cannot tell these apart."""
    of_text = np.repeat(np.arange(len(ids.lengths)), ids.lengths)
    known = np.bincount(of_text, weights=ids.flat != UNKNOWN, minlength=len(ids.lengths))
    if count := int((known == 0).sum()):
        progress.tell(
            f"the model knows no word of {count} of {len(known)} texts, so that what it says there "
            "is a guess"
        )


def with_words(trained: Trained, words: Iterable[str]) -> Task:
    """The task of a run with those new words that its regime reads by their vector."""
    spec, task = trained.spec, trained.task
    new = [word for word in words if word not in task.vocabulary]
    if not (new and spec.vectors and reads_vectors(spec)):
        return replace(task, others=())
    try:
        vectors = registry.load_vectors(spec.vectors, words=new)
    except InputError:  # none of the words has a vector
        return replace(task, others=())
    return replace(task, vectors=vectors, others=tuple(word for word in new if word in vectors))


def reads_vectors(spec: Spec) -> bool:
    """Whether a run reads words that training did not show by their vectors in a file."""
    extended = spec.vocabulary == "extended" and REGIMES[spec.regime].start is not None
    return extended and spec.vectors is not None and not is_corpus_trained(spec.vectors)
