"""Text from data is only text where it is shown."""

import json
import os
from io import StringIO

import pytest
from commands import call, process
from hostile import BIDI, CONTROL, NAMES, SURROGATE, TEXTS, obeyed
from hypothesis import given, strategies as st
from rich.console import Console

from embexp import progress
from embexp.cli.app import warn
from embexp.errors import InputError, unknown
from embexp.printable import SENTENCE, WORD, json_text, printable, sentence


@given(TEXTS)
def test_nothing_is_obeyed_and_all_else_stays(text):
    shown = printable(text)
    assert not obeyed(shown)
    assert "\n" not in shown
    assert printable(shown) == shown
    kept = "".join(sign for sign in text if sign.isprintable() and sign != "\\")
    assert [sign for sign in shown if sign in kept and not sign.isascii()] == [
        sign for sign in kept if not sign.isascii()
    ]


@pytest.mark.parametrize("text", ["naïve", "n\u0303", "👩\u200d💻", "می\u200cخواهم", "\u00a0", "𝔘"])
def test_letters_marks_and_joiners_stay(text):
    assert printable(text) == text


@pytest.mark.parametrize("name", [CONTROL, BIDI, SURROGATE])
def test_an_error_is_one_printable_sentence_also_through_python(name):
    for error in (InputError(f"there is no file {name}"), unknown("vectors", name, [name + "x"])):
        assert not obeyed(str(error))
        assert "\n" not in str(error)
        str(error).encode()


def test_a_long_value_is_cut_and_the_way_out_stays():
    said = str(InputError(f"there is no file {'x' * 5000}.csv; give another one"))
    assert len(said) < WORD + 50
    assert said.startswith("there is no file xxx")
    assert said.endswith("xxx.csv; give another one")
    words = str(InputError(f"{'many words ' * 5000}; give fewer"))
    assert len(words) == SENTENCE
    assert words.endswith("; give fewer")
    assert sentence(said) == said


@given(st.lists(st.dictionaries(TEXTS, TEXTS | st.integers() | st.none(), max_size=3), max_size=3))
def test_json_reads_back_as_it_was(objects):
    for ascii_only in (False, True):
        text = json_text(objects, ascii_only=ascii_only)
        assert json.loads(text) == objects
        assert not obeyed(text)
        text.encode("ascii" if ascii_only else "utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_in_a_name_is_printed_as_text(name, capsys):
    name = name.replace("\0", "")  # no argument of a program has it
    for words in (("table", name), ("compare", name), ("vectors", "info", name), ("run", name)):
        assert call(*words) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert not obeyed(said)
        assert "red] :smile:" in said or "[red]" not in name


def test_warnings_are_printed_as_text_and_on_one_line(capsys):
    warn(f"{CONTROL}{BIDI}")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert not obeyed(said)


@pytest.fixture
def odd_vectors(tmp_path):
    """A folder with vectors of hostile words in a file with a hostile name."""
    words = ["good", "b\x1b[31mad", "ca\u202efé", "=1+1", "[red]x[/red]"]
    lines = [f"{word} {number}.0 1.0" for number, word in enumerate(words)]
    path = tmp_path / "v\x1b[2J\u202e[red]é.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("format", ["md", "latex", "csv", "html", "json"])
def test_hostile_words_and_names_of_files_are_text_in_every_format(odd_vectors, format, capsys):
    given = ("--format", format)
    assert call("vectors", "neighbors", str(odd_vectors), "good", *given) == 0
    assert call("vectors", "info", str(odd_vectors), *given) == 0
    assert not obeyed(capsys.readouterr().out)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["md", "csv", "json", None])
def test_a_terminal_that_lacks_the_letters_gets_escapes(odd_vectors, format):
    plain = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    options = ["--format", format] if format else []
    done = process(
        odd_vectors.parent, "vectors", "neighbors", str(odd_vectors), "good", *options, env=plain
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    if format == "json":
        assert {each["word"] for each in json.loads(done.stdout)} >= {"ca\u202efé", "=1+1"}


@pytest.mark.parametrize("name", NAMES)
def test_spinners_and_bars_show_names_as_text(name, monkeypatch):
    said = StringIO()
    console = Console(file=said, force_terminal=True, width=400, color_system=None)
    monkeypatch.setattr(progress, "console", console)
    with progress.saying(f"reading {name}"):
        pass
    with progress.counting(name, 2) as advance:
        advance(1, name)
    progress.tell(name)
    assert printable(name) in said.getvalue()
    raw = {*name} & {*"\x00\x07\x7f\x9b\u202e\u2066\udce9"}
    assert not {*said.getvalue()} & raw
