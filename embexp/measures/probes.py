"""Probes: what a linear model reads from a table about words it was not fitted to."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int

from embexp.errors import InputError
from embexp.measures.dependence import grouped_error
from embexp.measures.entry import RHO, Measure
from embexp.measures.geometry import unit_rows
from embexp.measures.read_out import FOLD_SEED, agreement, read_out
from embexp.measures.statistics import Value, normal_interval, rank_correlation, undefined
from embexp.measures.summary import MeasuredTable
from embexp.words import Vectors

Seeds = tuple[Sequence[str], Sequence[str]]

FOLDS = 5
PENALTY = 1.0
"""Of the logistic probes, on half the squared weights of standardised features;
scikit-learn's C = 1."""
SQRT2 = 2**0.5
LEAST = 20
"""Fewer words than this of a class, or in all, give no value."""

SEEDS = (
    tuple(
        [
            "good",
            "lovely",
            "excellent",
            "fortunate",
            "pleasant",
            "delightful",
            "perfect",
            "loved",
            "love",
            "happy",
        ]
    ),
    tuple(
        [
            "bad",
            "horrible",
            "poor",
            "unfortunate",
            "unpleasant",
            "disgusting",
            "evil",
            "hated",
            "hate",
            "unhappy",
        ]
    ),
)
"""Positive and negative seed words of Hamilton et al. 2016 (Table 1, standard English)."""


def stem_groups(words: Iterable[str]) -> Int[np.ndarray, "words"]:
    """The number of each word's group, from 0; words with one Porter stem form a group.

    The stems (gensim's, 1980 rules) stand for lemmas. Porter's rules join inflections and many derivations (abandon, abandoned,
    abandonment); irregular forms (bad, worse) stay apart.
    """
    from gensim.parsing.porter import PorterStemmer

    stem, numbers = PorterStemmer().stem, {}
    return np.array(
        [numbers.setdefault(stem(word.lower()), len(numbers)) for word in words], np.int64
    )


def group_folds(groups: Int[np.ndarray, "words"], folds: int = FOLDS) -> Int[np.ndarray, "words"]:
    """The fold of each word; a group stays in one fold, and their order is fixed but arbitrary."""
    order = np.random.default_rng(FOLD_SEED).permutation(int(groups.max(initial=-1)) + 1)
    return (order % folds)[groups]


def lexicon_probe(vectors: Vectors, valence: Mapping[str, float]) -> Value:
    """Balanced accuracy of a logistic probe for a word's polarity, in [0, 1]; chance ½.

    Polarity is the sign of a word's valence. Five folds by stem (`stem_groups`), features standardised on the training folds. n
    counts the lexicon's polar words that are known, of total in the lexicon. See
    `class_probe`.

    Raises:
        InputError: the lexicon has one polarity only.
    """
    signs = {word: value for word, value in valence.items() if value}
    if len({value > 0 for value in signs.values()}) < 2:
        raise InputError(
            "a polarity probe needs positive and negative words, but the lexicon has one polarity "
            "only; is it the right file?"
        )
    words, rows = known(vectors, signs)
    positive = np.array([signs[word] > 0 for word in words], bool)
    return class_probe(rows, positive.astype(np.int64), stem_groups(words))._replace(
        total=len(signs)
    )


def valence_probe(vectors: Vectors, valence: Mapping[str, float]) -> dict[str, Value]:
    """How well ridge regression reads words' valence: `r2` and Spearman's `rho`; chance 0.

    `read_out` on five folds by stem. n counts the known words, total the
    lexicon's. The interval of R² takes the words of one stem as dependent, and is
    widened as `agreement` is, since words inform each other's read-out.
    """
    words, rows = known(vectors, valence)
    if len(words) < LEAST:
        return {"r2": undefined(len(valence), 0.0), "rho": undefined(len(valence), 0.0)}
    target, groups = np.array([valence[word] for word in words]), stem_groups(words)
    read = read_out(rows, target, group_folds(groups))
    return {
        "r2": explained(read, target - target.mean(), groups)._replace(total=len(valence)),
        "rho": agreement(read, target)._replace(total=len(valence)),
    }


