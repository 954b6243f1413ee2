"""The floors of docs/architecture.md: every import goes down, and JAX stays where it is needed."""

import ast
import importlib.util
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import embexp
from embexp import aliases

PACKAGE = Path(embexp.__file__).parent
ROOT = PACKAGE.parent
FLOORS = (
    ("cli",),
    ("comparing",),
    ("runner",),
    ("evaluation",),
    ("tasks",),
    ("training",),
    ("search",),
    ("grids",),
    ("spec",),
    ("contradictions", "declared", "fields", "names", "plugins"),
    ("optimisers", "regimes", "schedules"),
    ("regime",),
    ("models",),
    ("vectors",),
    ("report",),
    ("synthetic",),
    ("baselines",),
    ("measures",),
    ("data",),
    ("words",),
    ("formats",),
    ("records",),
    ("storage",),
    ("aliases", "parameters"),
    ("devices",),
    ("malloc",),
    ("memory",),
    ("errors", "progress", "scratch"),
    ("printable",),
)
"""From top to bottom; a module imports from the floors below, and from its own part of the
package."""
WITHOUT_JAX = (
    "aliases",
    "baselines",
    "data",
    "errors",
    "formats",
    "malloc",
    "measures",
    "memory",
    "parameters",
    "printable",
    "progress",
    "records",
    "report",
    "scratch",
    "storage",
    "synthetic",
    "words",
)
"""Parts that import no JAX, apart from files that are called `*_jax.py`."""
JAX = {"jax", "jaxlib", "flax", "optax"}


def part_of(module: str) -> str:
    """The part of the package that a module is in: `embexp.data.files` is in `data`."""
    part = module.split(".")[1] if "." in module else ""
    return "cli" if part == "__main__" else part


def imports(path: Path, module: str) -> Iterator[tuple[int, str]]:
    """Line and full name of all that a file imports, also inside functions or for types only."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            relative = "." * node.level + (node.module or "")
            home = importlib.util.resolve_name(relative, package) if node.level else relative
            yield from ((node.lineno, f"{home}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            texts = [text for text in node.args[:1] if isinstance(text, ast.Constant)]
            if name.endswith(("import_module", "__import__")):
                yield from ((node.lineno, str(text.value)) for text in texts)


def faults(package: Path) -> list[str]:
    """Imports that go up, parts that are on no floor, and JAX where there is to be none."""
    level = {part: number for number, parts in enumerate(FLOORS) for part in parts}
    found = []
    for path in sorted(package.rglob("*.py")):
        names = ("embexp", *path.relative_to(package).with_suffix("").parts)
        module = ".".join(names).removesuffix(".__init__")
        own = part_of(module)
        if not own:
            continue  # the package's own file names what lies on all floors
        if own not in level:
            found.append(f"{module} is on no floor")
            continue
        with_jax = own not in WITHOUT_JAX or path.stem.endswith("_jax")
        for line, name in imports(path, module):
            top, part = name.split(".")[0], part_of(name)
            above = top == "embexp" and part != own and level.get(part, -1) <= level[own]
            if above or (top in JAX and not with_jax):
                found.append(f"{module}:{line} imports {name}")
    return found


def test_imports_go_down_and_jax_stays_where_it_is_needed():
    assert faults(PACKAGE) == []
    parts = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py")}
    there = {part_of(f"embexp.{part.removesuffix('.py')}") for part in parts} - {"__init__"}
    assert there == {part for floor in FLOORS for part in floor}  # no floor without a file


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("data/corpora.py", "from embexp.runner import run"),
        ("data/corpora.py", "def load():\n    from embexp.training import program"),
        ("data/corpora.py", "from ..tasks.task import Task"),
        ("data/corpora.py", "import embexp.cli as cli"),
        ("data/corpora.py", "from embexp import spec"),
        ("data/corpora.py", "import embexp"),
        ("data/corpora.py", "if TYPE_CHECKING:\n    from embexp.regimes import Regime"),
        ("data/corpora.py", "import importlib\nimportlib.import_module('embexp.runner')"),
        ("data/corpora.py", "from embexp.nowhere import thing"),
        ("measures/task.py", "from embexp.synthetic import World"),
        ("baselines/nbsvm.py", "from embexp.tasks import Task"),
        ("records/schema.py", "from embexp.spec import Spec"),
        ("spec.py", "from embexp.grids import make"),
        ("storage.py", "from embexp import records"),
        ("aliases.py", "from embexp.parameters import Parameter"),
        ("report/tables.py", "import jax.numpy as jnp"),
        ("measures/task.py", "def f():\n    from flax import nnx"),
        ("measures/jax.py", "import jax"),
        ("progress.py", "from embexp import errors"),
        ("utils.py", "import math"),
    ],
)
def test_an_import_that_is_planted_is_found(tmp_path, file, text):
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text + "\n")
    assert len(faults(tmp_path)) == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "data/corpora.py",
            "from embexp.errors import InputError\nfrom .files import y\nimport numpy",
        ),
        ("runner/__init__.py", "from embexp import records\nfrom . import plan\nimport jax"),
        ("measures/summary_jax.py", "import jax"),
        ("cli.py", "def run():\n    from embexp import runner, grids"),
        ("__init__.py", "from embexp.runner import run"),
    ],
)
def test_an_import_that_goes_down_is_let_through(tmp_path, file, text):
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text + "\n")
    assert faults(tmp_path) == []


LINES, FUNCTION_LINES, PARAMETERS = 250, 60, 8
"""The most that a file, a function and a signature may have."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many parameters a function has, `self` and `cls` aside."""
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef, *, command: bool) -> int:
    """The lines of a function; of a command without those that describe its options."""
    first = function.lineno
    if command:
        described = ast.get_docstring(function) is not None
        first = function.body[0].end_lineno + 1 if described else function.body[0].lineno
    return function.end_lineno - first + 1


