"""Tagged sentences: what is read, and what is refused with file and place."""

import gzip
from pathlib import Path

import pytest

from embexp.data.tagged import load_tagged, read_tagged
from embexp.errors import InputError


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
