"""Trained parameters onto the disk, and back as a model with its words that can be
asked and looked into.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx, traverse_util
from jaxtyping import Bool, Float, Int

from embexp.data import tokenize
from embexp.errors import InputError
from embexp.regimes import REGIMES
from embexp.spec import Spec
from embexp.sweep.group import start_of
from embexp.sweep.task import task_of
from embexp.words import Vectors, Vocabulary

FOLDER = "models"


def model_path(results: str | Path, spec: Spec) -> Path:
    """Where a cell's parameters lie in a folder of results."""
    return Path(results) / FOLDER / f"{spec.digest}.npz"


def save(path: Path, params: dict[str, Any]) -> None:
    """Parameters by their paths in the model; a file that is there is whole."""
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **flat(params))
    part.replace(path)


def flat(params: Any) -> dict[str, Any]:
    """Parameters by their paths, such as `head/kernel`."""
    return traverse_util.flatten_dict(params, sep="/")


@dataclass(frozen=True, eq=False)
class Trained:
    """A cell's model with the parameters that validation picked; `classes` names the logits."""

    spec: Spec
    vocabulary: Vocabulary
    classes: tuple[str, ...]
    model: nnx.Module
    table: Float[np.ndarray, "vocab dim"]
    """As its encoder sees it: mapped, where there is a map."""
    begun: Float[np.ndarray, "vocab dim"]
    """The table before training."""

    @property
    def vectors(self) -> Vectors:
        """The learned vectors of the vocabulary's words."""
        return self._words(self.table)

    @property
    def start(self) -> Vectors:
        """The same words' vectors before training."""
        return self._words(self.begun)

    def _words(self, table: Float[np.ndarray, "vocab dim"]) -> Vectors:
        specials = self.vocabulary.specials
        return Vectors(self.vocabulary.words[specials:], table[specials:])

    def ids(
        self, texts: Sequence[str]
    ) -> tuple[Int[np.ndarray, "texts length"], Bool[np.ndarray, "texts length"]]:
        """Texts as the model was trained on them: ids padded at the end, and a mask
        that is true where a word stands.
        """
        row, unknown = self.vocabulary.index.get, self.vocabulary.index["<unk>"]
        rows = [
            [row(word, unknown) for word in tokenize(text)][: self.spec.length] for text in texts
        ]
        ids = np.zeros((len(rows), max(map(len, rows), default=0)), np.int32)
        for place, each in enumerate(rows):
            ids[place, : len(each)] = each
        return ids, np.arange(ids.shape[1]) < np.array([len(each) for each in rows])[:, None]


def trained(spec: Spec, *, results: str | Path) -> Trained:
    """The model of a finished cell whose parameters were kept (`run(…, keep_models=True)`).

    Raises:
        InputError: the cell has no kept model there, or one of another shape, or the
            spec's words are not our own.
    """
    path = model_path(results, spec)
    if not path.is_file():
        raise InputError(
            f"{results} holds no model of {spec.arm} ({spec.digest}); run the cell with keep_models=True"
        )
    if spec.tokens != "words" or REGIMES[spec.regime].coding == "one-hot":
        raise InputError(
            f"{spec.arm} has no table of words to look at; give a cell with tokens='words' and a table"
        )
    task = task_of(spec)
    recipe = task.recipe(spec)
    model = recipe.model(jax.random.key(0))
    _, state = nnx.split(model, nnx.Param)
    with np.load(path, allow_pickle=False) as arrays:
        given = {name: arrays[name] for name in arrays.files}
    if jax.tree.map(np.shape, given) != jax.tree.map(np.shape, flat(nnx.to_pure_dict(state))):
        raise InputError(
            f"{path} is of another model than {spec.arm}; run the cell again in another folder"
        )
    nnx.replace_by_pure_dict(
        state, traverse_util.unflatten_dict(jax.tree.map(jnp.asarray, given), sep="/")
    )
    nnx.update(model, state)
    rows = given["table/rows"]
    table = rows @ given["map"] if "map" in given else rows
    return Trained(spec, task.vocabulary, task.classes, model, table, start_of(task, spec)[0])
