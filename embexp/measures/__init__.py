"""Names of measures into what they mean: the catalogue that rows, tables and figures share."""

import re
from dataclasses import dataclass
from typing import Literal

from embexp.errors import unknown
from embexp.measures.statistics import Difference as Difference
from embexp.measures.statistics import Value as Value


@dataclass(frozen=True)
class Measure:
    """What a name in a row's `measure` stands for.

    Args:
        title: for the head of a column or an axis.
        unit: what the number is, and its range.
        what: the kind of structure it sees.
        higher: whether more is better; None where it is neither.
        chance: what a table that knows nothing scores; None where that depends on the data (then each row carries it) or is not defined.
        reference: where it comes from.
    """

    name: str
    title: str
    unit: str
    what: Literal["semantic", "sentiment", "geometry", "task"]
    higher: bool | None
    chance: float | None
    reference: str


_RHO, _SHARE = "Spearman's ρ, −1 to 1", "share, 0 to 1"

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("accuracy", "accuracy", _SHARE, "task", True, None, "share of texts classified right"),
        Measure("nll", "negative log-likelihood", "nats a text, from 0", "task", False, None, "mean of −log p(label)"),
        Measure("simlex999", "SimLex-999 ρ", _RHO, "semantic", True, 0.0, "Hill, Reichart & Korhonen 2015"),
        Measure("wordsim353", "WordSim-353 ρ", _RHO, "semantic", True, 0.0, "Finkelstein et al. 2002"),
        Measure("overlap@10", "neighbours kept @10", _SHARE, "semantic", None, None, "nearest neighbours shared with the start"),
        Measure("polarity", "polarity ρ", _RHO, "sentiment", True, 0.0, "ridge read-out of held-out log-odds, cross-validated"),
        Measure("lexicon@1", "lexicon consistency @1", _SHARE, "sentiment", True, 0.5, "Tang et al. 2014, eq. 10, class-balanced"),
        Measure("lexicon@10", "lexicon consistency @10", _SHARE, "sentiment", True, 0.5, "Tang et al. 2014, eq. 10, class-balanced"),
        Measure("lexicon@100", "lexicon consistency @100", _SHARE, "sentiment", True, 0.5, "Tang et al. 2014, eq. 10, class-balanced"),
        Measure("top1_share", "first direction of ΔE", _SHARE, "geometry", None, None, "σ₁²/Σσ² of the change from the start"),
        Measure("effective_rank", "effective rank", "1 to dim", "geometry", None, None, "Roy & Vetterli 2007"),
        Measure("coverage_types", "types covered", _SHARE, "task", True, None, "distinct words that have a pretrained vector"),
        Measure("coverage_tokens", "tokens covered", _SHARE, "task", True, None, "training tokens whose word has a pretrained vector"),
    )
}
"""Every measure with a fixed name; `describe` also knows the cosines of pairs of words."""

_PAIR = re.compile(r"cos\(([^(),]+),([^(),]+)\)")


def pair_measure(word1: str, word2: str) -> str:
    """The name of the measure that is the cosine of two words.

    >>> pair_measure("good", "bad")
    'cos(good,bad)'
    """
    return f"cos({word1},{word2})"


def pair_words(name: str) -> tuple[str, str] | None:
    """The two words of a name that `pair_measure` made; None for any other name."""
    found = _PAIR.fullmatch(name)
    return (found[1], found[2]) if found else None


def describe(name: str) -> Measure:
    """The measure of that name, also `cos(word1,word2)`.

    Raises:
        InputError: there is none; the sentence names the nearest.
    """
    if words := pair_words(name):
        return Measure(name, f"cos({words[0]}, {words[1]})", "cosine, −1 to 1", "geometry", None, 0.0, "cosine of two words' vectors")
    if name not in MEASURES:
        raise unknown("measure", name, [*MEASURES, "cos(word1,word2)"])
    return MEASURES[name]
