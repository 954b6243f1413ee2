"""The commands `embexp vectors` do what they say, print objects for programs, and
refuse with one sentence."""

import json
from pathlib import Path

import numpy as np
import pytest
from cyclopts import App

from embexp import formats
from embexp.cli.vectors import queries, vectors
from embexp.errors import InputError
from embexp.formats.subwords import Subwords
from embexp.grids import make
from embexp.measures import read_word_sheet
from embexp.words import Vectors

WORDS = ["king", "queen", "man", "woman", "-", "+1"]
TABLE = np.array(
    [[1, 1, 0], [1, -1, 0], [0, 1, 0.1], [0, -1, 0.1], [0, 0, 1], [1, 0, 1]], np.float32
)


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def path(tmp_path):
    formats.write(tmp_path / "own.vec", WORDS, TABLE)
    return str(tmp_path / "own.vec")


@pytest.fixture
def command(capsys):
    """Runs one command; gives what it printed."""
    app = App(name="embexp")
    app.command(vectors)

    def run(*words):
        app(
            ["vectors", *map(str, words)],
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
        return capsys.readouterr().out

    return run


def test_neighbours_of_words_and_of_a_sum(command, path):
    found = json.loads(command("neighbors", path, "king", "man", "-k", "1", "--format", "json"))
    assert [(each["query"], each["rank"]) for each in found] == [("king", 1), ("man", 1)]
    assert found[0]["word"] == Vectors(WORDS, TABLE).neighbors("king", 1)[0][0]
    shown = command("neighbors", path, "-k", "1", "+king", "-man", "+woman")
    assert "queen" in shown
    assert "+king -man +woman" in shown


def test_a_sign_is_a_sign_unless_the_word_is_known():
    known = Vectors(WORDS, TABLE)
    assert queries(["king", "-"], known) == {"king": {"king": 1}, "-": {"-": 1}}
    assert queries(["+1"], known) == {"+1": {"+1": 1}}
    assert queries(["king", "-man", "+king"], known) == {"king -man +king": {"king": 2, "man": -1}}
    assert queries(["+king", "--"], known) == {"+king --": {"king": 1, "-": -1}}


def test_info_of_several_files_with_coverage(command, path, tmp_path):
    formats.write(tmp_path / "other.npz", WORDS[:2], TABLE[:2])
    (tmp_path / "words.txt").write_text("king\nqueen\nprince\n")
    options = ("--vocabulary", tmp_path / "words.txt", "--format", "json")
    first, second = json.loads(command("info", path, tmp_path / "other.npz", *options))
    assert (first["format"], first["words"], first["dim"]) == ("word2vec", 6, 3)
    assert (second["format"], second["words"]) == ("npz", 2)
    coverage = first[f"coverage of {tmp_path / 'words.txt'}"]
    assert coverage == {
        "types": 2,
        "types_total": 3,
        "tokens": 2,
        "tokens_total": 3,
        "missing": ["prince"],
    }
    shown = command("info", path, "--vocabulary", tmp_path / "words.txt")
    assert "66.7% of 3 types" in shown
    assert "without: prince" in shown


def test_convert_by_suffix_by_name_and_in_part(command, path, tmp_path):
    assert "parquet, 6 words × 3" in command("convert", path, tmp_path / "out.parquet")
    assert Vectors.read(tmp_path / "out.parquet").words == WORDS
    command(
        "convert",
        tmp_path / "out.parquet",
        tmp_path / "out.x.zip",
        "--format",
        "glove",
        "--limit",
        "2",
    )
    assert Vectors.read(tmp_path / "out.x.zip").words == WORDS[:2]
    (tmp_path / "keep.txt").write_text("man\nabsent\n")
    command("convert", path, tmp_path / "some.bin", "--words", tmp_path / "keep.txt")
    assert Vectors.read(tmp_path / "some.bin").words == ["man"]
    with pytest.raises(InputError, match="tells no vector format"):
        command("convert", path, tmp_path / "out.doc")
    with pytest.raises(InputError, match="--limit 0"):
        command("convert", path, tmp_path / "out.vec", "--limit", "0")


def test_convert_says_when_n_grams_are_left_out(tmp_path, command, capsys, monkeypatch):
    said = []
    monkeypatch.setattr("embexp.progress.console.print", lambda text, **_: said.append(str(text)))
    formats.write(
        tmp_path / "m.fasttext.bin",
        WORDS,
        TABLE,
        subwords=Subwords(3, 6, 4, np.ones((4, 3), np.float32)),
    )
    command("convert", tmp_path / "m.fasttext.bin", tmp_path / "m.safetensors")
    assert said == []
    command("convert", tmp_path / "m.safetensors", tmp_path / "m.vec")
    assert said == ["the vectors of n-grams are left out: word2vec cannot hold them"]


def test_align_writes_the_turned_vectors(command, path, tmp_path):
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    formats.write(tmp_path / "target.vec", WORDS, TABLE @ rotation)
    (facts,) = json.loads(
        command(
            "align",
            path,
            tmp_path / "target.vec",
            "--out",
            tmp_path / "out.npz",
            "--format",
            "json",
        )
    )
    assert facts["common words"] == 6
    assert facts["residual after"] < 1e-10 < facts["residual before"]
    np.testing.assert_allclose(
        Vectors.read(tmp_path / "out.npz").table, TABLE @ rotation, atol=1e-5
    )


def test_the_cache_is_listed_and_cleared(command, path):
    assert json.loads(command("cache", "list", "--format", "json")) == []
    Vectors.read(path, cache=True)
    (kept,) = json.loads(command("cache", "list", "--format", "json"))
    assert (kept["source"], kept["current"]) == (path, True)
    assert "own.vec" in command("cache", "list")
    assert "freed" in command("cache", "clear")
    assert json.loads(command("cache", "list", "--format", "json")) == []


def test_mistakes_are_one_sentence(command, path, monkeypatch):
    for words, reason in (
        (("neighbors", path), "no word is asked for"),
        (("neighbors", path, "king", "-k", "0"), "-k 0 asks for nothing"),
        (("neighbors", path, "kin"), "did you mean 'king'"),
        (("info", "absent.vec"), "there is no file 'absent.vec'"),
        (("info", "glove-6b-50"), "did you mean 'glove-6b-50d'.*nor is there a file"),
        (("fetch", "glove-wiki-gigaword-5"), "did you mean 'glove-wiki-gigaword-50'"),
    ):
        with pytest.raises(InputError, match=reason):
            command(*words)
    monkeypatch.setattr("embexp.formats.gensim_data.ADDRESS", "http://127.0.0.1:9")
    with pytest.raises(InputError, match="cannot be fetched from"):
        command("fetch", "glove-wiki-gigaword-50")


def test_export_writes_the_learned_vectors_with_their_start_and_words(
    command, tmp_path, monkeypatch
):
    class Model:
        spec = make(corpus="imdb", regime="random", encoder="mean", seed=1)
        vectors, start = Vectors(WORDS, TABLE), Vectors(WORDS, TABLE + 1)

        def words_sheet(self):
            return iter([("king", 7, 1, 0.1), ('"', 3, 0, None)])

    specs = [make(corpus="imdb", regime="random", encoder="mean", seed=seed) for seed in (0, 1)]
    runs = {spec.digest: {"spec": spec.model_dump(), "error": None} for spec in specs}
    monkeypatch.setattr("embexp.cli.reports.folder_of", Path)
    monkeypatch.setattr("embexp.records.read_runs", lambda folder: runs)
    monkeypatch.setattr("embexp.runner.trained", lambda spec, *, results: Model())
    with pytest.raises(InputError, match=r"2 runs of runs/x fit .* name one: seed=0; seed=1"):
        command("export", "runs/x", tmp_path / "out.vec")
    options = ("--only", "seed=1", "--with-start")
    assert "word2vec, 6 words × 3, random" in command(
        "export", "runs/x", tmp_path / "out.vec", *options
    )
    np.testing.assert_array_equal(Vectors.read(tmp_path / "out.vec").table, TABLE)
    np.testing.assert_array_equal(Vectors.read(tmp_path / "out.start.vec").table, TABLE + 1)
    sheet = read_word_sheet(tmp_path / "out.words.tsv")
    assert list(sheet) == ["king", '"']
    assert sheet["king"] == (7, True, 0.1)
    assert sheet['"'][:2] == (3, False)
    command("export", "runs/x", tmp_path / "only.vec", "--only", "seed=1", "--before")
    assert sorted(path.name for path in tmp_path.glob("only.*")) == ["only.vec"]
    np.testing.assert_array_equal(Vectors.read(tmp_path / "only.vec").table, TABLE + 1)
