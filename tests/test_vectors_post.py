"""Post-processing of vectors against other implementations and their fixed points."""

from pathlib import Path
from typing import get_args

import jax
import numpy as np
import pytest
from commands import call
from flax import nnx
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from embexp import InputError, Vectors
from embexp.cli.post import Method
from embexp.measures.relations import Relations
from embexp.vectors import counter_fitting, post
from embexp.vectors.registry import checksum, load_vectors

WORDS = ("good", "great", "fine", "bad", "awful", "film", "movie", "alone")
SYNONYMS = (("good", "great"), ("great", "fine"), ("bad", "awful"), ("film", "movie"))
ANTONYMS = (("good", "bad"), ("great", "awful"), ("fine", "unknown"))


@pytest.fixture
def vectors() -> Vectors:
    rng = np.random.default_rng(0)
    table = rng.normal(1.0, 1.0, (len(WORDS), 5))
    table[3] = table[0] + rng.normal(0, 0.1, 5)  # antonyms that are near
    return Vectors(WORDS, table)


@pytest.fixture
def relations() -> Relations:
    pairs = (*SYNONYMS, *ANTONYMS)
    alike = np.arange(len(pairs)) < len(SYNONYMS)
    return Relations("own", *map(tuple, zip(*pairs, strict=True)), alike)


def cosine(vectors: Vectors, one: str, other: str) -> float:
    a, b = vectors[one], vectors[other]
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_all_but_the_top_is_what_other_principal_components_leave():
    table = np.random.default_rng(1).normal(size=(400, 210)) * np.linspace(9, 1, 210) + 3
    leading = PCA(2).fit(table)
    centred = table - table.mean(axis=0)
    expected = centred - leading.transform(table) @ leading.components_
    found = post.all_but_the_top(np.float32(table))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    before, after = (np.linalg.svd(each, compute_uv=False) for each in (centred, found))
    np.testing.assert_allclose(after[:-2], before[2:], rtol=1e-5)  # the spectrum without its top
    assert (after[-2:] < 1e-2).all()


def test_standardised_coordinates_are_those_of_another_implementation(vectors):
    expected = StandardScaler().fit_transform(vectors.table.astype(np.float64))
    found = post.post_processed(vectors, "standardised").table
    np.testing.assert_allclose(found, expected, atol=1e-5)
    constant = np.hstack([vectors.table, np.ones((len(WORDS), 1), np.float32)])
    assert not post.standardised(constant)[:, -1].any()


