"""One call measures a table by everything at hand; the command shows it, and says in
one sentence what it cannot do."""

import json

import numpy as np
import pytest
from cyclopts import App

from embexp.cli.measure import measure as command
from embexp.errors import InputError
from embexp.measures import describe, geometry
from embexp.measures.intrinsic import common, measure
from embexp.measures.pairs import similarity_pairs
from embexp.measures.semantic import neighbour_overlap, similarity
from embexp.measures.yardsticks import Yardsticks, load_yardsticks
from embexp.words import Vectors

NOTHING = Yardsticks({}, {})


def table(words: list[str], seed: int = 0, dim: int = 8) -> Vectors:
    return Vectors(words, np.random.default_rng(seed).normal(size=(len(words), dim)))


def words_of_simlex() -> list[str]:
    pairs = similarity_pairs("simlex999")
    return sorted({*pairs.words1, *pairs.words2})


def test_a_table_is_measured_by_what_is_there_and_the_rest_is_named(monkeypatch):
    monkeypatch.delenv("EMBEXP_DATA", raising=False)
    for name in ("WNSEARCHDIR", "WNHOME"):
        monkeypatch.delenv(name, raising=False)
    sticks = load_yardsticks()
    assert {"simlex999", "wordsim353", "analogies"} <= set(sticks.measures)
    assert "EMBEXP_DATA" in sticks.missing["lexicon"]
    assert "wordnet-base" in sticks.missing["relations"] or "relations" in sticks.measures
    vectors = table(words_of_simlex())
    found = measure(vectors, yardsticks=sticks)
    assert found["simlex999"] == similarity(vectors, similarity_pairs("simlex999"))
    assert {"effective_rank", "isotropy", "isoscore", "mean_share"} <= set(found)
    assert all(describe(name).title for name in found)


def test_a_reference_and_a_start_are_compared_on_common_words():
    words = [f"w{i}" for i in range(60)]
    vectors = table(words)
    start, reference = table(words[::-1][:50], 1), table(words[5:], 2, dim=5)
    found = measure(vectors, reference, start, NOTHING)
    shared = words[10:]
    rows, first = vectors.table[10:], np.stack([start[word] for word in shared])
    assert found["overlap@10"].value == neighbour_overlap(rows, first).value
    assert found["drift"].value == pytest.approx(
        np.linalg.norm(rows - first, axis=1).mean(), rel=1e-6
    )
    assert found["top1_share"].value == pytest.approx(geometry.top1_share(rows - first).value)
    assert found["cka"].n == found["rsa"].n == 55
    assert found["overlap_reference@10"].chance == pytest.approx(10 / 54)
    assert all(describe(name).name == name for name in found)
    with pytest.raises(InputError, match="width 8 did not start from one of width 5"):
        measure(vectors, None, reference, NOTHING)


def test_tables_without_a_common_word_are_refused():
    with pytest.raises(InputError, match=r"a\.txt and c\.txt have no word in common"):
        common([table(["x", "y"]), table(["y"]), table(["z"])], ["a.txt", "b.txt", "c.txt"])
    kept = common([table(["x", "y", "z"]), table(["z", "x"])], ["a", "b"])
    assert [each.words for each in kept] == [["x", "z"], ["x", "z"]]
    assert kept[1].table[0].tolist() == table(["z", "x"]).table[1].tolist()


def run(*arguments: str) -> None:
    app = App()
    app.command(command)
    app(
        ["measure", *arguments],
        exit_on_error=False,
        print_error=False,
        result_action="return_value",
    )


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.delenv("EMBEXP_DATA", raising=False)
    words = words_of_simlex()
    for name, seed, some in (("a.vec", 0, words), ("b.vec", 1, words[::2])):
        table(some, seed).write(tmp_path / name, "word2vec")
    (tmp_path / "mine.tsv").write_text(
        "old\tnew\t1\nsmart\tintelligent\t9\nhard\teasy\t2\nhappy\tcheerful\t9\n"
    )
    (tmp_path / "lexicon.tsv").write_text("happy\t2\nbad\t-3\n")
    return tmp_path


def test_the_command_shows_files_side_by_side_on_common_words(files, capsys):
    run(
        str(files / "a.vec"),
        str(files / "b.vec"),
        "--similarity",
        str(files / "mine.tsv"),
        "--format",
        "json",
    )
    rows = json.loads(capsys.readouterr().out)
    values = {(row["vectors"], row["measure"]): row for row in rows}
    one, other = values["a.vec", "simlex999"], values["b.vec", "simlex999"]
    assert one["n"] == other["n"] < one["total"] == 999
    assert one["low"] < one["value"] < one["high"]
    assert values["a.vec", "similarity(mine)"]["total"] == 4
    run(str(files / "a.vec"), "--reference", str(files / "b.vec"), "--format", "md")
    shown = capsys.readouterr().out
    assert "| SimLex-999 ρ" in shown
    assert "CKA with the reference" in shown
    assert "not measured: lexicon" in shown
    assert "Fewer than 100 items, too few for a headline" in shown
    run(str(files / "a.vec"), "--format", "csv")
    assert capsys.readouterr().out.startswith(
        "vectors,measure,what,value,low,high,n,total,chance\n"
    )


@pytest.mark.parametrize(
    ("name", "content", "option", "message"),
    [
        (
            "none.tsv",
            "qqq\tzzz\t1\nqqq\tyyy\t2\n",
            "--similarity",
            "none of the 2 pairs of 'none' has both words",
        ),
        ("one.tsv", "happy\t2\nsmart\t1\n", "--lexicon", "one polarity only"),
        ("bad.tsv", "synonym\tbig\n", "--synonyms", "0 synonym and 0 antonym"),
        ("bad.txt", "one two three\n", "--analogies", "four words"),
        ("nan.vec", "2 2\nold 1 nan\nnew 1 2\n", "--reference", "not a finite"),
        ("other.vec", "2 2\nqqq 1 1\nzzz 1 2\n", "--reference", "no word in common"),
    ],
)
def test_mistakes_are_one_sentence(files, name, content, option, message):
    (files / name).write_text(content)
    with pytest.raises(InputError, match=message):
        run(str(files / "a.vec"), option, str(files / name))


def test_a_file_given_twice_and_an_empty_limit_are_refused(files):
    with pytest.raises(InputError, match="given twice"):
        run(str(files / "a.vec"), str(files / "a.vec"))
    with pytest.raises(InputError, match="leaves no words"):
        run(str(files / "a.vec"), "--limit", "0")


def test_own_files_stand_in_place_of_known_ones(files):
    (files / "relations.tsv").write_text(
        "synonym\tsmart\tintelligent\nantonym\told\tnew\nantonym\thappy\tbad\nsynonym\thappy\tcheerful\n"
    )
    sticks = load_yardsticks((), files / "lexicon.tsv", files / "relations.tsv")
    found = measure(table(words_of_simlex()), yardsticks=sticks)
    assert (found["antonym_auc"].n, found["lexicon@1"].total, found["semaxis"].total) == (4, 2, 0)
    assert "polar relations" in sticks.missing  # no synonyms of one polarity
