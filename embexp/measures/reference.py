"""Measures of how alike a table and the pretrained vectors are, on the same words."""

from embexp.measures.comparison import procrustes, rsa
from embexp.measures.entry import RHO, SHARE, Measure
from embexp.measures.statistics import Value
from embexp.measures.summary import MeasuredTable

FIRST_ROWS = 20_000
"""Measures of a table's shape and geometry take its first evaluated words: a long tail
of rare words would drown them."""


def cka_of(table: MeasuredTable, candidates: int) -> Value | None:
    """`comparison.cka` of the first evaluated words with the reference."""
    return table.alignment(candidates)


def rsa_of(table: MeasuredTable, rows: int) -> Value | None:
    """`comparison.rsa` of the first evaluated words with the reference."""
    reference, evaluated = table.words.reference, table.words.evaluated
    if reference is None:
        return None
    return rsa(table.table[evaluated[:rows]], reference[:rows])._replace(total=len(evaluated))


def procrustes_of(table: MeasuredTable, rows: int) -> Value | None:
    """`comparison.procrustes` of the first evaluated words with the reference."""
    reference, evaluated = table.words.reference, table.words.evaluated
    if reference is None:
        return None
    found = procrustes(table.table[evaluated[:rows]], reference[:rows])
    return found._replace(total=len(evaluated))


CKA = Measure(
    "cka",
    "CKA with the reference",
    SHARE,
    "semantic",
    True,
    None,
    "Kornblith et al. 2019, linear, centred",
    function=cka_of,
    parameters={"candidates": 5000},
    each_step=True,
)
RSA = Measure(
    "rsa",
    "RSA with the reference",
    RHO,
    "semantic",
    True,
    0.0,
    "Kriegeskorte et al. 2008: Spearman of cosine matrices",
    function=rsa_of,
    parameters={"rows": FIRST_ROWS},
)
PROCRUSTES = Measure(
    "procrustes",
    "Procrustes residual",
    SHARE,
    "semantic",
    False,
    None,
    "Schönemann 1966: what no rotation explains",
    function=procrustes_of,
    parameters={"rows": FIRST_ROWS},
)
