"""Measures of text representations: are they arranged by label, or by their words' meaning?"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from embexp.measures.arrays import Places, Rows
from embexp.measures.class_probe import class_probe
from embexp.measures.comparison import SAMPLE, Pairs, cosines, pair_agreement, pairs_of
from embexp.measures.entry import RHO, Measure
from embexp.measures.geometry import spread
from embexp.measures.statistics import Value


@dataclass(frozen=True)
class References:
    """What texts' representations are compared with.

    Args:
        means: the mean pretrained vector of each text's words.
    """

    means: Float[np.ndarray, "texts dim"]
    labels: Int[np.ndarray, "texts"]

    @cached_property
    def kept(self) -> Places:
        """The sample of texts whose pairs are compared, all with a mean vector."""
        covered = np.flatnonzero(self.means.any(axis=1))
        return covered[spread(len(covered), SAMPLE)]

    @cached_property
    def meaning(self) -> Pairs:
        """How alike the mean vectors of two texts are."""
        return pairs_of(cosines(self.means[self.kept]))

    @cached_property
    def label(self) -> Pairs:
        """Whether two texts have one label."""
        own = self.labels[self.kept]
        return pairs_of((own[:, None] == own).astype(np.float64))


def sentence_values(states: Rows, references: References) -> dict[str, Value]:
    """The measures of texts' representations, by name.

    - `text_probe`: balanced accuracy of a logistic probe for the label on held-out
      texts (`probes.class_probe`); chance 1/classes.
    - `text_rsa_meaning`, `text_rsa_label`: Spearman's ρ over pairs of texts between the
      representations' cosines and those of the mean vectors (the semantic reference),
      or 1 for pairs of one label and 0 for others (the sentiment reference); chance 0.
    - `text_rsa_meaning|label`, `text_rsa_label|meaning`: the same with the other
      reference held constant; chance 0.

    RSA takes a fixed sample of `comparison.SAMPLE` texts among those with a mean vector
    (n; total counts all), the probe all texts.

    Chance is that of representations that know nothing of their texts. The mean over a
    random table is not such a one: it knows which words texts share, as the mean
    vectors do (RSA .19 in the synthetic world) and a probe for their labels uses (.55
    there). What is pooled over a table should be compared with that control, not with
    chance.

    Raises:
        InputError: the representations hold NaN.
    """
    own, meaning, label = (
        pairs_of(cosines(states[references.kept])),
        references.meaning,
        references.label,
    )
    agreements = {
        "text_rsa_meaning": pair_agreement(own, meaning),
        "text_rsa_label": pair_agreement(own, label),
        "text_rsa_meaning|label": pair_agreement(own, meaning, label),
        "text_rsa_label|meaning": pair_agreement(own, label, meaning),
    }
    probe = class_probe(states, references.labels)
    return {
        "text_probe": probe,
        **{name: value._replace(total=len(states)) for name, value in agreements.items()},
    }


def mean_vectors(
    ids: Places,
    offsets: Int[np.ndarray, "texts_and_one"],
    table: Rows,
) -> Float[np.ndarray, "texts dim"]:
    """Each text's mean row over its tokens whose row is not all zeros; else zeros.

    Words without a pretrained vector have rows of zeros.
    """
    from scipy.sparse import csr_matrix

    covered = (table != 0).any(axis=1).astype(np.float64)[ids]
    counts = csr_matrix((covered, ids, offsets), shape=(len(offsets) - 1, len(table)))
    tokens = np.asarray(counts.sum(axis=1)).ravel()
    return counts @ table.astype(np.float64) / np.maximum(tokens, 1)[:, None]


def _rsa(name: str, title: str, what: Literal["semantic", "sentiment"], reference: str) -> Measure:
    return Measure(f"text_rsa_{name}", f"texts, RSA with {title}", RHO, what, True, 0.0, reference)


SENTENCES = (
    Measure(
        "text_probe",
        "text probe",
        "balanced accuracy, 0 to 1",
        "sentiment",
        True,
        None,
        "logistic on texts' representations",
    ),
    _rsa("meaning", "mean vectors", "semantic", "pairs of texts, mean pretrained vectors"),
    _rsa("label", "labels", "sentiment", "pairs of texts, same label or not"),
    _rsa("meaning|label", "mean vectors given labels", "semantic", "partial ranks"),
    _rsa("label|meaning", "labels given mean vectors", "sentiment", "partial ranks"),
)
