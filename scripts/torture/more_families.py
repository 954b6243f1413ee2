"""Families of files that the package writes for itself, and of what a command is given."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from families import FAMILIES, Family, Reader, _objects, _reader, _texts

RUNS = 3
SETTINGS = (
    *("epochs=3", "learning_rate=[0.01,0.001]", "regime=tuned", "encoder=cnn", "vectors=none"),
    *("max_words=1000", 'tracked_pairs=["good:bad"]', "hidden_size=16", "seed=7", "clip=1.0"),
    *("corpus=world:words=60,texts=80", "oov=zero", "save_models=true", "dropout=0.5"),
)
WORLDS = (
    *("world", "world:words=60,topics=2,texts=80,length=6", "world:seed=3,noise=0.1"),
    *("world:words=100,texts=200,length=4,unseen=0", "world:polar=0.5,function=0.3,focus=1"),
)
SMALL_WORLD = 20_000
"""Texts of a larger world are not made."""


def recorded(folder: Path) -> None:
    """Some runs with made-up values, as a sweep records them."""
    from embexp.records import Row, Run, append, digest

    for seed in range(RUNS):
        spec = {"corpus": "mr", "regime": "random", "vectors": None, "encoder": "mean"}
        spec |= {"seed": seed}
        name = digest(spec)
        rows = [
            Row(name, "r", step, "test", measure, seed + step / 7, 0.1, None, 90, 99, 0.5)
            for step in (0, 64)
            for measure in ("accuracy", "nll", "simlex999")
        ]
        origin: dict[str, Any] = {"data": {}, "code": {}, "versions": {}, "device": "cpu"}
        run = Run(
            name, "r", spec, sorted(spec), "random", control=False, seconds=1.0, time="", **origin
        )
        append(folder, rows, run)


def _results(name: str) -> Any:
    def write(folder: Path) -> Iterator[Path]:
        home = folder / "results"
        recorded(home)
        if name == "rows.parquet":
            published(home)
        path = folder / f"whole{Path(name).suffix}"
        shutil.copy(home / name, path)
        yield path

    return write


def published(home: Path) -> None:
    """Puts the rows of a folder into Parquet."""
    from embexp.records import publish, read, scores_of
    from embexp.records.schema import Row, Run

    rows, runs, _ = read(home)
    parts = []
    for run in runs.values():
        own = [
            Row(**{key: row[key] for key in Row._fields})
            for row in rows
            if row["digest"] == run["digest"]
        ]
        parts.append((Run(**{key: run[key] for key in Run._fields}), own))
    (home / "rows.jsonl").unlink()
    publish(home, parts, {digest: each.path for digest, each in scores_of(home, runs).items()})


class Beside:
    """Reads results of which one file is the damaged one: no shown row may be another."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, folder: Path) -> Reader:
        """The reader."""
        from embexp import records

        home = folder / "results"
        shown = {json.dumps(row, sort_keys=True) for row in records.read_rows(home)}

        def read(path: Path) -> str:
            shutil.copy(path, home / self.name)
            rows, runs, _ = records.read(home)
            wrong = {json.dumps(row, sort_keys=True) for row in rows} - shown
            halves = [len([row for row in rows if row["digest"] == run]) for run in runs]
            if wrong:
                return f"wrong: {min(wrong)}"
            return "sound" if all(count == len(shown) // RUNS for count in halves) else "half"

        return read


def _states(folder: Path) -> Iterator[Path]:
    """The state of a training, saved half-way."""
    from embexp.vectors import checkpoint

    every, checkpoint.EVERY = checkpoint.EVERY, 0.0
    try:
        state = checkpoint.Checkpoint(folder / "made", {"method": "glove", "dim": 3})
        state.save_if_due(5, {"table": np.arange(12.0).reshape(4, 3), "step": np.int64(7)})
    finally:
        checkpoint.EVERY = every
    shutil.copy(folder / "made" / "state.npz", folder / "whole.npz")
    yield folder / "whole.npz"


def states(folder: Path) -> Reader:
    """Reads the state of a training."""
    from embexp.vectors.checkpoint import Checkpoint

    state = Checkpoint(folder / "made", {"method": "glove", "dim": 3})

    def read(path: Path) -> Any:
        shutil.copy(path, folder / "made" / "state.npz")
        done, arrays = state.load()
        return done, sorted((name, np.asarray(array).tobytes()) for name, array in arrays.items())

    return read


def _cache(folder: Path) -> Any:
    return patch.dict(os.environ, EMBEXP_CACHE=str(folder / "cache"))


def _cached(suffix: str) -> Any:
    def write(folder: Path) -> Iterator[Path]:
        from embexp.formats import cache

        with _cache(folder):
            for _ in range(2):
                (folder / "mine.txt").write_text("good 1 2 3\nbad -1 -2 -3\nfilm 0 0.5 0\n")
                os.utime(folder / "mine.txt", (0, 0))
                cache.contents(folder / "mine.txt")
        path = folder / f"whole{suffix}"
        shutil.copy(next((folder / "cache" / "tables").glob(f"*{suffix}")), path)
        yield path

    return write


class Cached:
    """Reads vectors whose cached table, or the note beside it, is damaged."""

    def __init__(self, suffix: str) -> None:
        self.suffix = suffix

    def __call__(self, folder: Path) -> Reader:
        """The reader."""
        from embexp.formats import cache

        place = next((folder / "cache" / "tables").glob(f"*{self.suffix}"))
        listed = getattr(cache, "cached_tables", None) or cache.entries  # type: ignore[attr-defined]

        def read(path: Path) -> Any:
            shutil.copy(path, place)
            with _cache(folder):
                listed()
                found = cache.contents(folder / "mine.txt")
            return found.words, found.table.tobytes()

        return read


def _given(path: Path) -> str:
    return path.read_bytes().decode(errors="surrogateescape")


def settings(folder: Path) -> Reader:  # noqa: ARG001 - every family takes it
    """Reads a value of `--set`, and makes specs with it."""
    from embexp.grids import fitting
    from embexp.runner.experiments import changed, setting
    from embexp.spec import Spec

    spec = Spec(corpus="mr", regime="random", vectors=None, encoder="mean", seed=0, dim=8)

    def read(path: Path) -> str:
        key, value = setting(_given(path), "--set")
        values = value if isinstance(value, list) else [value]
        return repr([each.digest for each in fitting(changed(spec, key, one) for one in values)])

    return read


def worlds(folder: Path) -> Reader:  # noqa: ARG001 - every family takes it
    """Reads the name of a synthetic world, and makes it if it is small."""
    from embexp.synthetic import WorldConfig, load_corpus

    def read(path: Path) -> str:
        name = _given(path)
        config = WorldConfig.parse(name)
        if config.words * config.topics <= SMALL_WORLD >= config.texts * config.length:
            load_corpus(f"world:{config}")
        return repr(config)

    return read


FAMILIES |= {
    "data .jsonl": Family(
        _texts(".jsonl", "".join(json.dumps(each) + "\n" for each in _objects())),
        _reader("embexp.data.files", "read_labelled"),
        ".jsonl",
        packed=True,
    ),
    "data .json": Family(
        _texts(".json", json.dumps(_objects(), ensure_ascii=False)),
        _reader("embexp.data.files", "read_labelled"),
        ".json",
        packed=True,
    ),
    **{
        f"results {name}": Family(_results(name), Beside(name), Path(name).suffix, sealed=True)
        for name in ("rows.jsonl", "runs.jsonl", "rows.parquet")
    },
    "checkpoint": Family(_states, states, ".npz"),
    **{
        f"cache {suffix}": Family(_cached(suffix), Cached(suffix), suffix, sealed=True)
        for suffix in (".safetensors", ".json")
    },
    "given --set": Family(_texts(".given", *SETTINGS), settings, ".given"),
    "given world": Family(_texts(".given", *WORLDS), worlds, ".given"),
}
"""All families by name."""
