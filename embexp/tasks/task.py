"""The data of a spec, made ready once for all runs that share it."""

from collections.abc import Hashable, MutableMapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from embexp.data import check_ids
from embexp.data.corpora import unlabelled_file
from embexp.data.corpus import Corpus
from embexp.data.files import read_texts
from embexp.data.tokenizers import WORDS, Tokenize
from embexp.errors import InputError
from embexp.measures.class_weights import balanced
from embexp.measures.resources import LexicalResources
from embexp.models import ENCODERS, HEADS
from embexp.optimisers import OPTIMISERS
from embexp.regimes import REGIMES
from embexp.spec import Spec
from embexp.synthetic import is_world, make_world
from embexp.synthetic.texts import unlabelled_texts
from embexp.tasks.checksums import checksums, unchanged
from embexp.tasks.documents import Documents, documents_of
from embexp.tasks.encoded import EncodedCorpus, encode_corpus
from embexp.tasks.resources import resources_of
from embexp.tasks.room import room, rounded
from embexp.tasks.scale import PLAIN, Scale, scale_of
from embexp.tasks.split import EncodedSplit, splits_of, with_known_others
from embexp.training.schedule import Schedule, schedule_for, widths_for
from embexp.training.static import StaticConfig
from embexp.vectors import registry
from embexp.vectors.corpus_trained import (
    corpus_trained_vectors,
    is_corpus_trained,
    reads_unlabelled,
)
from embexp.words import Vectors, Vocabulary

MOST_POOLED = 1 << 28
"""Numbers of the means that a run keeps at most: a gibibyte, as for a million texts of 256."""


@dataclass(frozen=True, eq=False)
class Task:
    """What all runs of one data set share.

    Args:
        vectors: the pretrained vectors of the vocabulary's words, if any, and of `others`.
        reference: the vectors that tables are compared with; those of `vectors` by default.
        others: words outside the vocabulary that stand in scored texts and have a vector;
            their ids follow those of the vocabulary.
        documents: labelled texts, never trained on, that words' log-odds are counted on.
        checksums: SHA-256 of what the task was made from, by the spec's field.
        holdout: whether validation texts are kept out of training; else they are its last.
        tokenizer: splits new texts as it did those of the data.
        scale: of labels that are numbers.
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
    reference: Vectors | None = None
    tokenizer: Tokenize = WORDS
    scale: Scale = PLAIN

    @property
    def paired(self) -> bool:
        """Whether texts come in pairs."""
        return self.train.seconds is not None

    @property
    def references(self) -> Float[np.ndarray, "ids width"]:
        """The reference's vector of each id, of other words too; zeros where it has none."""
        assert self.reference is not None  # noqa: S101 - asked for where there is one
        words = [*self.vocabulary.words, *self.others]
        table = np.zeros((len(words), self.reference.dim), np.float32)
        rows = np.array([self.reference.index.get(word, -1) for word in words])
        table[rows >= 0] = self.reference.table[rows[rows >= 0]]
        return table

    def class_weights(self, spec: Spec) -> Float[np.ndarray, "classes"] | None:
        """What a run multiplies the loss of each class by, if anything."""
        if spec.class_weight == "none":
            return None
        return balanced(self.train.labels, len(self.classes))

    def schedule(self, spec: Spec) -> Schedule:
        """The batches of a run's training."""
        schedule = schedule_for(
            self.train.ids.lengths,
            buckets=spec.buckets,
            batch_size=spec.batch_size,
            epochs=spec.epochs,
        )
        return schedule._replace(widths=rounded(spec, schedule.widths))

    def static(self, spec: Spec, schedule: Schedule) -> StaticConfig:
        """What shapes a run's compiled program.

        Validation and test split share their widths, so that one program scores both.
        """
        scored = np.concatenate([self.validation.ids.lengths, self.test.ids.lengths])
        regime = REGIMES[spec.regime]
        tables = regime.embedding.tables  # the layers over one-hot codes are drawn by their width
        shared = Spec.model_fields.keys() & StaticConfig.__dataclass_fields__
        own = {
            "embedding": regime.embedding,
            "encoder_parameters": tuple(spec.of_encoder("static").items()),
            "embedding_parameters": tuple(
                (name, getattr(spec, name)) for name in regime.embedding.parameters
            ),
            "vocab": room(spec, len(self.vocabulary)) if tables else len(self.vocabulary),
            "dim": self.dim,
            "classes": len(self.classes),
            "widths": schedule.widths,
            "rows": tuple(min(spec.batch_size, room(spec, each)) for each in schedule.rows),
            "scored_widths": rounded(spec, widths_for(scored, spec.buckets)),
            "extra": self.train.extra.shape[1],
            "paired": self.paired,
            "penalty": regime.penalty,
            "scheduled": spec.schedule != "constant",
        }
        static = StaticConfig(**{name: getattr(spec, name) for name in shared} | own)
        if self.is_pooled(spec):
            return replace(static, pooled=True)
        return replace(static, slots=self._slots(spec, schedule))

    def is_pooled(self, spec: Spec) -> bool:
        """Whether runs read each text as the mean of rows that never move, kept in memory."""
        averages = getattr(ENCODERS[spec.encoder], "averages", False)
        few = len(self.train.ids.lengths) * self.dim <= MOST_POOLED
        return averages and REGIMES[spec.regime].keeps_rows and few and not self.paired

    def _slots(self, spec: Spec, schedule: Schedule) -> tuple[int, ...]:
        """The most rows that a batch of each width reads.

        Nothing where steps move the whole table; a regime's penalty moves all rows.
        """
        optimiser, rows = OPTIMISERS[spec.optimiser], room(spec, len(self.vocabulary))
        penalised = REGIMES[spec.regime].penalty and spec.row_updates == "auto"
        if not REGIMES[spec.regime].embedding.tables or optimiser.moves == "all":
            return ()
        if optimiser.moves == "either" and penalised:
            return ()
        most = self.train.ids.most_distinct(schedule.members, spec.batch_size)
        slots = tuple(min(rows, room(spec, each)) for each in most)
        return slots if optimiser.sparse(spec.row_updates, rows, max(slots)) else ()


