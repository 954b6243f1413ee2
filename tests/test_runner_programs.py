"""Compiled programs are dropped while there is still room for others."""

import jax
import jax.numpy as jnp
import pytest
import small_corpus

from embexp import run
from embexp.runner import programs

small = small_corpus.small


@jax.jit
def doubled(x: jax.Array) -> jax.Array:
    return 2 * x


@pytest.mark.parametrize(("held", "kept"), [(4, 1), (6, 0)])
def test_programs_are_dropped_from_half_of_the_maps_on(monkeypatch, tmp_path, held, kept):
    for name, text in (("HELD", "a map\n" * held), ("ALLOWED", "10\n")):
        monkeypatch.setattr(programs, name, tmp_path / name)
        (tmp_path / name).write_text(text)
    jax.clear_caches()
    doubled(jnp.ones(3))
    programs.make_room()
    assert doubled._cache_size() == kept
    assert doubled(jnp.ones(3)).tolist() == [2, 2, 2]


def test_a_system_without_such_a_limit_keeps_them(monkeypatch, tmp_path):
    monkeypatch.setattr(programs, "HELD", tmp_path / "none")
    jax.clear_caches()
    doubled(jnp.ones(3))
    programs.make_room()
    assert doubled._cache_size() == 1


def test_every_group_makes_room_before_it_compiles(small, monkeypatch, tmp_path):
    called: list[int] = []
    monkeypatch.setattr(programs, "make_room", lambda: called.append(1))
    shapes = [{"encoder": "mean"}, {"encoder": "cnn", "hidden_size": 2}]
    specs = [spec for own in shapes for spec in small.specs(seed=0, regime="random", **own)]
    run(specs, results=tmp_path)
    assert len(called) == 2
