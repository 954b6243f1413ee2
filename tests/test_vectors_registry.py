"""A name leads to the files of a package or of `EMBEXP_DATA`, and a missing one to the way out."""

import gzip
import hashlib

import numpy as np
import pytest

from embexp import formats
from embexp.errors import InputError
from embexp.vectors import registry
from embexp.vectors.registry import VECTORS, checksum, load_vectors


@pytest.fixture
def data_folder(tmp_path, monkeypatch):
    """A folder laid out like `EMBEXP_DATA`, with two small GloVe files that overlap in one word."""
    monkeypatch.setenv("EMBEXP_DATA", str(tmp_path))
    (tmp_path / "vectors").mkdir()
    for file, text in zip(
        VECTORS["glove-6b-100d"].files,
        (b"the 1 2\nfilm 3 4\n", b"rare 5 6\nfilm 7 8\nodd 9 0\n"),
        strict=True,
    ):
        (tmp_path / file).write_bytes(gzip.compress(text))
    return tmp_path


def test_a_path_is_read_as_it_is(tmp_path):
    formats.write(tmp_path / "own.vec", ["a", "b"], np.eye(2))
    assert load_vectors(tmp_path / "own.vec").words == ["a", "b"]
    assert load_vectors(str(tmp_path / "own.vec"), ["b"]).table.tolist() == [[0, 1]]


@pytest.mark.usefixtures("data_folder")
def test_files_of_one_name_are_joined_and_the_first_counts():
    vectors = load_vectors("glove-6b-100d")
    assert vectors.words == ["the", "film", "rare", "odd"]
    assert vectors.table.tolist() == [[1, 2], [3, 4], [5, 6], [9, 0]]
    assert load_vectors("glove-6b-100d", ["odd"]).words == ["odd"]
    assert load_vectors("glove-6b-100d", iter(["odd", "the"])).words == ["the", "odd"]
    with pytest.raises(InputError, match="none of the words"):
        load_vectors("glove-6b-100d", ["absent"])


def test_a_checksum_is_of_all_files_and_follows_a_change(data_folder):
    paths = [data_folder / file for file in VECTORS["glove-6b-100d"].files]
    expected = hashlib.sha256(paths[0].read_bytes() + paths[1].read_bytes()).hexdigest()
    assert checksum("glove-6b-100d") == expected
    paths[1].write_bytes(gzip.compress(b"rare 5 7\nmore 1 2\n"))
    assert checksum("glove-6b-100d") != expected


def test_files_that_change_between_reading_and_their_checksum_are_refused(tmp_path):
    formats.write(tmp_path / "own.vec", ["a", "b"], np.eye(2))
    with registry.unchanged(tmp_path / "own.vec"):
        load_vectors(tmp_path / "own.vec")
    with (
        pytest.raises(InputError, match=r"own\.vec was changed while it was read"),
        registry.unchanged(tmp_path / "own.vec"),
    ):
        formats.write(tmp_path / "own.vec", ["a", "b"], 2 * np.eye(2))


def test_what_is_missing_is_said_with_the_way_out(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"did you mean 'glove-6b-50d'.*nor is there a file"):
        load_vectors("glove-6b-50")
    with pytest.raises(InputError, match="there is no file"):
        load_vectors(tmp_path / "missing.txt")
    monkeypatch.delenv("EMBEXP_DATA", raising=False)
    with pytest.raises(
        InputError, match=r"need EMBEXP_DATA set to the folder that holds vectors/glove"
    ):
        load_vectors("glove-6b-100d")
    monkeypatch.setenv("EMBEXP_DATA", str(tmp_path))
    with pytest.raises(InputError, match=r"need .*glove.*, which is not there"):
        load_vectors("glove-6b-100d")
    monkeypatch.setattr("embexp.data.sources.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r'pip install "embexp\[demo\]"'):
        load_vectors("glove-6b-50d")


def test_the_packages_glove_is_the_published_one():
    vectors = load_vectors("glove-6b-50d", ["the", "of", "and"])
    assert vectors.words == ["the", "of", "and"]
    np.testing.assert_array_equal(
        vectors["the"][:4], np.float32([0.418, 0.24968, -0.41242, 0.1217])
    )
    assert vectors.dim == 50


@pytest.mark.data
@pytest.mark.parametrize(("name", "dim"), [("glove-6b-100d", 100), ("googlenews-subset", 300)])
@pytest.mark.usefixtures("data_dir")
def test_the_data_folders_vectors_load(name, dim):
    vectors = load_vectors(name, ["good", "bad", "film"])
    assert sorted(vectors.words) == ["bad", "film", "good"]
    assert vectors.dim == dim