def task_key(spec: Spec) -> Hashable:
    """What decides a spec's task: specs of one key share it."""
    return tuple(spec.of_role("data", "evaluation").items())


Tasks = MutableMapping[Hashable, "Task"]
"""Tasks that were prepared already, by `task_key`."""


def task_of(spec: Spec, tasks: Tasks) -> Task:
    """The task of a spec, prepared if it is not among some tasks, and then one of these."""
    if (key := task_key(spec)) not in tasks:
        tasks[key] = prepare_task(spec)
    return tasks[key]


def prepare_task(spec: Spec, corpus: Corpus | None = None) -> Task:
    """Reads and encodes the data of a spec, and whatever is measured on it.

    Args:
        corpus: the texts, where they are in memory and the spec's corpus is but their name.

    Raises:
        InputError: what a user got wrong about the data, the vectors or the resources.
    """
    resources = resources_of(spec)
    encoded = encode_corpus(spec, resources, corpus)
    for ids in encoded.ids.values():
        check_ids(ids, len(encoded.vocabulary) + len(encoded.others))
    with unchanged(spec):
        vectors = vectors_of(spec, encoded)
        reference = reference_of(spec, encoded) or vectors
        made_from = checksums(spec, encoded.checksum, resources)
    encoded = with_known_others(encoded, vectors)
    return Task(
        classes=encoded.classes,
        vocabulary=encoded.vocabulary,
        vectors=vectors,
        others=encoded.others,
        dim=vectors.dim if vectors is not None else int(spec.dim or 0),
        **splits_of(spec, encoded),
        resources=resources,
        documents=documents_of(spec, encoded),
        checksums=made_from,
        holdout=spec.holdout == "validation" or spec.fold is not None,
        tokenizer=encoded.tokenizer,
        scale=scale_of(HEADS[spec.head].labelling, encoded.labels["train"]),
        reference=reference,
    )


def vectors_of(spec: Spec, corpus: EncodedCorpus) -> Vectors | None:
    """The pretrained vectors of the vocabulary's words: from a file, by name, or trained now.

    Trained now they are on the training texts; in a synthetic world, whose labelled texts
    are few, on its unlabelled ones.

    Raises:
        InputError: there are none, or nothing but zeros.
    """
    if spec.vectors is None:
        return None
    if is_corpus_trained(spec.vectors):
        texts = unlabelled_texts(make_world(spec.corpus)) if is_world(spec.corpus) else corpus.texts
        if reads_unlabelled(spec.vectors):
            texts = [*texts, *read_texts(unlabelled_file(spec.corpus))]
        tokens = map(" ".join, corpus.tokenizer(texts))
        return corpus_trained_vectors(spec.vectors, tokens, "spaces")
    vectors = registry.load_vectors(spec.vectors, words=words_of(corpus))
    if not vectors.table.any():
        raise InputError(
            f"{spec.vectors} has zeros alone for the {len(vectors)} words that are needed; give "
            f"others, or none: --set vectors=null dim={vectors.dim}"
        )
    return vectors


def reference_of(spec: Spec, corpus: EncodedCorpus) -> Vectors | None:
    """The reference's vectors of the words that are read, if a reference is named."""
    if spec.reference is None:
        return None
    return registry.load_vectors(spec.reference, words=words_of(corpus))


def words_of(corpus: EncodedCorpus) -> list[str]:
    """All words that are read in training or scored."""
    return [*corpus.vocabulary.words[corpus.vocabulary.specials :], *corpus.others]
