"""The command `embexp vectors post`."""

from pathlib import Path
from typing import Literal

from embexp.cli.options import say
from embexp.progress import saying, tell

Method = Literal["all-but-the-top", "standardised", "glorot", "retrofitted", "counter-fitted"]


def post(source: str, target: Path, *, method: Method, relations: str = "wordnet") -> None:
    """Write vectors after post-processing, for a table to start from.

    For example: `embexp vectors post glove-6b-100d fitted.txt --method retrofitted`, then
    `embexp compare reviews.csv --vectors fitted.txt`.

    Parameters
    ----------
    source
        A vector file in any format, or a name.
    target
        The new file; its suffix stands for its format.
    method
        all-but-the-top takes away what most words share, standardised gives all coordinates one
        scale, glorot gives them the small scale of a random start, retrofitted moves words
        towards synonyms, counter-fitted also moves them away from antonyms.
    relations
        Synonyms and antonyms, by name or path, for the last two.
    """
    from embexp import formats
    from embexp.measures.relations import word_relations
    from embexp.vectors.post import METHODS, post_processed
    from embexp.vectors.registry import load_vectors

    kind = formats.suffix_format(target)
    related = word_relations(relations) if METHODS[method].relations else None
    with saying(f"reading {source}"):
        found = load_vectors(source)
    with saying(f"making {method} vectors"):
        made = post_processed(found, method, related)
    made.write(target, format=kind)
    say(f"{target}: {kind}, {len(made)} words × {made.dim}, {method}")
    if found.subwords is not None:
        tell(f"the vectors of n-grams are left out: {method} says nothing of them")
