"""CKA, Procrustes and RSA against scipy and plain formulas; intervals against
resampling; chance on random tables."""

import numpy as np
import pytest
from scipy import spatial, stats

from embexp.errors import InputError
from embexp.measures import comparison, dependence

rng = np.random.default_rng(0)


def cka(x: np.ndarray, y: np.ndarray) -> comparison.Value:
    return comparison.aligned(comparison.centred(x), comparison.centred(y))


def pair(rows: int = 60, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    table = rng.normal(size=(rows, 5)) * [3, 1, 1, 1, 1] + 2
    return table, table @ rng.normal(size=(5, 7)) + noise * rng.normal(size=(rows, 7))


def test_cka_equals_centred_kernels():
    x, y = pair()
    centre = np.eye(60) - 1 / 60
    k, l = (centre @ (m @ m.T) @ centre for m in (x, y))  # noqa: E741
    assert cka(x, y).value == pytest.approx((k * l).sum() / np.linalg.norm(k) / np.linalg.norm(l))
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    assert cka(x, 3 * x @ rotation + 1).value == pytest.approx(1)
    shuffled = [cka(x, y[rng.permutation(60)]).value for _ in range(300)]
    assert cka(x, y).chance == pytest.approx(np.mean(shuffled), rel=0.1)


def test_cka_of_a_table_without_variation_is_undefined():
    x, y = pair()
    assert cka(np.ones((9, 2)), y[:9]).n == 0
    assert cka(x[:1], y[:1]).n == 0
    with pytest.raises(InputError, match="holds NaN"):
        comparison.centred(np.full((4, 2), np.nan))


def test_procrustes_equals_scipy():
    x, y = pair()
    padded = np.pad(x, ((0, 0), (0, 2)))
    assert comparison.procrustes(x, y).value == pytest.approx(spatial.procrustes(padded, y)[2])
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    assert comparison.procrustes(x, 3 * x @ rotation + 1).value == pytest.approx(0, abs=1e-12)


def test_rsa_equals_scipy():
    x, y = pair()
    first, second = np.triu_indices(60, 1)
    cosines = [1 - spatial.distance.pdist(m, "cosine") for m in (x, y)]
    assert comparison.rsa(x, y).value == pytest.approx(stats.spearmanr(*cosines)[0])
    assert comparison.cosines(x)[first, second] == pytest.approx(cosines[0])
    many = comparison.rsa(*pair(700))
    assert (many.n, many.total) == (500, 700)


def test_agreement_given_a_third_matrix_equals_correlation_of_rank_residuals():
    x, y = pair()
    matrices = [comparison.cosines(m) for m in (x, y, x[:, :1] * y)]
    matrices[2] = (matrices[2] > 0.2).astype(float)
    a, b, c = (stats.rankdata(m[np.triu_indices(60, 1)]) for m in matrices)
    design = np.column_stack([c, np.ones(len(c))])
    residuals = [side - design @ np.linalg.lstsq(design, side, rcond=None)[0] for side in (a, b)]
    pairs = [*map(comparison.pairs_of, matrices)]
    assert comparison.pair_agreement(*pairs).value == pytest.approx(np.corrcoef(*residuals)[0, 1])
    assert np.isnan(comparison.pair_agreement(pairs[0], pairs[1], pairs[1]).value)


@pytest.mark.parametrize("coarse", [False, True])
def test_rank_influence_equals_the_derivative_by_weight(coarse):
    x = rng.normal(size=40)
    y = x + rng.normal(size=40)
    if coarse:
        x, y = np.round(x), np.round(2 * y)
    rho, influence = dependence.rank_influence(x, y)
    assert rho == pytest.approx(stats.spearmanr(x, y)[0])

    def weighted(weights):
        ranks = [
            np.array([weights @ ((side < value) + 0.5 * (side == value)) for value in side])
            for side in (x, y)
        ]
        a, b = (side - weights @ side for side in ranks)
        return weights @ (a * b) / np.sqrt((weights @ a**2) * (weights @ b**2))

    equal = np.full(40, 1 / 40)
    for item in (0, 7, 39):
        moved = equal * (1 - 1e-6)
        moved[item] += 1e-6
        assert (weighted(moved) - weighted(equal)) / 1e-6 / 40 == pytest.approx(
            influence[item], abs=1e-5
        )


@pytest.mark.slow
@pytest.mark.parametrize("function", [cka, comparison.procrustes, comparison.rsa])
def test_intervals_are_as_wide_as_drawing_other_rows_says(function):
    mixing = rng.normal(size=(5, 7))

    def draw():
        x = rng.normal(size=(150, 5))
        return function(x, x @ mixing + 3 * rng.normal(size=(150, 7)))

    values = [draw() for _ in range(150)]
    widths = [(value.high - value.low) / 3.92 for value in values]
    assert np.mean(widths) == pytest.approx(np.std([value.value for value in values]), rel=0.25)


@pytest.mark.parametrize("function", [cka, comparison.procrustes, comparison.rsa])
def test_random_tables_have_chance_in_the_interval(function):
    values = [function(rng.normal(size=(120, 10)), rng.normal(size=(120, 15))) for _ in range(30)]
    assert np.mean([value.low <= value.chance <= value.high for value in values]) >= 0.85


def test_what_cannot_be_compared():
    with pytest.raises(InputError, match="diverge"):
        comparison.procrustes(np.full((3, 2), np.nan), np.eye(3))
    assert cka(np.ones((4, 2)), np.eye(4)).n == 0
    assert comparison.rsa(np.eye(3), np.eye(3)).n == 0
    assert np.isnan(comparison.rsa(np.eye(9), rng.normal(size=(9, 3))).value)
