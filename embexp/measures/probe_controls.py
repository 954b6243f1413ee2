"""Controls of the lexicon probe: its accuracy on random labels, and the labels' code length."""

from collections.abc import Iterator, Mapping
from math import hypot, inf, isnan, log

import numpy as np
from jaxtyping import Float

from embexp.measures.arrays import Items, Places, Rows
from embexp.measures.class_probe import LEAST, SQRT2, class_probe, logistic, standardised
from embexp.measures.dependence import grouped_error
from embexp.measures.probes import lexicon_measure, polar_words
from embexp.measures.statistics import Value, Z, estimate, undefined
from embexp.words import Vectors

DRAWS, SEED = 5, 23
"""How many random labellings are averaged, and the seed of their generator."""
SHARES = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1.0)
"""Where the blocks of the online code end, as shares of all stems (Voita & Titov 2020)."""
PENALTIES = (1.0, 10.0, 100.0, 1000.0)
"""Of the probes that code together; 1 is that of the lexicon probe."""


def lexicon_selectivity(vectors: Vectors, valence: Mapping[str, float]) -> Value:
    """Balanced accuracy of the lexicon probe minus its mean on random labels; chance 0.

    Random labels are the words' own, permuted: each word type has one label whatever
    its vector, as in a control task of Hewitt & Liang (2019, §2). Their probe meets
    the same types again and may have memorised labels. Here words are held out with
    their stem, so the control lies near ½, and selectivity near the probe's value − ½.
    A control far from ½ would show a leak between folds.

    The interval joins the probe's and the normal one of the mean over `DRAWS`
    labellings (Zou & Donner 2008, Statistics in Medicine 27). n and total are those of
    `lexicon_probe`.
    """
    rows, classes, stems, total = polar_words(vectors, valence)
    probe = class_probe(rows, classes, stems)
    if isnan(probe.value):
        return undefined(total, 0.0)
    controls = [class_probe(rows, labels, stems).value for labels in random_labels(classes)]
    control, error = float(np.mean(controls)), float(np.std(controls, ddof=1)) / DRAWS**0.5
    low, high = (hypot(probe.value - end, Z * error) for end in (probe.low, probe.high))
    value = probe.value - control
    return Value(value, value - low, value + high, probe.n, total, 0.0)


def lexicon_codelength(vectors: Vectors, valence: Mapping[str, float]) -> Value:
    """Bits per label of an online code for words' polarity given their vectors, from 0.

    Voita & Titov (2020, §2.2): labels are sent in blocks that end at `SHARES`, each coded
    by a probe that was fitted to the blocks before. The uniform code takes 1 bit per
    label, so the inverse of the value is their compression. As many negative words as
    positive ones are coded, drawn once, so that a table that knows nothing saves no bit.
    Words of one stem are in one block, and their order is fixed but arbitrary.

    Chance is the mean over `DRAWS` random labellings, a little above 1. The interval is
    normal over stems, widened by √2 as words inform each other's code. n counts the
    words that are coded, of total in the lexicon. Undefined where a polarity has fewer
    than `LEAST` known words.
    """
    rows, classes, stems, total = polar_words(vectors, valence)
    fewest = int(np.bincount(classes, minlength=2).min())
    if fewest < LEAST:
        return undefined(total)
    chosen = np.concatenate([drawn[:fewest] for drawn in shuffled_classes(classes)])
    groups = np.unique(stems[chosen], return_inverse=True)[1]
    place = np.random.default_rng(SEED).permutation(groups.max() + 1)[groups]
    order = np.argsort(place, kind="stable")
    rows, labels, place = rows[chosen][order], classes[chosen][order], place[order]
    blocks = np.searchsorted(np.array(SHARES) * (place[-1] + 1), place + 1)
    bits = online_bits(rows, labels, blocks)
    chance = np.mean([online_bits(rows, each, blocks).mean() for each in random_labels(labels)])
    error = SQRT2 * grouped_error(place, (bits - bits.mean()) / len(bits))
    return estimate(float(bits.mean()), error, len(bits), float(chance), total=total, most=inf)


def online_bits(rows: Rows, labels: Places, blocks: Places) -> Items:
    """The bits of each label, 0 or 1, given those of earlier blocks and their rows.

    Items come in the order of their blocks. The code is that of the mean probability
    which probes with each of `PENALTIES`, and the uniform code, give to all labels. It
    takes at most log₂ 5 bits in all more than the best of them, so no penalty has to be
    chosen, and a probe that overfits costs little. Labels are coded uniformly until
    `LEAST` of each have been sent.
    """
    logs = np.full((len(PENALTIES) + 1, len(labels)), -log(2))
    for block in np.unique(blocks):
        before, here = blocks < block, blocks == block
        if np.bincount(labels[before], minlength=2).min() < LEAST:
            continue
        features = standardised(rows, before)
        for number, penalty in enumerate(PENALTIES):
            weights, bias = logistic(features[before], labels[before], 2, penalty)
            logs[number, here] = log_probability(features[here] @ weights + bias, labels[here])
    together = np.logaddexp.reduce(logs.cumsum(axis=1), axis=0) - log(len(logs))
    return -np.diff(together, prepend=0.0) / log(2)


def log_probability(scores: Float[np.ndarray, "items classes"], labels: Places) -> Items:
    """The logarithm of each label's probability, from logits; nats."""
    own = np.take_along_axis(scores, labels[:, None], axis=1)[:, 0]
    return own - np.logaddexp.reduce(scores, axis=1)


def random_labels(classes: Places) -> Iterator[Places]:
    """`DRAWS` permutations of labels, the same for every table of the same words."""
    rng = np.random.default_rng(SEED)
    return (rng.permutation(classes) for _ in range(DRAWS))


def shuffled_classes(classes: Places) -> Iterator[Places]:
    """The items of each class in a fixed but arbitrary order."""
    rng = np.random.default_rng(SEED)
    return (rng.permutation(np.flatnonzero(classes == each)) for each in (0, 1))


PROBE_CONTROLS = (
    lexicon_measure(
        "lexicon_selectivity",
        "lexicon probe selectivity",
        "balanced accuracy above random labels, −1 to 1",
        0.0,
        "Hewitt & Liang 2019; logistic, folds by stem",
        lexicon_selectivity,
        "huliu",
    ),
    lexicon_measure(
        "lexicon_codelength",
        "lexicon code length",
        "bits per label, from 0; 1 without vectors",
        None,
        "online code of Voita & Titov 2020; logistic",
        lexicon_codelength,
        "huliu",
        higher=False,
    ),
)
