"""Fields of a run whose values are names, and the families that these are of."""

from collections.abc import Collection, Mapping
from typing import Any

from embexp.data.tokenizers import check_tokenizer
from embexp.errors import unknown
from embexp.models import HEADS
from embexp.optimisers import OPTIMISERS
from embexp.schedules import SCHEDULES
from embexp.vectors.align import OOV_RULES

NAMES: Mapping[str, tuple[str, Collection[str]]] = {
    "head": ("head", HEADS),
    "oov": ("rule for words without a vector", OOV_RULES),
    "schedule": ("schedule", SCHEDULES),
    "optimiser": ("optimiser", OPTIMISERS),
}
"""By the field, with what an error calls one of the family."""


def check_names(spec: Any) -> None:
    """Refuses names that are not known.

    Raises:
        InputError: says which, with the nearest names.
    """
    for field, (kind, known) in NAMES.items():
        if (value := getattr(spec, field)) not in known:
            raise unknown(kind, value, known)
    check_tokenizer(spec.tokenizer)
