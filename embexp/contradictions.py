"""What two fields of a run say against each other."""

from typing import Any

from embexp.models import HEADS
from embexp.optimisers import OPTIMISERS
from embexp.regimes import REGIMES


def contradiction(spec: Any) -> str | None:
    """What is wrong with a `Spec` and the way out, in one sentence; None where it can be run."""
    tags, vectors = spec.head == "tags", spec.vectors
    if vectors is None and REGIMES[spec.regime].start:
        return f"regime {spec.regime!r} starts from vectors; give vectors=NAME or a file"
    if vectors is None and spec.dim is None:
        return "without vectors the table's width must be given: set dim, for example dim=50"
    if vectors is not None and spec.dim is not None:
        return f"dim={spec.dim} is given, but vectors {vectors!r} have a width; leave dim out"
    if spec.padding == "pre" and spec.max_length is None:
        return "padding='pre' fills up to max_length; set it, for example max_length=500"
    if spec.tokenizer == "keras-imdb" and spec.vocabulary == "open":
        return "tokenizer='keras-imdb' has Keras's own words; leave vocabulary out"
    if tags and spec.tokenizer != "words":
        return "head='tags' reads the tokens that its files have; leave tokenizer out"
    if spec.holdout == "validation" and spec.fold is not None:
        return f"fold={spec.fold} validates where nothing is held out; give holdout='none' too"
    if spec.draw and not spec.train_texts:
        return f"draw={spec.draw} draws train_texts; give their number, or leave draw out"
    if tags and (spec.max_length or spec.train_texts or spec.padding == "pre"):
        return "head='tags' needs whole texts; leave max_length, train_texts and padding out"
    if tags and (spec.fold is not None or spec.split):
        return "head='tags' keeps the splits of its sentences; leave fold and split out"
    if tags and spec.second is not None:
        return "head='tags' reads single sentences; leave second out"
    if not HEADS[spec.head].classifies_texts() and spec.output_activation == "sigmoid":
        return f"head={spec.head!r} has outputs of its own; leave output_activation out"
    if spec.class_weight != "none" and HEADS[spec.head].labelling != "classes":
        return f"head={spec.head!r} has no classes that exclude each other; leave class_weight out"
    if spec.selection == "paired" and REGIMES[spec.regime].controls is None:
        return f"regime {spec.regime!r} controls no other; leave selection out"
    if REGIMES[spec.regime].waits and not spec.patience:
        return f"regime {spec.regime!r} waits until patience is over; give patience=N epochs"
    if spec.patience and spec.holdout == "none" and spec.fold is None:
        return "patience needs validation texts, but holdout='none' has none; leave one out"
    if spec.table_rate_unit == "entry" and spec.table_rate is None:
        return "table_rate_unit='entry' is a unit of table_rate; give that too"
    if OPTIMISERS[spec.optimiser].contradicts(spec.row_updates):
        return (
            f"optimiser {spec.optimiser!r} has no {spec.row_updates} steps; leave row_updates "
            "out, or take lazy-adam for sparse ones and adam for dense ones"
        )
    for pair in spec.tracked_pairs:
        if len(pair.split(":")) != 2 or not all(pair.split(":")):
            return f"tracked_pairs has {pair!r}; a pair is written as word:word"
    return None
