"""Scripts that put no spaces between words: which letters they have, and what to say of them."""

import re
from collections.abc import Mapping

_LETTERS = (
    "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\u3041-\u3096\u309d-\u309f"  # Hiragana; Katakana spells words of its own
    "\u0e01-\u0e5b\u0e81-\u0edf"  # Thai, Lao
    "\u1000-\u109f\ua9e0-\ua9fe\uaa60-\uaa7f\u1780-\u17d3"  # Burmese, Khmer
)
UNSPACED = re.compile(rf"(?=[^\W\d])[{_LETTERS}][^\w\s']*")
"""A letter of such a script, with the marks that follow it."""
NOTABLE = 0.01
"""The share of tokens from which a user is told that these words are single letters."""
DICTIONARIES = {"zh": "Chinese", "ja": "Japanese", "ko": "Korean"}
"""The languages for which there is a dictionary of words."""


_BY_SCRIPT = {
    "Han": re.compile("[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"),
    "kana": re.compile("[\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff]"),
    "Hangul": re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]"),
}
"""A letter of each script in which one of these languages is written."""
KANA = 0.1
"""The share of kana among letters of Chinese and Japanese from which texts seem Japanese; in
Japanese texts they are a third and more."""


def language_of(counts: Mapping[str, int]) -> str | None:
    """The code of the language in `DICTIONARIES` that most letters of a text point to, if any.

    It goes by script alone: Han without kana is taken for Chinese.

    Args:
        counts: how often each word occurs.

    >>> language_of({"很好": 3, "film": 1}), language_of({"とても": 1}), language_of({"film": 1})
    ('zh', 'ja', None)
    """
    found = dict.fromkeys(_BY_SCRIPT, 0)
    letters = 0
    for word, count in counts.items():
        letters += count * sum(map(str.isalpha, word))
        for script, letter in _BY_SCRIPT.items():
            found[script] += count * len(letter.findall(word))
    if found["Hangul"] > letters / 2:
        return "ko"
    both = found["Han"] + found["kana"]
    if both <= letters / 2:
        return None
    return "ja" if found["kana"] >= KANA * both else "zh"


def well_formed(text: str) -> str:
    """The text with a question mark for each lone surrogate, which is no character."""
    return text.encode(errors="replace").decode()


def unspaced_notice(counts: Mapping[str, int]) -> str | None:
    """What a user should know whose texts were split into `words`; None for other texts.

    Args:
        counts: how often each word occurs.

    >>> unspaced_notice({"film": 3, "movie": 1})
    """
    letters = sum(count for word, count in counts.items() if UNSPACED.fullmatch(word))
    share = letters / max(1, sum(counts.values()))
    if share < NOTABLE:
        return None
    known = ", ".join(f"dictionary:{code} ({name})" for code, name in DICTIONARIES.items())
    return (
        f"{share:.0%} of the tokens are single characters of scripts without spaces; longer words "
        f"are found by --set tokenizer=…: {known} or trained:unigram (any language)"
    )
