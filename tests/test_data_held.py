"""Texts in memory: the same corpus whatever holds them, and every mistake's sentence."""

import csv
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pytest

import embexp
from embexp.data import held, read_corpus, stored
from embexp.errors import InputError
from embexp.grids import make
from embexp.tasks import prepare_task

TEXTS = [f"text {number}, naïve; “quoted”\nline" for number in range(60)]
LABELS = [("pos", "neg", "so so")[number % 3] for number in range(60)]
FRAME = pd.DataFrame({"text": TEXTS, "label": LABELS}, index=np.arange(60.0)[::-1])
ROWS = datasets.Dataset.from_dict({"text": TEXTS, "label": LABELS})


def features(**label: Any) -> datasets.Features:
    return datasets.Features({"text": datasets.Value("string"), **label})


def same(one: Any, other: Any) -> bool:
    return one.labels == other.labels and all(
        one.splits[name].texts == other.splits[name].texts
        and one.splits[name].labels.tolist() == other.splits[name].labels.tolist()
        for name in one.splits
    )


@pytest.fixture
def as_csv(tmp_path: Path) -> str:
    path = tmp_path / "reviews.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *zip(TEXTS, LABELS, strict=True)])
    return str(path)


@pytest.mark.parametrize(
    "data",
    [
        (TEXTS, LABELS),
        (np.array(TEXTS), pd.Series(LABELS, index=range(60, 0, -1))),
        FRAME,
        FRAME.astype({"text": object, "label": "category"}),
        ROWS,
        ROWS.with_format("numpy"),
        ROWS.to_iterable_dataset(num_shards=3),
        datasets.IterableDataset.from_generator(lambda: iter(ROWS)),
        datasets.DatasetDict(train=ROWS, unsupervised=ROWS),
        ROWS.cast(features(label=datasets.ClassLabel(names=["neg", "pos", "so so", "unused"]))),
        {"train": FRAME},
    ],
    ids=lambda data: type(data).__name__,
)
def test_the_same_data_are_the_same_corpus_whatever_holds_them(data: Any, as_csv: str) -> None:
    name = embexp.corpus_of(data)
    assert name == embexp.corpus_of((TEXTS, LABELS))
    assert same(embexp.load_corpus(name), read_corpus(as_csv))


def test_tasks_of_a_file_and_of_data_in_memory_have_the_same_ids(as_csv: str) -> None:
    about = {"vectors": None, "dim": 4, "lexicon": None, "similarity": (), "tracked_pairs": ()}
    specs = [
        make(corpus=corpus, regime="random", encoder="mean", seed=0, split=1, **about)
        for corpus in (as_csv, embexp.corpus_of(FRAME))
    ]
    assert pickle.loads(pickle.dumps(specs[1])).digest == specs[1].digest  # noqa: S301
    assert json.loads(specs[1].model_dump_json())["corpus"] == specs[1].corpus
    one, other = map(prepare_task, specs)
    assert one.vocabulary.words == other.vocabulary.words
    for split in ("train", "validation", "test"):
        ours, theirs = getattr(one, split), getattr(other, split)
        assert ours.ids.flat.tolist() == theirs.ids.flat.tolist()
        assert ours.labels.tolist() == theirs.labels.tolist()
    corpus = embexp.load_corpus(specs[1].corpus)
    assert other.checksums["corpus"] == corpus.checksum
    assert corpus.checksum.startswith(specs[1].corpus.removeprefix("stored:"))


@pytest.mark.slow
def test_runs_of_a_file_and_of_data_in_memory_have_the_same_numbers(
    as_csv: str, tmp_path: Path
) -> None:
    about = {"vectors": None, "dim": 4, "lexicon": None, "similarity": (), "tracked_pairs": ()}
    about |= {"regime": "random", "encoder": "mean", "seed": 0, "epochs": 1, "buckets": 1}
    corpora = [as_csv, embexp.corpus_of(ROWS)]
    rows = embexp.run(embexp.grid(corpus=corpora, **about), results=tmp_path)
    of_file, of_memory = (
        [(row["measure"], row["step"], row["value"]) for row in rows if row["corpus"] == corpus]
        for corpus in corpora
    )
    assert of_file == of_memory
    assert of_file
    again = embexp.grid(corpus=embexp.corpus_of(FRAME), **about)
    assert len(embexp.run(again, results=tmp_path)) == len(rows)  # it is not made anew


