"""What computes: the versions of the libraries, and this package with a checksum of its sources."""

from functools import cache
from importlib.metadata import version
from pathlib import Path

from embexp.plugins import sources_checksum

LIBRARIES = ("jax", "jaxlib", "flax", "optax", "numpy", "scipy", "gensim")


@cache
def versions() -> dict[str, str]:
    """The versions of the libraries that numbers depend on."""
    return {name: version(name) for name in LIBRARIES}


@cache
def code() -> dict[str, str]:
    """The version of this package, and a checksum of its sources as they are loaded now."""
    package = Path(__file__).parent.parent
    return {"version": version("embexp"), "sources": sources_checksum(package)}
