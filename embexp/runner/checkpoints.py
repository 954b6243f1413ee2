"""Trained models: saved beside the rows, and read back with their words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Bool, Float, Int

from embexp import records, storage
from embexp.errors import InputError
from embexp.evaluation.table import TableEvaluator
from embexp.formats import streams
from embexp.models import HEADS
from embexp.printable import printable
from embexp.runner.start import start_of
from embexp.spec import Spec
from embexp.tasks import Task, prepare_task
from embexp.training.program import initial
from embexp.training.static import StaticConfig
from embexp.words import Vectors, Vocabulary


def model_path(results: str | Path, digest: str) -> Path:
    """Where a run's parameters lie in a folder of results."""
    return Path(results, "models", f"{digest}.npz")


def save(folder: Path, task: Task, spec: Spec, params: dict[str, Any]) -> str:
    """Writes parameters by their paths in the model; returns the file, relative to the folder."""
    path, own = model_path(folder, spec.digest), parameters(task, spec, params)
    storage.replace(path, lambda file: np.savez(file, allow_pickle=False, **own))
    return path.relative_to(folder).as_posix()


def parameters(task: Task, spec: Spec, params: dict[str, Any]) -> dict[str, np.ndarray]:
    """A run's parameters by their paths in the model.

    What a table holds beyond its vocabulary, as its shape has room, is left out.
    """
    shapes = _shapes(task, spec)
    return {name: leaf[tuple(map(slice, shapes[name]))] for name, leaf in _flat(params).items()}


def _shapes(task: Task, spec: Spec) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter of a run's model, by its path."""
    static, key = _static(task, spec), jax.random.key(0)
    found = _flat(jax.eval_shape(lambda: initial(static, key)))
    return {name: leaf.shape for name, leaf in found.items()}


def _static(task: Task, spec: Spec) -> StaticConfig:
    """The configuration of a run's model, with one row for each word."""
    static = task.static(spec, task.schedule(spec))
    return replace(static, vocab=len(task.vocabulary))


def _flat(params: Any) -> dict[str, Any]:
    """Parameters by their paths, such as `head/kernel`."""
    leaves, _ = jax.tree.flatten_with_path(params)
    return {jax.tree_util.keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}


@dataclass(frozen=True, eq=False, repr=False)
class Trained:
    """A run's model with the parameters that validation selected.

    `table` is what the encoder sees, `start_table` the table before training.
    """

    spec: Spec
    task: Task
    static: StaticConfig
    model: nnx.Module
    table: Float[np.ndarray, "vocab dim"]
    start_table: Float[np.ndarray, "vocab dim"]

    def __repr__(self) -> str:
        size = f"{len(self.vectors)} words × {self.table.shape[1]}, {len(self.classes)} classes"
        return f"Trained({printable(self.spec.title)}: {size})"

    @property
    def vocabulary(self) -> Vocabulary:
        """The words of the table's rows."""
        return self.task.vocabulary

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the logits."""
        return self.task.classes

    @property
    def vectors(self) -> Vectors:
        """The learned vectors of the vocabulary's words."""
        return self._words(self.table)

    @property
    def start(self) -> Vectors:
        """The same words' vectors before training."""
        return self._words(self.start_table)

    def predict(self, texts: Iterable[Any]) -> Any:
        """The class of each text, by name; or its number, or a list of its classes.

        Args:
            texts: strings in a list, an array or a column, or pairs of them for a model that was
                trained on pairs.

        Raises:
            InputError: the model does not give a class for such texts alone.
        """
        found, names = self._shares(texts), np.array(self.classes, object)
        labelling = HEADS[self.spec.head].labelling
        if labelling == "classes":
            return names[found.argmax(axis=1)]
        return found[:, 0] if labelling == "numbers" else [[*names[row >= 0.5]] for row in found]

    def predict_proba(self, texts: Iterable[Any]) -> Float[np.ndarray, "texts classes"]:
        """The probability of each class, in the order of `classes`.

        Raises:
            InputError: as `predict`, or labels that are numbers.
        """
        if HEADS[self.spec.head].labelling == "numbers":
            raise InputError(f"head={self.spec.head!r} gives numbers, which predict returns")
        return self._shares(texts)

    def _shares(self, texts: Iterable[Any]) -> Float[np.ndarray, "texts classes"]:
        from embexp.runner.predict import shares

        return shares(self, texts)

    def words_sheet(self) -> Iterator[tuple[str, int, int, float | None]]:
        """Each word with its training count, 1 where pretrained vectors know it, and log-odds.

        With it `embexp measure` takes the exported vectors on the words that the run was
        evaluated on.
        """
        words = TableEvaluator(self.task, self.spec).words
        known = set(words.known.tolist())
        log_odds = dict(zip(words.log_odds_rows.tolist(), words.log_odds.tolist(), strict=True))
        for row in range(self.vocabulary.specials, len(self.vocabulary)):
            count = int(self.vocabulary.counts[row])
            yield self.vocabulary.words[row], count, int(row in known), log_odds.get(row)

    def _words(self, table: Float[np.ndarray, "vocab dim"]) -> Vectors:
        specials = self.vocabulary.specials
        return Vectors(self.vocabulary.words[specials:], table[specials:])

    def ids(
        self, texts: Sequence[str]
    ) -> tuple[Int[np.ndarray, "texts length"], Bool[np.ndarray, "texts length"]]:
        """Texts as the model reads them: ids padded at the end, and a mask, true at words."""
        index, unknown = self.vocabulary.index, self.vocabulary.index["<unk>"]
        rows = [
            [index.get(word, unknown) for word in words][: self.spec.max_length]
            for words in self.task.tokenizer(texts)
        ]
        ids = np.zeros((len(rows), max(map(len, rows), default=0)), np.int32)
        for place, each in enumerate(rows):
            ids[place, : len(each)] = each
        return ids, np.arange(ids.shape[1]) < np.array([len(each) for each in rows])[:, None]


