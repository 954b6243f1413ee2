"""Real vectors have the values that are known for them."""

import pytest
from measured import measured

from embexp.measures import probes
from embexp.measures.analogies import analogies
from embexp.measures.lexicons import lexicon
from embexp.measures.pairs import similarity_pairs
from embexp.measures.questions import analogy_questions
from embexp.measures.relations import word_relations
from embexp.measures.semantic import similarity
from embexp.measures.shape import effective_rank
from embexp.vectors.registry import load_vectors
from embexp.words import Vectors

pytestmark = [pytest.mark.data, pytest.mark.slow]


@pytest.fixture(scope="module")
def glove(data_dir) -> Vectors:
    return load_vectors("glove-6b-100d")


def test_similarity(glove):
    news = load_vectors("googlenews-subset")
    for vectors, known in ((glove, (0.298, 0.533, 0.691)), (news, (0.445, 0.691, 0.753))):
        found = [
            similarity(vectors, similarity_pairs(name)).value
            for name in ("simlex999", "wordsim353", "rg65")
        ]
        assert [round(value, 3) for value in found] == list(known)


def test_antonyms(glove):
    """All parts of speech .317, polar ones .387 by another way of counting pairs twice;
    adjectives .379 on other words (here .374)."""
    given = {"relations": {"wordnet": word_relations()}, "lexicon": {"huliu": lexicon("huliu")}}
    assert measured("antonym_auc", glove, **given).value == pytest.approx(0.317, abs=5e-4)
    polar = measured("polar_antonym_auc(wordnet,huliu)", glove, **given)
    assert polar.value == pytest.approx(0.387, abs=1e-3)
    adjectives = measured("antonym_auc_adj", glove, **given)
    assert adjectives.low < 0.379 < adjectives.high
    assert adjectives.value == pytest.approx(0.374, abs=5e-4)


def test_sentiment(glove):
    huliu = {"huliu": lexicon("huliu")}
    probe = measured("lexicon_probe", glove, lexicon=huliu)
    assert probe.value == pytest.approx(0.875, abs=5e-4)
    for k, known in ((1, 0.846), (10, 0.778), (100, 0.698)):  # of all words; here of 1,000
        found = measured(f"lexicon@{k}(huliu)", glove, lexicon=huliu)
        assert found.n == 1000
        assert found.low < known < found.high
    assert probes.semaxis(glove, lexicon("vader")).value == pytest.approx(0.615, abs=1e-3)


@pytest.mark.long
def test_sentiment_by_probes_with_their_controls(glove):
    huliu = {"huliu": lexicon("huliu")}
    assert measured("lexicon_selectivity", glove, lexicon=huliu).value == pytest.approx(
        0.375, abs=5e-3
    )
    assert measured("lexicon_codelength", glove, lexicon=huliu).value == pytest.approx(
        0.458, abs=5e-3
    )
    valence = lexicon("warriner")
    assert probes.valence_probe(glove, valence, "r2").value == pytest.approx(0.485, abs=6e-4)
    assert probes.valence_probe(glove, valence, "rho").value == pytest.approx(0.693, abs=1e-3)


def test_analogies(glove):
    found = analogies(glove, analogy_questions(), ("add",))["add"]
    assert (round(100 * found.value, 1), found.n) == (65.6, 15276)
    news = analogies(load_vectors("googlenews-subset"), analogy_questions(), ("add",), limit=None)[
        "add"
    ]
    assert (round(100 * news.value, 1), news.n) == (74.8, 10242)


def test_effective_rank(glove):
    """Of singular values, as Roy & Vetterli have it; 79.8 is known for shares of
    variance instead of singular values."""
    assert effective_rank(glove.table[:20_000]).value == pytest.approx(92.93, abs=0.01)
