"""Words with their counts (`Vocabulary`) and words with their vectors (`Vectors`)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from embexp import formats
from embexp.errors import InputError, unknown
from embexp.formats import cache as kept
from embexp.formats import fetch
from embexp.formats.subwords import Subwords

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

PAD, UNK = "<pad>", "<unk>"


class Vocabulary:
    """Words and how often each occurs in the training split; row 0 is `<pad>`, row 1 is `<unk>`.

    The count of `<unk>` is the number of training tokens whose word was left out.
    Build one from the training split only, so that nothing of the test split leaks into
    the model.

    >>> vocabulary = Vocabulary.build([["a", "fine", "film"], ["a", "bad", "film"]], min_count=2)
    >>> vocabulary.words, vocabulary.counts.tolist()
    (['<pad>', '<unk>', 'a', 'film'], [0, 2, 2, 2])
    """

    def __init__(
        self, words: Sequence[str], counts: Int[np.ndarray, "vocab"], specials: int = 2
    ) -> None:
        """Args: words: distinct; the first `specials` are no words, `<pad>` the first
        of them and `<unk>` among them. counts: one each.
        """
        if PAD not in words[:1] or UNK not in words[:specials]:
            raise InputError(
                f"a vocabulary begins with {PAD!r}, {UNK!r}, not with {list(words[:2])}"
            )
        if len(words) != len(counts):
            raise InputError(f"{len(words)} words but {len(counts)} counts")
        self.words = list(words)
        self.counts = np.asarray(counts, np.int64)
        self.specials = specials
        self.index: Mapping[str, int] = {word: row for row, word in enumerate(self.words)}
        if len(self.index) != len(self.words):
            raise InputError(
                f"{len(self.words) - len(self.index)} words stand twice in the vocabulary"
            )

    @classmethod
    def build(
        cls, texts: Iterable[Iterable[str]], *, min_count: int = 1, max_words: int | None = None
    ) -> "Vocabulary":
        """From tokenised training texts: words seen at least `min_count` times, most
        frequent first, ties by first appearance.
        """
        seen = Counter[str]()
        for tokens in texts:
            seen.update(tokens)
        seen.pop(PAD, None)
        unknown_count = seen.pop(UNK, 0)
        kept = [(word, count) for word, count in seen.most_common(max_words) if count >= min_count]
        unknown_count += seen.total() - sum(count for _, count in kept)
        return cls(
            [PAD, UNK, *(word for word, _ in kept)],
            np.array([0, unknown_count, *(count for _, count in kept)]),
        )

    def with_others(self, words: Iterable[str]) -> "Vocabulary":
        """With more words at its end, each once and never counted: words that training
        does not show.
        """
        others = [word for word in dict.fromkeys(words) if word not in self.index]
        return Vocabulary(
            [*self.words, *others], np.pad(self.counts, (0, len(others))), self.specials
        )

    def __len__(self) -> int:
        """The number of rows that a table for this vocabulary has, the two special ones
        included.
        """
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} words, {self.counts.sum()} tokens)"


class Vectors:
    """Words and a table with one row for each: pretrained, counted, task-trained and
    fine-tuned tables alike.

    >>> vectors = Vectors(["king", "queen"], np.array([[1.0, 0.0], [1.0, 0.5]]))
    >>> vectors["queen"]
    array([1. , 0.5], dtype=float32)
    """

    def __init__(
        self,
        words: Sequence[str],
        table: Float[np.ndarray, "rows dim"],
        subwords: Subwords | None = None,
    ) -> None:
        """Args: words: distinct. table: (rows, dim), finite, made float32. subwords:
        vectors for words that are not among them.
        """
        table = np.asarray(table, np.float32)
        if table.ndim != 2 or len(table) != len(words):
            raise InputError(
                f"{len(words)} words need a table of {len(words)} rows, not one of shape {table.shape}"
            )
        finite = np.isfinite(table).all(axis=1)
        if not finite.all():
            row = int(np.argmin(finite))
            raise InputError(f"the vector of {words[row]!r} (row {row}) holds NaN or infinity")
        self.words = list(words)
        self.table = table
        self.subwords = subwords

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
    def read(
        cls,
        path: str | Path,
        words: Iterable[str] | None = None,
        limit: int | None = None,
        *,
        cache: bool = False,
    ) -> "Vectors":
        """From a file in any format of `embexp.formats`, found by its content; only
        `words`, only the first `limit` rows.

        With `cache` a table that is read whole is kept in the user's cache, and read
        from there the next time (see `embexp.formats.cache`); what is kept is not
        looked at when there is a limit.

        Raises:
            InputError: no such file, a broken one, or none of `words` in it; the
                sentence names file, place and reason.
        """
        read = (
            kept.contents(path, words)
            if cache and limit is None
            else formats.contents(path, words, limit)
        )
        return cls(read.words, read.table, read.subwords)

    @classmethod
    def fetch(
        cls, name: str, words: Iterable[str] | None = None, progress: fetch.Progress | None = None
    ) -> "Vectors":
        """By a name that gensim-data publishes, or `hub:OWNER/REPOSITORY/FILE`;
        downloaded once, see `embexp.formats.fetch`.

        Raises:
            InputError: an unknown name, no network, a wrong checksum, none of `words`
                in the file.
        """
        return cls.read(fetch.fetch(name, progress), words, cache=True)

    @classmethod
    def from_keyed_vectors(cls, keyed: "KeyedVectors") -> "Vectors":
        """The words and vectors of gensim's `KeyedVectors`; of fastText's also those of
        the n-grams.
        """
        given: Any = keyed
        subwords = None
        if getattr(given, "bucket", 0) and given.min_n <= given.max_n:
            subwords = Subwords(
                given.min_n, given.max_n, given.bucket, np.asarray(given.vectors_ngrams, np.float32)
            )
        return cls(given.index_to_key, given.vectors, subwords)

    def to_keyed_vectors(self) -> "KeyedVectors":
        """As gensim's `KeyedVectors`, over the same table; vectors of n-grams are not
        taken along.
        """
        from gensim.models import KeyedVectors

        keyed: Any = KeyedVectors(self.dim)
        keyed.vectors, keyed.index_to_key, keyed.key_to_index = (
            self.table,
            list(self.words),
            dict(self.index),
        )
        return keyed

    def write(self, path: str | Path, format: str | None = None) -> None:
        """To a file in the format that its suffix (or `format`) names; see `embexp.formats`."""
        formats.write(path, self.words, self.table, format=format, subwords=self.subwords)

    def neighbors(
        self, word: str | Mapping[str, float | int], k: int = 10
    ) -> list[tuple[str, float]]:
        """The k words with the highest cosine to `word`, itself left out, best first.

        Several words with weights, as in `{"king": 1, "man": -1, "woman": 1}`, stand
        for the weighted sum of their vectors, each taken with length 1 (3CosAdd: Levy &
        Goldberg 2014, eq. 3); all of them are left out.

        Raises:
            InputError: an unknown word, or words whose sum is zero.
        """
        weights = {word: 1.0} if isinstance(word, str) else word
        if not weights:
            raise InputError("neighbours of no word; give one or more")
        rows = [self.row(each) for each in weights]
        norms = np.maximum(np.linalg.norm(self.table, axis=1), np.finfo(np.float32).tiny)
        query = np.fromiter(weights.values(), np.float32) @ (self.table[rows] / norms[rows, None])
        length = float(np.linalg.norm(query))
        if not length > 0:
            raise InputError(
                f"{', '.join(weights)} give a vector of length zero, which is near to nothing; give other words or weights"
            )
        cosine = self.table @ (query / length) / norms
        cosine[rows] = -np.inf
        best = np.argsort(-cosine, kind="stable")[: max(0, min(k, len(self) - len(rows)))]
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
