"""Names of an earlier version, which still work in this one, and what to write instead."""

import warnings
from collections.abc import Mapping
from typing import Any

from embexp.errors import InputError

FIELDS = {
    "auxiliary": "auxiliary_weight",
    "batch": "batch_size",
    "cosines": "tracked_pairs",
    "features": "hidden_size",
    "keep": "truncation",
    "length": "max_length",
    "polarity": "polarity_corpus",
    "rate": "learning_rate",
    "tokens": "tokenizer",
    "unit": "output_activation",
    "unseen": "oov",
}
REGIMES = {
    f"{vectors}-{regime}": regime
    for vectors in ("glove", "word2vec", "fasttext")
    for regime in ("frozen", "tuned", "multichannel", "projected", "delayed")
}
VALUES: Mapping[str, Mapping[str, str]] = {
    "regime": REGIMES,
    "truncation": {"first": "post", "last": "pre"},
}


def renamed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a spec under the names of this version."""
    current = {FIELDS.get(name, name): value for name, value in fields.items()}
    for name, values in VALUES.items():
        if isinstance(given := current.get(name), str):
            current[name] = values.get(given, given)
    return current


def accept(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with a warning that says what to write from now on.

    Raises:
        InputError: a field is given under both its names.
    """
    for name, new in FIELDS.items():
        if name in fields and new in fields:
            raise InputError(f"{name} is the former name of {new}; give {new} only")
    current = renamed(fields)
    for name, value in fields.items():
        new = FIELDS.get(name, name)
        if (new, current[new]) != (name, value):
            text = f"{name}={value} is now written {new}={current[new]}"
            warnings.warn(text, FutureWarning, stacklevel=4)
    return current
