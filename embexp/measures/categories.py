"""Words of known categories into how purely clusters of their vectors hold one category each."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from embexp.errors import InputError, unknown
from embexp.measures import sources
from embexp.measures.geometry import unit_rows
from embexp.measures.statistics import Value, undefined, wilson
from embexp.words import Vectors

BESIDE = {
    "ap": "categorization.ap",
    "battig": "categorization.battig",
    "essli": "categorization.essli-2008",
}
"""Files under `EMBEXP_DATA`, by name."""

RESTARTS, ROUNDS, SHUFFLES = 10, 100, 200
SEED = 8


@dataclass(frozen=True)
class Categories:
    """Words, lower-cased and distinct, and the category of each."""

    name: str
    words: tuple[str, ...]
    categories: tuple[str, ...]

    def __len__(self) -> int:
        """The number of words."""
        return len(self.words)


def categories(name_or_path: str | Path) -> Categories:
    """Categories by name, or from a file of `category, word` lines (a leading number is
    passed over).

    - `ap` (Almuhareb & Poesio 2005; 402 words in 21), `battig` (Battig & Montague 1969;
      56 categories), `essli` (ESSLLI 2008; verbs).

    A word in two categories is left out, as no cluster could be right about it; so is a
    line whose word is empty (`ap` has one).

    Raises:
        InputError: an unknown name, a missing file, a line of one field, or fewer than
            two categories.
    """
    name = str(name_or_path)
    if (
        name not in BESIDE
        and not Path(name).exists()
        and Path(name).name == name
        and not Path(name).suffix
    ):
        raise unknown("set of categories (nor is there a file of that name)", name, BESIDE)
    path = _find(name) if name in BESIDE else sources.given(name, "category")
    found: dict[str, set[str]] = {}
    for line, text in sources.read_lines(path):
        fields = sources.fields(text)
        if len(fields) < 2:
            raise InputError(
                f"{path}, line {line}: expected a category and a word, but this line is {text[:60]!r}"
            )
        if all(fields[-2:]) and fields[-2:] != ["category", "word"]:
            found.setdefault(fields[-1].lower(), set()).add(fields[-2])
    kept = {word: next(iter(names)) for word, names in found.items() if len(names) == 1}
    if len(set(kept.values())) < 2:
        raise InputError(
            f"{path} holds {len(set(kept.values()))} categories; clusters are compared with two at least"
        )
    return Categories(name if name in BESIDE else path.stem, tuple(kept), tuple(kept.values()))


def _find(name: str) -> Path:
    file = f"similarity/{BESIDE[name]}.csv.gz"
    if (found := sources.in_data(file)) is None:
        ways = f"set {sources.ENVIRONMENT} to a folder that holds {file}, or give the path of a file with category, word"
        raise InputError(f"the categories {name!r} are not on this machine; {ways}")
    return found


def purity(vectors: Vectors, gold: Categories) -> Value:
    """The share of words whose cluster's most frequent category is theirs, in [0, 1];
    as many clusters as categories.

    Clusters are k-means on unit vectors, the best of `RESTARTS` starts by a fixed
    generator. Only known words count (n of total), and only categories with a known
    word. Chance is the mean purity of the same clusters when categories are shuffled
    over the words: it lies well above 1/k. The interval is Wilson's over words, given
    the clusters.
    """
    index: dict[str, int] = {}
    for row, word in enumerate(map(str.lower, vectors.words)):
        index.setdefault(word, row)
    known = [
        (index[word], category)
        for word, category in zip(gold.words, gold.categories, strict=True)
        if word in index
    ]
    if len(known) < 2:
        return undefined(len(gold))
    rows, names = zip(*known, strict=True)
    return cluster_purity(
        vectors.table[list(rows)], np.unique(names, return_inverse=True)[1], len(gold)
    )


def cluster_purity(
    rows: Float[np.ndarray, "words dim"],
    category: Int[np.ndarray, "words"],
    total: int | None = None,
) -> Value:
    """`purity` of rows whose category is a number from 0; undefined for a single category."""
    k, n = int(category.max()) + 1, len(category)
    if k < 2:
        return undefined(total or n)
    rng = np.random.default_rng(SEED)
    cluster = k_means(unit_rows(rows.astype(np.float64)), k, rng)
    chance = float(
        np.mean([_purity(cluster, rng.permutation(category), k) for _ in range(SHUFFLES)])
    )
    share = _purity(cluster, category, k)
    return Value(share, *wilson(share, n), n, total or n, chance)


def _purity(cluster: Int[np.ndarray, "words"], category: Int[np.ndarray, "words"], k: int) -> float:
    counts = np.bincount(cluster * k + category, minlength=k * k).reshape(k, k)
    return float(counts.max(axis=1).sum() / len(category))


def k_means(
    rows: Float[np.ndarray, "rows dim"], k: int, rng: np.random.Generator, restarts: int = RESTARTS
) -> Int[np.ndarray, "rows"]:
    """The cluster of each row, numbered 0 … k − 1: of several runs of Lloyd's algorithm
    the one with the least squared distance.

    Each run starts from rows drawn by k-means++ (Arthur & Vassilvitskii 2007); a
    cluster that loses all rows takes the farthest row.
    """
    squares = np.einsum("rd,rd->r", rows, rows)
    best, least = np.zeros(len(rows), np.int64), np.inf
    for _ in range(restarts):
        centres = rows[_spread(rows, squares, k, rng)]
        cluster = np.full(len(rows), -1)
        for _ in range(ROUNDS):
            distance = (
                squares[:, None] - 2 * rows @ centres.T + np.einsum("kd,kd->k", centres, centres)
            )
            moved, cluster = cluster, distance.argmin(axis=1)
            near = distance[np.arange(len(rows)), cluster]
            for empty in np.flatnonzero(np.bincount(cluster, minlength=k) == 0):
                far = int(near.argmax())
                cluster[far], near[far] = empty, 0
            if (moved == cluster).all():
                break
            centres = _means(rows, cluster, k)
        inertia = float(((rows - _means(rows, cluster, k)[cluster]) ** 2).sum())
        if inertia < least:
            best, least = cluster, inertia
    return best


def _means(
    rows: Float[np.ndarray, "rows dim"], cluster: Int[np.ndarray, "rows"], k: int
) -> Float[np.ndarray, "k dim"]:
    """The mean row of each cluster; an empty one has zeros."""
    member = np.zeros((k, len(rows)))
    member[cluster, np.arange(len(rows))] = 1
    return member @ rows / np.maximum(member.sum(axis=1), 1)[:, None]


def _spread(
    rows: Float[np.ndarray, "rows dim"],
    squares: Float[np.ndarray, "rows"],
    k: int,
    rng: np.random.Generator,
) -> list[int]:
    """Rows to start from, each drawn with probability proportional to its squared
    distance from those drawn before.
    """
    chosen = [int(rng.integers(len(rows)))]
    nearest = np.full(len(rows), np.inf)
    for _ in range(k - 1):
        last = rows[chosen[-1]]
        nearest = np.minimum(nearest, np.maximum(squares - 2 * rows @ last + last @ last, 0))
        mass = nearest.cumsum()
        chosen.append(
            int(np.searchsorted(mass, rng.random() * mass[-1], side="right"))
            if mass[-1] > 0
            else int(rng.integers(len(rows)))
        )
    return chosen
