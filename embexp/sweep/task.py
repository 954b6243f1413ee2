"""The data of a spec made ready once for all cells that share it: vocabulary, ids,
vectors, schedule, and words to measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from embexp.data import Ids, check_ids, load_corpus
from embexp.data.world import world
from embexp.measures.sentences import References, mean_vectors
from embexp.regimes import REGIMES
from embexp.spec import Spec
from embexp.sweep.material import Material, material_of
from embexp.sweep.panel import Panel, spread
from embexp.sweep.words import held_out, panel_of
from embexp.sweep.yardsticks import Yardsticks, is_world, yardsticks_of
from embexp.training.program import Recipe, Texts
from embexp.training.schedule import Schedule, in_order, plan, seams, widths_for
from embexp.vectors import named
from embexp.vectors.named import load_vectors
from embexp.vectors.own import is_own, own_vectors
from embexp.words import Vectors, Vocabulary

TEXTS = 500
"""Validation texts whose representations are measured."""
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
    ),
    *("min_count", "max_words", "vocabulary", "vectors", "dim", "epochs", "batch", "buckets"),
    *("lexicon", "polarity", "cosines", "similarity", "relations"),
)
"""Fields of a spec that decide its task."""


@dataclass(frozen=True)
class Part:
    """One split as ids and labels; `room` is the number of texts and of tokens that its
    device arrays are padded to.
    """

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
        starts, lengths = (
            np.pad(each.astype(np.int32), (0, spare))
            for each in (self.ids.offsets[:-1], self.ids.lengths)
        )
        extra = np.pad(self.extra, ((0, spare), (0, 0)))
        return Texts(*map(jnp.asarray, (flat, starts, lengths, extra)))

    def scoring(self, recipe: Recipe) -> Recipe:
        """The recipe with the widths of this split: a text longer than any in training
        is not cut.
        """
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
        """The validation texts whose representations are measured; none without
        vectors, where tokens are labelled, or trained on.
        """
        whole = (
            self.held_out
            and self.vectors is not None
            and len(self.validation) == len(self.validation.ids.lengths)
        )
        return spread(len(self.validation), TEXTS) if whole else np.zeros(0, int)

    @cached_property
    def references(self) -> References:
        """What those texts' representations are compared with."""
        table = np.zeros((len(self.vocabulary), self.dim), np.float32)
        for row, word in enumerate(self.vocabulary.words):
            if self.vectors is not None and word in self.vectors:
                table[row] = self.vectors[word]
        return References(
            mean_vectors(*self.validation.ids, table)[self.texts],
            self.validation.labels[self.texts],
        )

    @property
    def padding(self) -> float:
        """Tokens computed over true tokens, in one epoch of training."""
        return self.schedule.padded_tokens / len(self.train.ids.flat)

    def recipe(self, spec: Spec) -> Recipe:
        """The static part of a spec."""
        same = {
            name: getattr(spec, name)
            for name in (
                "encoder",
                "features",
                "windows",
                "layers",
                "initialisers",
                "unit",
                "batch",
                "optimiser",
            )
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
        InputError: anything about the data, the vectors or the lexicon that a user got
            wrong.
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
        panel=panel_of(
            material.vocabulary, vectors, yardsticks, spec.cosines, held_out(spec, material)
        ),
        checksums=checksums(spec, material, yardsticks),
        held_out=spec.holdout == "validation",
    )


def vectors_of(spec: Spec, material: Material) -> Vectors | None:
    """The pretrained vectors of the vocabulary's words: from a file, by name, or trained now.

    Trained now they are on the training texts; in a world, whose labelled texts are
    few, on its own unlabelled ones.
    """
    if spec.vectors is None:
        return None
    if is_own(spec.vectors):
        return own_vectors(
            spec.vectors,
            world(spec.corpus).unlabelled() if is_world(spec.corpus) else material.texts,
        )
    return load_vectors(
        spec.vectors, words=material.vocabulary.words[material.vocabulary.specials :]
    )


def parts_of(material: Material, buckets: int) -> dict[str, Part]:
    """The splits; the two that are scored get the same widths and room, so one program
    scores both.
    """
    parts = {}
    for names in (("train",), ("validation", "test")):
        together = [material.ids[name] for name in names]
        widths = widths_for(np.concatenate([ids.lengths for ids in together]), buckets)
        for name in names:
            parts[name] = Part(
                material.ids[name],
                material.labels[name],
                material.extra[name],
                widths,
                room_of(together),
            )
    return parts


def room_of(splits: Sequence[Ids]) -> tuple[int, int]:
    """Texts and tokens of the largest split."""
    return max(len(split.lengths) for split in splits), max(len(split.flat) for split in splits)


def checksums(spec: Spec, material: Material, yardsticks: Yardsticks) -> dict[str, str]:
    """What the numbers were made from: SHA-256 of the corpus, the vectors, the
    yardsticks, and the texts that log-odds are counted on.
    """
    made_from = {"corpus": material.checksum, **yardsticks.checksums()}
    if spec.vectors is not None and not is_own(spec.vectors):
        made_from["vectors"] = named.checksum(spec.vectors)
    if spec.polarity != "validation":
        made_from["polarity"] = load_corpus(spec.polarity).checksum
    return made_from
