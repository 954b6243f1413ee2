"""Ways to lay out words on a map by their vectors at several steps, so that none jumps."""

import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from jaxtyping import Float

from embexp.errors import InputError

Vectors = Float[np.ndarray, "steps words dim"]
Places = Float[np.ndarray, "steps words 2"]

AROUND = 15
"""Neighbours that UMAP keeps together, its own default."""
LEAST = 10
"""Fewer words than this have no neighbourhoods that UMAP could keep."""


def pca(vectors: Vectors) -> Places:
    """Two principal components of all steps together."""
    from sklearn.decomposition import PCA  # which takes a second

    steps, words, width = vectors.shape
    flat = vectors.reshape(-1, width)
    with np.errstate(invalid="ignore"):  # of words that are all alike: no share of no variance
        found = PCA(min(2, width), random_state=0).fit_transform(flat).reshape(steps, words, -1)
    return np.pad(found, ((0, 0), (0, 0), (0, 2 - found.shape[2])))


def umap(vectors: Vectors) -> Places:
    """A map by UMAP for each step (McInnes et al. 2018), each aligned with the one before.

    Neighbours stay together; distances and directions mean little.

    Raises:
        InputError: it is not installed, or there are too few words.
    """
    if find_spec("umap") is None:
        raise InputError(
            'UMAP is an extra that is not installed: pip install "embexp[umap]", or leave --map out'
        )
    steps, words, _ = vectors.shape
    if words < LEAST:
        raise InputError(f"UMAP needs {LEAST} words, but there are {words}; leave --map out")
    settings = {"n_neighbors": min(AROUND, words - 1), "random_state": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it lacks TensorFlow, and a fixed seed takes one thread
        library = import_module("umap")
        if steps == 1:
            return library.UMAP(**settings).fit_transform(vectors[0])[None].astype(float)
        same = {word: word for word in range(words)}
        fitted = library.AlignedUMAP(**settings).fit([*vectors], relations=[same] * (steps - 1))
    return np.array(fitted.embeddings_, float)


PROJECTIONS: dict[str, Callable[[Vectors], Places]] = {"pca": pca, "umap": umap}
TITLES = {"pca": "Principal components", "umap": "A map by UMAP"}
"""What the axes of a map are."""
