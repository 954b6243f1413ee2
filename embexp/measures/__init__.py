"""Names of measures into what they mean: the catalogue that rows, tables and figures share."""

import re
from dataclasses import dataclass, replace
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
        chance: what a table that knows nothing scores; None where that depends on the
            data (then each row carries it) or is not defined.
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
        Measure(
            "accuracy", "accuracy", _SHARE, "task", True, None, "share of texts classified right"
        ),
        Measure(
            "macro_f1",
            "macro F1",
            _SHARE,
            "task",
            True,
            None,
            "mean over classes of 2·hits/(predicted + true)",
        ),
        Measure(
            "auxiliary_accuracy",
            "accuracy, text alone",
            _SHARE,
            "task",
            True,
            None,
            "share of texts that the auxiliary output has right",
        ),
        Measure("span_f1", "span F1", _SHARE, "task", True, 0.0, "Tjong Kim Sang & Buchholz 2000"),
        Measure(
            "nll", "NLL (nats)", "nats a text, from 0", "task", False, None, "mean of −log p(label)"
        ),
        Measure(
            "calibration_error",
            "calibration error",
            _SHARE,
            "task",
            False,
            None,
            "Guo et al. 2017, eq. 3, 15 bins",
        ),
        Measure(
            "simlex999",
            "SimLex-999 ρ",
            _RHO,
            "semantic",
            True,
            0.0,
            "Hill, Reichart & Korhonen 2015",
        ),
        Measure(
            "wordsim353", "WordSim-353 ρ", _RHO, "semantic", True, 0.0, "Finkelstein et al. 2002"
        ),
        Measure(
            "wordsim353-sim",
            "WordSim-353 similarity ρ",
            _RHO,
            "semantic",
            True,
            0.0,
            "Agirre et al. 2009",
        ),
        Measure(
            "wordsim353-rel",
            "WordSim-353 relatedness ρ",
            _RHO,
            "semantic",
            True,
            0.0,
            "Agirre et al. 2009",
        ),
        Measure(
            "rg65",
            "RG-65 ρ",
            _RHO,
            "semantic",
            True,
            0.0,
            "Rubenstein & Goodenough 1965; too few pairs for a headline",
        ),
        Measure(
            "mc30",
            "MC-30 ρ",
            _RHO,
            "semantic",
            True,
            0.0,
            "Miller & Charles 1991; too few pairs for a headline",
        ),
        Measure("mturk287", "MTurk-287 ρ", _RHO, "semantic", True, 0.0, "Radinsky et al. 2011"),
        Measure(
            "verb143", "Verb-143 ρ", _RHO, "semantic", True, 0.0, "Baker, Reichart & Korhonen 2014"
        ),
        Measure("yp130", "YP-130 ρ", _RHO, "semantic", True, 0.0, "Yang & Powers 2006"),
        Measure(
            "analogy_add",
            "analogies, 3CosAdd",
            _SHARE,
            "semantic",
            True,
            None,
            "Mikolov et al. 2013",
        ),
        Measure(
            "analogy_mul",
            "analogies, 3CosMul",
            _SHARE,
            "semantic",
            True,
            None,
            "Levy & Goldberg 2014, eq. 4, ε = .001",
        ),
        Measure(
            "analogy_only-b",
            "analogies, neighbour alone",
            _SHARE,
            "semantic",
            None,
            None,
            "Linzen 2016: the baseline of analogies",
        ),
        Measure(
            "purity_ap",
            "cluster purity, AP",
            _SHARE,
            "semantic",
            True,
            None,
            "Almuhareb & Poesio 2005; k-means, k = categories",
        ),
        Measure(
            "purity_battig",
            "cluster purity, Battig",
            _SHARE,
            "semantic",
            True,
            None,
            "Battig & Montague 1969; k-means",
        ),
        Measure(
            "purity_essli",
            "cluster purity, ESSLLI",
            _SHARE,
            "semantic",
            True,
            None,
            "ESSLLI 2008 verbs; too few for a headline",
        ),
        Measure(
            "overlap@10",
            "neighbours kept @10",
            _SHARE,
            "semantic",
            None,
            None,
            "nearest neighbours shared with the start",
        ),
        Measure(
            "overlap_reference@10",
            "reference's neighbours @10",
            _SHARE,
            "semantic",
            True,
            None,
            "those shared with a reference",
        ),
        Measure(
            "cka",
            "CKA with the reference",
            _SHARE,
            "semantic",
            True,
            None,
            "Kornblith et al. 2019, linear, centred",
        ),
        Measure(
            "rsa",
            "RSA with the reference",
            _RHO,
            "semantic",
            True,
            0.0,
            "Kriegeskorte et al. 2008: Spearman of cosine matrices",
        ),
        Measure(
            "procrustes",
            "Procrustes residual",
            _SHARE,
            "semantic",
            False,
            None,
            "Schönemann 1966: what no rotation explains",
        ),
        Measure(
            "antonym_auc",
            "antonym–synonym AUC",
            _SHARE,
            "semantic",
            True,
            0.5,
            "P(cos(synonyms) > cos(antonyms)), WordNet",
        ),
        Measure(
            "antonym_auc_adj",
            "antonym–synonym AUC, adjectives",
            _SHARE,
            "semantic",
            True,
            0.5,
            "the same for adjectives",
        ),
        Measure(
            "polarity",
            "polarity ρ",
            _RHO,
            "sentiment",
            True,
            0.0,
            "ridge read-out of held-out log-odds, cross-validated",
        ),
        Measure(
            "polar_antonym_auc",
            "polar antonym AUC",
            _SHARE,
            "sentiment",
            True,
            0.5,
            "antonyms of opposite, synonyms of one polarity",
        ),
        Measure(
            "lexicon@1",
            "lexicon consistency @1",
            _SHARE,
            "sentiment",
            True,
            0.5,
            "Tang et al. 2014, eq. 10, class-balanced",
        ),
        Measure(
            "lexicon@10",
            "lexicon consistency @10",
            _SHARE,
            "sentiment",
            True,
            0.5,
            "Tang et al. 2014, eq. 10, class-balanced",
        ),
        Measure(
            "lexicon@100",
            "lexicon consistency @100",
            _SHARE,
            "sentiment",
            True,
            0.5,
            "Tang et al. 2014, eq. 10, class-balanced",
        ),
        Measure(
            "lexicon_probe",
            "lexicon probe",
            "balanced accuracy, 0 to 1",
            "sentiment",
            True,
            0.5,
            "logistic, folds by stem",
        ),
        Measure(
            "valence_r2",
            "valence probe R²",
            "up to 1",
            "sentiment",
            True,
            0.0,
            "ridge on human valence, folds by stem",
        ),
        Measure(
            "valence_rho",
            "valence probe ρ",
            _RHO,
            "sentiment",
            True,
            0.0,
            "ridge on human valence, folds by stem",
        ),
        Measure(
            "semaxis",
            "SemAxis ρ",
            _RHO,
            "sentiment",
            True,
            0.0,
            "An, Kwak & Ahn 2018; seeds of Hamilton et al. 2016",
        ),
        Measure(
            "drift",
            "drift",
            "mean length of ΔE, from 0",
            "geometry",
            None,
            0.0,
            "mean ‖E_w − E₀_w‖",
        ),
        Measure(
            "norm_growth", "norm growth", "ratio, from 0", "geometry", None, 1.0, "Σ‖E_w‖/Σ‖E₀_w‖"
        ),
        Measure(
            "top1_share",
            "first direction of ΔE",
            _SHARE,
            "geometry",
            None,
            None,
            "σ₁²/Σσ² of the change from the start",
        ),
        Measure(
            "delta_rank",
            "effective rank of ΔE",
            "1 to dim",
            "geometry",
            None,
            None,
            "Roy & Vetterli 2007, of the change",
        ),
        Measure(
            "effective_rank",
            "effective rank",
            "1 to dim",
            "geometry",
            None,
            None,
            "Roy & Vetterli 2007",
        ),
        Measure(
            "isotropy",
            "isotropy",
            _SHARE,
            "geometry",
            None,
            None,
            "Mu & Viswanath 2018, eq. 5: min Z(c)/max Z(c)",
        ),
        Measure("isoscore", "IsoScore", _SHARE, "geometry", None, None, "Rudman et al. 2022"),
        Measure(
            "mean_share",
            "mean vector's share",
            _SHARE,
            "geometry",
            None,
            None,
            "‖mean row‖² over the mean of ‖row‖²",
        ),
        Measure(
            "text_probe",
            "text probe",
            "balanced accuracy, 0 to 1",
            "sentiment",
            True,
            None,
            "logistic on texts' representations",
        ),
        Measure(
            "text_rsa_meaning",
            "texts, RSA with mean vectors",
            _RHO,
            "semantic",
            True,
            0.0,
            "pairs of texts, mean pretrained vectors",
        ),
        Measure(
            "text_rsa_label",
            "texts, RSA with labels",
            _RHO,
            "sentiment",
            True,
            0.0,
            "pairs of texts, same label or not",
        ),
        Measure(
            "text_rsa_meaning|label",
            "texts, RSA with mean vectors given labels",
            _RHO,
            "semantic",
            True,
            0.0,
            "partial ranks",
        ),
        Measure(
            "text_rsa_label|meaning",
            "texts, RSA with labels given mean vectors",
            _RHO,
            "sentiment",
            True,
            0.0,
            "partial ranks",
        ),
        Measure(
            "coverage_types",
            "types covered",
            _SHARE,
            "task",
            True,
            None,
            "distinct words that have a pretrained vector",
        ),
        Measure(
            "coverage_tokens",
            "tokens covered",
            _SHARE,
            "task",
            True,
            None,
            "training tokens whose word has a pretrained vector",
        ),
    )
}
"""Every measure with a fixed name; `describe` also knows the cosines of pairs of words,
and a user's own pairs and categories."""

