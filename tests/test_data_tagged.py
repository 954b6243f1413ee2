"""Tagged sentences: what is read, and what is refused with file and place."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from embexp.data.tagged import load_tagged
from embexp.data.tagged_files import read_tagged
from embexp.errors import InputError
from embexp.grids import make
from embexp.tasks.encoded import read_corpus

SENTENCES = [([f"Wort{number}", "läuft"], ["NOUN", "VERB"]) for number in range(20)]


def folder_of(tmp_path: Path, **files: str) -> Path:
    for split, content in files.items():
        (tmp_path / f"{split}.conll").write_text(content, encoding="utf-8")
    return tmp_path


def test_blank_lines_end_sentences_and_tokens_keep_their_spelling(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("\nThe\tDT\tDET\nÉtat\tNN\tNOUN\n\t\n\nruns\tVB\tVERB\n", encoding="utf-8")
    read = read_tagged(path)
    assert read.tokens == [["The", "État"], ["runs"]]
    assert read.tags == [["DET", "NOUN"], ["VERB"]]
    assert read_tagged(path, 0, 1).tags == [["DT", "NN"], ["VB"]]


def test_spaces_separate_columns_where_there_is_no_tab_and_gzip_is_read(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"Rockwell NNP B-NP\r\nsaid VBD B-VP\r\n"))
    assert read_tagged(path).tags == [["B-NP", "B-VP"]]


def test_a_line_without_a_tag_is_named(tmp_path):
    (tmp_path / "a.tsv").write_text("a\tX\nlonely\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"a\.tsv, line 2: 'lonely' has 1 columns, so its tag is missing"
    ):
        read_tagged(tmp_path / "a.tsv")


def test_a_tag_that_training_lacks_is_named(tmp_path):
    folder = folder_of(tmp_path, train="a X\nb Y\n", dev="a X\n", test="a X\n\nb Z\n")
    with pytest.raises(
        InputError, match=r"test\.conll: sentence 2 has the tag 'Z', which no training sentence has"
    ):
        load_tagged(str(folder))


def test_a_missing_split_and_an_unknown_name_are_refused(tmp_path):
    with pytest.raises(InputError, match="has no file for the test split"):
        load_tagged(str(folder_of(tmp_path, train="a X\nb Y\n", dev="a X\n")))
    with pytest.raises(InputError, match=r"unknown tagged corpus .*did you mean 'ud-ewt'"):
        load_tagged("ud-ewtt")


def test_tags_become_numbers_in_the_order_of_their_names(tmp_path):
    corpus = load_tagged(
        str(folder_of(tmp_path, train="a Y\nb X\n\nc X\n", dev="a X\n", test="b Y\n"))
    )
    assert corpus.labels == ("X", "Y")
    assert corpus.tag_ids("train").tolist() == [1, 0, 0]


def objects(path: Path, *records: Any) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in records), encoding="utf-8")
    return path


def as_files(folder: Path, sentences: list[tuple[list[str], list[str]]]) -> list[Path]:
    """The same sentences as lines of columns, as JSON lines and as Parquet."""
    blocks = ["".join(f"{a}\t_\t{b}\n" for a, b in zip(*each, strict=True)) for each in sentences]
    lines = folder / "all.conll"
    lines.write_text("\n".join(blocks), encoding="utf-8")
    records = [{"tokens": tokens, "tags": tags} for tokens, tags in sentences]
    pq.write_table(pa.Table.from_pylist(records), folder / "all.parquet")
    return [lines, objects(folder / "all.jsonl", *records), folder / "all.parquet"]


def test_one_file_is_split_by_itself_alike_in_every_format(tmp_path):
    twice = [*SENTENCES, *SENTENCES[:7]]
    corpora = [load_tagged(str(path)) for path in as_files(tmp_path, twice)]
    for corpus in corpora:
        assert corpus.splits == corpora[0].splits
        assert corpus.labels == ("NOUN", "VERB")
        assert not corpus.official
        assert corpus.provenance == f"file {corpus.name}"
    texts = {name: split.texts for name, split in corpora[0].splits.items()}
    assert sorted(text for split in texts.values() for text in split) == sorted(
        " ".join(tokens) for tokens, _ in twice
    )
    assert {name: len(set(split)) for name, split in texts.items()} == {
        "train": 16,
        "validation": 2,
        "test": 2,
    }
    assert not set(texts["train"]) & {*texts["validation"], *texts["test"]}


def test_a_tag_of_one_sentence_is_trained_on(tmp_path):
    rare = [([f"selten{row}"], [f"RARE{row}"]) for row in range(20)]
    corpus = load_tagged(str(as_files(tmp_path, [*SENTENCES, *rare])[1]))
    trained_on = {tag for tags in corpus.splits["train"].tags for tag in tags}
    assert trained_on == set(corpus.labels)
    assert sum(map(len, corpus.splits.values())) == 40
    assert 0 < len(corpus.splits["test"]) + len(corpus.splits["validation"]) < 8
    with pytest.raises(InputError, match=r"nothing is left for the validation split"):
        load_tagged(str(as_files(tmp_path, rare)[0]))


def test_too_few_sentences_are_refused(tmp_path):
    path = as_files(tmp_path, [*SENTENCES[:2], *SENTENCES[:2]])[0]
    with pytest.raises(InputError, match=r"has 2 different sentences, too few to be split"):
        load_tagged(str(path))


def test_objects_have_columns_of_any_name_and_tags_that_are_numbers(tmp_path):
    path = objects(tmp_path / "a.jsonl", {"id": 1, "form": ["a", "b"], "pos": [0, 12]})
    assert read_tagged(path, "form", "pos").tags == [["0", "12"]]
    with pytest.raises(
        InputError, match=r"which column holds the texts\? none .* has a usual name"
    ):
        read_tagged(path)
    about = {"head": "tags", "regime": "random", "encoder": "lstm", "seed": 0, "text": "form"}
    (tmp_path / "b.conll").write_text("a X\n")
    with pytest.raises(InputError, match=r"b\.conll has no column 'form'; its columns are numbers"):
        read_corpus(make(corpus=str(tmp_path / "b.conll"), **about))


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"tokens": ["a", "b"], "tags": ["X"]}, "has 2 tokens but 1 tags; give each token its tag"),
        ({"tokens": ["a", "b"], "tags": ["X", None]}, "token 2 has None for a tag; give it a name"),
        ({"tokens": ["a", "b"], "tags": ["X", " "]}, "token 2 has ' ' for a tag"),
        ({"tokens": ["a", "b"]}, "has None in 'tags', which is no list"),
        ({"tokens": [], "tags": []}, r"has \[\] in 'tokens'.*; give it one, or leave"),
        ({"tokens": "a b", "tags": ["X", "Y"]}, "has 'a b' in 'tokens', which is no list"),
        ({"tokens": ["a", 7], "tags": ["X", "Y"]}, "token 2 is 7, which is no text; write it in"),
        (["a"], r"is not an object such as .* \{\"tokens\": \[…\], \"tags\": \[…\]\} for tagging"),
    ],
)
def test_a_mistake_in_an_object_is_said_with_its_line(tmp_path, record, said):
    path = objects(tmp_path / "a.jsonl", {"tokens": ["a"], "tags": ["X"]}, record)
    with pytest.raises(InputError, match=rf"a\.jsonl, line 2.*{said}"):
        read_tagged(path)


@pytest.mark.data
def test_validation_sentences_are_drawn_where_the_publishers_have_none(data_dir):
    corpus = load_tagged("conll2000")
    sizes = {split: len(part) for split, part in corpus.splits.items()}
    assert list(sizes) == ["train", "validation", "test"]
    assert sizes["train"] + sizes["validation"] == 8936
    assert 800 < sizes["validation"] < 900
    assert sizes["test"] == 2012
    assert len(corpus.labels) == 23
    assert "I-LST" in {tag for tags in corpus.splits["test"].tags for tag in tags}
    assert "I-LST" not in {tag for tags in corpus.splits["train"].tags for tag in tags}
    assert corpus.official
    first = Path(data_dir, "tokens/conll2000.test.txt.gz")
    with gzip.open(first, "rt") as lines:
        token, _, tag = next(lines).split()
    assert (corpus.splits["test"].tokens[0][0], corpus.splits["test"].tags[0][0]) == (token, tag)
    texts = {split: {*part.texts} for split, part in corpus.splits.items()}
    assert not texts["train"] & texts["validation"]


@pytest.mark.data
def test_the_treebank_and_the_shared_task_have_their_published_sizes(data_dir):
    assert {split: len(part) for split, part in load_tagged("ud-ewt").splits.items()} == {
        "train": 12544,
        "validation": 2001,
        "test": 2077,
    }
    assert {split: len(part) for split, part in load_tagged("wnut17").splits.items()} == {
        "train": 3394,
        "validation": 1009,
        "test": 1287,
    }
