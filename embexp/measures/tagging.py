"""F1 over whole spans, for tags of tokens."""

from collections.abc import Sequence

import numpy as np

from embexp.measures.statistics import Value, undefined


def spans(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """The spans (first token, one past the last, type) of a sentence's BIO tags.

    As in the CoNLL evaluation, an I- tag that continues no span of its type begins one
    (Tjong Kim Sang & Buchholz 2000).

    >>> sorted(spans(["B-place", "I-place", "O", "I-person", "B-person"]))
    [(0, 2, 'place'), (3, 4, 'person'), (4, 5, 'person')]
    """
    found, start, kind = set(), 0, ""
    for place, tag in enumerate([*tags, "O"]):
        prefix, _, name = tag.partition("-")
        if kind and (prefix != "I" or name != kind):
            found.add((start, place, kind))
            kind = ""
        if prefix in ("B", "I") and not kind:
            start, kind = place, name
    return found


def span_f1(
    right: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], draws: int = 1000
) -> Value:
    """F1 = 2·hits / (right + predicted spans), with a bootstrap interval over sentences.

    A hit is the same span with the same type. n counts the right spans. Undefined where
    neither side has a span; chance is 0, what a tagger that finds nothing scores.
    """
    counts = np.array(
        [
            (len(a & b), len(a), len(b))
            for a, b in ((spans(r), spans(p)) for r, p in zip(right, predicted, strict=True))
        ]
    ).reshape(-1, 3)
    hits, gold, found = counts.sum(axis=0)
    if gold + found == 0:
        return undefined(0, 0.0)
    rng = np.random.default_rng(0)  # the interval's own draws: the same for the same tags
    sums = np.stack(
        [counts[rng.integers(len(counts), size=len(counts))].sum(axis=0) for _ in range(draws)]
    )
    low, high = np.quantile(2 * sums[:, 0] / np.maximum(sums[:, 1] + sums[:, 2], 1), [0.025, 0.975])
    return Value(
        float(2 * hits / (gold + found)), float(low), float(high), int(gold), int(gold), 0.0
    )
