"""A word that no file lists into a vector, by the vectors of its character n-grams
(fastText: Bojanowski 2017, §3.2).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int, Int64, UInt8, UInt32

END = b"</s>"
GRAMS = 1 << 21


@dataclass(frozen=True)
class Subwords:
    """Vectors of n-grams of `shortest` to `longest` characters, hashed into `buckets` rows.

    `held` are the buckets whose rows `table` has, in rising order; `None` where it has
    all. What was read for some words only holds the n-grams of those words.
    """

    shortest: int
    longest: int
    buckets: int
    table: Float32[np.ndarray, "held dim"]
    held: Int64[np.ndarray, "held"] | None = None

    @property
    def sizes(self) -> int:
        """How many sizes its n-grams have."""
        return self.longest - self.shortest + 1

    def vector(self, word: str) -> Float32[np.ndarray, "dim"] | None:
        """The mean of the vectors of a word's n-grams; `None` for a word without one,
        or with one that is not held.
        """
        buckets = (
            n_grams([word.encode(errors="surrogatepass")], self.shortest, self.longest)[1]
            % self.buckets
        )
        if not len(buckets) or (self.held is not None and not np.isin(buckets, self.held).all()):
            return None
        rows = buckets if self.held is None else np.searchsorted(self.held, buckets)
        return self.table[rows].mean(axis=0, dtype=np.float32)

    def only(self, words: Sequence[bytes]) -> "Subwords":
        """As much as these words need; all their n-grams must be held."""
        held = self.needed_by(words)
        rows = held if self.held is None else np.searchsorted(self.held, held)
        return replace(self, table=self.table[rows], held=held)

    def needed_by(self, words: Sequence[bytes]) -> Int64[np.ndarray, "held"]:
        """The buckets that n-grams of these words fall into, in rising order."""
        found = [
            n_grams(block, self.shortest, self.longest)[1] % self.buckets
            for _, block in in_blocks(words, self.sizes)
        ]
        return np.unique(np.concatenate([np.empty(0, np.uint32), *found])).astype(np.int64)


def n_grams(
    words: Sequence[bytes], shortest: int, longest: int
) -> tuple[Int64[np.ndarray, "grams"], UInt32[np.ndarray, "grams"]]:
    """Which word each n-gram is of, and its hash; a word is taken between `<` and `>`,
    and these alone are no n-gram.

    The hash is FNV-1a of the n-gram's UTF-8 with its bytes taken as signed, as
    fastText's program computes it. `</s>` has none.
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
            kept = alive[~(first | last)[alive]] if n == 1 else alive
            owners.append(owner[kept])
            found.append(hashes[kept])
    return np.concatenate(owners), np.concatenate(found)


def _hash_one_more(
    hashes: UInt32[np.ndarray, "starts"],
    alive: Int[np.ndarray, "alive"],
    text: UInt8[np.ndarray, "bytes"],
    start: Int[np.ndarray, "alive"],
    length: Int[np.ndarray, "alive"],
) -> None:
    """Takes the bytes of one more character into the hashes of the n-grams that go on."""
    for k in range(int(length.max(initial=0))):
        here = length > k
        signed = text[start[here] + k].astype(np.int8).astype(np.int32).view(np.uint32)
        hashes[alive[here]] = (hashes[alive[here]] ^ signed) * np.uint32(16777619)


def in_blocks(words: Sequence[bytes], sizes: int) -> Iterator[tuple[int, Sequence[bytes]]]:
    """Words in blocks of no more than `GRAMS` n-grams of so many sizes, each block with
    the number of its first word.
    """
    first, grams = 0, 0
    for number, word in enumerate(words):
        grams += (len(word) + 2) * sizes
        if grams > GRAMS and number > first:
            yield first, words[first:number]
            first, grams = number, (len(word) + 2) * sizes
    if first < len(words):
        yield first, words[first:]
