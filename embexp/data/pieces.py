"""Sub-words by the `tokenizers` library, read from a model's file.

Their names here are alike whatever the library calls them: a piece that begins a word is
that word's text, and one that continues a word begins with `##`. So a whole word is found
by its name in word pairs, lexicons and vector files.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embexp.data.scripts import UNSPACED, well_formed
from embexp.errors import InputError
from embexp.formats import identity, model_folders, packed
from embexp.words import UNK

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CONTINUES = "##"
START = "▁"
CHUNK = 1000
"""Texts that are encoded at once."""


class Pieces:
    """A tokenizer of the library with the names of its pieces."""

    def __init__(self, tokenizer: "Tokenizer") -> None:
        """Takes a tokenizer; its own padding and truncation are switched off."""
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self.tokenizer = tokenizer
        described = json.loads(tokenizer.to_str())
        vocabulary = tokenizer.get_vocab(with_added_tokens=True)
        raw: list[str] = [""] * (max(vocabulary.values(), default=-1) + 1)
        for piece, number in vocabulary.items():
            raw[number] = piece
        unknown_piece = described["model"].get("unk_token")
        if described["model"].get("unk_id") is not None:
            unknown_piece = raw[described["model"]["unk_id"]]
        self.unknown = vocabulary.get(unknown_piece, -1)
        self.names = named(raw, described)
        if self.unknown >= 0:
            self.names[self.unknown] = UNK
        self.special = {each["id"] for each in described["added_tokens"] if each["special"]}

    def ids(self, texts: Iterable[str]) -> Iterator[list[int]]:
        """The numbers of each text's pieces, without those that a model adds at its ends."""
        rest = iter(texts)
        while chunk := [*map(well_formed, islice(rest, CHUNK))]:
            for each in self.tokenizer.encode_batch_fast(chunk, add_special_tokens=False):
                yield each.ids

    def __call__(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """The names of each text's pieces."""
        for ids in self.ids(texts):
            yield [self.names[each] for each in ids]


class ReplacedPieces(Pieces):
    """A tokenizer that reads some characters as others.

    Args:
        replaced: what characters become, by their numbers.
    """

    def __init__(self, tokenizer: "Tokenizer", replaced: Mapping[int, str]) -> None:
        super().__init__(tokenizer)
        self.replaced = replaced

    def ids(self, texts: Iterable[str]) -> Iterator[list[int]]:
        """The numbers of each text's pieces."""
        return super().ids(text.translate(self.replaced) for text in texts)


def named(raw: Sequence[str], described: Any) -> list[str]:
    """The names of pieces; where two would share one, that of a word's start stays raw.

    Args:
        raw: what the library calls each.
        described: the tokenizer as JSON.
    """
    if described["model"]["type"] == "WordPiece":
        return list(raw)
    added = {each["content"] for each in described["added_tokens"]}
    byte_level = '"ByteLevel"' in json.dumps([described["pre_tokenizer"], described["decoder"]])
    if not byte_level and not any(piece.startswith(START) for piece in raw):
        return list(raw)
    texts = [piece if piece in added else _decoded(piece, byte_level) for piece in raw]
    names = [
        text if piece in added or not text or not _continues(text) else CONTINUES + text
        for piece, text in zip(raw, texts, strict=True)
    ]
    taken = {name for name in names if not name.startswith(START)}
    for number, name in enumerate(names):
        short = name.removeprefix(START)
        if name.startswith(START) and short and short not in taken and raw[number] not in added:
            taken.add(short)
            names[number] = short
    return _distinct(names)


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, but for one that stands before already the piece's number."""
    first = {name: number for number, name in reversed([*enumerate(names)])}
    return [
        name if first[name] == number else f"<piece {number}>" for number, name in enumerate(names)
    ]


def _continues(text: str) -> bool:
    """Whether a piece goes on with a word: it begins with a letter of a script with spaces."""
    return text[0].isalnum() and not UNSPACED.match(text)


def _decoded(piece: str, byte_level: bool) -> str:
    """A piece's text, with START for a space in front; a broken one stays as it is."""
    if not byte_level:
        return piece
    try:
        text = bytes(_bytes()[character] for character in piece).decode()
    except (KeyError, UnicodeDecodeError):
        return piece
    return START + text[1:] if text.startswith(" ") else text


@lru_cache(maxsize=1)
def _bytes() -> dict[str, int]:
    """The byte of each character with which byte-level tokenizers write it.

    Printable bytes are their own Latin-1 character, the others follow from U+0100 on.
    """
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in kept]
    return {chr(byte): byte for byte in kept} | {chr(256 + n): b for n, b in enumerate(others)}


def of_file(given: str) -> Pieces:
    """The tokenizer of a model's folder, a file or an installed package.

    Raises:
        InputError: no file, or one that is no tokenizer.
    """
    path = model_folders.tokenizer_file(given)
    return _read(path, identity.sha256(path))


@lru_cache(maxsize=4)
def _read(path: Path, checksum: str) -> Pieces:  # noqa: ARG001 - a changed file is read anew
    from tokenizers import Tokenizer

    if packed.is_packed(path):
        return _unpacked(packed.read(path))
    try:
        return Pieces(Tokenizer.from_file(str(path)))
    except Exception as error:  # noqa: BLE001 - the library raises Exception itself
        raise InputError(f"{path} is no tokenizer that can be read ({error})") from None


def _unpacked(found: packed.Packed) -> Pieces:
    """The tokenizer of a packed file: Unigram on words that begin with START, as XLM-R's."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

    made = Tokenizer(models.Unigram(found.pieces, unk_id=found.unknown))
    made.normalizer = normalizers.Replace(Regex(" {2,}"), " ")
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    made.add_special_tokens([AddedToken(each, special=True) for each in found.special])
    return ReplacedPieces(made, found.replaced)


def made_from(given: str) -> str:
    """SHA-256 of the file."""
    return identity.sha256(model_folders.tokenizer_file(given))


def word_start(pieces: Pieces) -> str:
    """What stands before a word so that it is split as within a text: a space or nothing.

    It is the one with which the last piece of `the the` comes out.
    """
    within = next(pieces.ids(["the the"]))
    alone = next(pieces.ids(["the"]))
    return "" if alone == within[-len(alone) :] else " "
