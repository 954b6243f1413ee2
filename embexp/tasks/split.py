"""A split as arrays, as it lies on the device, and the words that only scoring meets."""

from dataclasses import dataclass
from itertools import compress

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.data import Ids
from embexp.data.labels import Labels
from embexp.spec import Spec
from embexp.tasks.encoded import EncodedCorpus
from embexp.tasks.room import room
from embexp.training.schedule import scoring_order
from embexp.training.static import StaticConfig
from embexp.training.texts import UNKNOWN, Order, Texts
from embexp.words import Vectors


@dataclass(frozen=True)
class EncodedSplit:
    """One split as ids and labels; device arrays are padded to `padded_size` texts and tokens."""

    ids: Ids
    labels: Labels
    extra: Float[np.ndarray, "texts extra"]
    padded_size: tuple[int, int]
    once: Bool[np.ndarray, "tokens"] | None = None
    """Tokens whose word stands nowhere else in training, where those teach `<unk>`."""
    seconds: Int[np.ndarray, "texts"] | None = None
    """The token with which the second text of each pair begins, if there are pairs."""

    def __len__(self) -> int:
        """The number of labels: of texts, or of tokens where those are tagged."""
        return len(self.labels)

    def on_device(self) -> Texts:
        """The texts as device arrays, padded with empty texts and with id 0."""
        texts, tokens = self.padded_size
        spare = texts - len(self.ids.lengths)
        flat = np.pad(self.ids.flat, (0, max(tokens, 1) - len(self.ids.flat)))
        starts = np.pad(self.ids.offsets[:-1].astype(np.int32), (0, spare))
        lengths = np.pad(self.ids.lengths.astype(np.int32), (0, spare))
        extra = np.pad(self.extra, ((0, spare), (0, 0)))
        once = np.zeros(len(flat), bool)
        if self.once is not None:
            once[: len(self.once)] = self.once
        found = Texts(*map(jnp.asarray, (flat, starts, lengths, extra, once)))
        if self.seconds is None:
            return found
        seconds = np.pad(self.seconds.astype(np.int32), (0, spare))
        return found._replace(seconds=jnp.asarray(seconds))

    def order(self, static: StaticConfig) -> Order:
        """The steps that visit every text once, for scoring."""
        order = scoring_order(self.ids.lengths, static.scored_widths, static.batch_size)
        spare = (self.padded_size[0] - len(each) for each in order)
        padded = (np.pad(each, (0, more)) for each, more in zip(order, spare, strict=True))
        return Order(*(jnp.asarray(each, jnp.int32) for each in padded))


def with_known_others(corpus: EncodedCorpus, vectors: Vectors | None) -> EncodedCorpus:
    """The corpus without the words outside its vocabulary that have no vector: `<unk>` instead."""
    known = [vectors is not None and word in vectors for word in corpus.others]
    places = len(corpus.vocabulary) - 1 + np.cumsum(known, dtype=np.int32)
    new = np.append(np.arange(len(corpus.vocabulary)), np.where(known, places, UNKNOWN))
    ids = {
        name: each._replace(flat=new[each.flat].astype(np.int32))
        for name, each in corpus.ids.items()
    }
    others = tuple(compress(corpus.others, known))
    return corpus._replace(ids=ids, others=others)


def splits_of(spec: Spec, corpus: EncodedCorpus) -> dict[str, EncodedSplit]:
    """The splits; the two that are scored are padded to one size, for one program."""
    splits = {}
    once = corpus.vocabulary.counts == 1
    if spec.vocabulary != "extended" or spec.tokenizer == "keras-imdb":
        once = np.zeros_like(once)
    for names in (("train",), ("validation", "test")):
        texts = max(len(corpus.ids[name].lengths) for name in names)
        tokens = max(len(corpus.ids[name].flat) for name in names)
        size = texts, room(spec, tokens)
        for name in names:
            ids = corpus.ids[name]
            rare = once[ids.flat] if name == "train" else None
            given = corpus.labels[name], corpus.extra[name], size, rare
            splits[name] = EncodedSplit(ids, *given, corpus.seconds.get(name))
    return splits