def test_other_texts_labels_and_splits_have_other_names() -> None:
    parts = {"train": (TEXTS[:30], LABELS[:30]), "test": (TEXTS[30:], LABELS[30:])}
    given = [
        (TEXTS, LABELS),
        (TEXTS[::-1], LABELS[::-1]),
        (TEXTS, [*LABELS[1:], "pos"]),
        parts,
        {"train": parts["train"], "validation": parts["test"]},
        ROWS.cast(features(label=datasets.ClassLabel(names=["so so", "neg", "pos"]))),
    ]
    assert len({embexp.corpus_of(each) for each in given}) == len(given)


def test_splits_and_the_order_of_classes_are_kept() -> None:
    label = datasets.ClassLabel(names=["pos", "neg"])
    rows = {"review": TEXTS, "stars": [0, 1] * 30}
    one = datasets.Dataset.from_dict(rows).cast_column("stars", label)
    both = datasets.DatasetDict(dev=one.select(range(20)), train=one.select(range(20, 60)))
    corpus = read_corpus(embexp.corpus_of(both, text="review", label="stars"))
    assert corpus.labels == ("pos", "neg")
    assert corpus.splits["validation"].texts == TEXTS[:20]
    assert corpus.splits["validation"].labels.tolist() == [0, 1] * 10
    assert {*corpus.splits["train"].texts, *corpus.splits["test"].texts} == {*TEXTS[20:]}
    assert not corpus.official


def test_more_rows_than_a_batch_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "BATCH", 16)
    monkeypatch.setattr(stored, "ROWS", 24)
    texts = [f"{number}" for number in range(101)]
    labels = [number % 2 for number in range(len(texts))]
    parts = {"train": (texts, labels), "validation": (texts, labels), "test": (texts, labels)}
    corpus = read_corpus(embexp.corpus_of(parts))
    assert corpus.splits["test"].texts == texts
    assert corpus.splits["train"].labels.tolist() == labels
    assert corpus.official


def changed(column: str, row: int, value: Any) -> pd.DataFrame:
    frame = FRAME.astype(object)
    frame.iloc[row, frame.columns.get_loc(column)] = value
    return frame


