"""The data of a spec made ready once for all cells that share it: vocabulary, ids, vectors, schedule, and words to measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from embexp.data import Ids, check_ids, encode, load_corpus, tokenize
from embexp.data.world import world
from embexp.errors import InputError
from embexp.measures import MEASURES
from embexp.measures.pairs import WordPairs
from embexp.measures.relations import Related, relate
from embexp.measures.semantic import Located, locate
from embexp.measures.sentences import References, mean_vectors
from embexp.measures.sentiment import MINIMUM_DOCUMENTS, log_odds
from embexp.regimes import REGIMES
from embexp.spec import Spec
from embexp.sweep.material import Material, material_of
from embexp.sweep.panel import Panel, couple, spread
from embexp.sweep.yardsticks import Yardsticks, is_world, yardsticks_of
from embexp.training.program import Recipe, Texts
from embexp.training.schedule import Schedule, in_order, plan, seams, widths_for
from embexp.vectors import named
from embexp.vectors.named import load_vectors
from embexp.vectors.own import is_own, own_vectors
from embexp.words import Vectors, Vocabulary

TEXTS = 500
"""Validation texts whose representations are measured."""
MIN_COUNT = 5
"""Training tokens that a measured word has at least: its row is updated about that often in the first epoch."""
DATA_FIELDS = (
    *(
        "corpus",
        "text",
        "label",
        "header",
        "head",
        "tokens",
        "padding",
        "keep",
        "length",
        "holdout",
        "train_texts",
        "min_count",
        "max_words",
        "vocabulary",
    ),
    *("vectors", "dim"),
    *("epochs", "batch", "buckets", "lexicon", "polarity", "cosines", "similarity", "relations"),
)
"""Fields of a spec that decide its task."""


@dataclass(frozen=True)
class Part:
    """One split as ids and labels; `room` is the number of texts and of tokens that its device arrays are padded to."""

    ids: Ids
    labels: Int[np.ndarray, "labels"]
    extra: Float[np.ndarray, "texts extra"]
    widths: tuple[int, ...]
    room: tuple[int, int]

    def __len__(self) -> int:
        """The number of labels: of texts, or of tokens where those are tagged."""
        return len(self.labels)

    def on_device(self) -> Texts:
        """The texts as device arrays, padded with empty texts and with id 0."""
        texts, tokens = self.room
        spare = texts - len(self.ids.lengths)
        flat = np.pad(self.ids.flat, (0, max(tokens, 1) - len(self.ids.flat)))
        starts, lengths = (np.pad(each.astype(np.int32), (0, spare)) for each in (self.ids.offsets[:-1], self.ids.lengths))
        extra = np.pad(self.extra, ((0, spare), (0, 0)))
        return Texts(*map(jnp.asarray, (flat, starts, lengths, extra)))

    def scoring(self, recipe: Recipe) -> Recipe:
        """The recipe with the widths of this split: a text longer than any in training is not cut."""
        return replace(recipe, widths=self.widths)

    def order(self, recipe: Recipe) -> tuple[Array, Array, Array]:
        """Buckets, rows and the number of steps that visit every text once."""
        buckets, rows = in_order(self.ids.lengths, self.widths, batch=recipe.batch)
        steps = -(-self.room[0] // recipe.batch)
        spare = steps - len(rows)
        padded = np.pad(rows, ((0, spare), (0, 0)), constant_values=-1)
        return jnp.asarray(np.pad(buckets, (0, spare))), jnp.asarray(padded), jnp.int32(len(rows))


@dataclass(frozen=True)
class Task:
    """What all cells of one data set share."""

    classes: tuple[str, ...]
    vocabulary: Vocabulary
    vectors: Vectors | None
    dim: int
    train: Part
    validation: Part
    test: Part
    schedule: Schedule
    panel: Panel
    checksums: dict[str, str]
    held_out: bool
    """Whether the validation texts are kept out of training; else they are its last ones."""

    @cached_property
    def seams(self) -> list[int]:
        """The steps at which cells are looked at."""
        return seams(self.schedule.steps, self.schedule.epoch_ends)

    @cached_property
    def texts(self) -> Int[np.ndarray, "texts"]:
        """The validation texts whose representations are measured; none without vectors, where tokens are labelled, or trained on."""
        whole = self.held_out and self.vectors is not None and len(self.validation) == len(self.validation.ids.lengths)
        return spread(len(self.validation), TEXTS) if whole else np.zeros(0, int)

    @cached_property
    def references(self) -> References:
        """What those texts' representations are compared with."""
        table = np.zeros((len(self.vocabulary), self.dim), np.float32)
        for row, word in enumerate(self.vocabulary.words):
            if self.vectors is not None and word in self.vectors:
                table[row] = self.vectors[word]
        return References(mean_vectors(*self.validation.ids, table)[self.texts], self.validation.labels[self.texts])

    @property
    def padding(self) -> float:
        """Tokens computed over true tokens, in one epoch of training."""
        return self.schedule.padded_tokens / len(self.train.ids.flat)

    def recipe(self, spec: Spec) -> Recipe:
        """The static part of a spec."""
        same = {
            name: getattr(spec, name) for name in ("encoder", "features", "windows", "layers", "initialisers", "unit", "batch", "optimiser")
        }
        return Recipe(
            **same,
            vocab=len(self.vocabulary),
            dim=self.dim,
            classes=len(self.classes),
            widths=self.schedule.widths,
            coding=REGIMES[spec.regime].coding,
            head=spec.head,
            extra=self.train.extra.shape[1],
            auxiliary=spec.auxiliary,
        )


