"""One call measures a table by everything at hand; the command shows it, and says in
one sentence what it cannot do."""

import json

import numpy as np
import pytest
from cyclopts import App

from embexp.cli.measure import measure as command
from embexp.errors import InputError
from embexp.measures import (
    LexicalResources,
    MeasuredTable,
    describe,
    evaluated_words,
    measure,
    read_word_sheet,
    table_measures,
)
from embexp.measures.change import change, change_values
from embexp.measures.intrinsic import common
from embexp.measures.pairs import WordPairs, similarity_pairs
from embexp.measures.relations import Relations
from embexp.measures.resources import lexical_resources, with_defaults
from embexp.measures.semantic import similarity
from embexp.words import Vectors

NOTHING = LexicalResources()


def table(words: list[str], seed: int = 0, dim: int = 8) -> Vectors:
    return Vectors(words, np.random.default_rng(seed).normal(size=(len(words), dim)))


def words_of_simlex() -> list[str]:
    pairs = similarity_pairs("simlex999")
    return sorted({*pairs.words1, *pairs.words2})


def test_a_table_is_measured_by_what_is_there_and_the_rest_is_named(monkeypatch):
    monkeypatch.delenv("EMBEXP_DATA", raising=False)
    for name in ("WNSEARCHDIR", "WNHOME"):
        monkeypatch.delenv(name, raising=False)
    resources = with_defaults(NOTHING)
    assert {"simlex999", "wordsim353"} <= resources.similarity.keys()
    assert "EMBEXP_DATA" in resources.missing["huliu"]
    assert "wordnet-base" in resources.missing.get("wordnet", "wordnet-base")
    vectors = table(words_of_simlex())
    found = measure(vectors, resources=resources)
    assert found["simlex999"] == similarity(vectors, similarity_pairs("simlex999"))
    assert {"effective_rank", "isotropy", "isoscore", "mean_share"} <= set(found)
    assert all(describe(name).title for name in found)
    assert not {"drift", "overlap@10", "cka"} & set(found)  # without a start or a reference


def test_a_reference_and_a_start_are_compared_on_common_words():
    words = [f"w{i}" for i in range(60)]
    vectors = table(words)
    start, reference = table(words[::-1][:50], 1), table(words[5:], 2, dim=5)
    found = measure(vectors, None, start, resources=NOTHING)
    shared = words[10:]
    rows, first = vectors.table[10:], np.stack([start[word] for word in shared])
    moved = change_values(change(rows, first), 8)
    assert {name: found[name] for name in moved} == moved
    assert found["overlap@10"].chance == pytest.approx(10 / 49)
    found = measure(vectors, reference, resources=NOTHING)
    assert found["cka"].n == found["rsa"].n == found["overlap_reference@10"].n == 55
    assert found["overlap_reference@10"].chance == pytest.approx(10 / 54)
    assert all(describe(name).name == name for name in found)
    with pytest.raises(InputError, match="width 8 did not start from one of width 5"):
        measure(vectors, None, reference, resources=NOTHING)


