"""Words with their counts (`Vocabulary`) and words with their vectors (`Vectors`)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from embexp import formats
from embexp.errors import InputError, unknown

PAD, UNK = "<pad>", "<unk>"


class Vocabulary:
    """Words and how often each occurs in the training split; row 0 is `<pad>`, row 1 is `<unk>`.

    The count of `<unk>` is the number of training tokens whose word was left out.
    Build one from the training split only, so that nothing of the test split leaks into the model.

    >>> vocabulary = Vocabulary.build([["a", "fine", "film"], ["a", "bad", "film"]], min_count=2)
    >>> vocabulary.words, vocabulary.counts.tolist()
    (['<pad>', '<unk>', 'a', 'film'], [0, 2, 2, 2])
    """

    def __init__(self, words: Sequence[str], counts: Int[np.ndarray, "vocab"]) -> None:
        """Args: words: distinct, beginning with `<pad>`, `<unk>`. counts: one for each word."""
        if list(words[:2]) != [PAD, UNK]:
            raise InputError(f"a vocabulary begins with {PAD!r}, {UNK!r}, not with {list(words[:2])}")
        if len(words) != len(counts):
            raise InputError(f"{len(words)} words but {len(counts)} counts")
        self.words = list(words)
        self.counts = np.asarray(counts, np.int64)
        self.index: Mapping[str, int] = {word: row for row, word in enumerate(self.words)}
        if len(self.index) != len(self.words):
            raise InputError(f"{len(self.words) - len(self.index)} words stand twice in the vocabulary")

    @classmethod
    def build(cls, texts: Iterable[Iterable[str]], *, min_count: int = 1, max_words: int | None = None) -> "Vocabulary":
        """From tokenised training texts: words seen at least `min_count` times, most frequent first, ties by first appearance."""
        seen = Counter[str]()
        for tokens in texts:
            seen.update(tokens)
        seen.pop(PAD, None)
        unknown_count = seen.pop(UNK, 0)
        kept = [(word, count) for word, count in seen.most_common(max_words) if count >= min_count]
        unknown_count += seen.total() - sum(count for _, count in kept)
        return cls([PAD, UNK, *(word for word, _ in kept)], np.array([0, unknown_count, *(count for _, count in kept)]))

    def __len__(self) -> int:
        """The number of rows that a table for this vocabulary has, the two special ones included."""
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} words, {self.counts.sum()} tokens)"


class Vectors:
    """Words and a table with one row for each: pretrained, counted, task-trained and fine-tuned tables alike.

    >>> vectors = Vectors(["king", "queen"], np.array([[1.0, 0.0], [1.0, 0.5]]))
    >>> vectors["queen"]
    array([1. , 0.5], dtype=float32)
    """

    def __init__(self, words: Sequence[str], table: Float[np.ndarray, "rows dim"]) -> None:
        """Args: words: distinct. table: (rows, dim), finite, made float32."""
        table = np.asarray(table, np.float32)
        if table.ndim != 2 or len(table) != len(words):
            raise InputError(f"{len(words)} words need a table of {len(words)} rows, not one of shape {table.shape}")
        finite = np.isfinite(table).all(axis=1)
        if not finite.all():
            row = int(np.argmin(finite))
            raise InputError(f"the vector of {words[row]!r} (row {row}) holds NaN or infinity")
        self.words = list(words)
        self.table = table

    @cached_property
    def index(self) -> Mapping[str, int]:
        """The row of each word."""
        index = {word: row for row, word in enumerate(self.words)}
        if len(index) != len(self.words):
            raise InputError(f"{len(self.words) - len(index)} words stand twice in the vectors")
        return index

    @property
    def dim(self) -> int:
        """The length of one vector."""
        return self.table.shape[1]

    @classmethod
    def read(cls, path: str | Path, words: Iterable[str] | None = None, limit: int | None = None) -> "Vectors":
        """From a file in any format of `embexp.formats`, found by its content; only `words`, only the first `limit` rows.

        Raises:
            InputError: no such file, a broken one, or none of `words` in it; the sentence names file, place and reason.
        """
        return cls(*formats.read(path, words=words, limit=limit))

    def write(self, path: str | Path, format: str | None = None) -> None:
        """To a file in the format that its suffix (or `format`) names; see `embexp.formats`."""
        formats.write(path, self.words, self.table, format=format)

    def neighbors(self, word: str, k: int = 10) -> list[tuple[str, float]]:
        """The k words with the highest cosine to `word`, itself left out, best first."""
        row = self.row(word)
        norms = np.linalg.norm(self.table, axis=1)
        cosine = self.table @ self.table[row] / np.maximum(norms * norms[row], np.finfo(np.float32).tiny)
        cosine[row] = -np.inf
        best = np.argsort(-cosine, kind="stable")[: min(k, len(self) - 1)]
        return [(self.words[i], float(cosine[i])) for i in best]

    def row(self, word: str) -> int:
        """Where a word's vector stands in the table."""
        if word not in self.index:
            raise unknown("word", word, self.words)
        return self.index[word]

    def __getitem__(self, word: str) -> Float[np.ndarray, "dim"]:
        return self.table[self.row(word)]

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return f"Vectors({len(self)} words × {self.dim})"
