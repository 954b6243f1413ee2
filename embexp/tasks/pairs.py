"""Pairs of texts as one row of tokens each, and where the second text begins."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from jaxtyping import Int

from embexp.data.tokenizers import Tokenize
from embexp.errors import InputError
from embexp.models import HEADS
from embexp.spec import Spec


def are_pairs(texts: Sequence[Any]) -> bool:
    """Whether texts come in pairs."""
    return bool(texts) and isinstance(texts[0], tuple)


def singles(texts: Sequence[Any]) -> list[str]:
    """All texts, those of pairs one after another."""
    return [*chain.from_iterable(texts)] if are_pairs(texts) else list(texts)


def tokenised(
    spec: Spec, cut: Tokenize, texts: Sequence[Any]
) -> tuple[Iterable[Sequence[str]], Int[np.ndarray, "texts"] | None]:
    """The tokens of each text, or of both of a pair, and where the second one begins.

    Each text of a pair is cut to `max_length`.
    """
    tokens = cut(singles(texts))
    if not are_pairs(texts):
        return tokens, None
    sides = [shortened(spec, each) for each in tokens]
    firsts, seconds = sides[::2], sides[1::2]
    joined: list[Sequence[str]] = [
        [*first, *second] for first, second in zip(firsts, seconds, strict=True)
    ]
    return joined, np.array([len(first) for first in firsts])


def shortened(spec: Spec, tokens: Sequence[str]) -> Sequence[str]:
    """A text cut to `max_length` at the end that `truncation` says."""
    if spec.max_length is None:
        return tokens
    return tokens[-spec.max_length :] if spec.truncation == "pre" else tokens[: spec.max_length]


def check_pairs(spec: Spec, texts: Sequence[Any]) -> None:
    """Refuses what reads single texts only.

    Raises:
        InputError: says which field, and the way out.
    """
    if not are_pairs(texts):
        return
    alone = {
        "head": HEADS[spec.head].uses_extra,
        "padding": spec.padding == "pre",
        "tokenizer": spec.tokenizer == "keras-imdb",
    }
    for field in (name for name, wrong in alone.items() if wrong):
        raise InputError(
            f"{field}={getattr(spec, field)!r} reads single texts, but those of {spec.corpus!r} "
            f"come in pairs; leave {field} out"
        )
