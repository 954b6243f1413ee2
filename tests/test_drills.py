"""The four change drills of the design: what is added from outside the package as one class
or function and one dict entry, with no file of the package that has to know of it.

Each toy stands between its own lines; `monkeypatch.setitem` takes its entry away again.
"""

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small_corpus
from commands import call
from flax import nnx
from pydantic import Field
from small_corpus import in_any_order, of_run, values

from embexp import (
    ENCODERS,
    MEASURES,
    REGIMES,
    InputError,
    Spec,
    Vectors,
    grid,
    measure,
    records,
    run,
    trained,
)
from embexp.grids import make
from embexp.measures import Measure, MeasuredTable, Value
from embexp.models import Encoder
from embexp.models.initialisers import initialisers_of
from embexp.parameters import Parameter
from embexp.regime import Regime, Step, pretrained
from embexp.runner import EXECUTORS, make_plan

pytestmark = pytest.mark.slow  # compiling
small = small_corpus.small
COMPILED: list[str] = []
"""One entry for each program that XLA compiles."""
jax.monitoring.register_event_duration_secs_listener(
    lambda event, *_, **__: COMPILED.append(event) if "backend_compile" in event else None
)


# (a) A regime -----------------------------------------------------------------------------


def anchor(step: Step) -> jax.Array:
    """The squared distance of the table from its start, times λ."""
    return step.parameters["anchor_weight"] * jnp.square(step.rows - step.start).sum()


ANCHOR_WEIGHT = Parameter(
    Annotated[float, Field(ge=0, allow_inf_nan=False)],
    0.1,
    "λ of the penalty λ‖E − E₀‖²",
    traced=True,
)
ANCHORED = Regime(
    "pretrained vectors, trained further but held near their start",
    pretrained,
    parameters={"anchor_weight": ANCHOR_WEIGHT},
    penalty=anchor,
)

# ------------------------------------------------------------------------------------------


@pytest.fixture
def anchored(monkeypatch) -> None:
    monkeypatch.setitem(REGIMES, "anchored", ANCHORED)


@pytest.mark.long
def test_a_regime_with_a_penalty_is_one_entry(small, anchored, tmp_path):
    weights = [0.0, 0.01, 100.0]
    specs = [
        *small.specs(regime="anchored", anchor_weight=weights),
        *small.specs(regime=["tuned", "frozen"]),
    ]
    rows = run(specs, results=tmp_path)
    runs = records.read_runs(tmp_path)
    assert [runs[spec.digest]["error"] for spec in specs] == [None] * 10

    def of(spec: Spec, *columns: str) -> list[tuple]:
        own = of_run(rows, spec)
        return [tuple(row[column] for column in columns) for row in own]

    columns = ("step", "split", "measure", "stratum", "value", "low", "high", "n", "total")
    for seed in (0, 1):
        free, weak, strong = (spec for spec in specs[:6] if spec.seed == seed)
        tuned, frozen = (spec for spec in specs[6:] if spec.seed == seed)
        assert of(free, *columns) == of(tuned, *columns)  # bit for bit
        logits = [tmp_path / "logits" / f"{spec.digest}.npy" for spec in (free, tuned)]
        assert logits[0].read_bytes() == logits[1].read_bytes()
        drift = [
            values(rows, digest=spec.digest, measure="drift", stratum="all")[-1]
            for spec in (tuned, weak, strong, frozen)
        ]
        assert drift[0] > drift[1] > 5 * drift[2] > drift[3] == 0
    assert {row["arm"] for row in rows} == {
        f"{regime} · vectors.txt" for regime in ("anchored", "tuned", "frozen")
    }


def test_runs_that_differ_in_a_traced_parameter_share_a_compilation(small, anchored, tmp_path):
    plan = make_plan(small.specs(regime="anchored", anchor_weight=[0.0, 0.5]), tmp_path / "plan")
    assert (plan.programs, len(plan.groups)) == (1, 1)
    run(small.specs(regime="anchored", anchor_weight=[0.0, 0.5]), results=tmp_path / "first")
    before = len(COMPILED)
    run(small.specs(regime="anchored", anchor_weight=[0.7, 3.0]), results=tmp_path / "second")
    assert len(COMPILED) == before


@pytest.mark.long
def test_regimes_that_share_a_penalty_need_not_share_their_parameters(
    small, anchored, tmp_path, monkeypatch
):
    late = {
        "anchor_weight": ANCHOR_WEIGHT,
        "start_share": REGIMES["delayed"].parameters["unfreeze_share"],
    }
    later = replace(ANCHORED, parameters=late, unfreeze=lambda given: given["start_share"])
    monkeypatch.setitem(REGIMES, "anchored-late", later)
    specs = small.specs(regime=["anchored", "anchored-late"], start_share=1.0, seed=0)
    rows = run(specs, results=tmp_path)
    assert {each["error"] for each in records.read_runs(tmp_path).values()} == {None}
    assert values(rows, regime="anchored-late", measure="drift", stratum="all")[-1] == 0
    assert values(rows, regime="anchored", measure="drift", stratum="all")[-1] > 0