def test_glorot_rows_spread_as_a_random_table_does(vectors):
    drawn = nnx.initializers.glorot_uniform()(jax.random.key(0), (len(vectors.table), 4000))
    wide = np.tile(vectors.table, (1, 4000 // vectors.table.shape[1]))
    found = post.glorot(wide)
    np.testing.assert_allclose(found.std(), drawn.std(), rtol=0.02)
    np.testing.assert_allclose(found / found.std(), post.standardised(wide), atol=1e-6)


def test_retrofitted_vectors_are_the_fixed_point(vectors, relations):
    """q = (q̂ + mean of neighbours) / 2, solved as linear equations."""
    place = {word: row for row, word in enumerate(WORDS)}
    weights = np.zeros((len(WORDS), len(WORDS)))
    for one, other in SYNONYMS:
        weights[place[one], place[other]] = weights[place[other], place[one]] = 1.0
    degree = weights.sum(axis=1, keepdims=True)
    system = np.where(degree > 0, np.eye(len(WORDS)) - weights / np.maximum(degree, 1) / 2, 0)
    system += np.diag((degree[:, 0] == 0).astype(float))
    start = vectors.table.astype(np.float64)
    expected = np.linalg.solve(system, np.where(degree > 0, start / 2, start))
    found = post.post_processed(vectors, "retrofitted", relations)
    np.testing.assert_allclose(found.table, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found["alone"], vectors["alone"])
    assert found.words == vectors.words


def test_counter_fitting_parts_antonyms_and_joins_synonyms(vectors, relations):
    found = post.post_processed(vectors, "counter-fitted", relations)
    np.testing.assert_allclose(np.linalg.norm(found.table, axis=1), 1.0, rtol=1e-5)
    assert cosine(vectors, "good", "bad") > 0.9
    assert cosine(found, "good", "bad") < 0.2
    for pair in SYNONYMS:
        assert cosine(found, *pair) > cosine(vectors, *pair)
    alone = vectors["alone"] / np.linalg.norm(vectors["alone"])
    np.testing.assert_allclose(found["alone"], alone, rtol=1e-5)


def test_neighbours_across_blocks_are_all_that_are_near(monkeypatch):
    rows = np.random.default_rng(2).normal(size=(50, 3))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    expected = np.argwhere(np.triu(unit @ unit.T >= 0.8, 1))
    monkeypatch.setattr(counter_fitting, "BLOCK", 7)
    found = counter_fitting.neighbours(unit)
    order = np.lexsort(found.pairs.T[::-1])
    np.testing.assert_array_equal(found.pairs[order], expected)
    np.testing.assert_allclose(found.cosines, (unit @ unit.T)[tuple(found.pairs.T)])


def test_the_command_knows_every_method():
    assert get_args(Method) == (*post.METHODS,)


def test_a_method_without_what_it_needs_is_refused(vectors, relations):
    with pytest.raises(InputError, match="retrofitted vectors need synonyms; give relations"):
        post.post_processed(vectors, "retrofitted")
    few = Vectors(["alone", "film"], np.eye(2))
    with pytest.raises(InputError, match="no two synonyms of own are both among"):
        post.post_processed(few, "counter-fitted", relations)


def test_the_command_writes_a_file_that_a_regime_starts_from(vectors, tmp_path: Path, capsys):
    own, made, related = tmp_path / "own.txt", tmp_path / "made.vec", tmp_path / "pairs.tsv"
    vectors.write(own)
    lines = [f"synonym\t{one}\t{other}\n" for one, other in SYNONYMS]
    lines += [f"antonym\t{one}\t{other}\n" for one, other in ANTONYMS]
    related.write_text("".join(lines))
    words = ["vectors", "post", str(own), str(made), "--method", "retrofitted"]
    assert call(*words, "--relations", str(related)) == 0
    assert "8 words × 5, retrofitted" in capsys.readouterr().out
    assert Vectors.read(made).words == list(WORDS)
    assert call(*words, "--relations", str(tmp_path / "none.tsv")) == 2
    assert "none.tsv" in capsys.readouterr().err


@pytest.mark.parametrize("method", post.ALONE)
def test_a_name_after_a_method_is_the_vectors_that_it_makes_of_all_words(method, tmp_path):
    words, table = [f"w{i}" for i in range(30)], np.random.default_rng(0).normal(2.0, 3.0, (30, 5))
    path = tmp_path / "v.txt"
    Vectors(words, np.float32(table)).write(path)
    whole = load_vectors(path)
    expected = post.post_processed(whole, method)
    found = load_vectors(f"{method}:{path}", ["w3", "w17", "unheard"])
    assert found.words == ["w3", "w17"]
    np.testing.assert_array_equal(found.table, expected.table[[3, 17]])
    assert checksum(f"{method}:{path}") == checksum(path)
    with pytest.raises(InputError, match=r"there is no file 'none\.txt'"):
        load_vectors(f"{method}:none.txt")


def test_thinned_vectors_are_those_of_a_random_share_of_the_words_each_inside_the_next(tmp_path):
    words, table = [f"w{i}" for i in range(2000)], np.random.default_rng(0).normal(size=(2000, 3))
    path = tmp_path / "v.txt"
    Vectors(words, np.float32(table)).write(path)
    whole = load_vectors(path)
    quarter, half = (load_vectors(f"thinned-{share}:{path}") for share in (25, 50))
    assert set(quarter.words) < set(half.words) < set(words)
    for found, share in ((quarter, 0.25), (half, 0.5)):
        assert abs(len(found.words) / 2000 - share) < 4 * np.sqrt(share * (1 - share) / 2000)
        rows = [whole.index[word] for word in found.words]
        np.testing.assert_array_equal(found.table, whole.table[rows])
    few = load_vectors(f"thinned-25:{path}", words[:50])
    assert few.words == [word for word in words[:50] if word in quarter.index]
    assert checksum(f"thinned-25:{path}") == checksum(path)


@pytest.mark.parametrize("share", ["0", "100", "5.0", "-5", "", "½"])
def test_a_share_that_thins_nothing_or_leaves_nothing_is_refused(share):
    with pytest.raises(InputError, match="is no share of the words; give thinned-1 to thinned-99"):
        load_vectors(f"thinned-{share}:own.txt")


def test_a_file_of_such_a_name_is_a_file(tmp_path):
    path = tmp_path / "thinned-old.txt"
    Vectors(["a", "b"], np.eye(2, dtype=np.float32)).write(path)
    assert load_vectors(path).words == ["a", "b"]
