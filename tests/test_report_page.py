"""A page is what the rows give: its numbers, figures and holes, with no element,
attribute or address that comes from data."""

import base64
import builtins
import html.parser
import json
import re
from pathlib import Path
from typing import Any

import pytest
from report_runs import ended

from embexp import cli, records
from embexp.errors import InputError
from embexp.records import Row
from embexp.report import emergence, figures, interactive, tables
from embexp.report.charts import charts
from embexp.report.page import About, page

ACCURACY = {"frozen · glove": (0.75, 0.76, 0.74), "tuned · glove": (0.86, 0.88, 0.87)}
STEPS = (0, 4, 8, 16, 32)
NASTY = "\"'><script src=//x.y>alert(1)</script><img src=x onerror=f()> &lt;b&gt; $x_1^$ é−"

ELSEWHERE = {"link", "iframe", "object", "embed", "a"}


def write(
    folder: Path,
    arm: str,
    seed: int,
    accuracy: float,
    error: str | None = None,
    corpus: str = "mr",
) -> None:
    run = ended(
        {"corpus": corpus, "encoder": "mean", "seed": seed},
        arm,
        error,
        data={"corpus": "0123456789abcdef" * 4},
        code={"version": "0.1.0", "commit": "31b441aa294"},
        versions={"numpy": "2.4.6"},
        device="2 × cpu",
        time="2026-11-20T08:33:43+00:00",
    )
    digest = run.digest
    gain = (arm == "tuned · glove") * 0.01
    rows = [
        Row(digest, digest, 16, "test", "accuracy", accuracy, 0.7, 0.9, 200, 200, 0.5),
        *(
            Row(
                digest,
                digest,
                step,
                "words",
                "simlex999",
                0.2 + gain * step + seed / 1000,
                None,
                None,
                905,
                999,
                0.0,
            )
            for step in STEPS
        ),
    ]
    records.append(folder, [] if error else rows, run)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "mine"
    for regime, values in ACCURACY.items():
        for seed, value in enumerate(values):
            write(folder, regime, seed, value)
    return folder


def made(folder: Path, damaged: int = 0, **options: Any) -> str:
    rows, runs = records.read_rows(folder), records.read_runs(folder)
    return page(rows, runs, tables.with_damage(tables.comparison(rows, runs), damaged), **options)