def task_of(spec: Spec) -> Task:
    """The task of a spec; the last two are kept, as specs of a sweep come grouped by it.

    Raises:
        InputError: anything about the data, the vectors or the lexicon that a user got wrong.
    """
    return _task(**{name: getattr(spec, name) for name in DATA_FIELDS})


@lru_cache(maxsize=2)
def _task(**fields: Any) -> Task:
    spec = Spec.model_construct(**fields)
    material = material_of(spec)
    vectors = vectors_of(spec, material)
    for ids in material.ids.values():
        check_ids(ids, len(material.vocabulary))
    parts = parts_of(material, spec.buckets)
    train = parts["train"]
    yardsticks = yardsticks_of(spec)
    return Task(
        classes=material.classes,
        vocabulary=material.vocabulary,
        vectors=vectors,
        dim=vectors.dim if vectors is not None else int(spec.dim or 0),
        train=train,
        validation=parts["validation"],
        test=parts["test"],
        schedule=plan(train.ids.lengths, train.widths, batch=spec.batch, epochs=spec.epochs),
        panel=panel_of(material.vocabulary, vectors, yardsticks, spec.cosines, held_out(spec, material)),
        checksums=checksums(spec, material, yardsticks),
        held_out=spec.holdout == "validation",
    )


def vectors_of(spec: Spec, material: Material) -> Vectors | None:
    """The pretrained vectors of the vocabulary's words: from a file, by name, or trained now.

    Trained now they are on the training texts; in a world, whose labelled texts are few, on its own unlabelled ones.
    """
    if spec.vectors is None:
        return None
    if is_own(spec.vectors):
        return own_vectors(spec.vectors, world(spec.corpus).unlabelled() if is_world(spec.corpus) else material.texts)
    return load_vectors(spec.vectors, words=material.vocabulary.words[material.vocabulary.specials :])


def parts_of(material: Material, buckets: int) -> dict[str, Part]:
    """The splits; the two that are scored get the same widths and room, so one program scores both."""
    parts = {}
    for names in (("train",), ("validation", "test")):
        together = [material.ids[name] for name in names]
        widths = widths_for(np.concatenate([ids.lengths for ids in together]), buckets)
        for name in names:
            parts[name] = Part(material.ids[name], material.labels[name], material.extra[name], widths, room_of(together))
    return parts


def room_of(splits: Sequence[Ids]) -> tuple[int, int]:
    """Texts and tokens of the largest split."""
    return max(len(split.lengths) for split in splits), max(len(split.flat) for split in splits)


def held_out(spec: Spec, material: Material) -> tuple[Ids, Int[np.ndarray, "texts"]] | None:
    """Labelled texts that are never trained on, for the log-odds of words; none where texts are not of two classes."""
    if spec.head == "tags" or spec.tokens != "words":
        return None
    if spec.polarity == "validation":
        counted = spec.holdout == "validation" and len(material.classes) == 2
        return (material.ids["validation"], material.labels["validation"]) if counted else None
    if spec.polarity == spec.corpus:
        raise InputError(f"polarity={spec.polarity!r} is the corpus itself, whose test split would be counted; use polarity=validation")
    other = load_corpus(spec.polarity)
    if len(other.labels) != 2:
        raise InputError(f"polarity={spec.polarity!r} has {len(other.labels)} classes, but log-odds need two; use polarity=validation")
    pairs = ((text, y) for split in other.splits.values() for text, y in zip(split.texts, split.labels, strict=True))
    trained_on = set(material.texts)
    kept = [(text, y) for text, y in pairs if text not in trained_on]
    if not kept:
        raise InputError(f"every text of polarity={spec.polarity!r} is trained on in {spec.corpus!r}; use polarity=validation")
    return encode((tokenize(text) for text, _ in kept), material.vocabulary), np.array([y for _, y in kept], np.int32)


