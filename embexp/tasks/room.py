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
    return size if spec.train_texts is None else grown(size)


def rounded(spec: Spec, widths: tuple[int, ...]) -> tuple[int, ...]:
    """Widths as arrays have them; as many as there are."""
    if spec.train_texts is None:
        return widths
    return tuple(width + -width % WIDTHS for width in widths)