def explained(
    read: Float[np.ndarray, "words"],
    target: Float[np.ndarray, "words"],
    groups: Int[np.ndarray, "words"],
) -> Value:
    """R² = 1 − Σ(target − read)²/Σtarget² for a centred target.

    Undefined where the target does not vary. Chance is 0, what the mean scores. A read-out of nothing scores a little less, by
    its own variance's share Σread²/Σtarget² (.001 of 1,000 words, after shrinkage): its
    interval holds 0 in 90 to 99 of 100 draws, and the others lie below
    (`embexp.synthetic`).
    """
    residual, square = (target - read) ** 2, target**2
    whole = float(square.sum())
    if not whole > 0:
        return undefined(len(target), 0.0)
    ratio = float(residual.sum()) / whole
    error = SQRT2 * grouped_error(groups, (residual - ratio * square) / whole)
    return Value(
        1 - ratio, *normal_interval(1 - ratio, error, most=1.0), len(target), len(target), 0.0
    )


def semaxis(
    vectors: Vectors,
    valence: Mapping[str, float],
    seeds: Seeds = SEEDS,
) -> Value:
    """Spearman's ρ between valence and the cosine with an axis of sentiment; chance 0.

    The axis runs from negative to positive seed words: it is the mean of the positive seeds' unit vectors less that of the negative
    ones (An, Kwak & Ahn 2018); seed words are left out of the correlation. Nothing is
    fitted. Undefined where a side has no known seed.
    """
    sides = [
        [vectors.table[vectors.index[word]] for word in side if word in vectors] for side in seeds
    ]
    asked = {
        word: value
        for word, value in valence.items()
        if word not in seeds[0] and word not in seeds[1]
    }
    words, rows = known(vectors, asked)
    if not all(sides) or len(words) < LEAST:
        return undefined(len(asked), 0.0)
    positive, negative = (
        unit_rows(np.stack(side).astype(np.float64)).mean(axis=0) for side in sides
    )
    return rank_correlation(
        unit_rows(rows.astype(np.float64)) @ (positive - negative),
        np.array([asked[word] for word in words]),
        len(asked),
    )


def known(
    vectors: Vectors, wanted: Iterable[str]
) -> tuple[list[str], Float[np.ndarray, "words dim"]]:
    """Which of the words have a vector, and their rows."""
    words = [word for word in wanted if word in vectors]
    return words, vectors.table[[vectors.index[word] for word in words]]


def class_probe(
    rows: Float[np.ndarray, "items dim"],
    classes: Int[np.ndarray, "items"],
    groups: Int[np.ndarray, "items"] | None = None,
) -> Value:
    """Balanced accuracy of a logistic probe on items it was not fitted to; chance 1/classes.

    It is the mean over classes of the share found.

    Args:
        classes: from 0; a class that does not occur is none.
        groups: items that stay in one fold and are dependent, numbered from 0; each on
            its own by default.

    The interval is normal, widened by √2 as items inform each other's prediction.
    Undefined for one class, or where a class has fewer than `LEAST` items. Where
    nothing can be read, the value lies some .01 below chance on average (what a fold
    has too much of, the others have too little of), well within the interval.
    """
    classes = np.unique(classes, return_inverse=True)[1]
    sizes = np.bincount(classes)
    count = len(sizes)
    if count < 2 or sizes.min() < LEAST:
        return undefined(len(classes), 1 / count if count else None)
    group = np.arange(len(classes)) if groups is None else groups
    right = _predicted(rows, classes, group_folds(group)) == classes
    shares = np.bincount(classes, weights=right) / sizes
    value = float(shares.mean())
    error = SQRT2 * grouped_error(group, (right - shares[classes]) / (count * sizes[classes]))
    return Value(
        value, *normal_interval(value, error, 0.0, 1.0), len(classes), len(classes), 1 / count
    )