@pytest.mark.parametrize(
    ("data", "columns", "said"),
    [
        (FRAME.iloc[:0], {}, "the DataFrame holds no rows; a row for each text"),
        (ROWS.select([]), {}, "the Dataset holds no rows"),
        (([], []), {}, "the pair of lists holds no rows"),
        (FRAME, {"text": "review"}, "the DataFrame has no column 'review', but 'text', 'label'"),
        (FRAME.rename(columns={"text": "x"}), {}, r"which column holds the texts\? none .*text=…"),
        (FRAME, {"label": "text"}, "'text' was named for both texts and labels; name two"),
        (changed("text", 7, np.nan), {}, "the DataFrame, row 7 has no text in 'text'; give it one"),
        (changed("text", 7, pd.NA), {}, "row 7 has no text"),
        ((["a", None], [0, 1]), {}, "the pair of lists, row 1 has no text"),
        (changed("text", 7, 3.5), {}, "row 7 holds 3.5 in column 'text', which is no text"),
        (changed("label", 9, None), {}, "row 9 has no label in column 'label'"),
        (changed("label", 9, pd.NaT), {}, "row 9 has no label"),
        (changed("label", 9, 1), {}, "row 0 has the label 'pos' and .*row 9 the label 1; make all"),
        (changed("label", 9, [1]), {}, "row 9 has a list for a label"),
        (FRAME.assign(text=" "), {}, "every text in 'text' is empty"),
        (FRAME.assign(label=1), {}, r"two classes are needed, but its labels are \['1'\]"),
        ((["a\ud800", "b"], [0, 1]), {}, r"holds '\\ud800', an unpaired surrogate"),
        ((TEXTS, LABELS[1:]), {}, "has 60 texts but 59 labels; give a label to each"),
        ((TEXTS, LABELS), {"text": "text"}, "has no columns; leave out text and label"),
        (TEXTS, {}, "the list is no data frame, no Dataset, no pair of lists"),
        ((TEXTS, iter(LABELS)), {}, "make it one of them, or give the path of a file"),
        (None, {}, "None was given for the data; give a data frame"),
        ("reviews.csv", {}, "the str is no data frame"),
        ({"text": TEXTS, "label": LABELS}, {}, r"no split named train, but \['text', 'label'\]"),
        ({"train": FRAME, "dev": FRAME, "val": FRAME}, {}, "two entries for the validation split"),
        (
            {"train": FRAME, "test": changed("label", 0, "bad")},
            {},
            "the dict's 'test' and the dict's 'train' differ in their labels: 'bad'",
        ),
    ],
)
def test_a_mistake_is_said_in_one_sentence(data: Any, columns: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        embexp.corpus_of(data, **columns)


def test_labels_that_a_class_label_does_not_name_are_missing() -> None:
    withheld = datasets.Dataset.from_dict({"text": TEXTS, "label": [-1, 0, 1] * 20})
    rows = withheld.cast(features(label=datasets.ClassLabel(names=["neg", "pos"])))
    with pytest.raises(InputError, match="the Dataset, row 0 has no label"):
        embexp.corpus_of(rows)


def test_objects_where_a_name_is_to_stand_are_refused_with_the_way_out() -> None:
    about = {"regime": "random", "encoder": "mean", "seed": 0}
    with pytest.raises(InputError, match=r"not a DataFrame; embexp\.corpus_of\(…\) gives a name"):
        embexp.grid(corpus=FRAME, **about)
    with pytest.raises(InputError, match=r"not a dict; embexp\.vectors_of\(…\) gives a name"):
        embexp.grid(corpus="sst2", vectors={}, **about)


def test_names_that_are_not_in_the_cache_or_of_damaged_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path))
    name, other = embexp.corpus_of(FRAME), embexp.corpus_of((TEXTS[:40], LABELS[:40]))
    with pytest.raises(InputError, match=r"the columns of 'stored:.*' are known"):
        read_corpus(name, text="text")
    path = stored.stored_file(name)
    path.write_bytes(stored.stored_file(other).read_bytes())
    with pytest.raises(InputError, match=r"does not hold the data that its name stands for"):
        read_corpus(name)
    path.write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"of the same data writes it again"):
        read_corpus(name)
    path.unlink()
    with pytest.raises(InputError, match=r"is not in the cache .* under the same name"):
        read_corpus(name)
    assert embexp.corpus_of(FRAME) == name
    assert sorted(each.name for each in path.parent.iterdir() if each.suffix) == sorted(
        stored.stored_file(each).name for each in (name, other)
    )
    monkeypatch.setenv("EMBEXP_CACHE", "")
    with pytest.raises(InputError, match="EMBEXP_CACHE is empty"):
        read_corpus(name)
    with pytest.raises(InputError, match="EMBEXP_CACHE is empty, so there is no place"):
        embexp.corpus_of(FRAME)


@pytest.mark.slow
def test_lists_need_none_of_the_libraries_of_other_kinds(tmp_path: Path) -> None:
    for library in ("pandas", "datasets"):
        (tmp_path / f"{library}.py").write_text("raise ImportError")
    code = """
import sys, embexp
name = embexp.corpus_of(([str(number) for number in range(9)], [0, 1, 0] * 3))
assert embexp.load_corpus(name).labels == ("0", "1")
assert "jax" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100, cwd=tmp_path)


def test_numbers_and_sets_of_classes_are_kept_as_what_they_are():
    numbers = held.corpus_of((TEXTS, [n / 4 for n in range(60)]), labels="numbers")
    corpus = read_corpus(numbers)
    assert (corpus.kind, corpus.splits["train"].labels.dtype) == ("numbers", np.float32)
    every = np.concatenate([split.labels for split in corpus.splits.values()])
    assert sorted(every.tolist()) == [n / 4 for n in range(60)]
    with pytest.raises(InputError, match=r"are numbers; give head=regression for them"):
        read_corpus(numbers, labels="classes")
    lists = [["joy", "awe"][: n % 3] for n in range(60)]
    names = datasets.ClassLabel(names=["joy", "awe"])
    coded = [[names.str2int(name) for name in each] for each in lists]
    rows = datasets.Dataset.from_dict({"text": TEXTS, "label": coded}).cast(
        features(label=datasets.Sequence(names))
    )
    found = [read_corpus(held.corpus_of(each, labels="sets")) for each in ((TEXTS, lists), rows)]
    assert [set(each.labels) for each in found] == [{"joy", "awe"}] * 2
    for each in found:
        split = each.splits["train"]
        for text, row in zip(split.texts, split.labels, strict=True):
            own = {each.labels[place] for place in np.flatnonzero(row)}
            assert own == set(lists[TEXTS.index(text)])
    with pytest.raises(InputError, match=r"unknown kind of labels 'set'"):
        held.corpus_of((TEXTS, lists), labels="set")
