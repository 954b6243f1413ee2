"""What stands in `results/` is what the rows give: tables, emergence where there are
seeds and steps enough, figures that are there."""

from pathlib import Path

import pages
import publish
import pytest
import render

from embexp import records
from embexp.records import Cell, Row

pytest.importorskip("matplotlib")
STEPS = (0, 1, 2, 4, 8)


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout with one experiment, in which no figure is drawn."""
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "small.py").write_text(
        '"""Is it?"""\nMEASURES = ("polarity", "simlex999")\n\n\ndef specs(seeds=1): ...\n'
    )
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    pages.objects.cache_clear()
    monkeypatch.setattr(render.drawing, "save", lambda _, path: path.write_bytes(b""))


def results(folder: Path, seeds: int, strata: bool) -> Path:
    folder.mkdir(parents=True)
    for seed in range(seeds):
        spec = {"corpus": "mr", "regime": "random", "encoder": "mean", "seed": seed}
        digest = records.digest(spec)
        rows = [
            Row(
                digest,
                "a",
                step,
                "words",
                measure,
                0.1 * step + 0.01 * seed,
                None,
                None,
                500,
                999,
                0.0,
            )
            for step in STEPS
            for measure in ("polarity", "simlex999")
        ]
        rows += (
            [Row(digest, "a", 8, "words", "polarity", 0.5, None, None, 50, 99, 0.0, "5-99")]
            if strata
            else []
        )
        records.append(folder, rows, Cell(digest, "a", spec, {}, {}, {}, "cpu", 1.0, "now", None))
    return folder


def test_a_folder_has_the_tables_and_figures_that_its_rows_are_enough_for(tmp_path: Path) -> None:
    folder = results(tmp_path / "results" / "small", seeds=2, strata=True)
    render.render(folder)
    written = {path.name for path in folder.iterdir() if path.suffix in (".md", ".png")}
    assert written == {"table.md", "emergence.md", "plane.png", "emergence.png", "strata.png"}
    assert "how structure emerges" in (folder / "emergence.md").read_text()
    assert render.drift(folder) == []


def test_one_seed_without_strata_has_neither_emergence_nor_strata(tmp_path: Path) -> None:
    folder = results(tmp_path / "results" / "small", seeds=1, strata=False)
    render.render(folder)
    assert {path.name for path in folder.iterdir() if path.suffix in (".md", ".png")} == {
        "table.md",
        "plane.png",
        "emergence.png",
    }
    assert render.drift(folder) == []


def test_drift_is_named(tmp_path: Path) -> None:
    folder = results(tmp_path / "results" / "small", seeds=2, strata=True)
    render.render(folder)
    (folder / "emergence.md").write_text("# something else\n")
    (folder / "strata.png").unlink()
    missing, other = render.drift(folder)
    assert missing.endswith("strata.png is missing")
    assert "emergence.md is not what its rows give" in other


def test_a_page_has_its_tables_numbers_and_lines_made_anew(tmp_path: Path) -> None:
    folder = results(tmp_path / "results" / "small", seeds=3, strata=False)
    render.render(folder)
    page = (
        "x <!-- value results/small end polarity regime=random -->0<!-- end --> y "
        "<!-- value results/small decay polarity encoder=mean -->0<!-- end -->\n"
        "<!-- table results/small polarity,simlex999 -->old<!-- end -->\n<!-- lines results/small/table.md ## polar -->old<!-- end -->"
    )
    first, shown = pages.filled(page).split("\n", 1)
    assert "x <!-- value results/small end polarity regime=random -->.8" in first
    assert "| polarity" in shown
    assert "- ## polarity" in shown
    assert pages.filled(pages.filled(page)) == pages.filled(page)
    assert "before training" in pages.filled(
        "<!-- table results/small polarity moment=start --><!-- end -->"
    )
    with pytest.raises(
        ValueError, match="0 arms of results/small have end of polarity with regime=frozen"
    ):
        pages.filled("<!-- value results/small end polarity regime=frozen --><!-- end -->")


def test_published_rows_are_those_of_the_measures_asked_for_and_of_the_task_with_five_digits(
    tmp_path: Path,
) -> None:
    folder = results(tmp_path / "results" / "small", seeds=2, strata=True)
    spec = {"corpus": "mr", "regime": "random", "encoder": "mean", "seed": 9}
    digest = records.digest(spec)
    rows = [
        Row(digest, "a", 0, "test", name, 1 / 3, None, None, 9, 9, None)
        for name in ("accuracy", "cka", "polarity")
    ]
    records.append(folder, rows, Cell(digest, "a", spec, {}, {}, {}, "cpu", 1.0, "now", None))
    publish.thin(folder, {"polarity"})
    kept = records.read_rows(folder)
    assert {row["measure"] for row in kept} == {"polarity", "accuracy"}
    assert {row["value"] for row in kept if row["seed"] == 9} == {0.33333}
    publish.thin(folder, {"polarity"}, curves=False)
    assert {row["step"] for row in records.read_rows(folder) if row["seed"] == 0} == {0, 8}
    assert len(records.read_cells(folder)) == 3
    assert records.damage(folder) == 0
    assert {path.name for path in folder.parent.iterdir()} == {"small"}
