"""Measures of a table's shape: its effective rank, isotropy and common direction."""

from collections.abc import Callable

import numpy as np

from embexp.measures.arrays import Rows
from embexp.measures.change import rank_and_error, spectrum
from embexp.measures.entry import SHARE, Measure
from embexp.measures.geometry import finite
from embexp.measures.reference import FIRST_ROWS
from embexp.measures.statistics import Value, Z, estimate, undefined
from embexp.measures.summary import of_rows


def effective_rank(table: Rows) -> Value:
    """Exp of the entropy (nats) of the singular values' shares σ/Σσ, from 1 to dim.

    Roy & Vetterli 2007. Undefined for a table of zeros. The interval is over rows
    (linearised) and around the table's own value: of few rows it is biased downwards,
    towards at most the number of rows.
    """
    rows = finite(table)
    values, directions = spectrum(rows)
    if not values.any():
        return undefined(len(table))
    rank, error = rank_and_error(values, rows, directions)
    return estimate(rank, error, len(table), least=1.0, most=float(table.shape[1]))


def isotropy(table: Rows) -> Value:
    """The ratio min Z(c)/max Z(c), where Z(c) = Σ_w exp(c·E_w); 1 is isotropic.

    c runs over the right singular vectors of the table, both ways: the partition ratio
    of Mu & Viswanath 2018 (eq. 5). A singular vector has no sign, so −c is tried as
    well as c. The ratio depends on the rows' lengths. The interval is over rows
    (linearised, in logarithms), the two directions held. Undefined without rows.
    """
    rows = finite(table)
    if not len(rows):
        return undefined(0)
    along = rows @ spectrum(rows)[1]
    scores = np.concatenate([along, -along], axis=1)
    peak = scores.max(axis=0)
    logs = np.log(np.exp(scores - peak).sum(axis=0)) + peak
    least, most = int(logs.argmin()), int(logs.argmax())
    log_ratio = float(logs[least] - logs[most])
    pull = np.exp(scores[:, least] - logs[least]) - np.exp(scores[:, most] - logs[most])
    half_width = Z * float(np.linalg.norm(pull))
    low, high = np.exp(log_ratio - half_width), np.exp(min(log_ratio + half_width, 0.0))
    return Value(float(np.exp(log_ratio)), float(low), float(high), len(rows), len(rows), None)


def isoscore(table: Rows) -> Value:
    """(P − 1)/(dim − 1), where P = (Σλ)²/Σλ² for the eigenvalues λ of the rows' covariance.

    It is 0 where rows vary in one direction and 1 where they vary alike in all. That is
    IsoScore (Rudman et al. 2022, Algorithm 1) in closed form: its defect δ² is
    (dim − √dim·√P)/(dim − √dim) and its share of dimensions used is P/dim. The interval
    is over rows (linearised). Undefined for one dimension or equal rows.
    """
    rows = finite(table)
    rows, dim = rows - rows.mean(axis=0), rows.shape[1]
    moments = rows.T @ rows
    trace, square = float(np.trace(moments)), float((moments**2).sum())
    if dim < 2 or not square > 0:
        return undefined(len(rows))
    participation = trace**2 / square
    lengths = np.einsum("rd,rd->r", rows, rows)
    pulled = np.einsum("rd,rd->r", rows @ moments, rows)
    spread = float(np.linalg.norm(2 * lengths / trace - 2 * pulled / square))
    score = (participation - 1) / (dim - 1)
    return estimate(score, participation * spread / (dim - 1), len(rows))


def mean_share(table: Rows) -> Value:
    """‖mean row‖² as a share of the rows' mean squared length, in [0, 1].

    Chance is 1/rows, which rows of random directions give. The square of ‖μ‖ over the
    (quadratic) mean length, which Mu & Viswanath 2018 report. The interval is over rows
    (linearised). Undefined for rows of zeros.
    """
    rows = finite(table)
    squares = np.einsum("rd,rd->r", rows, rows)
    whole = float(squares.sum())
    if not whole > 0:
        return undefined(len(rows))
    mean, n = rows.mean(axis=0), len(rows)
    share = float(mean @ mean) * n / whole
    influence = 2 * (rows @ mean - mean @ mean) / whole - share * (squares - squares.mean()) / whole
    error = float(np.linalg.norm(influence))
    return estimate(share, error, n, 1 / n)


def _moved(name: str, title: str, unit: str, chance: float | None, reference: str) -> Measure:
    """A measure of the change from the start, on all rows of words."""
    return Measure(
        name,
        title,
        unit,
        "geometry",
        None,
        chance,
        reference,
        function=lambda table: table.moved(name),
        each_step=True,
        by_stratum=True,
    )


def _shape(of: Callable[..., Value], title: str, unit: str, reference: str) -> Measure:
    """A measure of the first evaluated words' rows."""
    return Measure(
        of.__name__,
        title,
        unit,
        "geometry",
        None,
        None,
        reference,
        function=of_rows(of),
        parameters={"rows": FIRST_ROWS},
    )


SHAPE = (
    _moved("drift", "drift", "mean length of ΔE, from 0", 0.0, "mean ‖E_w − E₀_w‖"),
    _moved("norm_growth", "norm growth", "ratio, from 0", 1.0, "Σ‖E_w‖/Σ‖E₀_w‖"),
    _moved(
        "top1_share", "first direction of ΔE", SHARE, None, "σ₁²/Σσ² of the change from the start"
    ),
    _moved(
        "delta_rank", "effective rank of ΔE", "1 to dim", None, "Roy & Vetterli 2007, of the change"
    ),
    _shape(effective_rank, "effective rank", "1 to dim", "Roy & Vetterli 2007"),
    _shape(isotropy, "isotropy", SHARE, "Mu & Viswanath 2018, eq. 5: min Z(c)/max Z(c)"),
    _shape(isoscore, "IsoScore", SHARE, "Rudman et al. 2022"),
    _shape(mean_share, "mean vector's share", SHARE, "‖mean row‖² over the mean of ‖row‖²"),
)