OWN: dict[str, Measure] = {
    "similarity": Measure(
        "similarity",
        "ρ with {}",
        _RHO,
        "semantic",
        True,
        0.0,
        "a user's own pairs of words with scores",
    ),
    "analogy": Measure(
        "analogy", "analogies {}, 3CosAdd", _SHARE, "semantic", True, None, "a user's own questions"
    ),
    "purity": Measure(
        "purity",
        "cluster purity, {}",
        _SHARE,
        "semantic",
        True,
        None,
        "a user's own categories; k-means",
    ),
}
"""What is measured on a user's own file, whose name stands in brackets: `similarity(mine)`."""

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
    """The measure of that name, also `cos(word1,word2)`, and those on a user's own file (`OWN`).

    Raises:
        InputError: there is none; the sentence names the nearest.
    """
    if words := pair_words(name):
        return Measure(
            name,
            f"cos({words[0]}, {words[1]})",
            "cosine, −1 to 1",
            "geometry",
            None,
            0.0,
            "cosine of two words' vectors",
        )
    kind, _, file = name.removesuffix(")").partition("(")
    if kind in OWN and name.endswith(")"):
        return replace(OWN[kind], name=name, title=OWN[kind].title.format(file))
    if name not in MEASURES:
        raise unknown("measure", name, [*MEASURES, "cos(word1,word2)"])
    return MEASURES[name]
