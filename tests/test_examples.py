"""Every example of the documentation runs, in the order of its page, with little effort."""

import examples
import nbformat
import pytest
from cyclopts import MissingArgumentError
from examples import NOTEBOOK, PAGES, Example
from nbclient import NotebookClient

from embexp.cli.app import app, plugins_in

names = examples.names
NOT_RUN = {
    "--executor": "needs a cluster",
    "vectors fetch": "needs a network",
    "hf:": "needs the folder of a language model",
    "--as-model": "needs the folder of a language model",
    "zh-hotels": "needs EMBEXP_DATA",
    "dictionary:zh": "needs the dictionaries of embexp[cjk]",
    "run quickstart --dry-run": "vectors are others here; tests of dry runs read results",
    "run quickstart --seeds": "takes minutes; make quickstart is the same",
    "table reviews --search": "examples are made without a search",
    "verify quickstart --sample": "takes minutes; tests of verify make runs again",
    "--plugin": "tests of plug-ins run its files",
    "--method retrofitted": "needs WordNet",
    'executor("ray"': "needs a cluster",
    "tensorboard quickstart": "needs embexp[tensorboard]",
}
"""What stands in examples that are not run, and why; their options are checked all the same."""
QUICK = "tour.md"
"""The page whose examples stand for all in the shorter run of tests."""


def why_not(example: Example) -> str | None:
    """Why an example is not run."""
    return next((why for part, why in NOT_RUN.items() if part in example.text), None)


def check(name: str, names: dict) -> None:
    (page,) = (page for page in PAGES if page.name == name)
    space = dict(names)
    for example in examples.examples(page):
        if not why_not(example):
            examples.run(example, space)


@pytest.mark.slow
def test_the_examples_of_the_tour_run(names):
    check(QUICK, names)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", [page.name for page in PAGES if page.name != QUICK])
def test_the_examples_of_other_pages_run(name, names):
    check(name, names)


def test_the_notebook_is_whole_and_holds_no_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 5
    assert {(cell.execution_count, *cell.outputs) for cell in code} == {(None,)}


@pytest.mark.long
@pytest.mark.slow
def test_the_notebook_runs_in_a_kernel(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    prepare = f"""import sys, pathlib, pytest
sys.path.insert(0, {str(NOTEBOOK.parents[1] / "tests")!r})
import examples
examples.little_effort(pytest.MonkeyPatch(), pathlib.Path.cwd())"""
    notebook.cells.insert(0, nbformat.v4.new_code_cell(prepare))
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=280, kernel_name="python3", resources=resources).execute()
    assert (tmp_path / "hotels.html").is_file()
    assert (tmp_path / "tuned.vec").is_file()
    (said,) = (cell for cell in notebook.cells if cell.source.startswith("print(found.answer)"))
    assert "Validation chooses" in said.outputs[0].text


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page != NOTEBOOK], ids=lambda each: each.name
)
def test_commands_have_the_options_that_pages_give_them(page):
    for example in examples.examples(page):
        if example.is_command:
            words, _ = plugins_in(example.words)
            app.parse_args(words, exit_on_error=False, print_error=False)
    for example in examples.inline_commands(page):
        try:
            app.parse_args(example.words, exit_on_error=False, print_error=False)
        except MissingArgumentError:  # only named
            continue


def test_each_reason_not_to_run_an_example_still_has_one():
    every = [example.text for page in PAGES for example in examples.examples(page)]
    assert all(any(part in text for text in every) for part in NOT_RUN)
