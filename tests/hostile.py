"""Texts that a terminal, a spreadsheet or a document would read as more than text."""

import unicodedata

from hypothesis import strategies as st

CONTROL = "a\x1b[2J\x1b]0;title\x07b\x00c\rd\ne\x9b31mf\x7f"
BIDI = "abc\u202edef\u2066ghi\u2069\u200e\u061c"
SURROGATE = "caf\udce9"
NAMES = (
    CONTROL,
    BIDI,
    SURROGATE,
    "[red]not red[/red] :smile:",
    "=HYPERLINK(1)",
    "# [click](https://example.org) ![x](y) <b>&amp;</b> `c` *e* _e_ ~~s~~ | $x$",
)
SIGNS = "".join("\\|<>*_`~$&#+-=[](){}!:/.@;^\"' \t\n12aw")
TEXTS = st.text(st.sampled_from(SIGNS) | st.characters(exclude_categories=()), max_size=30)
"""Anything, and above all what documents are marked up with."""


def obeyed(text: str) -> set[str]:
    """Signs that a terminal obeys, ends of lines aside; a check that shares no code with ours."""
    return {
        sign
        for sign in text.replace("\n", "")
        if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(sign)
        in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        or sign in "\u200e\u200f\u061c"
    }
