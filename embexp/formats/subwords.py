"""Vectors of character n-grams, from which words that no file lists get a vector.

fastText's method (Bojanowski et al. 2017, §3.2), with its program's hash.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int, Int64, Integer, UInt8, UInt32

END = b"</s>"
GRAMS = 1 << 21
"""N-grams that are handled at once."""


@dataclass(frozen=True)
class Subwords:
    """Vectors of the n-grams of `shortest` to `longest` characters, hashed into buckets.

    `table` has a row for each of the `buckets`, or only for those listed in `present`,
    in rising order. What was read for some words has the n-grams of those words only.
    """

    shortest: int
    longest: int
    buckets: int
    table: Float32[np.ndarray, "present dim"]
    present: Int64[np.ndarray, "present"] | None = None

    def vector(self, word: str) -> Float32[np.ndarray, "dim"] | None:
        """Mean of the vectors of a word's n-grams.

        `None` for a word that has no n-gram, or one whose row is not present.
        """
        buckets = self._of([word.encode(errors="surrogatepass")])[1]
        if not len(buckets) or (
            self.present is not None and not np.isin(buckets, self.present).all()
        ):
            return None
        return self.table[self._rows(buckets)].mean(axis=0, dtype=np.float32)

    def only(self, words: Sequence[bytes]) -> "Subwords":
        """The part that these words need; the rows of all their n-grams must be present."""
        present = self.needed_by(words)
        return replace(self, table=self.table[self._rows(present)], present=present)

    def needed_by(self, words: Sequence[bytes]) -> Int64[np.ndarray, "present"]:
        """Buckets of the n-grams of these words, in rising order."""
        found = [self._of(block)[1] for _, block in self._blocks(words)]
        return np.unique(np.concatenate([np.empty(0, np.uint32), *found])).astype(np.int64)

    def sums(
        self, words: Sequence[bytes]
    ) -> Iterator[tuple[slice, Float32[np.ndarray, "block dim"], Float32[np.ndarray, "block 1"]]]:
        """For blocks of words: their rows, the sum of their n-grams' vectors, 1 + their number.

        A word's vector is its own row plus the sum, divided by the last.
        """
        from scipy.sparse import csr_array

        for first, block in self._blocks(words):
            owner, buckets = self._of(block)
            counts = csr_array(
                (np.ones(len(owner), np.float32), (owner, self._rows(buckets))),
                (len(block), len(self.table)),
            )
            number = 1 + np.bincount(owner, minlength=len(block)).astype(np.float32)[:, None]
            yield slice(first, first + len(block)), counts @ self.table, number

    def _of(
        self, words: Sequence[bytes]
    ) -> tuple[Int64[np.ndarray, "grams"], UInt32[np.ndarray, "grams"]]:
        """Which word each n-gram belongs to, and its bucket."""
        owner, hashes = n_grams(words, self.shortest, self.longest)
        return owner, hashes % self.buckets

    def _rows(self, buckets: Integer[np.ndarray, "grams"]) -> Integer[np.ndarray, "grams"]:
        """Rows of the table that belong to these buckets."""
        return buckets if self.present is None else np.searchsorted(self.present, buckets)

    def _blocks(self, words: Sequence[bytes]) -> Iterator[tuple[int, Sequence[bytes]]]:
        """Blocks of words with no more than `GRAMS` n-grams, with their first word's number."""
        first, grams, sizes = 0, 0, self.longest - self.shortest + 1
        for number, word in enumerate(words):
            grams += (len(word) + 2) * sizes
            if grams > GRAMS and number > first:
                yield first, words[first:number]
                first, grams = number, (len(word) + 2) * sizes
        if first < len(words):
            yield first, words[first:]


def n_grams(
    words: Sequence[bytes], shortest: int, longest: int
) -> tuple[Int64[np.ndarray, "grams"], UInt32[np.ndarray, "grams"]]:
    """For each n-gram the number of its word, and its hash.

    A word is put between `<` and `>`; these two alone are no n-gram, and the word
    `</s>` has none. The hash is FNV-1a over the n-gram's UTF-8, with bytes taken as
    signed numbers, as in fastText's program. A byte that continues no character, in
    broken UTF-8, belongs to the character before it, as there.
    """
    text = np.frombuffer(
        b"".join([b"" if word == END else b"<%s>" % word for word in words]), np.uint8
    )
    sizes = np.array([0 if word == END else len(word) + 2 for word in words], np.int64)
    start = np.flatnonzero((text & 0xC0) != 0x80)
    length = np.diff(start, append=len(text))
    owner = np.repeat(np.arange(len(words)), sizes)[start]
    first = np.diff(owner, prepend=-1) != 0
    last = np.diff(owner, append=len(words)) != 0
    hashes = np.full(len(start), 2166136261, np.uint32)
    alive = np.arange(len(start))
    owners, found = [np.empty(0, np.int64)], [np.empty(0, np.uint32)]
    for n in range(1, longest + 1):
        alive = alive[: np.searchsorted(alive, len(start) - n + 1)]
        alive = alive[owner[alive + n - 1] == owner[alive]]
        _hash_one_more(hashes, alive, text, start[alive + n - 1], length[alive + n - 1])
        if n >= shortest:
            grams = alive[~(first | last)[alive]] if n == 1 else alive
            owners.append(owner[grams])
            found.append(hashes[grams])
    return np.concatenate(owners), np.concatenate(found)


def _hash_one_more(
    hashes: UInt32[np.ndarray, "starts"],
    alive: Int[np.ndarray, "alive"],
    text: UInt8[np.ndarray, "bytes"],
    start: Int[np.ndarray, "alive"],
    length: Int[np.ndarray, "alive"],
) -> None:
    """Adds the bytes of one more character to the hashes of the n-grams that go on."""
    for k in range(int(length.max(initial=0))):
        here = length > k
        signed = text[start[here] + k].astype(np.int8).astype(np.int32).view(np.uint32)
        hashes[alive[here]] = (hashes[alive[here]] ^ signed) * np.uint32(16777619)
