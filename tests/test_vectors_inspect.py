"""What is said of a file is what is in it."""

import gzip

import numpy as np
import pytest

from embexp import formats
from embexp.errors import InputError
from embexp.formats.subwords import Subwords
from embexp.vectors import inspect


def test_the_facts_of_a_file_with_mended_damage(tmp_path):
    (tmp_path / "odd.txt").write_bytes(b"a 3 4\nb 0 0\na 5 6\nc\xff 6 8\n")
    facts, words = inspect.describe(tmp_path / "odd.txt")
    assert words == ["a", "b", "c\ufffd"]
    assert facts == {
        "file": str(tmp_path / "odd.txt"),
        "format": "glove",
        "bytes": 25,
        "words": 3,
        "dim": 2,
        "duplicates": 1,
        "broken": 1,
        "length low": 0.0,
        "length median": 5.0,
        "length high": 10.0,
        "zero rows": 1,
        "mean share": pytest.approx(1.0),
        "n-grams": "none",
    }


def test_the_facts_of_joined_files_and_of_n_grams(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEXP_DATA", str(tmp_path))
    (tmp_path / "vectors").mkdir()
    for name, text in ("top100k", b"the 1 2\nfilm 3 4\n"), ("task-extra", b"rare 5 6\nfilm 7 8\n"):
        (tmp_path / "vectors" / f"glove.6B.100d.{name}.txt.gz").write_bytes(gzip.compress(text))
    facts, words = inspect.describe("glove-6b-100d")
    assert words == ["the", "film", "rare"]
    assert (facts["words"], facts["duplicates"]) == (3, 1)
    formats.write(
        tmp_path / "m.fasttext.bin",
        ["a"],
        np.ones((1, 2)),
        subwords=Subwords(3, 6, 9, np.ones((9, 2), np.float32)),
    )
    assert inspect.describe(tmp_path / "m.fasttext.bin")[0]["n-grams"] == "3–6, 9 buckets"


def test_coverage_counts_types_and_tokens():
    found = inspect.coverage(
        ["the", "film"], {"the": 5, "film": 2, "odd": 3, "rare": 1, "also": 1}, most=2
    )
    assert found == (2, 5, 7, 12, ["odd", "also"])


def test_words_are_counted_in_texts_data_sets_and_vocabularies(tmp_path):
    (tmp_path / "own.txt.gz").write_bytes(gzip.compress(b"The film, the END.\nthe end\n"))
    assert inspect.count_corpus(tmp_path / "own.txt.gz") == {"the": 3, "film": 1, "end": 2}
    (tmp_path / "own.csv").write_text(
        "text,label\n" + "".join(f"word{i} same,{i % 2}\n" for i in range(40))
    )
    counted = inspect.count_corpus(tmp_path / "own.csv")
    assert counted["same"] == len(counted) - 1
    (tmp_path / "said.csv").write_text("comment,team\nthe film,a\nthe end,b\n")
    assert inspect.count_corpus(tmp_path / "said.csv", "comment") == {"the": 2, "film": 1, "end": 1}
    (tmp_path / "vocab.tsv").write_text("the\t7\nNew York\t2\nplain\n\n")
    assert inspect.count_vocabulary(tmp_path / "vocab.tsv") == {"the": 7, "New York": 2, "plain": 1}
    (tmp_path / "vocab.tsv").write_text("the\t7\nfilm\tmany\n")
    with pytest.raises(InputError, match="line 2: 'many' is no count"):
        inspect.count_vocabulary(tmp_path / "vocab.tsv")
    (tmp_path / "long.txt").write_text("a" * (5 << 20))
    with pytest.raises(InputError, match=r"long\.txt: line 1 is longer than 4 MiB"):
        inspect.count_vocabulary(tmp_path / "long.txt")
    (tmp_path / "empty.txt").write_text("\n")
    for count in inspect.count_vocabulary, inspect.count_corpus:
        with pytest.raises(InputError, match="holds no words"):
            count(tmp_path / "empty.txt")
