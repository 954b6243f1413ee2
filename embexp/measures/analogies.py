"""Measures of how many analogy questions a table answers."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from embexp.measures.arrays import Places, Rows
from embexp.measures.dependence import shared_error
from embexp.measures.entry import SHARE, Measure
from embexp.measures.geometry import unit_rows
from embexp.measures.pair_rows import word_rows
from embexp.measures.questions import Questions
from embexp.measures.statistics import Value, normal_interval, undefined, wilson
from embexp.measures.summary import of_vectors
from embexp.words import Vectors

CANDIDATES = 30_000
"""How many rows, from the first on, may be answers; files of vectors begin with the
most frequent words."""
EPSILON = 0.001
BLOCK, RUN = 1 << 13, 128
"""Candidates, and questions that share a and b, that are scored at once, so that the
scores stay near the processor."""

Asked = Int[np.ndarray, "items words"]
"""The rows of the words of each question."""
Scores = Float[np.ndarray, "questions rows"]


METHODS: dict[str, Callable[..., Scores]] = {
    "add": lambda a, b, c: b - a + c,
    "mul": lambda a, b, c: (b + 1) / ((a + 1) / 2 + EPSILON) * (c + 1),
    "only-b": lambda _a, _b, c: c,
}
"""Scores of answers from the cosines of candidates with a, b and c, for questions that
share a and b.

3CosAdd (Mikolov et al. 2013) is cos(d, b − a + c) up to a factor, for unit vectors.
3CosMul (Levy & Goldberg 2014, eq. 4) maps cosines to [0, 1]. The nearest neighbour of c
knows nothing of the relation: Linzen 2016 calls its word b, and the baseline "only-b"."""


def analogies(
    vectors: Vectors,
    questions: Questions,
    methods: tuple[str, ...] = tuple(METHODS),
    limit: int | None = CANDIDATES,
) -> dict[str, Value]:
    """For each method the share of questions whose best candidate is d, in [0, 1].

    The words of a question are no answers to it, but for d. A word is looked for as it
    is written, then whatever its case (the first such row). Questions with a word that
    is not among the first `limit` rows are left out and counted (n of total). "only-b"
    is the baseline that the others must beat: it takes the nearest neighbour of c and
    ignores a and b. The interval takes questions that share a pair of words as
    dependent. Where all or none are right, that says nothing of how they depend, and
    the interval is Wilson's at as many trials as there are pairs of an answer and a
    right word, a frequent pair counting for less (n²/Σn², the effective number of Kish
    1965, Survey Sampling): questions that share both are right or wrong together, and
    "only-b" has as few of them as there are words c.

    Chance is the share that the same answers would have right if each question had the
    d of another one that is none of its words: the mean when the d are shuffled, and on
    average 1/(candidates − 3) for a random table. It is more than that where a table
    answers with words that are often right, whatever was asked: of one part of speech,
    say, or of one polarity.
    """
    words = vectors.words[:limit]
    asked = _located(words, questions)
    if not len(asked):
        return dict.fromkeys(methods, undefined(len(questions), 1 / len(words) if words else None))
    asked = asked[np.lexsort(asked.T[::-1])]  # those that share a and b stand together
    unit = unit_rows(vectors.table[: len(words)])
    pairs = np.unique(asked.reshape(-1, 2), axis=0, return_inverse=True)[1].reshape(-1, 2)
    values = {}
    for name in methods:
        answers = _answers(unit, asked[:, :3], METHODS[name])
        values[name] = _share(
            answers, asked[:, 3], pairs, len(questions), _by_chance(answers, asked, len(words))
        )
    return values


def _located(words: list[str], questions: Questions) -> Asked:
    """The rows of the questions whose four words all have one."""
    exact, lower = word_rows(words), word_rows(words, any_case=True)
    rows = [
        [exact.get(word, lower.get(word.lower(), -1)) for word in four] for four in questions.words
    ]
    found = np.array(rows, np.int64).reshape(-1, 4)
    return found[(found >= 0).all(axis=1)]


def _answers(
    unit: Rows,
    asked: Asked,
    score: Callable[..., Scores],
) -> Places:
    """The best candidate of each question other than a, b and c; of tied ones the first.

    The questions are in the order of a and b.
    """
    used, places = np.unique(asked, return_inverse=True)
    places = places.reshape(-1, 3)
    edges = np.flatnonzero(np.diff(asked[:, :2], axis=0, prepend=-1, append=-1).any(axis=1))
    runs = [
        slice(at, min(at + RUN, stop))
        for start, stop in pairwise(edges.tolist())
        for at in range(start, stop, RUN)
    ]
    answers, best = np.zeros(len(asked), np.int64), np.full(len(asked), -np.inf)
    for start in range(0, len(unit), BLOCK):
        cosine = unit[used] @ unit[start : start + BLOCK].T
        for run in runs:
            a, b = places[run.start, :2]
            scores = score(cosine[a], cosine[b], cosine[places[run, 2]])
            own = asked[run] - start
            inside = (own >= 0) & (own < cosine.shape[1])
            scores[np.nonzero(inside)[0], own[inside]] = -np.inf
            found = scores.argmax(axis=1)
            top = scores[np.arange(len(found)), found]
            better = top > best[run]
            best[run][better], answers[run][better] = top[better], found[better] + start
    return answers


def _by_chance(answers: Places, asked: Asked, candidates: int) -> float:
    """The mean over questions of the share of other questions' right words that it answers.

    A question's own a, b and c are left out.
    """
    often = np.bincount(asked[:, 3], minlength=candidates)
    others = len(asked) - 1 - often[asked[:, :3]].sum(axis=1)
    alike = often[answers] - (answers == asked[:, 3])
    return float(
        np.where(others > 0, alike / np.maximum(others, 1), 1 / max(candidates - 3, 1)).mean()
    )


def _share(
    answers: Places,
    wanted: Places,
    pairs: Asked,
    total: int,
    chance: float,
) -> Value:
    n, right = len(answers), answers == wanted
    share = float(right.mean())
    if 0 < share < 1:
        error = shared_error(pairs[:, 0], pairs[:, 1], (right - share) / n)
        narrow, wide = wilson(share, n), normal_interval(share, error, 0.0, 1.0)
        return Value(share, min(narrow[0], wide[0]), max(narrow[1], wide[1]), n, total, chance)
    sizes = np.unique(np.stack([answers, wanted]), axis=1, return_counts=True)[1]
    trials = max(1, round(n**2 / float(sizes @ sizes)))
    return Value(share, *wilson(share, trials), n, total, chance)


def answered(vectors: Vectors, questions: Questions, method: str, candidates: int) -> Value:
    """The value of `analogies` by one method."""
    return analogies(vectors, questions, (method,), candidates)[method]


ANALOGIES = tuple(
    Measure(
        f"analogy_{method}",
        f"analogies, {title}",
        SHARE,
        "semantic",
        higher,
        None,
        reference,
        function=of_vectors(answered, "questions"),
        parameters={"method": method, "candidates": CANDIDATES},
        resource={"questions": "google"},
    )
    for method, title, higher, reference in (
        ("add", "3CosAdd", True, "Mikolov et al. 2013"),
        ("mul", "3CosMul", True, "Levy & Goldberg 2014, eq. 4, ε = .001"),
        ("only-b", "neighbour alone", None, "Linzen 2016: the baseline of analogies"),
    )
)
