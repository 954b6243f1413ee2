"""Measures of how alike a table and the pretrained vectors are, on the same words."""

from embexp.measures.comparison import procrustes, rsa
from embexp.measures.entry import RHO, SHARE, Measure
from embexp.measures.summary import of_rows

FIRST_ROWS = 20_000
"""How many evaluated words give a table's shape and geometry."""
BOTH = {"rows": FIRST_ROWS, "reference": True}
"""Parameters of a measure of the same words' rows in a table and in the reference."""

REFERENCE = (
    Measure(
        "cka",
        "CKA with the reference",
        SHARE,
        "semantic",
        True,
        None,
        "Kornblith et al. 2019, linear, centred",
        function=lambda table, candidates: table.alignment(candidates),
        parameters={"candidates": 5000},
        each_step=True,
    ),
    Measure(
        "rsa",
        "RSA with the reference",
        RHO,
        "semantic",
        True,
        0.0,
        "Kriegeskorte et al. 2008: Spearman of cosine matrices",
        function=of_rows(rsa),
        parameters=BOTH,
    ),
    Measure(
        "procrustes",
        "Procrustes residual",
        SHARE,
        "semantic",
        False,
        None,
        "Schönemann 1966: what no rotation explains",
        function=of_rows(procrustes),
        parameters=BOTH,
    ),
)