class Seen(html.parser.HTMLParser):
    """The elements of a page with their attributes, its texts by the element they stand
    in, and its images."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.texts: dict[str, list[str]] = {}
        self.images: list[dict[str, str | None]] = []
        self.scripts: list[str] = []
        self.policy = ""
        self.tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = tag
        self.elements.add((tag, tuple(name for name, _ in attrs)))
        self.images += [dict(attrs)] if tag == "img" else []
        self.scripts += [""] if tag == "script" else []
        if dict(attrs).get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(attrs)["content"] or ""

    def handle_data(self, data: str) -> None:
        if self.tag == "script" and self.scripts:
            self.scripts[-1] += data
        self.texts.setdefault(self.tag, []).append(data)

    def handle_endtag(self, tag: str) -> None:
        self.tag = "" if tag == "script" else self.tag


def tags_of(text: str) -> set[str]:
    return {tag for tag, _ in Seen(text).elements}


def charts_of(seen: Seen) -> list[dict[str, Any]]:
    """The charts of a page, as they are handed to what draws them."""
    return [json.loads(each) for each in seen.scripts if each.startswith("{")]


def drawn(seen: Seen) -> list[str]:
    """The SVG files in the images of a page."""
    heads, data = zip(*((image["src"] or "").split(",") for image in seen.images), strict=True)
    assert set(heads) == {"data:image/svg+xml;base64"}
    return [base64.b64decode(each).decode() for each in data]


def test_the_page_holds_what_the_rows_give(folder):
    pytest.importorskip("matplotlib")
    rows, runs = records.read_rows(folder), records.read_runs(folder)
    seen = Seen(
        made(
            folder,
            about=About("Which?\n\nSome say <none>.", {"tuned": "trained on"}, ["embexp a", "b"]),
        )
    )
    texts = {text for tag in ("td", "th") for text in seen.texts[tag]}
    compared, curves = tables.comparison(rows, runs), emergence.table(rows, runs)
    assert {each["arm"] for each in compared.objects} <= {*seen.texts["th"]}
    assert {"accuracy (chance .500)", "regime", "seeds"} <= {*seen.texts["button"]}
    for table, grids in (
        (compared, compared.details),
        (curves, (*curves.summary, *curves.details)),
    ):
        assert {
            text for grid in grids for line in (grid.header, *grid.body) for text in line if text
        } <= texts
        assert set(table.caption) <= set(seen.texts["p"])
        assert {grid.title for grid in grids if grid.title} <= set(seen.texts["summary"])
    assert ".870 [.845, .895]" in texts
    assert {"Which?", "Some say <none>."} <= set(seen.texts["p"])
    assert {
        "6/6 runs",
        "mr",
        "glove",
        "0, 1, 2",
        "corpus 0123456789ab",
        "version 0.1.0, commit 31b441aa294",
    } <= set(seen.texts["dd"])
    assert {"numpy 2.4.6", "2 × cpu", "2026-11-20", "trained on", "— (the baseline)"} <= set(
        seen.texts["dd"]
    )
    assert "embexp a\nb" in seen.texts["pre"]
    assert {*figures.drawable(rows)} == {*charts(rows)}
    *_, emergent = charts_of(seen)
    own = [each for each in emergent["data"]["values"] if each["arm"] == "tuned · glove"]
    assert [each["step"] for each in own if each["measure"] == "SimLex-999 ρ"] == [*STEPS]
    assert own[1]["mean"] == pytest.approx(0.2 + 0.01 * 4 + 0.001)


def test_nothing_on_the_page_comes_from_elsewhere_or_from_data(folder, tmp_path):
    pytest.importorskip("matplotlib")
    nasty = tmp_path / "nasty"
    for regime, values in ACCURACY.items():
        for seed, value in enumerate(values):
            write(nasty, regime, seed, value, corpus=NASTY)
    write(folder, "random", 0, 0.0, error="no disk")
    write(nasty, "random", 0, 0.0, error=NASTY, corpus=NASTY)
    plain = Seen(made(folder, about=About("Which?", commands=["embexp"])))
    seen = Seen(made(nasty, about=About(NASTY, {"random": NASTY}, [NASTY])))
    assert seen.elements == plain.elements
    assert not {tag for tag, _ in seen.elements} & ELSEWHERE
    assert {names for tag, names in seen.elements if tag == "script"} == {("type",), ()}
    run = [each for each in seen.scripts if not each.startswith("{")]
    assert run == [interactive.vega(), interactive.OWN]
    assert interactive.policy(run) in seen.policy
    assert all(NASTY in each["title"]["text"] for each in charts_of(seen))
    assert {NASTY, f"Failed: mean / random, seed 0: {NASTY}"} <= set(seen.texts["p"])
    assert NASTY in seen.texts["dd"]
    assert NASTY in seen.texts["pre"]
    style = "".join(seen.texts["style"])
    assert not re.search(r"url\(|@import|@font-face", style)


def test_the_same_rows_give_the_same_bytes(folder):
    pytest.importorskip("matplotlib")
    assert made(folder) == made(folder)
    assert made(folder).isascii()


def test_failed_runs_and_damaged_lines_are_shown(folder):
    write(folder, "tuned · glove", 3, 0.0, error="out of\nmemory")
    seen = Seen(made(folder, damaged=2))
    assert "Failed: mean / tuned · glove, seed 3: out of memory" in seen.texts["p"]
    assert "6/8 (1 failed, 1 not run) runs" in seen.texts["dd"]
    assert any("2 damaged lines were ignored" in text for text in seen.texts["p"])


def test_without_seeds_and_steps_enough_there_is_no_section_of_emergence(tmp_path):
    write(tmp_path, "random", 0, 0.8)
    assert "How structure emerges" not in made(tmp_path)


def test_without_matplotlib_there_are_tables_and_one_line_that_says_what_to_install(
    folder, monkeypatch
):
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    charted = Seen(made(folder))
    assert len(charts_of(charted)) == 2  # these need another package
    assert not [text for text in charted.texts["p"] if "pip install" in text]
    monkeypatch.setattr(interactive, "vega", lambda: None)
    seen = Seen(made(folder))
    assert not charts_of(seen)
    assert [text for text in seen.texts["p"] if "pip install" in text] == [
        'Not drawn: figures need matplotlib, which is not installed; pip install "embexp[viz]".'
    ]
    assert seen.images == []
    assert ".870 [.845, .895]" in seen.texts["td"]


def test_where_no_run_has_finished_there_is_no_page(tmp_path):
    write(tmp_path, "random", 0, 0.0, error="no disk")
    with pytest.raises(
        InputError, match=r"no run has finished \(1 failed, the first with 'no disk'\); run"
    ):
        made(tmp_path)


@pytest.fixture
def here(folder, monkeypatch) -> Path:
    """The process stands where `runs/mine` is, beside an experiment of that name."""
    monkeypatch.chdir(folder.parent.parent)
    Path("experiments").mkdir()
    Path("experiments", "mine.py").write_text('''"""Is it <so>?