def oversized(package: Path) -> list[str]:
    """Files and functions that are too long, and functions with too many parameters."""
    found = []
    for path in sorted(package.rglob("*.py")):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(package).as_posix()
        if (count := len(text.splitlines())) > LINES:
            found.append(f"{name} has {count} lines")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, FUNCTIONS):
                continue
            place, command = f"{name}:{node.lineno} {node.name}", name.startswith("cli/")
            if (lines := length(node, command=command)) > FUNCTION_LINES:
                found.append(f"{place} has {lines} lines")
            if parameters(node) > PARAMETERS and not command:
                found.append(f"{place} has {parameters(node)} parameters")
    return found


def test_files_functions_and_signatures_are_short():
    """Commands have a parameter for each option, and describe it in their docstring."""
    assert oversized(PACKAGE) == []


def test_what_is_too_long_is_found(tmp_path):
    eight = ", ".join(f"p{number}" for number in range(8))
    (tmp_path / "cli").mkdir()
    command = 'def f({}, more):\n    """Words.{}"""\n{}'
    (tmp_path / "cli" / "long.py").write_text(command.format(eight, "", "    x = 1\n" * 61))
    (tmp_path / "cli" / "run.py").write_text(command.format(eight, "\n" * 60, "    x = 1\n" * 60))
    (tmp_path / "long.py").write_text("\n" * 251)
    (tmp_path / "function.py").write_text("def f():\n" + "    x = 1\n" * 60)
    (tmp_path / "method.py").write_text(f"class A:\n    def f(self, {eight}, *, ninth): ...\n")
    (tmp_path / "short.py").write_text(f"class A:\n    def f(self, {eight}): ...\n" + "\n" * 248)
    assert oversized(tmp_path) == [
        "cli/long.py:1 f has 61 lines",
        "function.py:1 f has 61 lines",
        "long.py has 251 lines",
        "method.py:2 f has 9 parameters",
    ]


