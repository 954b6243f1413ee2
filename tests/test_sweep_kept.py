"""Kept parameters come back as the model that was scored, with the words it has learned."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from embexp import Vectors, records, sweep
from embexp.cli import main
from embexp.data import load_corpus
from embexp.errors import InputError
from embexp.spec import grid, make
from embexp.sweep.kept import model_path, trained

WORLD = "world:words=60,topics=2,texts=80,length=6"
SMALL = {
    "corpus": WORLD,
    "features": 4,
    "batch": 8,
    "buckets": 2,
    "epochs": 2,
    "rate": 0.05,
    "lexicon": None,
    "cosines": (),
    "seed": 0,
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Finished cells of several kinds with their models, and their specs."""
    folder = tmp_path_factory.mktemp("kept")
    words = sorted(set(" ".join(load_corpus(WORLD).splits["train"].texts).split()))
    Vectors(words, np.random.default_rng(0).normal(size=(len(words), 5))).write(folder / "v.txt")
    specs = grid(
        **SMALL,
        vectors=str(folder / "v.txt"),
        regime=["random", "glove-projected"],
        encoder=["mean", "cnn"],
    )
    sweep.run(specs, results=folder, keep_models=True)
    return folder, specs


def test_a_model_that_is_read_back_gives_the_test_logits(kept):
    folder, specs = kept
    for spec in specs:
        found = trained(spec, results=folder)
        ids, keep = found.ids(load_corpus(WORLD).splits["test"].texts)
        logits = jax.jit(found.model.__call__)(jnp.asarray(ids), jnp.asarray(keep))
        np.testing.assert_allclose(
            logits, np.load(folder / "logits" / f"{spec.digest}.npy"), rtol=1e-4, atol=1e-5
        )


def test_its_vectors_are_the_table_that_was_measured(kept):
    folder, specs = kept
    for spec in specs:
        found = trained(spec, results=folder)
        assert len(found.vectors) == len(found.start) == len(found.vocabulary) - 2
        moved = (found.vectors.table != found.start.table).any(axis=1)
        assert moved.all() if "projected" in spec.regime else moved.any()
        known = Vectors.read(spec.vectors)
        if "projected" in spec.regime:
            np.testing.assert_array_equal(found.start[known.words[0]], known.table[0])


def test_a_finished_cell_without_its_model_is_run_again_only_where_the_model_is_wanted(
    kept, tmp_path
):
    _, specs = kept
    sweep.run(specs[:1], results=tmp_path)
    assert not sweep.missing(specs[:1], tmp_path)
    with pytest.raises(
        InputError, match=r"holds no model of mean · random · seed 0 .*keep_models=True"
    ):
        trained(specs[0], results=tmp_path)
    before = records.read_rows(tmp_path)
    assert sweep.missing(specs[:1], tmp_path, keep_models=True) == specs[:1]
    sweep.run(specs[:1], results=tmp_path, keep_models=True)
    assert records.read_rows(tmp_path) == before
    assert not sweep.missing(specs[:1], tmp_path, keep_models=True)


def test_a_model_of_another_shape_is_refused(kept, tmp_path):
    _, specs = kept
    path = model_path(tmp_path, specs[0])
    path.parent.mkdir()
    np.savez(path, allow_pickle=False, **{"table/rows": np.zeros((3, 2), np.float32)})
    with pytest.raises(InputError, match="is of another model than mean · random · seed 0"):
        trained(specs[0], results=tmp_path)
    one_hot = make(**SMALL, vectors=None, dim=5, regime="one-hot", encoder="mean")
    model_path(tmp_path, one_hot).touch()
    with pytest.raises(InputError, match="has no table of words"):
        trained(one_hot, results=tmp_path)


def test_the_command_line_writes_the_vectors_of_one_cell(kept, tmp_path, capsys):
    folder, specs = kept
    out = tmp_path / "learned.vec"
    with pytest.raises(SystemExit) as ended:
        main(
            ["vectors", "export", str(folder), str(out), "--only", "regime=random", "encoder=mean"]
        )
    assert ended.value.code == 0
    np.testing.assert_allclose(
        Vectors.read(out).table, trained(specs[0], results=folder).vectors.table, rtol=1e-5
    )
    with pytest.raises(SystemExit) as ended:
        main(["vectors", "export", str(folder), str(out), "--only", "regime=random"])
    assert ended.value.code == 2
    assert "2 cells of" in capsys.readouterr().err
