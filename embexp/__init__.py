"""Compare embedding training regimes: where to start, whether to freeze, what a table learns.

>>> import embexp
>>> regimes = ["random", "frozen", "tuned"]
>>> specs = embexp.grid(corpus="movie-reviews-rt", regime=regimes, encoder="mean", seed=range(5))
>>> rows = embexp.run(specs, results="runs/mine")  # doctest: +SKIP
"""

import importlib
import importlib.metadata
from typing import Any

_HOMES = {
    "Comparison": "embexp.comparing.comparison",
    "ENCODERS": "embexp.models",
    "EmbeddingClassifier": "embexp.runner.estimator",
    "InputError": "embexp.errors",
    "MEASURES": "embexp.measures",
    "REGIMES": "embexp.regimes",
    "Spec": "embexp.spec",
    "Vectors": "embexp.words",
    "Vocabulary": "embexp.words",
    "compare": "embexp.comparing.compare",
    "corpus_of": "embexp.data",
    "grid": "embexp.grids",
    "load_corpus": "embexp.synthetic",
    "load_vectors": "embexp.vectors.registry",
    "measure": "embexp.measures",
    "read_rows": "embexp.records",
    "run": "embexp.runner",
    "trained": "embexp.runner",
    "vectors_of": "embexp.vectors.stored",
}
"""Where each public name is defined; type checkers read `__init__.pyi`."""
__all__ = list(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first used, so that reading rows loads no JAX.

    `embexp.__version__` is that of the installed package.
    """
    if name == "__version__":
        return importlib.metadata.version("embexp")
    if name not in _HOMES:
        raise AttributeError(f"module 'embexp' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
