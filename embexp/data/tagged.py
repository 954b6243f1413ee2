"""Sentences of tokens and their tags, read from files with one token per line (CoNLL columns)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from embexp.data.files import checksum, split_files
from embexp.data.forms import split_paths
from embexp.data.readers import decoded
from embexp.data.sources import CorpusSource, locate
from embexp.data.splits import SPLITS
from embexp.errors import InputError, unknown


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


@dataclass(frozen=True)
class TaggedCorpus:
    """Tagged sentences in the splits "train", "validation" and "test".

    Tag t is called `labels[t]`; the other attributes are those of `Corpus`.
    """

    name: str
    splits: Mapping[str, Sentences]
    labels: tuple[str, ...]
    provenance: str
    terms: str
    checksum: str
    official: bool = True

    def tag_ids(self, split: str) -> Int[np.ndarray, "tokens"]:
        """The tags of a split's tokens as numbers, one sentence after another."""
        index = {tag: number for number, tag in enumerate(self.labels)}
        return np.array([index[tag] for tags in self.splits[split].tags for tag in tags], np.int32)


TAGGED: dict[str, CorpusSource] = {
    "ud-ewt": CorpusSource(
        "12,544 English sentences with universal parts of speech",
        "Universal Dependencies English Web Treebank",
        "CC BY-SA 4.0",
        split_paths("tokens/ud_ewt.{}.tsv.gz"),
        columns=(0, 1),
    ),
    "wnut17": CorpusSource(
        "3,394 noisy English texts with emerging named entities (BIO)",
        "WNUT 2017 shared task (Derczynski et al. 2017)",
        "CC BY 4.0",
        split_paths("tokens/wnut17.{}.conll.gz"),
        columns=(0, -1),
    ),
}
"""Named tagged corpora; their columns hold tokens and tags, and tags name the classes."""


def load_tagged(name_or_path: str, *, token: int = 0, tag: int = -1) -> TaggedCorpus:
    """A named tagged corpus, or a folder with files named train, dev (validation) and test.

    Args:
        name_or_path: a name in `TAGGED`, or a folder.
        token, tag: the columns of tokens and tags in a folder's files, counted from 0.

    Raises:
        InputError: an unknown name, a missing file, a line without its tag, or a tag
            that the training split does not have.
    """
    if source := TAGGED.get(name_or_path):
        try:
            paths = locate(source.files)
        except InputError as error:
            raise InputError(f"the tagged corpus {name_or_path!r} is not here: {error}") from error
        token, tag = source.columns
        about = source.provenance, source.terms
    else:
        folder = Path(name_or_path)
        if not os.path.isdir(folder):
            kind = "tagged corpus (nor is there a folder of that name)"
            raise unknown(kind, name_or_path, TAGGED)
        paths, about = split_files(folder, suffixes=None), (f"folder {folder}", "the user's own")
        if missing := [split for split in SPLITS if split not in paths]:
            raise InputError(
                f"{folder} has no file for the {missing[0]} split; name it {missing[0]}.tsv, for "
                "example"
            )
    splits = {split: read_tagged(paths[split], token, tag) for split in SPLITS}
    tags = tuple(sorted({tag for tags in splits["train"].tags for tag in tags}))
    if len(tags) < 2:
        raise InputError(
            f"{paths['train']}: the only tag is {''.join(tags)!r}; tagging needs two at least"
        )
    for split, sentences in splits.items():
        for number, these in enumerate(sentences.tags, 1):
            if strange := set(these) - set(tags):
                raise InputError(
                    f"{paths[split]}: sentence {number} has the tag {min(strange)!r}, which no "
                    "training sentence has"
                )
    digest = checksum(paths[split] for split in SPLITS)
    return TaggedCorpus(name_or_path, splits, tags, *about, digest)


def read_tagged(path: Path, token: int = 0, tag: int = -1) -> Sentences:
    """The sentences of one file; blank lines separate them.

    Columns are separated by tabs in a line that has any, else by spaces.

    Raises:
        InputError: a missing or empty file, or a line that lacks a column.
    """
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
