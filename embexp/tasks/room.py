"""Sizes with room, so that draws of few training texts share a compilation.

Two draws differ in their words and tokens, and compiling took longer than training them.
"""

from embexp.spec import Spec

WIDTHS = 8
"""Texts of few are padded to a multiple of so many words."""


def grown(size: int) -> int:
    """The least power of two that is no smaller."""
    return 1 << max(0, size - 1).bit_length()


def room(spec: Spec, size: int) -> int:
    """A size as arrays have it: the next power of two where texts are drawn, else itself."""
    return grown(size) if is_drawn(spec) else size


def rounded(spec: Spec, widths: tuple[int, ...]) -> tuple[int, ...]:
    """Widths as arrays have them; as many as there are."""
    return tuple(width + -width % WIDTHS for width in widths) if is_drawn(spec) else widths


def is_drawn(spec: Spec) -> bool:
    """Whether a run trains on a draw of the training texts, or on all of them but a fold."""
    return spec.train_texts is not None or spec.fold is not None
