"""Tagged corpora: sentences of tokens and their tags in three splits, by name or from files."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from embexp.data.files import checksum, split_files
from embexp.data.forms import split_paths
from embexp.data.sources import CorpusSource, locate
from embexp.data.splits import SEED, SPLITS, partition
from embexp.data.tagged_files import Sentences, read_tagged
from embexp.errors import InputError, unknown


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
    "conll2000": CorpusSource(
        "10,948 English sentences of newspapers, cut into chunks (BIO)",
        "CoNLL 2000 shared task (Tjong Kim Sang & Buchholz 2000)",
        "not stated",
        {"train": "tokens/conll2000.train.txt.gz", "test": "tokens/conll2000.test.txt.gz"},
        columns=(0, -1),
    ),
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


def load_tagged(
    name_or_path: str, *, token: str | int | None = None, tag: str | int | None = None
) -> TaggedCorpus:
    """A named tagged corpus, a file, or a folder of files named train, dev (validation) and test.

    Splits that a named corpus or a single file lacks are drawn from its training sentences,
    the same for every run; see `carved`.

    Args:
        name_or_path: a name in `TAGGED`, a file that `read_tagged` reads, or a folder.
        token, tag: the columns of tokens and tags in the files; see `read_tagged`.

    Raises:
        InputError: an unknown name, a missing file, a token without its tag, a tag that
            the training split of a user's files does not have, or too few sentences to split.
    """
    if source := TAGGED.get(name_or_path):
        try:
            paths = locate(source.files)
        except InputError as error:
            raise InputError(f"the tagged corpus {name_or_path!r} is not here: {error}") from error
        token, tag = source.columns
        about = source.provenance, source.terms
    else:
        paths = _files(Path(name_or_path))
        kind = "folder" if os.path.isdir(name_or_path) else "file"
        about = f"{kind} {name_or_path}", "the user's own"
    splits = {split: read_tagged(path, token, tag) for split, path in paths.items()}
    naming = splits.values() if source else [splits["train"]]  # CoNLL-2000 tests a tag unseen
    tags = tuple(sorted({tag for each in naming for tags in each.tags for tag in tags}))
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
    official = "test" in splits
    if missing := [split for split in SPLITS if split not in splits]:
        splits |= carved(splits["train"], paths["train"], missing)
        splits = {split: splits[split] for split in SPLITS}
    return TaggedCorpus(name_or_path, splits, tags, *about, checksum(paths.values()), official)


def carved(sentences: Sentences, path: Path, missing: Sequence[str]) -> dict[str, Sentences]:
    """The sentences of one file in "train" and the missing splits, a tenth for each of these.

    Equal sentences are in the same split. A sentence whose tag no other training sentence
    would have is trained on, so that every tag is.

    Raises:
        InputError: too few sentences, or tags that are too rare.
    """
    texts = sentences.texts
    if len(set(texts)) <= len(missing):
        raise InputError(
            f"{path} has {len(set(texts))} different sentences, too few to be split into "
            f"train, {', '.join(missing)}; give it more, or a folder with a file for each split"
        )
    rng = np.random.default_rng(SEED)
    drawn = partition(rng, texts, [""] * len(texts), missing, str(path))
    rows = {split: chosen.tolist() for split, chosen in drawn.items()}
    known = {tag for row in rows["train"] for tag in sentences.tags[row]}
    moved: set[str] = set()
    for row in (row for split in missing for row in rows[split]):
        if texts[row] in moved or not known.issuperset(sentences.tags[row]):
            moved.add(texts[row])
            known.update(sentences.tags[row])
    kept = {split: [row for row in rows[split] if texts[row] not in moved] for split in missing}
    elsewhere = {row for chosen in kept.values() for row in chosen}
    kept["train"] = [row for row in range(len(texts)) if row not in elsewhere]
    if lacking := next((split for split in kept if not kept[split]), None):
        raise InputError(
            f"{path}: nothing is left for the {lacking} split, as sentences with a tag that no "
            "other has are trained on; give more sentences, or a folder with a file for each split"
        )
    return {split: sentences.take(rows) for split, rows in kept.items()}


def _files(path: Path) -> dict[str, Path]:
    """A file by itself, or a folder's files by split.

    Raises:
        InputError: there is neither, or the folder lacks a split.
    """
    if os.path.isfile(path):
        return {"train": path}
    if not os.path.isdir(path):
        kind = "tagged corpus (nor is there a file or folder of that name)"
        raise unknown(kind, str(path), TAGGED)
    paths = split_files(path, suffixes=None)
    if missing := [split for split in SPLITS if split not in paths]:
        raise InputError(
            f"{path} has no file for the {missing[0]} split; name it {missing[0]}.tsv, for example"
        )
    return {split: paths[split] for split in SPLITS}
