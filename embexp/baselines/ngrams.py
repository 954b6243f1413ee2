"""Counts of words and bigrams in tokenised texts, as sparse matrices."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_array

from embexp.baselines.texts import Texts


class NGrams:
    """The words and bigrams of training texts; those of other texts are counted by them.

    Columns are the words, in order of their first use, and then the bigrams. A bigram
    is two words side by side. Words that training does not show count nowhere.
    """

    def __init__(self, train: Texts):
        flat = chain.from_iterable(train.tokens)
        self.index = {word: number for number, word in enumerate(dict.fromkeys(flat))}
        self.bigrams = np.unique(self._pairs(*self._encoded(train.tokens))[1])

    @property
    def words(self) -> int:
        """The number of words, whose columns are the first ones."""
        return len(self.index)

    @property
    def columns(self) -> int:
        """The number of columns: one at least, also where training shows no word."""
        return max(self.words + len(self.bigrams), 1)

    def count(self, texts: Texts) -> csr_array:
        """How often each word and bigram occurs: texts × columns, float64."""
        ids, text = self._encoded(texts.tokens)
        owner, pairs = self._pairs(ids, text)
        distinct, which = np.unique(pairs, return_inverse=True)  # a search in order is faster
        place = np.searchsorted(self.bigrams, distinct)
        known = place < len(self.bigrams)
        known[known] = self.bigrams[place[known]] == distinct[known]
        place, known = place[which], known[which]
        rows = np.concatenate([text[ids >= 0], owner[known]])
        columns = np.concatenate([ids[ids >= 0], self.words + place[known]])
        shape = (len(texts), self.columns)
        return csr_array(
            (np.ones(len(rows)), (rows.astype(np.int32), columns.astype(np.int32))), shape=shape
        )

    def _encoded(
        self, tokens: Sequence[Sequence[str]]
    ) -> tuple[Int[np.ndarray, "tokens"], Int[np.ndarray, "tokens"]]:
        """The word of each token, −1 for an unknown one, and its text."""
        get = self.index.get
        ids = np.array([get(token, -1) for text in tokens for token in text], np.int64)
        return ids, np.repeat(np.arange(len(tokens)), [len(text) for text in tokens])

    def _pairs(
        self, ids: Int[np.ndarray, "tokens"], text: Int[np.ndarray, "tokens"]
    ) -> tuple[Int[np.ndarray, "pairs"], Int[np.ndarray, "pairs"]]:
        """The text of each bigram of known words, and its number: first · words + second."""
        there = (text[1:] == text[:-1]) & (ids[1:] >= 0) & (ids[:-1] >= 0)
        return text[1:][there], (ids[:-1] * self.words + ids[1:])[there]
