"""Words with hashed n-grams of words and of letters, as fastText's supervised model reads a text.

That model is the mean of the rows of all of them under a linear classifier (Joulin et al.
2017, section 2): `encoder=mean` over this tokenizer. As n-grams are tokens of the one table,
row-sparse steps move them as they move words.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from embexp.data.tokens import tokenize
from embexp.errors import InputError
from embexp.formats.subwords import n_grams

PRIME = 116049371
"""What fastText's program multiplies a hash by before the next word's is added."""
SETTING = re.compile(r"(words|buckets)=(\d{1,9})|letters=(\d{1,9})-(\d{1,9})")
MOST_BUCKETS, LONGEST = 10**8, 20


class HashedNGrams(NamedTuple):
    """Splits texts into words, then their n-grams; each n-gram has the name of its bucket.

    Args:
        words: the most words in an n-gram; 1 for none but the words themselves.
        letters: the fewest and the most letters in an n-gram of a word, which stands between
            `<` and `>` for that; 0 and 0 for none.
        buckets: how many there are.
    """

    words: int = 2
    letters: tuple[int, int] = (0, 0)
    buckets: int = 100_000

    def __call__(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """The tokens of each text: its words, n-grams of its words, and those of letters."""
        hash_of = cache(word_hash)
        spelt = cache(lambda word: [self._name(each) for each in letter_hashes(word, self.letters)])
        for text in texts:
            words = tokenize(text)
            hashes = np.array([hash_of(word) for word in words], np.uint64)
            tokens = [*words, *map(self._name, phrase_hashes(hashes, self.words))]
            if self.letters[1]:
                tokens += [token for word in words for token in spelt(word)]
            yield tokens

    def _name(self, number: int) -> str:
        return f"n-gram#{number % self.buckets}"


def word_hash(word: str) -> np.uint64:
    """The hash of a word in fastText, which widens it as a signed number of 32 bits.

    Of the n-grams of `<word>` that are as long as the word, the word itself is the second.
    """
    length = len(word)
    hashes = n_grams([word.encode()], length, length)[1]
    return hashes[min(1, length - 1)].astype(np.int32).astype(np.int64).astype(np.uint64)


def phrase_hashes(hashes: np.ndarray, longest: int) -> list[int]:
    """Hashes of the runs of 2 to `longest` words, modulo 2⁶⁴ as in fastText's program."""
    runs, found = hashes, []
    for length in range(2, longest + 1):
        runs = runs[:-1] * np.uint64(PRIME) + hashes[length - 1 :]
        found += runs.tolist()
    return found


def letter_hashes(word: str, letters: tuple[int, int]) -> list[int]:
    """Hashes of a word's n-grams of letters."""
    return n_grams([word.encode()], *letters)[1].tolist()


def settings(given: str) -> HashedNGrams:
    """What `words=2,letters=3-6,buckets=100000` asks for; each may be left out.

    Raises:
        InputError: another setting, or a number out of range.
    """
    found = HashedNGrams()
    for setting in filter(None, given.split(",")):
        if not (match := SETTING.fullmatch(setting)):
            raise InputError(
                f"{setting!r} is no setting of n-grams; "
                "write words=2, letters=3-6 or buckets=100000"
            )
        name, number, shortest, longest = match.groups()
        value = int(number) if name else (int(shortest), int(longest))
        found = found._replace(**{name or "letters": value})
    shortest, longest = found.letters
    if not (
        1 <= found.words <= LONGEST
        and (1 <= shortest <= longest <= LONGEST or longest == 0 == shortest)
        and 1 <= found.buckets <= MOST_BUCKETS
    ):
        raise InputError(
            f"n-grams have 1 to {LONGEST} words or letters, the fewest first, in 1 to "
            f"{MOST_BUCKETS:,} buckets, but {given!r} is given"
        )
    return found
