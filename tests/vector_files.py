"""Small vector files, for the tests of formats."""

import numpy as np
import pytest

from embexp import formats

SUFFIX = {name: kind.suffixes[-1] for name, kind in formats.FORMATS.items()}
KINDS = pytest.mark.parametrize("kind", formats.FORMATS)
WORDS = [
    "the",
    ",",
    "don't",
    "Ünïcode",
    "и",
    "\u00a0",
    "\x85",
    "a\tb",
    "12",
    "nan",
    "#",
    '"',
    "</s>",
    "\u2028",
    "😀",
]
TABLE = np.random.default_rng(0).normal(size=(len(WORDS), 7)).astype(np.float32)


def written(tmp_path, kind, words=WORDS, table=TABLE, pack=""):
    path = tmp_path / f"vectors{SUFFIX[kind]}{pack}"
    formats.write(path, words, table)
    return path


def glove(tmp_path, *lines, end="\n"):
    path = tmp_path / "vectors.txt"
    path.write_bytes(
        b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
        + end.encode()
    )
    return path