def definitions(package: Path) -> list[str]:
    """What `__init__.py` files hold beside a docstring, imports and `__all__`."""
    found = []
    for path in sorted(package.rglob("__init__.py")):
        name = path.relative_to(package).as_posix()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if docstring or isinstance(node, ast.Import | ast.ImportFrom):
                continue
            text = ast.unparse(node)
            lazy = ("if TYPE_CHECKING:", "_HOMES = ", "def __getattr__(")
            allowed = ("__all__ = ", *(lazy if name == "__init__.py" else ()))
            if not text.startswith(allowed):
                found.append(f"{name}:{node.lineno} {text.splitlines()[0]}")
    return found


def test_init_files_only_re_export():
    """The package's own one loads public names when they are first used."""
    assert definitions(PACKAGE) == []


def test_a_definition_in_an_init_file_is_found(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "__init__.py").write_text('"""Words."""\n\n_HOMES = {}\nSIZE = 3\n')
    (tmp_path / "part" / "__init__.py").write_text(
        "from embexp.part.a import A as A\n\n__all__ = ['A']\n\n\ndef __getattr__(name): ...\n"
    )
    assert definitions(tmp_path) == [
        "__init__.py:4 SIZE = 3",
        "part/__init__.py:6 def __getattr__(name):",
    ]


RETIRED_NAMES = {
    "Cell",
    "Look",
    "Panel",
    "Part",
    "Seams",
    "by_gensim",
    "held_out",
    "keep_better",
    "keep_models",
    "odd_words",
    "two_channel",
}
"""Names that stand for something else now, or that had two meanings."""
RETIRED_WORDS = {
    *("cells", "coding", "codings", "dial", "dials", "judge", "material", "outcome", "outcomes"),
    *("picked", "recipe", "recipes", "rising", "seam", "seams", "yardstick", "yardsticks"),
}
"""Words that are part of no name any more, whatever stands beside them."""
RETIRED_IN_TEXT = re.compile(
    r"\b(cells?|codings?|dials?|odd words?|picked|recipes?|seams?|yardsticks?|two_channel|"
    r"keep_models|by_gensim|held_out)\b|(?<![\w-])("
    + "|".join(aliases.REGIMES)
    + r")(?![\w-])|--(?:set|only) (?:"
    + "|".join(aliases.FIELDS)
    + r")=",
    re.IGNORECASE,
)
"""What prose, tables and commands no longer say; a file's name is no word of its own."""
EXEMPT = {"embexp/aliases.py", "scripts/migrate_results.py"}
"""Where former names are translated."""
CODE = ("embexp", "experiments", "scripts", "benchmarks")
TEXT = ("*.md", "docs/*.md", "results/*/*.md")


def identifiers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every name in a file: variables, attributes, arguments, definitions."""
    for node in ast.walk(tree):
        line: Any = getattr(node, "lineno", 0)
        for field in ("id", "attr", "arg", "name", "asname", "module"):
            if isinstance(name := getattr(node, field, None), str):
                yield from ((line, part) for part in name.split("."))


def words(name: str) -> set[str]:
    """The words of a name, in lower case: `read_cells` and `ReadCells` have the same."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def former_settings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Settings of specs under former names, and regimes' former names in strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("grid", "Spec", "make")):
            yield from (
                (node.lineno, each.arg) for each in node.keywords if each.arg in aliases.FIELDS
            )
        elif isinstance(node, ast.Constant) and node.value in aliases.REGIMES:
            yield node.lineno, str(node.value)


