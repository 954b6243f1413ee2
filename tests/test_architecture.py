"""The layers of docs/architecture.md: every import goes down, jax stays where it is
needed, and commands start fast."""

import ast
import importlib.util
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import embexp

PACKAGE = Path(embexp.__file__).parent
LAYERS = (
    ("cli",),
    ("experiments", "progress"),
    ("sweep",),
    ("training",),
    ("spec",),
    ("regimes",),
    ("vectors",),
    ("report",),
    ("data",),
    ("measures",),
    ("models",),
    ("words",),
    ("formats",),
    ("records",),
    ("devices", "errors"),
)
"""From top to bottom; a module imports from those below it, and from its own part of
the package."""
WITHOUT_JAX = (
    "data",
    "errors",
    "experiments",
    "formats",
    "measures",
    "progress",
    "records",
    "report",
    "words",
)
JAX = {"jax", "jaxlib", "flax", "optax"}


def part_of(module: str) -> str:
    """The part of the package that a module is in: `embexp.data.files` is in `data`,
    `embexp.cli_…` in `cli`; `embexp` itself in none."""
    part = module.split(".")[1] if "." in module else ""
    return "cli" if part == "__main__" or part.startswith("cli_") else part


def imports(path: Path, module: str) -> Iterator[tuple[int, str]]:
    """Line and full name of all that a file imports, at its top, inside functions, or
    for the type checker only."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            home = (
                importlib.util.resolve_name("." * node.level + (node.module or ""), package)
                if node.level
                else node.module or ""
            )
            yield from ((node.lineno, f"{home}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__")
        ):
            yield from (
                (node.lineno, text.value)
                for text in node.args[:1]
                if isinstance(text, ast.Constant)
            )


def faults(package: Path) -> list[str]:
    """What goes against the layers in a package: upward imports, unknown parts, and jax
    where there is to be none."""
    level = {part: number for number, parts in enumerate(LAYERS) for part in parts}
    found = []
    for path in sorted(package.rglob("*.py")):
        module = ".".join(
            ("embexp", *path.relative_to(package).with_suffix("").parts)
        ).removesuffix(".__init__")
        own = part_of(module)
        if not own:
            continue  # the package's own file names what lies in all layers
        if own not in level:
            found.append(f"{module} is in no layer")
            continue
        for line, name in imports(path, module):
            top, part = name.split(".")[0], part_of(name)
            if (top in JAX and own in WITHOUT_JAX) or (
                top == "embexp" and part != own and level.get(part, -1) <= level[own]
            ):
                found.append(f"{module}:{line} imports {name}")
    return found


def test_imports_go_down_and_jax_stays_where_it_is_needed():
    assert faults(PACKAGE) == []
    seen = {
        part_of(f"embexp.{path.relative_to(PACKAGE).parts[0].removesuffix('.py')}")
        for path in PACKAGE.rglob("*.py")
    }
    assert {part for parts in LAYERS for part in parts} <= seen  # no layer is left that has no file


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("data/corpora.py", "from embexp.sweep import run"),
        ("data/corpora.py", "def load():\n    from embexp.training import program"),
        ("data/corpora.py", "from ..sweep.task import Task"),
        ("data/corpora.py", "import embexp.cli as cli"),
        ("data/corpora.py", "from embexp import spec"),
        ("data/corpora.py", "import embexp"),
        ("data/corpora.py", "if TYPE_CHECKING:\n    from embexp.regimes import Regime"),
        ("data/corpora.py", "import importlib\nimportlib.import_module('embexp.sweep')"),
        ("data/corpora.py", "from embexp.nowhere import thing"),
        ("report/tables.py", "import jax.numpy as jnp"),
        ("measures/task.py", "def f():\n    from flax import nnx"),
        ("progress.py", "from embexp import experiments"),
        ("utils.py", "import math"),
    ],
)
def test_the_check_finds_an_import_that_is_planted(tmp_path, file, text):
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text + "\n")
    assert len(faults(tmp_path)) == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "data/corpora.py",
            "from embexp.errors import InputError\nfrom embexp.data.files import x\nfrom .files import y\nimport numpy",
        ),
        ("sweep/__init__.py", "from embexp import records\nfrom . import plan\nimport jax"),
        ("cli.py", "def run():\n    from embexp import experiments, sweep"),
    ],
)
def test_the_check_lets_through_what_goes_down(tmp_path, file, text):
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text + "\n")
    assert faults(tmp_path) == []


SCRIPT = """
import sys
import embexp, embexp.cli, embexp.data, embexp.formats, embexp.measures, embexp.words
import embexp.report.select, embexp.report.tables, embexp.report.writers
from embexp.records import Cell, Row, append

embexp.read_rows, embexp.load_corpus, embexp.MEASURES, embexp.Vectors, embexp.Vocabulary, embexp.InputError
for seed in (0, 1):
    digest, spec = f"d{seed}", dict(corpus="c", regime="random", encoder="mean", seed=seed)
    row = Row(digest, "r", 1, "test", "accuracy", 0.5, 0.4, 0.6, 10, 10)
    append("runs/tiny", [row], Cell(digest, "r", spec, {}, {}, {}, "cpu", 1.0, ""))
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


def test_reading_rows_drawing_tables_and_reading_data_load_no_jax(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = python("script.py", *sorted(JAX), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"
    assert ".500" in done.stdout
    assert "movie-reviews-rt" in done.stdout


def test_help_answers_fast():
    start = time.perf_counter()
    done = python("-c", "from embexp.cli import main; main(['--help'])")
    assert done.returncode == 0
    assert "compare" in done.stdout
    assert time.perf_counter() - start < 3  # generous: the machine may be busy


def test_public_names_are_there_and_come_from_where_they_say():
    for name in embexp.__all__:
        assert getattr(embexp, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        embexp.nothing  # noqa: B018 - the access is the test