def _predicted(
    rows: Float[np.ndarray, "items dim"],
    classes: Int[np.ndarray, "items"],
    fold: Int[np.ndarray, "items"],
) -> Int[np.ndarray, "items"]:
    """The class of each item by a probe fitted on the other folds."""
    if not np.isfinite(rows).all():
        raise InputError("the vectors of a probe hold NaN or infinity; did training diverge?")
    count, predicted = int(classes.max()) + 1, np.empty(len(classes), np.int64)
    for held in np.unique(fold):
        train, test = fold != held, fold == held
        mean, spread = (
            rows[train].mean(axis=0, dtype=np.float64),
            rows[train].std(axis=0, dtype=np.float64),
        )
        features = (rows - mean) / np.where(
            spread > 1e-12 * np.abs(mean).clip(1e-12), spread, np.inf
        )
        weights, bias = logistic(features[train], classes[train], count)
        predicted[test] = (features[test] @ weights + bias).argmax(axis=1)
    return predicted


def logistic(
    features: Float[np.ndarray, "items dim"],
    classes: Int[np.ndarray, "items"],
    count: int,
    penalty: float = PENALTY,
) -> tuple[Float[np.ndarray, "dim classes"], Float[np.ndarray, "classes"]]:
    """Weights and biases of multinomial logistic regression, by L-BFGS.

    The loss is Σ −log p(class) + penalty/2·‖weights‖², biases free. Two classes have one logit, that of the second class (the first has weights 0), as
    in scikit-learn.
    """
    from scipy.optimize import minimize

    dim, logits = features.shape[1], count - (count == 2)
    hot = np.eye(count)[classes]

    def whole(flat: Float[np.ndarray, "parameters"]) -> Float[np.ndarray, "dim_and_one classes"]:
        given = flat.reshape(dim + 1, logits)
        return np.column_stack([np.zeros(dim + 1), given]) if count == 2 else given

    def loss(
        flat: Float[np.ndarray, "parameters"],
    ) -> tuple[float, Float[np.ndarray, "parameters"]]:
        theta = whole(flat)
        score = features @ theta[:-1] + theta[-1]
        score -= score.max(axis=1, keepdims=True)
        exps = np.exp(score)
        mass = exps.sum(axis=1)
        value = float((np.log(mass) - (score * hot).sum(axis=1)).sum()) + penalty / 2 * float(
            (theta[:-1] ** 2).sum()
        )
        error = exps / mass[:, None] - hot
        slope = np.vstack([features.T @ error + penalty * theta[:-1], error.sum(axis=0)])
        return value, slope[:, count - logits :].ravel()

    found = minimize(
        loss,
        np.zeros((dim + 1) * logits),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 500, "gtol": 1e-4},
    )
    theta = whole(found.x)
    return theta[:-1], theta[-1]


def lexicon_probe_of(table: MeasuredTable, lexicon: str) -> Value:
    """`lexicon_probe` of a table's known words."""
    return lexicon_probe(table.vectors, table.words.resources.lexicon[lexicon])


def valence_probe_of(table: MeasuredTable, lexicon: str, score: str) -> Value:
    """One of the scores of `valence_probe` of a table's known words."""
    return valence_probe(table.vectors, table.words.resources.lexicon[lexicon])[score]


def semaxis_of(table: MeasuredTable, lexicon: str, seeds: Seeds) -> Value:
    """`semaxis` of a table's known words."""
    return semaxis(table.vectors, table.words.resources.lexicon[lexicon], seeds)


def _valence(score: str, title: str, unit: str) -> Measure:
    return Measure(
        f"valence_{score}",
        f"valence probe {title}",
        unit,
        "sentiment",
        True,
        0.0,
        "ridge on human valence, folds by stem",
        function=valence_probe_of,
        parameters={"score": score},
        resource={"lexicon": "warriner"},
    )


PROBES = (
    Measure(
        "lexicon_probe",
        "lexicon probe",
        "balanced accuracy, 0 to 1",
        "sentiment",
        True,
        0.5,
        "logistic, folds by stem",
        function=lexicon_probe_of,
        resource={"lexicon": "huliu"},
    ),
    _valence("r2", "R²", "up to 1"),
    _valence("rho", "ρ", RHO),
    Measure(
        "semaxis",
        "SemAxis ρ",
        RHO,
        "sentiment",
        True,
        0.0,
        "An, Kwak & Ahn 2018; seeds of Hamilton et al. 2016",
        function=semaxis_of,
        parameters={"seeds": SEEDS},
        resource={"lexicon": "vader"},
    ),
)