def retired(root: Path) -> list[str]:
    """Places in code and documents where a retired name occurs."""
    found = []
    for path in sorted(path for folder in CODE for path in (root / folder).rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name in EXEMPT:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        hits = [
            (line, each)
            for line, each in identifiers(tree)
            if each in RETIRED_NAMES or words(each) & RETIRED_WORDS
        ]
        found += [f"{name}:{line} {each}" for line, each in sorted({*hits, *former_settings(tree)})]
    for path in sorted(path for pattern in TEXT for path in root.glob(pattern)):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for match in RETIRED_IN_TEXT.finditer(line):
                found.append(f"{path.relative_to(root).as_posix()}:{number} {match[0]}")
    return found


def test_retired_names_are_gone_from_code_and_documents():
    assert retired(ROOT) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("embexp/a.py", "cells = 1"),
        ("embexp/a.py", "x.read_cells"),
        ("embexp/a.py", "def f(dials): ..."),
        ("embexp/a.py", "f(keep_models=True)"),
        ("embexp/a.py", "class Cell: ..."),
        ("embexp/a.py", "class StaticRecipe: ..."),
        ("embexp/a.py", "import a.yardsticks"),
        ("embexp/a.py", "from a import b as seams"),
        ("embexp/a.py", "try: ...\nexcept E as outcome: ..."),
        ("embexp/a.py", "if regime == 'glove-tuned': ..."),
        ("experiments/a.py", "grid(corpus='sst2', rate=0.1)"),
        ("scripts/a.py", "embexp.Spec(unseen='zero')"),
        ("benchmarks/a.py", "def picked(): ..."),
        ("README.md", "Six cells of a grid"),
        ("docs/a.md", "the arm `glove-tuned` is"),
        ("docs/a.md", "embexp run quickstart --set rate=0.1"),
        ("results/a/table.md", "| word2vec-frozen | 1 |"),
    ],
)
def test_a_retired_name_that_is_planted_is_found(tmp_path, file, text):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")
    assert len(retired(tmp_path)) == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("embexp/a.py", "cell, moments, judged = lstm(panel, dialogue='a cell', rate=0.1)"),
        ("embexp/aliases.py", "cells = {'glove-tuned': 'tuned'}"),
        ("results/a/table.md", "| my-glove-tuned | excellent | 0.1 |"),
        ("docs/a.md", "Dialogues of cellular automata; `--set learning_rate=0.1`"),
        ("tests/test_a.py", "cells = 1"),
    ],
)
def test_names_that_only_look_like_retired_ones_are_let_through(tmp_path, file, text):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")
    assert retired(tmp_path) == []


SCRIPT = """
import sys
import embexp, embexp.cli, embexp.data, embexp.formats, embexp.measures, embexp.words
import embexp.report.select, embexp.report.tables, embexp.report.writers, embexp.synthetic
from embexp.records import Row, Run, append, digest

embexp.read_rows, embexp.load_corpus, embexp.MEASURES, embexp.InputError
embexp.Vectors, embexp.Vocabulary
for seed in (0, 1):
    spec = dict(corpus="c", regime="random", vectors=None, encoder="mean", seed=seed)
    row = Row(digest(spec), "r", 1, "test", "accuracy", 0.5, 0.4, 0.6, 10, 10)
    run = Run(row.digest, "r", spec, sorted(spec), "random", False, {}, {}, {}, "cpu", 1.0, "")
    append("runs/tiny", [row], run)
for command in ("table tiny", "table tiny --format json", "data list"):
    try:
        embexp.cli.main(command.split())
    except SystemExit as done:
        assert not done.code
print([name for name in sys.argv[1:] if name in sys.modules], file=sys.stderr)
"""


def python(*command: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=100, **options
    )


@pytest.mark.slow
def test_reading_rows_drawing_tables_and_reading_data_load_no_jax(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = python("script.py", *sorted(JAX), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"
    assert ".500" in done.stdout
    assert "movie-reviews-rt" in done.stdout


@pytest.mark.slow
def test_help_answers_fast():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = python("-c", "from embexp.cli import main; main(['--help'])")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0
    assert "compare" in done.stdout
    assert after.ru_utime - before.ru_utime < 2  # seconds of CPU; the machine may be busy


def test_public_names_are_there_and_come_from_where_they_say():
    for name in embexp.__all__:
        assert getattr(embexp, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        embexp.nothing  # noqa: B018 - the access is the test
