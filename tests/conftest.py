"""What all tests share: the machine's devices, types checked at run time, and the data
sets where they are."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jax
import psutil
import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

os.environ["EMBEXP_CACHE"] = tempfile.mkdtemp(
    prefix="embexp-tests-"
)  # what tests read is not kept for the user
hook = install_import_hook("embexp", "beartype.beartype")

from embexp.devices import prepare  # noqa: E402 - after the hook

prepare()  # before any test module computes: afterwards the number of devices is fixed

from embexp.measures import resources  # noqa: E402
from embexp.regimes import REGIMES  # noqa: E402

DATA = os.environ.get("EMBEXP_DATA")


def read_once(load: Callable[..., Any], known: Iterable[str]) -> Callable[..., Any]:
    """A reader of word lists that keeps those of EMBEXP_DATA; others are read each time."""
    kept = cache(load)
    return lambda name: (
        kept(name) if name in known and os.environ.get("EMBEXP_DATA") == DATA else load(name)
    )


for kind, (load, known) in resources.KINDS.items():
    resources.KINDS[kind] = (read_once(load, known), known)

ROOM = 3 * 2**30
"""Bytes of a process up to which compiled programs are kept for the next file of tests."""

settings.register_profile(
    "untimed", deadline=None
)  # a busy machine is no failure: speed lives in benchmarks
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="module")
def no_programs_of_other_tests() -> Iterator[None]:
    """Drops compiled programs after a file: a process has room for some thousands only."""
    yield
    if psutil.Process().memory_info().rss > ROOM:
        jax.clear_caches()


@pytest.fixture(autouse=True, scope="module")
def no_regimes_of_other_tests() -> Iterator[None]:
    """Takes out what experiments have put in, which are loaded for a test, after a file."""
    known = dict(REGIMES)
    yield
    REGIMES.clear()
    REGIMES.update(known)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder that EMBEXP_DATA names; the test is skipped, and says so, where there is none."""
    folder = os.environ.get("EMBEXP_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("EMBEXP_DATA names no folder of data sets")
    return Path(folder)