def trained(spec: Spec, *, results: str | Path) -> Trained:
    """The model of a finished run whose parameters were saved (`run(…, save_models=True)`).

    Raises:
        InputError: there is no such model, it is damaged or of another shape, what it was
            trained on is not there or has changed, or the run has no table of our own words.
    """
    path = model_path(results, spec.digest)
    if not path.is_file():
        raise InputError(
            f"{results} holds no model of {spec.title} ({spec.digest}); "
            "repeat its command with --save-models (in Python save_models=True)"
        )
    again = "run it again in another folder"
    run = records.read_runs(results).get(spec.digest)
    if run is None or run["error"] is not None:
        raise InputError(f"{path} is not what its run has written; {again}")
    task = task_of_run(run, spec, results)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            given = {name: arrays[name] for name in arrays.files}
    except streams.BROKEN as error:
        raise InputError(f"{path} cannot be read ({error}); {again}") from None
    if _shapes(task, spec) != {name: leaf.shape for name, leaf in given.items()}:
        raise InputError(f"{path} is of another model than {spec.title}; {again}")
    return assembled(task, spec, given)


def task_of_run(run: Mapping[str, Any], spec: Spec, results: str | Path) -> Task:
    """The task that a run was trained on, made again from the same data.

    Raises:
        InputError: the data are not where they were, or something else lies there now.
    """
    try:
        task = prepare_task(spec)
    except InputError as error:
        raise InputError(
            f"a model of {results} is read with what it was trained on, relative to this folder, "
            f"but {error}"
        ) from error
    for name, checksum in task.checksums.items():
        if run["data"].get(name, checksum) != checksum:
            raise InputError(
                f"{name} {getattr(spec, name)!r} has changed since a model of {results} was "
                "trained on it, and its words are read from there; put back what it was, or train "
                "on what is there now, in another folder"
            )
    return task


def assembled(task: Task, spec: Spec, given: Mapping[str, np.ndarray]) -> Trained:
    """The model of a run from its parameters, by their paths.

    Raises:
        InputError: the run has no table of our own words.
    """
    static = _static(task, spec)
    model = static.model(jax.random.key(0))
    state = nnx.state(model, nnx.Param)
    params = nnx.to_pure_dict(state)
    own = jax.tree.unflatten(jax.tree.structure(params), [given[name] for name in _flat(params)])
    nnx.replace_by_pure_dict(state, jax.tree.map(jnp.asarray, own))
    nnx.update(model, state)
    embedding = own.get("embedding")
    table = static.embedding.effective_table(embedding) if embedding else None
    if table is None or spec.tokenizer == "keras-imdb":
        raise InputError(
            f"{spec.title} has no table of words; give a run with a table and another tokenizer "
            "than keras-imdb"
        )
    return Trained(spec, task, static, model, table, start_of(task, spec)[0])