def test_a_regime_s_parameter_is_known_to_specs_grids_and_the_command_line(
    small, anchored, tmp_path, capsys
):
    (default, _) = small.specs(regime="anchored")
    assert default.anchor_weight == 0.1
    specs = small.specs(regime=["anchored", "tuned"], anchor_weight=[0.1, 0.2], seed=0)
    assert len({spec.digest for spec in specs}) == 3  # the tuned table has no λ
    assert specs[0].digest == default.digest  # a default is not hashed
    with pytest.raises(InputError, match=r"anchor_weight = -1 is refused: .*greater than or equal"):
        small.specs(regime="anchored", anchor_weight=-1)
    with pytest.raises(InputError, match="has no anchor_weight; anchored has it"):
        small.specs(regime="tuned", anchor_weight=0.5)
    (tmp_path / "near.py").write_text(
        '"""How near?"""\n\nfrom embexp import Spec\n\n\ndef specs(seeds=1):\n'
        f"    return [Spec(**{default.model_dump()!r})]\n"
    )
    words = ["run", str(tmp_path / "near.py"), "--set", "anchor_weight=[0.1,0.2,7]"]
    assert call(*words, "--dry-run", "--results", str(tmp_path), "--format", "json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert [each["anchor_weight"] for each in shown] == [0.1, 0.2, 7.0]
    assert {each["program"] for each in shown} == {1}


# (b) An encoder ---------------------------------------------------------------------------

Count = Annotated[int, Field(ge=1)]


class Transformer(Encoder):
    """Layers of self-attention over words with their positions, then their mean."""

    parameters: ClassVar = {
        "heads": Parameter(Count, 2, "attention heads of a layer"),
        "layers": Parameter(Count, 1, "layers of self-attention"),
    }

    def __init__(self, dim: int, *, heads=2, layers=1, initialisers="keras", rngs: nnx.Rngs):
        width = 4 * heads
        super().__init__(dim, output_size=width, hidden_size=width)
        shared = {"kernel_init": initialisers_of(initialisers).weights, "rngs": rngs}
        self.entry = nnx.Linear(dim, width, **shared)
        self.attention = nnx.List(
            nnx.MultiHeadAttention(heads, width, decode=False, **shared) for _ in range(layers)
        )
        self.forward = nnx.List(nnx.Linear(width, width, **shared) for _ in range(layers))

    def encode(self, words: Any, mask: jax.Array) -> jax.Array:
        place = mask.cumsum(axis=1, dtype=jnp.float32)[:, :, None]  # wherever padding stands
        states = self.entry(words.vectors) + jnp.sin(place / 3)
        for attention, forward in zip(self.attention, self.forward, strict=True):
            states = states + attention(states, mask=mask[:, None, None, :])
            states = states + jax.nn.relu(forward(states))
        total = jnp.where(mask[:, :, None], states, 0).sum(axis=1)
        return total * (1.0 / jnp.maximum(mask.sum(axis=1), 1))[:, None]


# ------------------------------------------------------------------------------------------


@pytest.fixture
def transformer(monkeypatch) -> None:
    monkeypatch.setitem(ENCODERS, "small-transformer", Transformer)


@pytest.mark.long
def test_an_encoder_with_parameters_of_its_own_is_one_entry(small, transformer, tmp_path):
    specs = small.specs(encoder="small-transformer", regime="tuned", heads=[1, 2], epochs=6)
    rows = run(specs, results=tmp_path, save_models=True)
    assert {run["error"] for run in records.read_runs(tmp_path).values()} == {None}
    accuracy = values(rows, split="test", measure="accuracy")
    assert len(accuracy) == 4
    assert min(accuracy) > 0.75
    for spec in specs[::2]:
        found = trained(spec, results=tmp_path)
        assert found.model.encoder.output_size == 4 * spec.heads
        ids, mask = map(jnp.asarray, found.ids(["a great film", "dull", ""]))
        alone, among = found.model(ids[:1], mask[:1]), found.model(ids, mask)
        np.testing.assert_allclose(alone[0], among[0], rtol=1e-4, atol=1e-5)
        assert np.isfinite(among).all()
    assert make_plan(specs, tmp_path, save_models=True).missing == 0


def test_an_encoder_s_parameters_are_known_to_specs_grids_digests_and_estimates(
    small, transformer, tmp_path
):
    given = {"corpus": "sst2", "regime": "random", "seed": 0}
    default = Spec(**given, encoder="small-transformer")
    assert (default.heads, default.layers) == (2, 1)
    stated = Spec(**given, encoder="small-transformer", heads=2, layers=1)
    assert stated.digest == default.digest
    others = grid(**given, encoder="small-transformer", heads=[1, 2, 4], layers=[1, 2])
    assert len({spec.digest for spec in others}) == 6
    assert default.digest in {spec.digest for spec in others}
    beside = grid(**given, encoder=["mean", "small-transformer", "lstm"], heads=[1, 4], layers=3)
    assert [(spec.encoder, spec.encoder_parameters) for spec in beside] == [
        ("mean", {}),
        ("small-transformer", {"heads": 1, "layers": 3}),
        ("small-transformer", {"heads": 4, "layers": 3}),
        ("lstm", {"hidden_size": 100, "layers": 3}),
    ]
    with pytest.raises(
        InputError, match=r"encoder 'mean' .* has no heads; transformer, small-transformer have it"
    ):
        make(**given, encoder="mean", heads=2)
    with pytest.raises(InputError, match="heads = 0 is refused"):
        make(**given, encoder="small-transformer", heads=0)
    plan = make_plan(
        small.specs(regime="random", encoder="small-transformer", heads=[1, 2], layers=[1, 2]),
        tmp_path,
    )
    assert plan.programs == 4  # its parameters shape the program
    assert plan.seconds() > 0
    assert plan.bytes() > 0


# (c) A measure ----------------------------------------------------------------------------


def evenness(table: MeasuredTable, rows: int) -> Value | None:
    """The participation ratio of the first rows' variances, as a share of all directions."""
    some = table.table[table.words.evaluated[:rows]]
    if len(some) < 2:
        return None
    variances = np.linalg.eigvalsh(np.cov(some.T, dtype=float))
    value = variances.sum() ** 2 / (variances**2).sum() / len(variances)
    return Value(float(value), np.nan, np.nan, len(some), len(table.words.evaluated), chance=None)


EVENNESS = Measure(
    "evenness",
    "evenness of directions",
    "share, 0 to 1",
    "geometry",
    None,
    None,
    "participation ratio",
    function=evenness,
    parameters={"rows": 500},
    each_step=True,
)

# ------------------------------------------------------------------------------------------


@pytest.fixture
def with_evenness(monkeypatch) -> None:
    monkeypatch.setitem(MEASURES, "evenness", EVENNESS)


def test_a_measure_is_one_entry_and_is_taken_at_every_evaluation_step(
    small, with_evenness, tmp_path, capsys
):
    specs = small.specs(regime=["frozen", "tuned", "one-hot"])
    rows = run(specs, results=tmp_path)
    assert {each["error"] for each in records.read_runs(tmp_path).values()} == {None}
    steps = sorted({row["step"] for row in rows})
    for spec in specs:
        own = [row for row in of_run(rows, spec) if row["measure"] == "evenness"]
        assert [row["step"] for row in own] == ([] if spec.regime == "one-hot" else steps)
        assert {row["split"] for row in own} <= {"words"}
        found = {row["value"] for row in own}
        assert len(found) == {"one-hot": 0, "frozen": 1, "tuned": len(steps)}[spec.regime]
    assert call("table", str(tmp_path), "--measure", "evenness", "--format", "md") == 0
    assert "## evenness of directions" in capsys.readouterr().out


@pytest.mark.long
def test_a_measure_is_taken_of_vectors_and_of_an_exported_run_alike(small, with_evenness, tmp_path):
    (spec, _) = small.specs(regime="tuned")
    rows = run(spec, results=tmp_path, save_models=True)
    model, reference = trained(spec, results=tmp_path), Vectors.read(spec.vectors)
    sheet = {
        word: (count, bool(known), np.nan if odds is None else odds)
        for word, count, known, odds in model.words_sheet()
    }
    exported = measure(model.vectors, reference, model.start, sheet)
    (selected,) = {row["step"] for row in rows if row["split"] == "test"}
    assert [exported["evenness"].value] == values(rows, measure="evenness", step=selected)
    table = np.random.default_rng(0).normal(size=(300, 4))
    alone = measure(Vectors([f"w{i}" for i in range(300)], table))["evenness"]
    assert alone.value == pytest.approx(1, abs=0.05)
    assert (alone.n, alone.total) == (300, 300)


# (d) An executor --------------------------------------------------------------------------


def elsewhere(groups: Sequence[Any], work: Any, on_step: Any) -> Iterator[tuple[Any, Any]]:
    """Trains the groups in another process."""
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned) as pool:
        yield from zip(groups, pool.map(work, groups), strict=True)


# ------------------------------------------------------------------------------------------


@pytest.mark.long
def test_an_executor_is_one_entry_and_gives_the_rows_of_local(small, tmp_path, monkeypatch):
    monkeypatch.setattr("embexp.runner.plan.LARGEST", 4)
    specs = small.specs(regime=["random", "tuned", "delayed"])
    monkeypatch.setitem(EXECUTORS, "elsewhere", elsewhere)
    there = run(specs, results=tmp_path / "there", save_models=True, executor="elsewhere")
    here = run(specs, results=tmp_path / "here", save_models=True)
    assert in_any_order(there) == in_any_order(here)
    for spec in specs:
        for name in (f"logits/{spec.digest}.npy", f"models/{spec.digest}.npz"):
            there_bytes, here_bytes = (
                (tmp_path / each / name).read_bytes() for each in ("there", "here")
            )
            assert there_bytes == here_bytes
    lines = records.read_runs(tmp_path / "there").values()
    assert all(line["device"] and line["seconds"] > 0 for line in lines)
