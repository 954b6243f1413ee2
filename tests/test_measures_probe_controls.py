"""Controls of the lexicon probe against loops with scikit-learn, chance, and planted polarity."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embexp.measures import MEASURES, probe_controls as controls
from embexp.measures.probes import group_folds, lexicon_probe, stem_groups
from embexp.words import Vectors

PAIRS = 90
WORDS = [f"w{number}{ending}" for number in range(PAIRS) for ending in ("", "s")]
"""Two forms of each stem."""


def probe(penalty: float = 1.0):
    return make_pipeline(StandardScaler(), LogisticRegression(C=1 / penalty, tol=1e-8))


def lexicon(rng, planted: float, share: float = 0.4) -> tuple[Vectors, dict[str, float]]:
    """Vectors that hold the polarity of words to some degree, and that polarity."""
    sign = np.where(rng.random(len(WORDS)) < share, 1.0, -1.0)
    rows = rng.normal(size=(len(WORDS), 6)) + planted * sign[:, None]
    return Vectors(WORDS, rows), dict(zip(WORDS, sign.tolist(), strict=True)) | {"absent": 1.0}


def test_selectivity_is_the_probe_above_the_same_on_permuted_labels():
    vectors, valence = lexicon(np.random.default_rng(0), planted=0.4)
    classes = np.array([valence[word] > 0 for word in WORDS]).astype(int)
    fold, dealt = group_folds(stem_groups(WORDS)), np.random.default_rng(controls.SEED)

    def accuracy(labels):
        predicted = np.empty(len(labels), int)
        for held in range(5):
            fitted = probe().fit(vectors.table[fold != held], labels[fold != held])
            predicted[fold == held] = fitted.predict(vectors.table[fold == held])
        return balanced_accuracy_score(labels, predicted)

    random = [accuracy(dealt.permutation(classes)) for _ in range(controls.DRAWS)]
    found = controls.lexicon_selectivity(vectors, valence)
    assert found.value == pytest.approx(accuracy(classes) - np.mean(random))
    assert (found.n, found.total, found.chance) == (len(WORDS), len(WORDS) + 1, 0)
    alone, error = lexicon_probe(vectors, valence), np.std(random, ddof=1) / controls.DRAWS**0.5
    reach = np.hypot(alone.value - alone.low, 1.959964 * error)
    assert found.value - found.low == pytest.approx(reach)


def test_the_code_of_each_label_is_that_of_a_mixture_of_scikit_learns_probes():
    """Label by label: each model's weight is its share in the probability of those before."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 200)
    rows = rng.normal(size=(200, 4)) + 0.5 * labels[:, None]
    blocks = np.repeat([0, 1, 2], [10, 70, 120])
    given = np.full((5, 200), 0.5)
    for number, penalty in enumerate(controls.PENALTIES):
        fitted = probe(penalty).fit(rows[:80], labels[:80])
        given[number, 80:] = fitted.predict_proba(rows[80:])[np.arange(120), labels[80:]]
    weights, expected = np.full(5, 0.2), []
    for each in given.T:
        together = weights @ each
        expected.append(-np.log2(together))
        weights = weights * each / together
    bits = controls.online_bits(rows, labels, blocks)
    assert bits == pytest.approx(expected, abs=1e-3)
    assert bits[:80] == pytest.approx(1)
    assert bits.sum() < 190


def test_blocks_hold_stems_together_and_as_many_words_of_both_polarities(monkeypatch):
    vectors, valence = lexicon(np.random.default_rng(2), planted=1.0, share=0.3)
    calls = []

    def seen(rows, labels, blocks):
        calls.append((rows, labels, blocks))
        return np.ones(len(labels))

    monkeypatch.setattr(controls, "online_bits", seen)
    found = controls.lexicon_codelength(vectors, valence)
    rows, labels, blocks = calls[0]
    positive = sum(value > 0 for value in valence.values()) - 1
    assert found.n == len(labels) == 2 * positive == 2 * labels.sum()
    assert (np.diff(blocks) >= 0).all()
    place = {row.tobytes(): number for number, row in enumerate(vectors.table)}
    words = [place[row.tobytes()] for row in rows]
    assert len(set(words)) == len(words)
    of_stem = {}
    for word, label, block in zip(words, labels, blocks, strict=True):
        assert (valence[WORDS[word]] > 0) == label
        of_stem.setdefault(word // 2, set()).add(block)
    assert all(len(each) == 1 for each in of_stem.values())
    shares = (blocks[:, None] <= np.arange(11)).mean(axis=0)
    assert shares == pytest.approx(controls.SHARES, abs=0.03)
    assert len(calls) == 1 + controls.DRAWS


@pytest.mark.long
@pytest.mark.slow
def test_random_vectors_know_nothing_and_planted_polarity_is_found():
    rng = np.random.default_rng(3)
    drawn = [lexicon(rng, planted=0.0) for _ in range(12)]
    for measure, chance in ((controls.lexicon_selectivity, 0), (controls.lexicon_codelength, 1)):
        values = [measure(*each) for each in drawn]
        assert np.mean([each.value for each in values]) == pytest.approx(chance, abs=0.03)
        assert sum(each.low <= each.chance <= each.high for each in values) >= 10
        assert values[0].chance == pytest.approx(chance, abs=0.02)
    known = lexicon(rng, planted=3.0)
    assert controls.lexicon_selectivity(*known).low > 0.3
    assert 0 < controls.lexicon_codelength(*known).high < 0.7  # the first 40 labels take a bit


@pytest.mark.parametrize("name", ["lexicon_selectivity", "lexicon_codelength"])
def test_one_polarity_alone_gives_no_value(name):
    vectors, valence = lexicon(np.random.default_rng(4), planted=0.0)
    function = getattr(controls, name)
    same = function(vectors, dict.fromkeys(valence, 1.0))
    assert (np.isnan(same.value), same.n, same.total) == (True, 0, len(WORDS) + 1)
    assert not MEASURES[name].each_step
