"""What is released: a source archive that makes the wheel, and a wheel that works by itself."""

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def run(*command: str | Path, folder: Path) -> str:
    """What a command prints in a folder, where nothing of this checkout is at hand."""
    kept = {
        key: each for key, each in os.environ.items() if key not in ("PYTHONPATH", "EMBEXP_DATA")
    }
    done = subprocess.run(
        command, cwd=folder, env=kept, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_changes_of_this_version_are_told():
    assert f"\n## {VERSION}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_wheel_made_of_the_source_archive_works_outside_the_checkout(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-d", tmp_path / "dist", "-t"]
    run(*build, "sdist", folder=ROOT)
    (archive,) = (tmp_path / "dist").iterdir()
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, filter="data")
    run(*build, "wheel", folder=tmp_path / f"embexp-{VERSION}")
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    held = {"py.typed", "__init__.pyi", "data/hotels.csv", "experiments/quickstart.py"}
    assert {f"embexp/{name}" for name in held} <= {*zipfile.ZipFile(wheel).namelist()}

    run(sys.executable, "-m", "venv", tmp_path / "venv", folder=tmp_path)
    programs = tmp_path / "venv" / "bin"
    (packages,) = (tmp_path / "venv").glob("lib/*/site-packages")
    others = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "others.pth").write_text("\n".join(others))  # what embexp depends on
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--ignore-installed"]
    run(programs / "python", *install, wheel, folder=tmp_path)

    here = tmp_path / "here"
    here.mkdir()
    home = run(programs / "python", "-c", "import embexp; print(embexp.__file__)", folder=here)
    assert Path(home.strip()).is_relative_to(packages)
    assert run(programs / "embexp", "--version", folder=here).strip() == VERSION
    assert "147" in run(programs / "embexp", "run", "quickstart", "--dry-run", folder=here)
    run(programs / "embexp", "data", "sample", folder=here)
    little = ["--regimes", "random", "--seeds", "1", "--trials", "0", "--set", "epochs=1"]
    run(programs / "embexp", "compare", "hotels.csv", *little, folder=here)
    run(programs / "embexp", "report", "hotels", folder=here)
    assert (here / "runs" / "hotels" / "report.html").stat().st_size > 10_000
