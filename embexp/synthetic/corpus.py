"""Corpora by name, the synthetic world's among them."""

from pathlib import Path
from typing import Any

from embexp.data.corpora import read_corpus
from embexp.data.corpus import Corpus
from embexp.errors import InputError
from embexp.synthetic.config import is_world
from embexp.synthetic.texts import labelled_corpus
from embexp.synthetic.world import make_world


def load_corpus(name_or_path: str | Path, **columns: Any) -> Corpus:
    """The texts of a synthetic world, or whatever `embexp.data.read_corpus` finds by this name.

    Args:
        name_or_path: `world`, `world:SETTING=NUMBER,…` (the settings are those of
            `WorldConfig`), a name in `embexp.data.CORPORA`, `hub:OWNER/NAME`, or the
            path of a file or folder.
        columns: `text`, `label`, `second`, `header` and `labels`, as in
            `embexp.data.read_corpus`; not for data sets that are known by name.

    Raises:
        InputError: as `embexp.data.read_corpus`; settings that make no world.

    >>> corpus = load_corpus("world:words=300,topics=4,texts=200")
    >>> corpus.labels, len(corpus.splits["train"])
    (('negative', 'positive'), 160)
    """
    name = str(name_or_path)
    if not is_world(name):
        return read_corpus(name_or_path, **columns)
    if any(columns.get(role) is not None for role in ("text", "label", "second")):
        raise InputError(f"{name!r} has no columns to choose; leave out text, label and second")
    if columns.get("labels") not in (None, "classes"):
        raise InputError(f"the labels of {name!r} are classes; leave head out")
    return labelled_corpus(make_world(name), name)
