"""Claim: a training step costs little more with 400,000 words than with 20,000.

That holds for row-sparse steps (`lazy-adam`), and they are faster than PyTorch's with
`SparseAdam` for the table.

    python benchmarks/vocabulary.py [--steps 300] [--runs 2] [--rows 20000 400000]

| encoder | many against few rows, at most | PyTorch's time against ours, at least |
|---|---|---|
| mean | 1.5 × | 1.5 × |
| CNN, 3 × 100 maps | 1.15 × | 1.3 × |
| LSTM, 100 units | 1.15 × | 1.3 × |

Needs `pip install -e ".[peers]"`. Texts of 64 words in batches of 50, words by Zipf's law,
vectors of 100 numbers. Each measurement is a process of its own with the same malloc
settings and all cores; what is timed comes after the first steps. Some of our runs train
side by side, and the time is that of a step and run; PyTorch trains one run, and would train
the others after it.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from sides import seconds

from embexp.malloc import keep_memory

LENGTH, BATCH, DIM, HIDDEN, WINDOWS, TEXTS = 64, 50, 100, 100, (3, 4, 5), 5000
WARM, RATE = 20, 1e-3
ROWS = (20_000, 400_000)
GROWTH = {"mean": 1.5, "cnn": 1.15, "lstm": 1.15}
FASTER = {"mean": 1.5, "cnn": 1.3, "lstm": 1.3}


def words(rows: int) -> np.ndarray:
    """The texts, TEXTS × LENGTH, with words by Zipf's law; some 750 are distinct in a batch."""
    drawn = 20 * np.random.default_rng(0).pareto(0.6, TEXTS * LENGTH) + 2
    return np.minimum(drawn, rows - 1).astype(np.int32).reshape(TEXTS, LENGTH)


def ours(encoder: str, rows: int, steps: int, runs: int) -> float:
    """Seconds of one step of one run, where several are trained side by side."""
    keep_memory()
    import jax
    import jax.numpy as jnp

    from embexp.devices import prepare
    from embexp.models import Embedding
    from embexp.training import hyper_parameters, program
    from embexp.training.runs import on_mesh, run_mesh
    from embexp.training.static import StaticConfig
    from embexp.training.steps import Inputs, begin
    from embexp.training.texts import Texts

    own = {"hidden_size": HIDDEN} | ({"windows": WINDOWS} if encoder == "cnn" else {})
    mesh, ids = run_mesh(prepare(), runs), words(rows)
    most = int(sum(sorted(len(set(text)) for text in ids.tolist())[-BATCH:]))
    static = StaticConfig(
        embedding=Embedding,
        encoder=encoder,
        encoder_parameters=() if encoder == "mean" else tuple(own.items()),
        head="classes",
        vocab=rows,
        dim=DIM,
        classes=2,
        widths=(LENGTH,),
        scored_widths=(LENGTH,),
        batch_size=BATCH,
        optimiser="lazy-adam",
        slots=(most,),
    )
    lengths = jnp.full(TEXTS, LENGTH)
    once = jnp.zeros(ids.size, bool)
    starts = jnp.arange(TEXTS, dtype=jnp.int32) * LENGTH
    texts = Texts(jnp.asarray(ids.ravel()), starts, lengths, jnp.zeros((TEXTS, 0)), once)

    def run(seed: int) -> tuple[Any, Inputs]:
        rng = np.random.default_rng(seed)
        numbers = hyper_parameters("tuned", WARM + steps, learning_rate=RATE)
        order = jnp.asarray(rng.integers(0, TEXTS, (WARM + steps, BATCH)), jnp.int32)
        labels = jnp.asarray(rng.integers(0, 2, TEXTS), jnp.int32)
        params = program.initial(static, jax.random.key(seed))
        given = Inputs(numbers, jax.random.key(seed), labels, order, None)
        return begin(static, params, numbers), given

    every = [run(seed) for seed in range(runs)]
    state, given = on_mesh(mesh, jax.tree.map(lambda *leaves: jnp.stack(leaves), *every))
    buckets = jnp.zeros(WARM + steps, jnp.int32)
    active = on_mesh(mesh, np.ones(runs, bool))

    def train(first: int, last: int) -> float:
        nonlocal state
        begun, span = time.perf_counter(), (jnp.int32(first), jnp.int32(last))
        state = program.advance(static, mesh, texts, buckets, span, state, given, active)
        jax.block_until_ready(state)
        return time.perf_counter() - begun

    train(0, WARM)
    return train(WARM, WARM + steps) / steps / runs


