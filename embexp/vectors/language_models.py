"""Input embeddings of language models as vectors: `hf:FOLDER`, `hf:PACKAGE` or `hf:OWNER/NAME`.

A piece that is a whole word is that word. Other words are composed of the rows of their
pieces, as the model's own tokenizer cuts them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int

from embexp import formats
from embexp.data.pieces import CONTINUES, Pieces, of_file, word_start
from embexp.errors import InputError, unknown
from embexp.formats import model_folders, packed, streams
from embexp.formats.tensors import DTYPES, Tensor, content_of, mapped, read_header, widened
from embexp.words import UNK

PREFIX = "hf:"
COMPOSE = ("mean", "weighted", "none")
"""How a word of several pieces is made: the mean of their rows, the mean weighted by their
letters, or not at all."""
STATIC = "embeddings"
"""The name of Model2Vec's table."""
INPUTS = (
    "embed_tokens.weight",
    "word_embeddings.weight",
    "tok_embeddings.weight",
    "wte.weight",
    "embed_in.weight",
    "token_embedding.weight",
    "shared.weight",
    "word_embedding.weight",
    "embedding.weight",
    "embeddings.weight",
    STATIC,
    packed.TABLE,
)
"""How the input embedding's name ends, in the models of the hub and in static ones."""
SPARE = 0.9
"""A tokenizer with fewer pieces than this share of the rows is of another model."""


def is_language_model(name: str) -> bool:
    """Whether a name stands for a language model's table."""
    return name.startswith(PREFIX)


def parse(name: str) -> tuple[str, str]:
    """The place and the rule of composition in a name.

    Raises:
        InputError: an unknown rule.

    >>> parse("hf:models/bert,compose=none")
    ('models/bert', 'none')
    """
    place, _, rule = name.removeprefix(PREFIX).partition(",compose=")
    rule = rule or COMPOSE[0]
    if rule not in COMPOSE:
        raise unknown("rule that composes words", rule, COMPOSE)
    return place, rule


def files(name: str) -> list[Path]:
    """The files that a name's vectors are read from: tensors, then the tokenizer."""
    place, _ = parse(name)
    return [*model_folders.tensor_files(place), model_folders.tokenizer_file(place)]


@dataclass(frozen=True)
class InputTable:
    """A model's table on the disk, and its tokenizer.

    Args:
        places: the row of each piece.
        weights: what its row is multiplied with.
        stored: the file and the place of each of the model's tensors, by name.
        settings: the model's.
    """

    path: Path
    tensor: Tensor
    pieces: Pieces
    places: Int[np.ndarray, "pieces"]
    weights: Float32[np.ndarray, "pieces"]
    stored: Mapping[str, tuple[Path, Tensor]]
    settings: Mapping[str, Any]

    @property
    def dim(self) -> int:
        """The length of a row."""
        return self.tensor.shape[1]

    def rows(self, pieces: Iterable[int]) -> Float32[np.ndarray, "pieces dim"]:
        """The rows of pieces."""
        table = mapped(self.path, self.tensor)
        chosen = np.fromiter(pieces, np.int64)
        rows = widened(table[self.places[chosen]], self.tensor.kind)
        return rows * self.weights[chosen, None]

    @property
    def index(self) -> dict[str, int]:
        """The number of each piece by its name."""
        return {name: number for number, name in enumerate(self.pieces.names) if name}

    def whole_words(self) -> dict[str, int]:
        """The pieces that are a word each."""
        return {
            name: number
            for name, number in self.index.items()
            if number not in self.pieces.special
            and name != UNK
            and not name.startswith(CONTINUES)
            and name[0].isalnum()
        }


