"""A page in a browser: its table is sorted and filtered, its charts are drawn, nothing is said
on the console, and text from data stays text. Skipped where there is no Chromium or playwright."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from report_runs import ended

from embexp import records
from embexp.records import Row, WordPaths
from embexp.report import tables
from embexp.report.page import About, page

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("needs Chromium: apt install chromium", allow_module_level=True)
STEPS = (0, 1, 4, 16, 64)
NASTY = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>"
WORDS = ["film", NASTY, *(f"w{i}" for i in range(10))]
ACCURACY = {"frozen": 0.7, f"tuned · {NASTY}": 0.9, "random": 0.8}


def written(folder: Path) -> str:
    for arm, accuracy in ACCURACY.items():
        for seed in range(2):
            run = ended({"corpus": NASTY, "encoder": "mean", "seed": seed}, arm, None)
            digest = run.digest
            rows = [
                Row(digest, digest, step, split, name, value + seed / 100, 0.1, 0.9, 90, 90, 0.5)
                for step in STEPS
                for split, name, value in (
                    ("words", "simlex999", step / 50),
                    ("words", "polarity", step / 40),
                )
            ]
            test = Row(digest, digest, 4, "test", "accuracy", accuracy, 0.6, 0.95, 90, 90, 0.5)
            records.append(folder, [*rows, test], run)
    rows, runs = records.read_rows(folder), records.read_runs(folder)
    paths = {digest: path_of(place) for place, digest in enumerate(runs)}
    return page(rows, runs, tables.comparison(rows, runs), about=About(NASTY), paths=paths)


def path_of(number: int) -> WordPaths:
    rng = np.random.default_rng(number)
    vectors = rng.normal(size=(3, len(WORDS), 5)).astype(np.float16)
    odds = rng.normal(size=len(WORDS)).astype(np.float32)
    counts = np.arange(len(WORDS))
    return WordPaths(WORDS, odds, counts, 4, np.array([0, 4, 16]), vectors)


@pytest.fixture(params=[(1300, "light"), (420, "dark")], ids=str)
def opened(request, tmp_path):
    width, scheme = request.param
    (tmp_path / "page.html").write_text(written(tmp_path / "runs"))
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        view = {"width": width, "height": 900}
        shown = browser.new_context(color_scheme=scheme, viewport=view).new_page()
        said: list[str] = []
        shown.on("console", lambda message: said.append(message.text))
        shown.on("pageerror", lambda error: said.append(str(error)))
        shown.on("request", lambda request: said.append(request.url))
        shown.goto((tmp_path / "page.html").as_uri())
        shown.wait_for_selector("#emergence svg")
        yield shown
        assert [each for each in said if not each.startswith("file:")] == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()


def lines(shown) -> list[str]:
    names = shown.locator("#overview tbody tr:not([hidden]) th").all_inner_texts()
    return [name.split()[0] for name in names]


def test_a_page_is_sorted_filtered_and_drawn(opened):
    accuracy = opened.get_by_role("button", name="accuracy (chance .500)")
    accuracy.click()
    assert lines(opened) == ["tuned", "random", "frozen"]
    accuracy.press("Enter")
    assert lines(opened) == ["frozen", "random", "tuned"]
    head = opened.locator("th[aria-sort=ascending]")
    assert head.inner_text().startswith("accuracy")
    opened.locator("[name=text]").fill("RAND")
    assert lines(opened) == ["random"]
    opened.locator("[name=text]").fill("")
    column = opened.locator("#overview tbody td[data-column=accuracy]").first
    assert column.is_visible()
    opened.locator("[name=column][value=accuracy]").uncheck()
    assert not column.is_visible()
    assert opened.locator("#plane svg").count() == opened.locator("#emergence svg").count() == 1
    path = opened.locator("#emergence svg .mark-line path").first
    before = path.get_attribute("opacity")
    opened.locator("#emergence select").first.select_option(label="random")
    opened.wait_for_timeout(200)
    others = opened.locator("#emergence svg .mark-line path").all()
    assert {each.get_attribute("opacity") for each in others} > {before}
    assert opened.title().startswith("<script>")
    assert NASTY in opened.locator("p", has_text="onerror").first.inner_text()


def test_the_slider_moves_words_and_typing_finds_them(opened):
    places = "#words svg .mark-symbol path"
    opened.wait_for_selector(places)
    assert opened.locator(places).count() == 2 * len(WORDS)
    before = opened.locator(places).first.get_attribute("transform")
    opened.locator("#words [type=range]").fill("0")
    opened.wait_for_function(
        "([place, before]) => document.querySelector(place).getAttribute('transform') != before",
        arg=[places, before],
    )
    assert "step 0" in opened.locator("#words svg").text_content()
    opened.locator("#words [type=text]").fill("w7")
    opened.wait_for_function("document.querySelector('#words svg').textContent.includes('w7')")
    opened.locator("#words [type=text]").fill("Fil")
    opened.wait_for_function(
        "document.querySelector('#neighbours caption').textContent == 'Nearest words of film'"
    )
    cells = opened.locator("#neighbours td").all_inner_texts()
    assert len(cells) == 4 * 8
    assert all(cell.endswith("of 2 seeds)") for cell in cells)
    assert NASTY in {cell.rpartition(" (")[0] for cell in cells}
