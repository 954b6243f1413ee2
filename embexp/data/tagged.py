"""Files of one token and its tag a line into sentences of tokens and tags: CoNLL
columns, blank lines between sentences.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from embexp.data.files import checksum, decoded
from embexp.data.splits import SPLITS
from embexp.errors import InputError, unknown


@dataclass(frozen=True)
class Sentences:
    """Tokens as they were written, and the tag of each."""

    tokens: list[list[str]]
    tags: list[list[str]]

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True)
class TaggedCorpus:
    """Tagged sentences in the splits "train", "validation" and "test"; tag t is named `tags[t]`."""

    name: str
    splits: Mapping[str, Sentences]
    tags: tuple[str, ...]
    provenance: str
    terms: str
    checksum: str
    official: bool

    def tag_ids(self, split: str) -> Int[np.ndarray, "tokens"]:
        """The tags of a split's tokens, one sentence after another, as numbers."""
        index = {tag: number for number, tag in enumerate(self.tags)}
        return np.array([index[tag] for tags in self.splits[split].tags for tag in tags], np.int32)


@dataclass(frozen=True)
class TaggedSource:
    """Where a named tagged corpus lies below EMBEXP_DATA, and which columns of a line
    hold token and tag.
    """

    summary: str
    provenance: str
    terms: str
    files: Mapping[str, str]
    columns: tuple[int, int]


def _files(pattern: str) -> dict[str, str]:
    return {
        split: pattern.format(name)
        for split, name in zip(SPLITS, ("train", "dev", "test"), strict=True)
    }


TAGGED: dict[str, TaggedSource] = {
    "ud-ewt": TaggedSource(
        "12,544 English sentences with universal parts of speech",
        "Universal Dependencies English Web Treebank",
        "CC BY-SA 4.0",
        _files("tokens/ud_ewt.{}.tsv.gz"),
        (0, 1),
    ),
    "wnut17": TaggedSource(
        "3,394 noisy English texts with emerging named entities (BIO)",
        "WNUT 2017 shared task (Derczynski et al. 2017)",
        "CC BY 4.0",
        _files("tokens/wnut17.{}.conll.gz"),
        (0, -1),
    ),
}


def load_tagged(name_or_path: str, *, token: int = 0, tag: int = -1) -> TaggedCorpus:
    """A named tagged corpus, or a folder with the files train, dev (or validation) and test.

    Args:
        name_or_path: a name in TAGGED, or a folder.
        token: the column of the tokens in a folder's files, counted from 0; `tag` that
            of the tags.

    Raises:
        InputError: an unknown name, a missing file, a line without its tag, or a tag
            that the training split does not have.
    """
    if name_or_path in TAGGED:
        source = TAGGED[name_or_path]
        root = os.environ.get("EMBEXP_DATA")
        if not root:
            raise InputError(
                f"{name_or_path!r} needs EMBEXP_DATA set to the folder that holds {source.files['train']}"
            )
        paths = {split: Path(root, file) for split, file in source.files.items()}
        return _assemble(name_or_path, paths, source.columns, source.provenance, source.terms)
    folder = Path(name_or_path)
    if not folder.is_dir():
        raise unknown("tagged corpus (nor is there a folder of that name)", name_or_path, TAGGED)
    return _assemble(
        name_or_path, _in_folder(folder), (token, tag), f"folder {folder}", "the user's own"
    )


def _in_folder(folder: Path) -> dict[str, Path]:
    stems = {"train": ("train",), "validation": ("validation", "valid", "dev"), "test": ("test",)}
    found = {
        path.name.partition(".")[0]: path for path in sorted(folder.iterdir()) if path.is_file()
    }
    paths = {
        split: next((found[stem] for stem in names if stem in found), None)
        for split, names in stems.items()
    }
    if missing := [split for split, path in paths.items() if path is None]:
        raise InputError(
            f"{folder} has no file for the {missing[0]} split; name it {stems[missing[0]][0]}.tsv, for example"
        )
    return {split: path for split, path in paths.items() if path}


def _assemble(
    name: str, paths: Mapping[str, Path], columns: tuple[int, int], provenance: str, terms: str
) -> TaggedCorpus:
    splits = {split: read_tagged(path, *columns) for split, path in paths.items()}
    tags = tuple(sorted({tag for tags in splits["train"].tags for tag in tags}))
    if len(tags) < 2:
        raise InputError(
            f"{paths['train']}: the only tag is {''.join(tags)!r}; tagging needs two at least"
        )
    for split, sentences in splits.items():
        for number, these in enumerate(sentences.tags, 1):
            if strange := set(these) - set(tags):
                raise InputError(
                    f"{paths[split]}: sentence {number} has the tag {min(strange)!r}, which no training sentence has"
                )
    return TaggedCorpus(
        name, splits, tags, provenance, terms, checksum(paths.values()), official=True
    )


def read_tagged(path: Path, token: int = 0, tag: int = -1) -> Sentences:
    """Sentences of one file; columns are separated by tabs where a line has any, else by spaces.

    Raises:
        InputError: a missing or empty file, or a line that lacks a column, with its
            number.
    """
    tokens: list[list[str]] = [[]]
    tags: list[list[str]] = [[]]
    for number, line in enumerate(decoded(path).split("\n"), 1):
        if not line.strip():
            if tokens[-1]:
                tokens.append([])
                tags.append([])
            continue
        columns = line.split("\t") if "\t" in line else line.split(" ")
        if not -len(columns) <= tag < len(columns) or token >= len(columns) or len(columns) < 2:
            raise InputError(
                f"{path}, line {number}: {line[:60]!r} has {len(columns)} columns, so its tag is missing"
            )
        tokens[-1].append(columns[token])
        tags[-1].append(columns[tag].strip())
    if not tokens[-1]:
        tokens, tags = tokens[:-1], tags[:-1]
    if not tokens:
        raise InputError(
            f"{path} holds no sentence; a line is a token and its tag, a blank line ends a sentence"
        )
    return Sentences(tokens, tags)


def check_aligned(tokens: Sequence[Sequence[str]], tags: Sequence[Sequence[str]]) -> None:
    """Refuses sentences whose tags do not match their tokens, naming the first.

    Raises:
        InputError: another number of sentences, or of tags in one.
    """
    if len(tokens) != len(tags):
        raise InputError(f"there are {len(tokens)} sentences of tokens but {len(tags)} of tags")
    for number, (words, labels) in enumerate(zip(tokens, tags, strict=True), 1):
        if len(words) != len(labels):
            raise InputError(
                f"sentence {number} has {len(words)} tokens ({' '.join(words)[:40]!r}) but {len(labels)} tags"
            )
