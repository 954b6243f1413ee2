"""The words that `emergence_order.py` follows, the class of each, and three measures of a table.

A class is what the task itself tells apart: the label whose held-out texts hold a word far more
often than others do, or the tag that most of its held-out tokens have. None of those texts is
trained on.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from embexp.data import Ids
from embexp.measures.arrays import Items, Places, Rows
from embexp.measures.class_probe import LEAST, class_probe
from embexp.measures.geometry import nearest, pair_cosines
from embexp.measures.pair_rows import PairRows, locate, word_rows
from embexp.measures.pairs import similarity_pairs
from embexp.measures.statistics import spearman
from embexp.tasks import Task

LEAST_TEXTS = 20
"""A word's share of texts counts from so many held-out ones on."""
TWICE = 2.0
"""A class has a word where its texts hold it so many times as often as those of all others."""
HALF = 0.5
"""A tag has a word where more than this share of its tokens have it."""
NEIGHBOURS = 10
HUMAN = ("simlex999", "wordsim353")


class Followed(NamedTuple):
    """The rows that are followed, and what is known of them.

    Args:
        rows: of words with a class.
        classes: of each, from 0.
        names: the classes' names.
        pairs, scores: word pairs with human scores, by set.
        words: all rows of words, whose change is the drift.
    """

    rows: Places
    classes: Places
    names: Sequence[str]
    pairs: Mapping[str, PairRows]
    scores: Mapping[str, Items]
    words: slice


def followed(
    task: Task,
    classes: Callable[[str], str] = str,
    least_read: int = 5,
    least_tagged: int | None = None,
) -> Followed:
    """The words of a task that have a class of `LEAST` words or more.

    Args:
        classes: what a class is called; those with the same name become one.
        least_read: tokens of a word in training.
        least_tagged: its held-out tokens, where those have tags; None where texts have labels.
    """
    named = [classes(name) for name in task.classes]
    names = list(dict.fromkeys(named))
    of_label = np.array([names.index(name) for name in named])
    own, clear = (
        _of_tokens(task, of_label, least_tagged) if least_tagged else _of_texts(task, of_label)
    )
    counts = task.vocabulary.counts
    clear &= (counts >= least_read) & (np.arange(len(counts)) >= task.vocabulary.specials)
    sizes = np.bincount(own[clear], minlength=len(names))
    rows = np.flatnonzero(clear & (sizes >= LEAST)[own])
    kept, places = np.unique(own[rows], return_inverse=True)
    known = np.flatnonzero(counts >= least_read).tolist()
    index = word_rows(task.vocabulary.words, known, any_case=True)
    sets = {name: similarity_pairs(name) for name in HUMAN}
    pairs = {name: locate(index, each.words1, each.words2) for name, each in sets.items()}
    return Followed(
        rows,
        places,
        [names[one] for one in kept],
        pairs,
        {name: each.scores[pairs[name].places] for name, each in sets.items()},
        slice(task.vocabulary.specials, None),
    )


Clear = tuple[Int[np.ndarray, "vocab"], Bool[np.ndarray, "vocab"]]
"""The likeliest class of each row, and whether it is clear."""


def _of_texts(task: Task, of_label: Places) -> Clear:
    """By the share of each class's held-out texts that hold a word."""
    vocab, classes = len(task.vocabulary), int(of_label.max()) + 1
    held, texts = np.zeros((vocab, classes)), np.zeros(classes)
    for split in (task.validation, task.test):
        labels = of_label[split.labels]
        word, text = _distinct(split.ids, vocab)
        np.add.at(held, (word, labels[text]), 1)
        texts += np.bincount(labels, minlength=classes)
    share = (held + 1) / (texts + 1)
    most = share.max(axis=1)
    clear = most >= TWICE * (share.sum(axis=1) - most) / (classes - 1)
    return share.argmax(axis=1), clear & (held.sum(axis=1) >= LEAST_TEXTS)


def _distinct(ids: Ids, vocab: int) -> tuple[Places, Places]:
    """The words of each text, one line for each: word and text."""
    text = np.repeat(np.arange(len(ids.lengths)), ids.lengths)
    text, word = np.divmod(np.unique(text * vocab + ids.flat), vocab)
    return word, text


def _of_tokens(task: Task, of_label: Places, least: int) -> Clear:
    """By the share of a word's held-out tokens that have a tag."""
    counts = np.zeros((len(task.vocabulary), int(of_label.max()) + 1))
    for split in (task.validation, task.test):
        np.add.at(counts, (split.ids.flat, of_label[split.labels]), 1)
    tokens = counts.sum(axis=1)
    clear = (counts.max(axis=1) > HALF * tokens) & (tokens >= least)
    return counts.argmax(axis=1), clear


def read_out(table: Rows, words: Followed) -> float:
    """Balanced accuracy of a logistic probe on words that it was not fitted to."""
    return class_probe(table[words.rows], words.classes).value


def neighbours(table: Rows, words: Followed) -> float:
    """The share of the nearest words with a class that have a word's own, all classes alike."""
    rows = table[words.rows]
    found = nearest(rows, np.arange(len(rows)), NEIGHBOURS)
    own = (words.classes[found] == words.classes[:, None]).mean(axis=1)
    return float((np.bincount(words.classes, own) / np.bincount(words.classes)).mean())


def human(name: str) -> Callable[[Rows, Followed], float]:
    """Spearman's ρ of cosines and human scores of one set of pairs."""

    def of(table: Rows, words: Followed) -> float:
        pairs = words.pairs[name]
        return spearman(pair_cosines(table, pairs.rows1, pairs.rows2), words.scores[name])

    return of


MEASURES: Mapping[str, Callable[[Rows, Followed], float]] = {
    "read-out": read_out,
    "neighbours": neighbours,
    **{name: human(name) for name in HUMAN},
}


def drift(table: Rows, start: Rows, words: Followed) -> float:
    """‖ΔE‖/‖E₀‖ of all words' rows, by Frobenius norms."""
    before = start[words.words]
    return float(np.linalg.norm(table[words.words] - before) / np.linalg.norm(before))