def panel_of(
    vocabulary: Vocabulary,
    vectors: Vectors | None,
    yardsticks: Yardsticks,
    couples: Sequence[str],
    documents: tuple[Ids, Int[np.ndarray, "texts"]] | None,
) -> Panel:
    """The words that are measured: known to the vectors where there are any, and, but for pairs, frequent enough in training.

    Raises:
        InputError: a user's own pairs, or the relations, have no words in common with these.
    """
    known = np.array([vectors is None or word in vectors for word in vocabulary.words])
    known[: vocabulary.specials] = False
    frequent = known & (vocabulary.counts >= MIN_COUNT)
    measured = np.flatnonzero(frequent)
    words = [vocabulary.words[row] for row in measured]
    odds, documents_of = log_odds(*documents[0], documents[1], len(vocabulary)) if documents else (np.zeros(0), np.zeros(len(frequent)))
    odd_words = np.flatnonzero(frequent & (documents_of >= MINIMUM_DOCUMENTS))
    signs = np.array([np.sign(yardsticks.valence.get(word, 0.0)) for word in words])
    rows = {vocabulary.words[row]: row for row in np.flatnonzero(known).tolist()}
    return Panel(
        specials=vocabulary.specials,
        measured=measured,
        pairs={
            **scored_pairs(only(vocabulary, known), yardsticks.similarity),
            **related_pairs(only(vocabulary, frequent), yardsticks),
            **dict(couple(rows, one, other) for one, _, other in (pair.partition(":") for pair in couples)),
        },
        odd_words=odd_words,
        odds=odds[odd_words] if documents else odds,
        lexicon_words=measured[signs != 0],
        signs=signs[signs != 0],
        reference=vectors.table[[vectors.index[word] for word in words]] if vectors is not None else None,
    )


def only(vocabulary: Vocabulary, there: Bool[np.ndarray, "vocab"]) -> list[str]:
    """The vocabulary's words, row by row, where they are there, else nothing."""
    return [word if kept else "" for word, kept in zip(vocabulary.words, there, strict=True)]


def scored_pairs(words: Sequence[str], similarity: Mapping[str, WordPairs]) -> dict[str, Located]:
    """Where the words of pairs with human scores stand; a user's own pairs must have some that are known."""
    located = {name: locate(words, pairs) for name, pairs in similarity.items()}
    for name, found in located.items():
        if name not in MEASURES and not len(found.scores):
            raise InputError(f"none of the {found.total} pairs of {name} has both words in the vocabulary; are they of the same language?")
    return located


def related_pairs(words: Sequence[str], yardsticks: Yardsticks) -> dict[str, Related]:
    """Where synonyms and antonyms stand: all, and, with a lexicon, those of one and of opposite polarity."""
    every = yardsticks.relations
    if every is None:
        return {}
    located = {"antonym_auc": relate(words, every)}
    synonyms = located["antonym_auc"].synonyms
    if not 0 < synonyms.sum() < len(synonyms):
        raise InputError(
            f"relations {every.name!r} have {synonyms.sum()} synonym and {(~synonyms).sum()} antonym pairs whose words are both measured, "
            "and some of both are needed; give others, or more text, or leave relations out"
        )
    if yardsticks.valence:
        located["polar_antonym_auc"] = relate(words, every.polar(yardsticks.valence))
    return located


def checksums(spec: Spec, material: Material, yardsticks: Yardsticks) -> dict[str, str]:
    """What the numbers were made from: SHA-256 of the corpus, the vectors, the yardsticks, and the texts that log-odds are counted on."""
    made_from = {"corpus": material.checksum, **yardsticks.checksums()}
    if spec.vectors is not None and not is_own(spec.vectors):
        made_from["vectors"] = named.checksum(spec.vectors)
    if spec.polarity != "validation":
        made_from["polarity"] = load_corpus(spec.polarity).checksum
    return made_from
