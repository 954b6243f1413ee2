"""The documentation as a site: complete, without dead links, and without requests to elsewhere."""

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

import embexp

ROOT = Path(__file__).parents[1]
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
"""What a browser fetches by itself."""


class Links(HTMLParser):
    """What a page fetches, where it leads, and the places in it that links may lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched, self.targets, self.places = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.places.add(given.get("id"))
        if tag in LOADED and given.get(LOADED[tag]):
            self.fetched.append(given[LOADED[tag]])
        elif tag == "a" and given.get("href"):
            self.targets.append(given["href"])


def faults(site: Path) -> Iterator[str]:
    """Requests to elsewhere, and links within the site that lead nowhere."""
    pages = {path: Links(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        for each in page.fetched:
            if "//" in each:
                yield f"{path.name} fetches {each}"
        for each in (*page.targets, *page.fetched):
            file, _, place = unquote(each).partition("#")
            if re.match(r"[a-z]+:|//", each):
                continue
            target = (path.parent / file.partition("?")[0]).resolve() if file else path
            if not target.is_file() or (place and place not in pages[target].places):
                yield f"{path.name} leads to {each}"
    for path in site.rglob("*.css"):
        if re.search(r"url\(['\"]?(https?:)?//|@import", path.read_text("utf-8")):
            yield f"{path.name} fetches from elsewhere"


def test_every_public_name_is_described_and_on_the_page_of_the_interface():
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    on_page = re.findall(r"^\.\. (?:data|auto\w+):: (\w+)$", page, re.MULTILINE)
    assert sorted(on_page) == sorted(embexp.__all__)
    for name in embexp.__all__:
        found = getattr(embexp, name)
        if not isinstance(found, dict):
            assert inspect.getdoc(found), name
        if inspect.isclass(found) and found.__module__.startswith("embexp"):
            own = {key: each for key, each in vars(found).items() if not key.startswith("_")}
            bare = [key for key, each in own.items() if callable(each) and not inspect.getdoc(each)]
            assert not bare, (name, bare)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('<script src="https://cdn.example/a.js">', "a.html fetches https://cdn.example/a.js"),
        ('<a href="b.html">', "a.html leads to b.html"),
        ('<a href="#nowhere">', "a.html leads to #nowhere"),
    ],
)
def test_a_fault_that_is_planted_is_found(tmp_path, text, fault):
    (tmp_path / "a.html").write_text('<p id="here"></p><a href="#here"></a><a href="https://b.c">')
    assert [*faults(tmp_path)] == []
    (tmp_path / "a.html").write_text(text)
    assert [*faults(tmp_path)] == [fault]


@pytest.mark.long
@pytest.mark.slow
def test_the_site_is_made_without_warnings_dead_links_and_requests(tmp_path):
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"]
    done = subprocess.run(
        [*command, "-c", "docs", ".", str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert [*faults(tmp_path)] == []
