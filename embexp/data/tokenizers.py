"""Tokenizers by name: how texts become tokens, in any script."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from embexp.data import dictionaries, hashed_ngrams, learnt_pieces, pieces
from embexp.data.scripts import DICTIONARIES
from embexp.data.tokens import tokenize
from embexp.errors import InputError, unknown

Tokenize = Callable[[Iterable[str]], Iterator[list[str]]]
"""Texts to the tokens of each; it can be pickled, as tasks go to other processes."""


@dataclass(frozen=True)
class Tokenizer:
    """A kind of tokenizer.

    Args:
        make: gives the function, from what follows the kind's name and a colon, and from
            the training texts.
        check: refuses what follows the name, before any text is read.
        made_from: SHA-256 of the files or the dictionary that it reads, if any.
    """

    summary: str
    make: Callable[[str, Sequence[str]], Tokenize]
    check: Callable[[str], object] = lambda given: _nothing(given)
    made_from: Callable[[str], str | None] = lambda given: None


def _nothing(given: str) -> None:
    if given:
        raise InputError(f"it takes nothing after a colon, but {given!r} is given")


def characters(text: str) -> list[str]:
    """The letters and digits of a text one by one, each with its marks, in lower case (NFC).

    >>> characters("Très bon, 好看!")
    ['t', 'r', 'è', 's', 'b', 'o', 'n', '好', '看']
    """
    found: list[str] = []
    for character in unicodedata.normalize("NFC", text.lower()):
        if character.isalnum():
            found.append(character)
        elif found and unicodedata.category(character)[0] == "M":
            found[-1] += character
    return found


def unicode_words(text: str) -> list[str]:
    """The words of a text between Unicode's word boundaries (UAX 29), in lower case (NFC).

    What has no letter and no digit, such as punctuation, is dropped.

    >>> unicode_words("It isn't 3.14, 不是吗?")
    ['it', "isn't", '3.14', '不', '是', '吗']
    """
    import regex

    words = regex.split(r"(?V1w)\b", unicodedata.normalize("NFC", text.lower()))
    return [word for word in words if any(map(str.isalnum, word))]


def _by_text(split: Callable[[str], list[str]]) -> Callable[[str, Sequence[str]], Tokenize]:
    """A kind that looks at one text after another."""
    return lambda given, texts: partial(map, split)


TOKENIZERS = {
    "words": Tokenizer(
        "lower-case words, as in GloVe's training text; in scripts without spaces, letters",
        _by_text(tokenize),
    ),
    "characters": Tokenizer("letters and digits, in lower case", _by_text(characters)),
    "unicode": Tokenizer("lower-case words by Unicode's boundaries", _by_text(unicode_words)),
    "dictionary": Tokenizer(
        f"words of a dictionary: {', '.join(f'dictionary:{code}' for code in DICTIONARIES)}",
        lambda given, texts: dictionaries.Dictionary(given),
        dictionaries.check,
        dictionaries.made_from,
    ),
    "trained": Tokenizer(
        "sub-words learnt from the training texts: trained:bpe, trained:wordpiece or "
        "trained:unigram, with ,size=N",
        learnt_pieces.learnt,
        learnt_pieces.settings,
        lambda given: learnt_pieces.made_by(),
    ),
    "ngrams": Tokenizer(
        "words with hashed n-grams, for encoders that read no order: ngrams, or "
        "ngrams:words=2,letters=3-6,buckets=N",
        lambda given, texts: hashed_ngrams.settings(given),
        hashed_ngrams.settings,
    ),
    "hf": Tokenizer(
        "the sub-words of a tokenizer.json: hf:FOLDER, hf:FILE or hf:PACKAGE",
        lambda given, texts: pieces.of_file(given),
        lambda given: None,  # whether there is a file is seen when it is read
        pieces.made_from,
    ),
    "keras-imdb": Tokenizer("Keras's ids for IMDB", _by_text(tokenize)),
}
"""The kinds by name. Keras's ids are looked up by `embexp.data.keras`."""


def _kind(name: str) -> tuple[Tokenizer, str]:
    kind, colon, given = name.partition(":")
    if kind not in TOKENIZERS:
        raise unknown("tokenizer", kind, TOKENIZERS)
    if colon and not given:
        raise InputError(f"tokenizer {name!r} has nothing after its colon")
    return TOKENIZERS[kind], given


def check_tokenizer(name: str) -> None:
    """Refuses a name that no tokenizer has.

    Raises:
        InputError: an unknown kind, or something that it does not take.
    """
    kind, given = _kind(name)
    try:
        kind.check(given)
    except InputError as error:
        raise InputError(f"tokenizer {name!r}: {error}") from None


def tokenizer(name: str, texts: Sequence[str] = ()) -> Tokenize:
    """The function that splits texts into tokens.

    Args:
        texts: those of training, from which some kinds learn.

    Raises:
        InputError: an unknown name, a file that is no tokenizer, a missing extra.

    >>> list(tokenizer("characters")(["ab", ""]))
    [['a', 'b'], []]
    """
    kind, given = _kind(name)
    return kind.make(given, texts)


WORDS: Tokenize = tokenizer("words")
"""The tokenizer of a run that names no other."""


def tokenizer_checksum(name: str) -> str | None:
    """SHA-256 of what a tokenizer reads beside the texts; None where that is nothing."""
    kind, given = _kind(name)
    return kind.made_from(given)
