"""Sentences of tokens and their tags from one file: CoNLL columns, JSON lines or Parquet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embexp.data.columns import choose_column
from embexp.data.labels import class_name
from embexp.data.readers import decoded, read_columns, suffix_of
from embexp.errors import InputError

OBJECTS = (".jsonl", ".ndjson", ".json", ".parquet")
"""Suffixes of files with a list of tokens and a list of tags for each sentence."""
TOKEN_NAMES = ("tokens", "words")
TAG_NAMES = ("tags", "labels", "ner_tags", "pos_tags")


@dataclass(frozen=True)
class Sentences:
    """Tokens as they were written, and the tag of each."""

    tokens: list[list[str]]
    tags: list[list[str]]

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def texts(self) -> list[str]:
        """The sentences, their tokens joined by spaces."""
        return list(map(" ".join, self.tokens))

    def take(self, rows: Sequence[int]) -> "Sentences":
        """Some of the sentences, in the order of their rows."""
        return Sentences([self.tokens[row] for row in rows], [self.tags[row] for row in rows])


def read_tagged(
    path: Path, token: str | int | None = None, tag: str | int | None = None
) -> Sentences:
    """The sentences of one file, plain or packed.

    A file named .jsonl, .ndjson, .json or .parquet has an object such as
    `{"tokens": ["a", "film"], "tags": ["DET", "NOUN"]}` for each sentence. Any other has a
    token in each line, and blank lines between sentences; its columns are separated by
    tabs in a line that has any, else by spaces.

    Args:
        token, tag: the columns of tokens and tags: numbers counted from 0 in a file of
            lines, by default the first and the last; names in one of objects, by default
            one of `TOKEN_NAMES` and of `TAG_NAMES`.

    Raises:
        InputError: a missing or empty file, a missing column or tag, a token that is no
            text, or a sentence with more or fewer tags than tokens.
    """
    if suffix_of(path) in OBJECTS:
        return _of_objects(path, token, tag)
    if isinstance(token, str) or isinstance(tag, str):
        raise InputError(
            f"{path.name} has no column {token if isinstance(token, str) else tag!r}; its columns "
            f"are numbers counted from 0, and have names in {', '.join(OBJECTS)} alone"
        )
    return _of_lines(path, 0 if token is None else token, -1 if tag is None else tag)


def _of_lines(path: Path, token: int, tag: int) -> Sentences:
    """Sentences of one token per line."""
    sentences, ended = Sentences([], []), True
    for number, line in enumerate(decoded(path).split("\n"), 1):
        blank = not line.strip()
        if ended and not blank:
            sentences.tokens.append([])
            sentences.tags.append([])
        ended = blank
        if blank:
            continue
        columns = line.split("\t") if "\t" in line else line.split(" ")
        if not -len(columns) <= tag < len(columns) or token >= len(columns) or len(columns) < 2:
            raise InputError(
                f"{path}, line {number}: {line[:60]!r} has {len(columns)} columns, so its tag is "
                "missing"
            )
        sentences.tokens[-1].append(columns[token])
        sentences.tags[-1].append(columns[tag].strip())
    return sentences


def _of_objects(path: Path, token: str | int | None, tag: str | int | None) -> Sentences:
    """Sentences of one object each, with a list of tokens and one of tags."""
    columns = read_columns(path)
    names = (
        choose_column(columns.values, token, TOKEN_NAMES, "text", path.name),
        choose_column(columns.values, tag, TAG_NAMES, "label", path.name),
    )
    sentences = Sentences([], [])
    for place, tokens, tags in zip(
        columns.places, *(columns.values[name] for name in names), strict=True
    ):
        where = f"{path.name}, {columns.unit} {place}"
        for values, name in ((tokens, names[0]), (tags, names[1])):
            if not isinstance(values, list) or not values:
                raise InputError(
                    f"{where} has {values!r:.60} in {name!r}, which is no list with an entry "
                    "for each token; give it one, or leave the sentence out"
                )
        if len(tokens) != len(tags):
            raise InputError(
                f"{where} has {len(tokens)} tokens but {len(tags)} tags; give each token its tag"
            )
        sentences.tokens.append(
            [_token(each, where, number) for number, each in enumerate(tokens, 1)]
        )
        sentences.tags.append([_tag(each, where, number) for number, each in enumerate(tags, 1)])
    return sentences


def _token(value: Any, where: str, number: int) -> str:
    if not isinstance(value, str):
        raise InputError(
            f"{where}: token {number} is {value!r:.60}, which is no text; write it in quotes"
        )
    return value


def _tag(value: Any, where: str, number: int) -> str:
    """A tag as a name; numbers are named by their digits."""
    if not (name := class_name(value)):
        raise InputError(
            f"{where}: token {number} has {value!r:.60} for a tag; give it a name, such as O"
        )
    return name
