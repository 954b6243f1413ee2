"""Words with their counts (`Vocabulary`), and words with their vectors (`Vectors`)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from embexp import formats
from embexp.errors import InputError, unknown
from embexp.formats import cache as cached, fetch
from embexp.formats.subwords import Subwords

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

PAD, UNK = "<pad>", "<unk>"


class Vocabulary:
    """Words and their counts in the training split; row 0 is `<pad>`, row 1 is `<unk>`.

    The count of `<unk>` is the number of training tokens whose word was left out. Build
    one from the training split only, so that nothing of the test split leaks into the
    model.

    >>> vocabulary = Vocabulary.build([["a", "fine", "film"], ["a", "bad", "film"]], min_count=2)
    >>> vocabulary.words, vocabulary.counts.tolist()
    (['<pad>', '<unk>', 'a', 'film'], [0, 2, 2, 2])
    """

    def __init__(
        self, words: Sequence[str], counts: Int[np.ndarray, "vocab"], specials: int = 2
    ) -> None:
        """Makes a vocabulary.

        Args:
            words: distinct; the first `specials` are `<pad>`, `<unk>` and the like.
            counts: one for each word.
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
        """The words that occur at least `min_count` times in tokenised training texts.

        The most frequent word is first, ties are ordered by first appearance.
        """
        return cls.of_counts(Counter(chain.from_iterable(texts)), min_count, max_words)

    @classmethod
    def of_counts(cls, seen: Counter[str], min_count: int, max_words: int | None) -> "Vocabulary":
        """As `build`, from the count of each word, in the order of first appearance."""
        seen.pop(PAD, None)
        unknown_count = seen.pop(UNK, 0)
        frequent = {word: n for word, n in seen.most_common(max_words) if n >= min_count}
        unknown_count += seen.total() - sum(frequent.values())
        return cls([PAD, UNK, *frequent], np.array([0, unknown_count, *frequent.values()]))

    def with_others(self, words: Iterable[str]) -> "Vocabulary":
        """A vocabulary with more words at its end, whose counts are 0."""
        others = [word for word in dict.fromkeys(words) if word not in self.index]
        return Vocabulary(
            [*self.words, *others], np.pad(self.counts, (0, len(others))), self.specials
        )

    def __len__(self) -> int:
        """Number of rows of a table for this vocabulary, with those of special words."""
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} words, {self.counts.sum()} tokens)"


class Vectors:
    """Words and a table with a row for each: pretrained, trained or fine-tuned vectors.

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
        """Makes vectors.

        Args:
            words: distinct.
            table: finite; it is converted to float32.
            subwords: vectors of n-grams, from which other words get a vector.
        """
        table = np.asarray(table, np.float32)
        if table.ndim != 2 or len(table) != len(words):
            raise InputError(
                f"{len(words)} words need a table of {len(words)} rows, not one of shape "
                f"{table.shape}"
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
        """Reads a file in any format of `embexp.formats`, found by its content.

        With `words` only their rows are read, with `limit` only the first rows. With
        `cache`, a table that is read whole is cached, and taken from there the next
        time (see `embexp.formats.cache`); the cache is not used if there is a limit.

        Raises:
            InputError: no such file, a damaged one, or none of `words` in it.
        """
        cachable = cache and limit is None
        found = cached.contents(path, words) if cachable else formats.contents(path, words, limit)
        formats.nonempty(found, path)
        return cls(found.words, found.table, found.subwords)

    @classmethod
    def fetch(
        cls, name: str, words: Iterable[str] | None = None, progress: fetch.Progress | None = None
    ) -> "Vectors":
        """Reads vectors by a name of gensim-data, or `hub:OWNER/REPOSITORY/FILE`.

        They are downloaded once; see `embexp.formats.fetch`.

        Raises:
            InputError: an unknown name, no network, a wrong checksum, none of `words`.
        """
        return cls.read(fetch.fetch(name, progress), words, cache=True)

    @classmethod
    def from_keyed_vectors(cls, keyed: "KeyedVectors") -> "Vectors":
        """The words and vectors of gensim's `KeyedVectors`, with n-grams if it has them."""
        given: Any = keyed
        subwords = None
        if getattr(given, "bucket", 0) and given.min_n <= given.max_n:
            subwords = Subwords(
                given.min_n, given.max_n, given.bucket, np.asarray(given.vectors_ngrams, np.float32)
            )
        return cls(given.index_to_key, given.vectors, subwords)

    def to_keyed_vectors(self) -> "KeyedVectors":
        """The same table as gensim's `KeyedVectors`, without vectors of n-grams."""
        from gensim.models import KeyedVectors

        keyed: Any = KeyedVectors(self.dim)
        keyed.vectors = self.table
        keyed.index_to_key, keyed.key_to_index = list(self.words), dict(self.index)
        return keyed

    def write(self, path: str | Path, format: str | None = None) -> None:
        """Writes a file in the format of its suffix, or in `format`; see `embexp.formats`."""
        formats.write(path, self.words, self.table, format=format, subwords=self.subwords)

    def neighbors(
        self, word: str | Mapping[str, float | int], k: int = 10
    ) -> list[tuple[str, float]]:
        """The k words with the highest cosine to `word`, best first, without itself.

        Several words with weights, as in `{"king": 1, "man": -1, "woman": 1}`, stand
        for the weighted sum of their vectors, each scaled to length 1 (3CosAdd: Levy &
        Goldberg 2014, eq. 3); none of them is among the neighbours.

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
                f"{', '.join(weights)} give a vector of length zero, which is near to nothing; "
                "give other words or weights"
            )
        cosine = self.table @ (query / length) / norms
        cosine[rows] = -np.inf
        best = np.argsort(-cosine, kind="stable")[: max(0, min(k, len(self) - len(rows)))]
        return [(self.words[i], float(cosine[i])) for i in best]

    def row(self, word: str) -> int:
        """The row of a word's vector."""
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
