"""Compare embedding training regimes: where to start, whether to freeze, what a table learns.

>>> import embexp
>>> regimes = ["random", "frozen", "tuned"]
>>> specs = embexp.grid(corpus="movie-reviews-rt", regime=regimes, encoder="mean", seed=range(5))
>>> rows = embexp.run(specs, results="runs/mine")  # doctest: +SKIP
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embexp.errors import InputError as InputError
    from embexp.grids import grid as grid
    from embexp.measures import MEASURES as MEASURES
    from embexp.measures import measure as measure
    from embexp.models import ENCODERS as ENCODERS
    from embexp.records import read_rows as read_rows
    from embexp.regimes import REGIMES as REGIMES
    from embexp.runner import run as run
    from embexp.runner import trained as trained
    from embexp.spec import Spec as Spec
    from embexp.synthetic import load_corpus as load_corpus
    from embexp.words import Vectors as Vectors
    from embexp.words import Vocabulary as Vocabulary

__all__ = [
    "ENCODERS",
    "MEASURES",
    "REGIMES",
    "InputError",
    "Spec",
    "Vectors",
    "Vocabulary",
    "grid",
    "load_corpus",
    "measure",
    "read_rows",
    "run",
    "trained",
]
_HOMES = {
    "ENCODERS": "embexp.models",
    "InputError": "embexp.errors",
    "MEASURES": "embexp.measures",
    "REGIMES": "embexp.regimes",
    "Spec": "embexp.spec",
    "Vectors": "embexp.words",
    "Vocabulary": "embexp.words",
    "grid": "embexp.grids",
    "load_corpus": "embexp.synthetic",
    "measure": "embexp.measures",
    "read_rows": "embexp.records",
    "run": "embexp.runner",
    "trained": "embexp.runner",
}


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first used, so that reading rows loads no JAX."""
    if name not in _HOMES:
        raise AttributeError(f"module 'embexp' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
