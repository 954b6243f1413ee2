"""Logits and labels into how well a task is solved."""

import numpy as np
from jaxtyping import Float, Int

from embexp.measures.statistics import Value, mean_interval, wilson


def accuracy(logits: Float[np.ndarray, "texts classes"], labels: Int[np.ndarray, "texts"]) -> Value:
    """The share of texts whose largest logit is their label's, with Wilson's interval; chance is the share of the largest class."""
    n = len(labels)
    share = float((logits.argmax(axis=1) == labels).mean())
    return Value(share, *wilson(share, n), n, n, float(np.bincount(labels).max()) / n)


def nll(logits: Float[np.ndarray, "texts classes"], labels: Int[np.ndarray, "texts"]) -> Value:
    """Mean of −log p(label) in nats, p the softmax of the logits, with an interval over texts; chance is log(classes)."""
    wide = logits.astype(np.float64)
    peak = wide.max(axis=1)
    each = np.log(np.exp(wide - peak[:, None]).sum(axis=1)) + peak - wide[np.arange(len(labels)), labels]
    return Value(*mean_interval(each), len(labels), len(labels), float(np.log(logits.shape[1])))


def share(part: int, total: int) -> Value:
    """A share that was counted, not sampled: coverage of types or tokens, say. It has no interval."""
    return Value(part / total if total else np.nan, np.nan, np.nan, part, total, None)
