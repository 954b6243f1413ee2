"""What a random search may be expected to find with fewer trials than it made."""

from collections.abc import Sequence
from math import comb, inf, isnan


def expected_best(losses: Sequence[float | None]) -> list[float]:
    """The expected least loss of the best of k trials, for k = 1 … n.

    It is the mean of the least loss over all subsets of k of the n trials, without
    replacement. With the losses x₁ ≤ … ≤ xₙ in order,

        Uₖ = Σᵢ C(n − i, k − 1) / C(n, k) · xᵢ

    as xᵢ is the least of the subsets that hold it and k − 1 of the n − i larger ones. For
    trials drawn independently from one space it is unbiased (Tang et al. 2020, Showing
    Your Work Doesn't Always Work, ACL, doi:10.18653/v1/2020.acl-main.246). The estimator of
    Dodge et al. (2019, Show Your Work, EMNLP, doi:10.18653/v1/D19-1224) draws subsets with
    replacement and is biased: its losses are too high, and for k = n it is not the least
    loss. Lourie et al. (2024, Show Your Work with Confidence, arXiv:2311.09480, § 5.1)
    compare the two, as U- and V-statistic, and show that intervals by the bootstrap do not
    cover the curve.

    Args:
        losses: of the trials. One that failed has None, NaN or infinity, and is worse than
            any other: where k trials may all have failed, the expectation is infinite.

    >>> expected_best([1.0, 0.25, 4.0])
    [1.75, 0.5, 0.25]
    """
    ordered = sorted(inf if loss is None or isnan(loss) else loss for loss in losses)
    n = len(ordered)
    return [
        sum(comb(n - i, k - 1) / comb(n, k) * ordered[i - 1] for i in range(1, n - k + 2))
        for k in range(1, n + 1)
    ]