def torchs(encoder: str, rows: int, steps: int, runs: int) -> float:  # noqa: ARG001 - one
    """PyTorch's seconds of one step."""
    keep_memory()
    torch: Any = import_module("torch")
    nn = torch.nn
    table = nn.Embedding(rows, DIM, sparse=True)
    inner: Any = {
        "mean": nn.Identity,
        "cnn": lambda: nn.ModuleList(
            nn.Conv1d(DIM, HIDDEN, each, padding=each - 1) for each in WINDOWS
        ),
        "lstm": lambda: nn.LSTM(DIM, HIDDEN, batch_first=True),
    }[encoder]()
    head = nn.Linear({"mean": DIM, "cnn": HIDDEN * len(WINDOWS), "lstm": HIDDEN}[encoder], 2)

    def features(ids: Any) -> Any:
        vectors = table(ids)
        if encoder == "mean":
            return vectors.mean(1)
        if encoder == "lstm":
            return inner(vectors)[0][:, -1]
        turned = vectors.transpose(1, 2)
        return torch.cat([each(turned).relu().amax(2) for each in inner], 1)

    dense = torch.optim.Adam([*inner.parameters(), *head.parameters()], lr=RATE)
    sparse = torch.optim.SparseAdam(table.parameters(), lr=RATE)
    ids, rng = torch.from_numpy(words(rows)).long(), np.random.default_rng(0)
    labels = torch.from_numpy(rng.integers(0, 2, TEXTS))

    def step() -> None:
        drawn = torch.from_numpy(rng.integers(0, TEXTS, BATCH))
        dense.zero_grad()
        sparse.zero_grad()
        nn.functional.cross_entropy(head(features(ids[drawn])), labels[drawn]).backward()
        dense.step()
        sparse.step()

    for _ in range(WARM):
        step()
    begun = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - begun) / steps


SIDES: dict[str, Callable[..., float]] = {"embexp": ours, "PyTorch": torchs}


def least(side: str, **options: Any) -> float | None:
    """The least of three measurements; None without the peer."""
    found = [seconds(__file__, side, **options) for _ in range(3)]
    return min((each for each in found if each is not None), default=None)


def main() -> None:
    """Prints milliseconds of a step, how they grow with the vocabulary, and the peer's ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--encoder", choices=GROWTH, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    given = parser.parse_args()
    size = {"steps": given.steps, "runs": given.runs}
    if given.side:
        print(json.dumps(SIDES[given.side](given.encoder, given.rows[0], **size)))
        return
    few, many = min(given.rows), max(given.rows)
    print(
        f"| encoder | side | ms at {few // 1000}k rows | ms at {many // 1000}k | growth | claim |"
    )
    print("|---|---|---|---|---|---|")
    for encoder, most in GROWTH.items():
        times = {
            side: [least(side, encoder=encoder, rows=rows, **size) for rows in (few, many)]
            for side in SIDES
        }
        for side, (least_rows, most_rows) in times.items():
            if least_rows and most_rows:
                if side == "embexp":
                    claim = growth_claim(least_rows, most_rows, most)
                else:
                    claim = speed_claim(times["embexp"], (least_rows, most_rows), FASTER[encoder])
                found = f"{1000 * least_rows:.2f} | {1000 * most_rows:.2f}"
                growth = f"{most_rows / least_rows:.2f} ×"
                print(f"| {encoder} | {side} | {found} | {growth} | {claim} |", flush=True)


def growth_claim(few: float, many: float, most: float) -> str:
    """Whether our time grows as little as is claimed."""
    return f"≤ {most} ×: {'holds' if many <= most * few else 'FAILS'}"


def speed_claim(own: Sequence[Any], peer: Sequence[float], faster: float) -> str:
    """Whether the peer takes as much longer as is claimed, at both sizes."""
    ratios = [theirs / ours for theirs, ours in zip(peer, own, strict=True)]
    found = " and ".join(f"{ratio:.2f} ×" for ratio in ratios)
    return f"{found} ours, ≥ {faster} ×: {'holds' if min(ratios) >= faster else 'FAILS'}"


if __name__ == "__main__":
    main()