Nobody knows.
"""
BASELINE = "tuned · glove"
MEASURES = ("accuracy",)


def specs(seeds=1):
    return []
''')
    return folder.parent.parent


def call(*words: str) -> int:
    """The exit code of a command."""
    try:
        cli.main(words)
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def test_the_command_writes_the_page_and_prints_its_path(here, capsys):
    assert call("report", "mine") == 0
    assert capsys.readouterr() == ("runs/mine/report.html\n", "")
    seen = Seen(Path("runs/mine/report.html").read_text())
    assert {"Is it <so>?", "Nobody knows."} <= set(seen.texts["p"])
    assert "pretrained vectors, trained further on the task (the baseline)" in seen.texts["dd"]
    assert "embexp run mine\nembexp report mine" in seen.texts["pre"]


def test_baseline_and_measures_are_taken_where_they_have_rows(here, capsys):
    def texts(baseline: str, *measures: str) -> list[str]:
        Path("experiments", "mine.py").write_text(
            f'"""Which?"""\nBASELINE = "{baseline}"\nMEASURES = {measures}\n'
            "def specs(seeds=1): return []"
        )
        assert call("report", "mine") == 0
        seen = Seen(Path("runs/mine/report.html").read_text())
        return [*seen.texts["summary"], *seen.texts["dd"], *seen.texts["td"]]

    assert "accuracy (chance .500)" not in texts("tuned", "simlex999", "polarity")
    assert texts("random", "polarity") == texts("frozen", "accuracy", "simlex999")
    assert texts("random", "polarity") != texts("tuned", "accuracy", "simlex999")


def test_without_an_experiment_of_that_name_the_corpus_is_the_title(here, capsys):
    Path("experiments", "mine.py").unlink()
    assert call("report", "runs/mine", "--out", "other.html") == 0
    assert capsys.readouterr() == ("other.html\n", "")
    assert not Path("runs/mine/report.html").exists()
    seen = Seen(Path("other.html").read_text())
    assert seen.texts["h1"][0] == "mr: regimes compared, encoder mean"
    assert "embexp report runs/mine" in seen.texts["pre"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "unknown results 'nothing'; known: empty, mine"),
        (
            ("runs/empty",),
            (
                "there is nothing to report: no run has finished "
                "(1 failed, the first with 'no disk'); run"
            ),
        ),
        (
            ("mine", "--out", "runs/mine/runs.jsonl/page.html"),
            (
                "results cannot be written to runs/mine/runs.jsonl (File exists); "
                "give another folder"
            ),
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_2(here, capsys, words, said):
    write(here / "runs" / "empty", "random", 0, 0.0, error="no disk")
    assert call("report", *words) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"embexp: {said}")