@pytest.mark.parametrize("order", [1, -1])
def test_a_runs_table_in_files_has_the_values_of_the_run(tmp_path, order):
    rng = np.random.default_rng(5)
    names = [f"w{i}" if i % 9 else f"#w{i}" for i in range(3000)]
    vocabulary = ["<pad>", "<unk>", *names]
    counts = np.concatenate([[0, 0], np.sort(rng.integers(1, 500, 3000))[::-1]])
    known = [name for name in names if rng.random() < 0.9]
    reference = Vectors(known, rng.normal(size=(len(known), 7)))
    odds = np.where(rng.random(3002) < 0.3, rng.normal(size=3002), np.nan)
    first, second = rng.choice(names, size=(2, 2000)).tolist()
    relations = Relations("wordnet", tuple(first), tuple(second), rng.random(2000) < 0.6)
    scores = WordPairs("simlex999", tuple(first[:300]), tuple(second[:300]), rng.random(300))
    resources = LexicalResources(
        similarity={"simlex999": scores, "mine": scores},
        relations={"wordnet": relations},
        lexicon={"vader": {name: float(rng.choice([-1, 1])) for name in names[:1500]}},
    )
    started = rng.normal(size=(3002, 6)).astype(np.float32)
    learned = started + rng.normal(size=started.shape).astype(np.float32)
    words = evaluated_words(
        vocabulary,
        counts,
        specials=2,
        resources=resources,
        log_odds=odds,
        reference=reference,
    )
    expected = dict(table_measures(MeasuredTable(words, learned, MeasuredTable(words, started))))
    assert {"simlex999", "similarity(mine)", "polarity", "cka", "drift"} < expected.keys()

    rows = list(range(2, 3002))
    for name, numbers, way in (("learned", learned, order), ("start", started, -order)):
        kept = rows[::way]
        table = Vectors([vocabulary[row] for row in kept], numbers[kept])
        table.write(tmp_path / f"{name}.npz")
    reference.write(tmp_path / "reference.npz")
    lines = ["word\tcount\tevaluated\tlog_odds"]
    for row in rows:
        value = "" if np.isnan(odds[row]) else float(odds[row])
        word = vocabulary[row]
        lines.append(f"{word}\t{counts[row]}\t{int(word in reference)}\t{value}")
    (tmp_path / "words.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = measure(
        Vectors.read(tmp_path / "learned.npz"),
        Vectors.read(tmp_path / "reference.npz"),
        Vectors.read(tmp_path / "start.npz"),
        read_word_sheet(tmp_path / "words.tsv"),
        resources,
    )
    assert {name: found[name] for name in expected} == expected
    bare = measure(Vectors.read(tmp_path / "learned.npz"), resources=resources)
    assert bare["lexicon@10"].total > found["lexicon@10"].total
    assert "polarity" not in bare


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("word\tcount\tlog_odds\na\t1\t0\n", "line 1: a sheet of words has the columns"),
        ("word\tcount\tevaluated\tlog_odds\na\tmany\t1\t\n", "line 2: a sheet of words has"),
        ("word\tcount\tevaluated\tlog_odds\na\t1\t1\n", "line 2: a sheet of words has"),
    ],
)
def test_a_sheet_that_is_none_is_refused(tmp_path, text, sentence):
    (tmp_path / "words.tsv").write_text(text)
    with pytest.raises(InputError, match=sentence):
        read_word_sheet(tmp_path / "words.tsv")
    with pytest.raises(InputError, match="no sheet of words"):
        read_word_sheet(tmp_path / "nothing.tsv")


def test_a_sheet_of_other_words_is_refused(tmp_path):
    (tmp_path / "words.tsv").write_text("word\tcount\tevaluated\tlog_odds\nz\t9\t1\t\n")
    with pytest.raises(InputError, match="the table and its words have no word in common"):
        measure(table(["x", "y"]), sheet=read_word_sheet(tmp_path / "words.tsv"), resources=NOTHING)


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
    assert "not measured: huliu" in shown
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


def test_own_files_stand_beside_known_ones(files):
    (files / "relations.tsv").write_text(
        "synonym\tsmart\tintelligent\nantonym\told\tnew\nantonym\thappy\tbad\n"
        "synonym\thappy\tcheerful\n"
    )
    (files / "polar.tsv").write_text("happy\t2\ncheerful\t1\nbad\t-3\n")
    (files / "questions.txt").write_text("old new bad happy\n")
    asked = lexical_resources(
        (), files / "relations.tsv", files / "polar.tsv", files / "questions.txt"
    )
    found = measure(table(words_of_simlex()), resources=with_defaults(asked))
    assert found["antonym_auc(relations)"].n == 4
    assert found["polar_antonym_auc(relations,polar)"].n == 2
    assert found["lexicon@1(polar)"].total == 3
    assert found["semaxis(polar)"].total == 1  # happy and bad are seeds
    assert found["analogy_add(questions)"].n == 1
    assert found["lexicon@1"].total > 100
    assert found["analogy_add"].total == 19544
    tiny = lexical_resources((), files / "relations.tsv", files / "lexicon.tsv")
    with pytest.raises(InputError, match="the lexicon leaves 0 synonyms of one polarity"):
        measure(table(words_of_simlex()), resources=tiny)
