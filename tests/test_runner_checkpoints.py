"""Saved parameters come back as the model that was scored, with the words it has learned."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from commands import call

from embexp import Spec, Vectors, grid, load_corpus, records, run, trained
from embexp.errors import InputError
from embexp.grids import make
from embexp.measures import read_word_sheet
from embexp.runner import make_plan
from embexp.runner.checkpoints import model_path

pytestmark = pytest.mark.slow  # compiling
WORLD = "world:words=60,topics=2,texts=80,length=6"
SMALL = {
    "corpus": WORLD,
    "batch_size": 8,
    "buckets": 2,
    "epochs": 2,
    "learning_rate": 0.05,
    "lexicon": None,
    "tracked_pairs": (),
    "seed": 0,
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> tuple[Path, list[Spec]]:
    """Finished runs of several kinds with their models, and their specs."""
    folder = tmp_path_factory.mktemp("saved")
    words = sorted(set(" ".join(load_corpus(WORLD).splits["train"].texts).split()))
    table = np.random.default_rng(0).normal(size=(len(words), 5))
    Vectors(words, table).write(folder / "v.txt")
    arms = {"regime": ["random", "projected"], "encoder": ["mean", "cnn"], "hidden_size": 4}
    specs = grid(**SMALL, vectors=str(folder / "v.txt"), **arms)
    run(specs, results=folder, save_models=True)
    return folder, specs


def missing(specs, folder: Path, **options) -> list[Spec]:
    return [spec for group in make_plan(specs, folder, **options).groups for spec in group.specs]


def test_a_model_that_is_read_back_gives_the_test_logits(saved):
    folder, specs = saved
    for spec in specs:
        found = trained(spec, results=folder)
        ids, mask = found.ids(load_corpus(WORLD).splits["test"].texts)
        logits = jax.jit(found.model.__call__)(jnp.asarray(ids), jnp.asarray(mask))
        expected = np.load(folder / "logits" / f"{spec.digest}.npy")
        np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)
        assert len(found.classes) == expected.shape[1]


def test_its_vectors_are_the_table_that_was_measured(saved):
    folder, specs = saved
    for spec in specs:
        found, projected = trained(spec, results=folder), spec.regime == "projected"
        assert len(found.vectors) == len(found.start) == len(found.vocabulary) - 2
        moved = (found.vectors.table != found.start.table).any(axis=1)
        assert moved.all() if projected else moved.any()
        if projected:
            known = Vectors.read(spec.vectors)
            np.testing.assert_array_equal(found.start[known.words[0]], known.table[0])


def test_a_finished_run_without_its_model_is_run_again_only_where_the_model_is_wanted(
    saved, tmp_path
):
    _, specs = saved
    run(specs[:1], results=tmp_path)
    assert not missing(specs[:1], tmp_path)
    sentence = r"holds no model of mean · random · seed 0 .*save_models=True"
    with pytest.raises(InputError, match=sentence):
        trained(specs[0], results=tmp_path)
    before = records.read_rows(tmp_path)
    assert missing(specs[:1], tmp_path, save_models=True) == specs[:1]
    run(specs[:1], results=tmp_path, save_models=True)
    after = records.read_rows(tmp_path)
    assert [{**row, "run": ""} for row in after] == [{**row, "run": ""} for row in before]
    assert not missing(specs[:1], tmp_path, save_models=True)


def test_published_results_whose_models_are_not_published_are_finished(saved, tmp_path):
    folder, specs = saved
    line = records.read_runs(folder)[specs[0].digest]
    known = {name: line[name] for name in records.Run._fields}
    rows = [
        records.Row(**{name: row[name] for name in records.Row._fields})
        for row in records.read_rows(folder)
        if row["digest"] == specs[0].digest
    ]
    records.publish(tmp_path, [(records.Run(**known), rows)])
    assert not missing(specs[:1], tmp_path, save_models=True)
    assert missing(specs[:2], tmp_path, save_models=True) == specs[1:2]


def test_a_model_that_is_damaged_or_of_another_run_is_refused(saved, tmp_path):
    folder, specs = saved
    path = model_path(tmp_path, specs[0].digest)
    path.parent.mkdir()
    path.write_bytes(model_path(folder, specs[0].digest).read_bytes())
    for name in (records.ROWS, records.RUNS):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    for name in ("logits", "scores", "words"):
        (tmp_path / name).symlink_to(folder / name)
    assert trained(specs[0], results=tmp_path).spec == specs[0]
    for content in (b"", path.read_bytes()[:-9], model_path(folder, specs[2].digest).read_bytes()):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is not what its run has written"):
            trained(specs[0], results=tmp_path)


def test_one_hot_codes_have_no_table_to_give(tmp_path):
    spec = make(**SMALL, vectors=None, dim=5, regime="one-hot", encoder="mean")
    run(spec, results=tmp_path, save_models=True)
    with pytest.raises(InputError, match="has no table of words"):
        trained(spec, results=tmp_path)


def test_the_command_line_writes_the_vectors_of_one_run(saved, tmp_path, capsys):
    folder, specs = saved
    out = tmp_path / "learned.vec"
    chosen = ["--only", "regime=random", "encoder=mean"]
    assert call("vectors", "export", str(folder), str(out), *chosen, "--with-start") == 0
    found = trained(specs[0], results=folder)
    for path, vectors in ((out, found.vectors), (tmp_path / "learned.start.vec", found.start)):
        read = Vectors.read(path)
        assert read.words == vectors.words
        np.testing.assert_allclose(read.table, vectors.table, rtol=1e-5)
    sheet = read_word_sheet(tmp_path / "learned.words.tsv")
    assert list(sheet) == found.vectors.words
    counts = found.vocabulary.counts[found.vocabulary.specials :]
    assert [count for count, _, _ in sheet.values()] == counts.tolist()
    assert call("vectors", "export", str(folder), str(out), "--only", "regime=random") == 2
    said = capsys.readouterr().err
    assert "2 runs of" in said
    assert "name one: encoder=mean; encoder=cnn" in said
