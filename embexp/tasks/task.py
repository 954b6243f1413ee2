"""The data of a spec, made ready once for all runs that share it."""

from collections.abc import Hashable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import compress

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.data import Ids, check_ids, encode, tokenize
from embexp.errors import InputError
from embexp.measures.resources import LexicalResources
from embexp.models import HEADS
from embexp.optimisers import OPTIMISERS
from embexp.regimes import REGIMES
from embexp.spec import Spec
from embexp.synthetic import is_world, load_corpus, make_world
from embexp.synthetic.texts import unlabelled_texts
from embexp.tasks.encoded import EncodedCorpus, encode_corpus
from embexp.tasks.resources import resources_of
from embexp.training.schedule import Schedule, schedule_for, scoring_order, widths_for
from embexp.training.static import StaticConfig
from embexp.training.texts import UNKNOWN, Order, Texts
from embexp.vectors import registry
from embexp.vectors.corpus_trained import corpus_trained_vectors, is_corpus_trained
from embexp.words import Vectors, Vocabulary

Documents = tuple[Ids, Int[np.ndarray, "texts"]]
"""Texts and their labels, 0 or 1."""


@dataclass(frozen=True)
class EncodedSplit:
    """One split as ids and labels; device arrays are padded to `padded_size` texts and tokens."""

    ids: Ids
    labels: Int[np.ndarray, "labels"]
    extra: Float[np.ndarray, "texts extra"]
    padded_size: tuple[int, int]
    once: Bool[np.ndarray, "tokens"] | None = None
    """Tokens whose word stands nowhere else in training, where those teach `<unk>`."""

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
        return Texts(*map(jnp.asarray, (flat, starts, lengths, extra, once)))

    def order(self, static: StaticConfig) -> Order:
        """The steps that visit every text once, for scoring."""
        buckets, indices = scoring_order(self.ids.lengths, static.scored_widths, static.batch_size)
        spare = -(-self.padded_size[0] // static.batch_size) - len(indices)
        padded = np.pad(indices, ((0, spare), (0, 0)), constant_values=-1)
        steps = jnp.int32(len(indices))
        return Order(jnp.asarray(np.pad(buckets, (0, spare))), jnp.asarray(padded), steps)


@dataclass(frozen=True, eq=False)
class Task:
    """What all runs of one data set share.

    Args:
        vectors: the pretrained vectors of the vocabulary's words, if any, and of `others`.
        others: words outside the vocabulary that stand in scored texts and have a vector;
            their ids follow those of the vocabulary.
        documents: labelled texts, never trained on, that words' log-odds are counted on.
        checksums: SHA-256 of what the task was made from, by the spec's field.
        holdout: whether validation texts are kept out of training; else they are its last.
    """

    classes: tuple[str, ...]
    vocabulary: Vocabulary
    vectors: Vectors | None
    dim: int
    train: EncodedSplit
    validation: EncodedSplit
    test: EncodedSplit
    resources: LexicalResources
    documents: Documents | None
    checksums: dict[str, str]
    holdout: bool
    others: tuple[str, ...] = ()

    @property
    def pretrained(self) -> Float[np.ndarray, "ids dim"]:
        """The pretrained vector of each id, of other words too; zeros where it has none."""
        words = [*self.vocabulary.words, *self.others]
        table = np.zeros((len(words), self.dim), np.float32)
        if self.vectors is not None:
            rows = np.array([self.vectors.index.get(word, -1) for word in words])
            table[rows >= 0] = self.vectors.table[rows[rows >= 0]]
        return table

    def schedule(self, spec: Spec) -> Schedule:
        """The batches of a run's training."""
        return schedule_for(
            self.train.ids.lengths,
            buckets=spec.buckets,
            batch_size=spec.batch_size,
            epochs=spec.epochs,
        )

    def static(self, spec: Spec, schedule: Schedule) -> StaticConfig:
        """What shapes a run's compiled program.

        Validation and test split share their widths, so that one program scores both.
        """
        scored = np.concatenate([self.validation.ids.lengths, self.test.ids.lengths])
        regime = REGIMES[spec.regime]
        shared = Spec.model_fields.keys() & StaticConfig.__dataclass_fields__
        own = {
            "embedding": regime.embedding,
            "encoder_parameters": tuple(spec.encoder_parameters.items()),
            "vocab": len(self.vocabulary),
            "dim": self.dim,
            "classes": len(self.classes),
            "widths": schedule.widths,
            "scored_widths": widths_for(scored, spec.buckets),
            "extra": self.train.extra.shape[1],
            "penalty": regime.penalty,
        }
        static = StaticConfig(**{name: getattr(spec, name) for name in shared} | own)
        return replace(static, slots=self._slots(spec, schedule))

    def _slots(self, spec: Spec, schedule: Schedule) -> tuple[int, ...]:
        """The most rows that a batch of each width reads.

        Nothing where steps move the whole table; a regime's penalty moves all rows.
        """
        optimiser, rows = OPTIMISERS[spec.optimiser], len(self.vocabulary)
        penalised = REGIMES[spec.regime].penalty and spec.row_updates == "auto"
        if not REGIMES[spec.regime].embedding.tables or optimiser.moves == "all":
            return ()
        if optimiser.moves == "either" and penalised:
            return ()
        distinct = self.train.ids.distinct
        most = [np.sort(distinct[texts])[-spec.batch_size :].sum() for texts in schedule.members]
        slots = tuple(min(rows, 2 + int(each)) for each in most)  # with padding and <unk>
        return slots if optimiser.sparse(spec.row_updates, rows, max(slots)) else ()


def task_key(spec: Spec) -> Hashable:
    """What decides a spec's task: specs of one key share it."""
    return tuple(spec.of_role("data", "evaluation").items())


def prepare_task(spec: Spec) -> Task:
    """Reads and encodes the data of a spec, and whatever is measured on it.

    Raises:
        InputError: what a user got wrong about the data, the vectors or the resources.
    """
    resources = resources_of(spec)
    corpus = encode_corpus(spec, resources)
    for ids in corpus.ids.values():
        check_ids(ids, len(corpus.vocabulary) + len(corpus.others))
    with unchanged(spec):
        vectors = vectors_of(spec, corpus)
        made_from = checksums(spec, corpus, resources)
    corpus = with_known_others(corpus, vectors)
    return Task(
        classes=corpus.classes,
        vocabulary=corpus.vocabulary,
        vectors=vectors,
        others=corpus.others,
        dim=vectors.dim if vectors is not None else int(spec.dim or 0),
        **splits_of(spec, corpus),
        resources=resources,
        documents=documents_of(spec, corpus),
        checksums=made_from,
        holdout=spec.holdout == "validation",
    )


def unchanged(spec: Spec) -> AbstractContextManager[None]:
    """Refuses vectors whose files change before their checksum is taken."""
    if spec.vectors is None or is_corpus_trained(spec.vectors):
        return nullcontext()
    return registry.unchanged(spec.vectors)


def vectors_of(spec: Spec, corpus: EncodedCorpus) -> Vectors | None:
    """The pretrained vectors of the vocabulary's words: from a file, by name, or trained now.

    Trained now they are on the training texts; in a synthetic world, whose labelled texts
    are few, on its unlabelled ones.
    """
    if spec.vectors is None:
        return None
    if is_corpus_trained(spec.vectors):
        texts = unlabelled_texts(make_world(spec.corpus)) if is_world(spec.corpus) else corpus.texts
        return corpus_trained_vectors(spec.vectors, texts)
    words = [*corpus.vocabulary.words[corpus.vocabulary.specials :], *corpus.others]
    return registry.load_vectors(spec.vectors, words=words)


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
    if spec.vocabulary != "extended" or spec.tokenizer != "words":
        once = np.zeros_like(once)
    for names in (("train",), ("validation", "test")):
        texts = max(len(corpus.ids[name].lengths) for name in names)
        tokens = max(len(corpus.ids[name].flat) for name in names)
        for name in names:
            ids = corpus.ids[name]
            rare = once[ids.flat] if name == "train" else None
            splits[name] = EncodedSplit(
                ids, corpus.labels[name], corpus.extra[name], (texts, tokens), rare
            )
    return splits


def documents_of(spec: Spec, corpus: EncodedCorpus) -> Documents | None:
    """Labelled texts that are never trained on, for the log-odds of words.

    None where texts are not of two classes, or none is left.
    """
    if HEADS[spec.head].per_token or spec.tokenizer != "words":
        return None
    name = spec.polarity_corpus
    if name == "validation":
        counted = spec.holdout == "validation" and len(corpus.classes) == 2
        ids = corpus.ids["validation"]
        inside = np.where(ids.flat < len(corpus.vocabulary), ids.flat, UNKNOWN)
        return (ids._replace(flat=inside), corpus.labels["validation"]) if counted else None
    hint = "use polarity_corpus=validation"
    if name == spec.corpus:
        raise InputError(
            f"polarity_corpus={name!r} is the corpus itself, test split included; {hint}"
        )
    other = load_corpus(name)
    if len(other.labels) != 2:
        raise InputError(
            f"polarity_corpus={name!r} has {len(other.labels)} classes, "
            f"but log-odds need two; {hint}"
        )
    trained_on = set(corpus.texts)
    kept = [
        (text, label)
        for split in other.splits.values()
        for text, label in zip(split.texts, split.labels, strict=True)
        if text not in trained_on
    ]
    if not kept:
        raise InputError(f"{spec.corpus!r} trains on all of polarity_corpus={name!r}; {hint}")
    ids = encode((tokenize(text) for text, _ in kept), corpus.vocabulary)
    return ids, np.array([label for _, label in kept], np.int32)


def checksums(spec: Spec, corpus: EncodedCorpus, resources: LexicalResources) -> dict[str, str]:
    """SHA-256 of what the numbers are made from, by the spec's field."""
    made_from = {"corpus": corpus.checksum, **resources.checksums()}
    if spec.vectors is not None and not is_corpus_trained(spec.vectors):
        made_from["vectors"] = registry.checksum(spec.vectors)
    if spec.polarity_corpus != "validation":
        made_from["polarity_corpus"] = load_corpus(spec.polarity_corpus).checksum
    return made_from
