"""What is known about a corpus, as `embexp data info` prints it."""

from itertools import combinations
from typing import Any

from embexp.data.corpus import Corpus
from embexp.data.splits import SPLITS
from embexp.data.tagged import TaggedCorpus


def describe(corpus: Corpus | TaggedCorpus) -> dict[str, Any]:
    """Origin, terms, checksum, sizes of the splits, classes, and texts that two splits share.

    Texts that are shared are counted once, for each pair of splits.
    """
    distinct = {name: set(split.texts) for name, split in corpus.splits.items()}
    return {
        "name": corpus.name,
        "from": corpus.provenance,
        "split": "official" if corpus.official else "own",
        "terms": corpus.terms,
        "checksum": corpus.checksum,
        "rows": {split: len(texts) for split, texts in corpus.splits.items()},
        "classes": list(corpus.labels),
        "duplicates": {
            f"{a}/{b}": len(distinct[a] & distinct[b]) for a, b in combinations(SPLITS, 2)
        },
    }
