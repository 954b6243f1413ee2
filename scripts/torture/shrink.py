"""Makes a failing input small while it fails in the same way (delta debugging)."""

import time
from collections.abc import Callable


def smallest(content: bytes, fails: Callable[[bytes], bool], seconds: float = 20.0) -> bytes:
    """A short content that still fails; pieces are left out from halves down to bytes.

    Zeller & Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002.
    """
    end, pieces = time.monotonic() + seconds, 2
    while len(content) > 1 and time.monotonic() < end:
        size = -(-len(content) // pieces)
        for start in range(0, len(content), size):
            shorter = content[:start] + content[start + size :]
            if time.monotonic() < end and fails(shorter):
                content, pieces = shorter, max(2, pieces - 1)
                break
        else:
            if size == 1:
                break
            pieces = min(2 * pieces, len(content))
    return content