def input_table(place: str) -> InputTable:
    """The input embedding of a model.

    Raises:
        InputError: no table, or several; a table that the tokenizer or the settings do not
            fit; a damaged file.
    """
    found = _tensors(place)
    settings = model_folders.config(place, typed=STATIC not in found)
    path, tensor = found[_input_name(found, place)]
    pieces = of_file(str(model_folders.tokenizer_file(place)))
    count, rows = len(pieces.names), tensor.shape[0]
    places, weights = np.arange(count), np.ones(count, np.float32)
    if "mapping" in found:  # of Model2Vec: several pieces may share a row
        places = _array(*found["mapping"]).astype(np.int64)
        rows = len(places)
        if places.max(initial=0) >= tensor.shape[0] or places.min(initial=0) < 0:
            raise InputError(
                f"{path}: its mapping leads outside the table's {tensor.shape[0]} rows"
            )
    if settings.get("vocab_size") not in (None, tensor.shape[0]) and "mapping" not in found:
        raise InputError(
            f"{path} has {tensor.shape[0]} rows, but its model has {settings['vocab_size']} "
            "pieces; rows are missing, or the file is another model's"
        )
    if not SPARE * rows <= count <= rows:
        raise InputError(
            f"the tokenizer has {count} pieces, but {path} has {rows} rows for them; it is "
            "another model's"
        )
    if "weights" in found:
        weights = _array(*found["weights"]).astype(np.float32)
    return InputTable(path, tensor, pieces, places[:count], weights[:count], found, settings)


def _tensors(place: str) -> dict[str, tuple[Path, Tensor]]:
    """The file and the place of each tensor of a model, by its name."""
    found: dict[str, tuple[Path, Tensor]] = {}
    for path in model_folders.tensor_files(place):
        if packed.is_packed(path):
            found[packed.TABLE] = (path, packed.read(path).tensor)
            continue
        with streams.reading(path) as stream:
            found |= {name: (path, each) for name, each in read_header(stream).tensors.items()}
    return found


def is_input(name: str, ending: str) -> bool:
    """Whether a tensor's name is that of an input embedding with one of `INPUTS` as its end."""
    other = "position" in name or "token_type" in name
    return not other and (name == ending or name.endswith(f".{ending}"))


def _input_name(found: Iterable[str], place: str) -> str:
    """The name of the input embedding among a model's tensors."""
    for ending in INPUTS:
        if names := [name for name in found if is_input(name, ending)]:
            return min(names, key=len)
    raise InputError(
        f"{place} holds no input embedding: no tensor's name ends with {', '.join(INPUTS[:5])}, …"
    )


def _array(path: Path, tensor: Tensor) -> np.ndarray:
    """A tensor of one axis."""
    if tensor.kind not in DTYPES or len(tensor.shape) != 1:
        raise InputError(f"{path}: a mapping or weights of pieces is no list of numbers")
    with streams.reading(path) as stream:
        return np.frombuffer(content_of(stream, tensor), DTYPES[tensor.kind])


def contents(name: str, words: frozenset[str] | None = None) -> formats.Contents:
    """The vectors of words, or of all pieces that are whole words.

    A word that is the name of a piece takes its row. A word of a piece that is unknown to
    the tokenizer has no vector.

    Raises:
        InputError: see `input_table`.
    """
    place, rule = parse(name)
    table = input_table(place)
    index = table.whole_words() if words is None else table.index
    index.pop(UNK, None)
    exact = list(index) if words is None else sorted(words & index.keys())
    rows = table.rows(index[word] for word in exact)
    if words is not None and rule != "none":
        others = sorted(word for word in words - index.keys() if not word.startswith(CONTINUES))
        composed, more = _composed(table, others, rule)
        exact, rows = exact + composed, np.concatenate([rows, more])
    return formats.Contents(exact, rows, "language model", 0, 0, None)


def _composed(
    table: InputTable, words: list[str], rule: str
) -> tuple[list[str], Float32[np.ndarray, "words dim"]]:
    """The words that the tokenizer can cut, and the mean of the rows of their pieces."""
    pieces, start = table.pieces, word_start(table.pieces)
    cut = dict(zip(words, pieces.ids(start + word for word in words), strict=True))
    cut = {word: ids for word, ids in cut.items() if ids and pieces.unknown not in ids}
    flat = [piece for ids in cut.values() for piece in ids]
    lengths = [max(1, len(pieces.names[each].removeprefix(CONTINUES))) for each in flat]
    share = np.array(lengths if rule == "weighted" else [1] * len(flat), np.float32)[:, None]
    if not flat:
        return [], np.zeros((0, table.dim), np.float32)
    starts = np.cumsum([0, *map(len, cut.values())])[:-1]
    sums = np.add.reduceat(table.rows(flat) * share, starts)
    return list(cut), sums / np.add.reduceat(share, starts)
