"""Are two sentences on one topic similar in a clickbait model's table, activations, features?

Sentence a is about another topic; b and c are about one topic and share no word but
function words. The three sentences of López-Sánchez et al. (2018) are one such triple.
More are drawn from a small grammar; in half of them a is news too, so that no label
tells it from b and c. A sentence is represented by the mean of its words' rows (table),
the mean of its words' maps (activations), and the largest value of each map (features:
what the head sees). This runs the experiment and publishes it:

    python scripts/clickbait.py
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from publish import publish
from topics import Triple, triples

from embexp import trained
from embexp.measures.geometry import unit_rows
from embexp.measures.statistics import mean_interval, paired_difference
from embexp.models import CNN, Classifier
from embexp.report import drawing, writers
from embexp.report.formatting import Grid, Table, number
from embexp.runner import Trained, experiments

NAME = "clickbait_figure"
PAPER = (
    "Here are 21 healthy fall soups to stock your freezer",
    "Himalaya might miss 50% of its ice in eighty years",
    "Alps may lose 70% of snow by end of the century",
)
TRIPLES = 240
BAIT, NEWS = "a is clickbait", "a is news"
"""Kinds of drawn triples; b and c are news."""
LAYERS = ("table", "activations", "features")
PAIRS = ("b, c", "a, b", "a, c")


def layers(
    run: Trained, sentences: Sequence[str]
) -> tuple[dict[str, Float[np.ndarray, "sentences width"]], list[Float[np.ndarray, "words maps"]]]:
    """Each sentence's representation at each layer, and the maps of each of its words."""
    model = cast("Classifier", run.model)
    encoder = cast("CNN", model.encoder)
    ids, mask = run.ids(sentences)
    rows = run.table[ids]
    maps = np.maximum(
        rows @ np.asarray(encoder.filters["1"][...])[0] + np.asarray(encoder.biases["1"][...]), 0
    )
    counts = mask.sum(axis=1)[:, None]
    means = ((each * mask[:, :, None]).sum(axis=1) / counts for each in (rows, maps))
    features = np.asarray(model.features(jnp.asarray(ids), jnp.asarray(mask)))
    return dict(zip(LAYERS, [*means, features], strict=True)), [
        each[words] for each, words in zip(maps, mask, strict=True)
    ]


def cosines(vectors: Float[np.ndarray, "three width"]) -> tuple[float, float, float]:
    """The cosines of (b, c), (a, b) and (a, c)."""
    a, b, c = unit_rows(vectors.astype(np.float64))
    return float(b @ c), float(a @ b), float(a @ c)


def compared(run: Trained, asked: Sequence[Triple]) -> dict[str, Float[np.ndarray, "triples 3"]]:
    """The three cosines of each triple, by layer."""
    found, _ = layers(run, [sentence for triple in asked for sentence in triple.sentences])
    return {
        layer: np.array([cosines(part) for part in np.split(vectors, len(asked))])
        for layer, vectors in found.items()
    }


def margin(cosines: Float[np.ndarray, "triples 3"]) -> Float[np.ndarray, "triples"]:
    """Cosine of (b, c) minus the mean of the other two; 0 if the topic makes no difference."""
    return cosines[:, 0] - cosines[:, 1:].mean(axis=1)


def closest(cosines: Float[np.ndarray, "*seeds triples 3"]) -> float:
    """Share of triples whose closest pair is (b, c); a third by chance."""
    return float((cosines.argmax(axis=-1) == 0).mean())


def kinds(asked: Sequence[Triple]) -> dict[str, list[Triple]]:
    """The triples by their origin."""
    return {
        "the paper's three": [Triple(PAPER, True)],
        BAIT: [triple for triple in asked if triple.bait],
        NEWS: [triple for triple in asked if not triple.bait],
    }


Found = dict[tuple[str, str, str], Float[np.ndarray, "seeds triples 3"]]
"""By kind of triple, layer and regime."""


def measured(runs: Sequence[Trained], asked: Sequence[Triple]) -> Found:
    """Every cosine of every run."""
    found: dict[tuple[str, str, str], list[np.ndarray]] = {}
    for run in runs:
        for kind, some in kinds(asked).items():
            for layer, values in compared(run, some).items():
                found.setdefault((kind, layer, run.spec.regime), []).append(values)
    return {place: np.stack(values) for place, values in found.items()}


def margins(values: Float[np.ndarray, "seeds triples 3"]) -> Float[np.ndarray, "seeds"]:
    """Each seed's mean margin."""
    return np.array([margin(each).mean() for each in values])


def interval(
    values: Float[np.ndarray, "seeds triples 3"], draws: int = 2000
) -> tuple[float, float, float]:
    """The mean margin with its 95 % interval over seeds and triples (hierarchical bootstrap).

    For a single triple it is Student's interval over seeds.
    """
    each = np.stack([margin(seed) for seed in values])
    if each.shape[1] == 1:
        return mean_interval(each[:, 0])
    rng, (seeds, count) = np.random.default_rng(0), each.shape
    drawn = [
        each[rng.integers(seeds, size=seeds)][:, rng.integers(count, size=count)].mean()
        for _ in range(draws)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(each.mean()), float(low), float(high)


def lines(found: Found) -> Iterator[tuple[str, ...]]:
    """A line for each kind of triple, layer and regime."""
    for (kind, layer, regime), values in found.items():
        pairs = map(number, values.mean(axis=(0, 1)))
        beside = shown(*against(found, kind, layer, regime)) if regime != "random" else "—"
        size = f"{values.shape[0]} × {values.shape[1]}"
        yield (
            kind,
            layer,
            regime,
            *pairs,
            shown(*interval(values)),
            number(closest(values)),
            beside,
            size,
        )


def against(found: Found, kind: str, layer: str, regime: str) -> tuple[float, float, float]:
    """A regime's margin minus that of the random start, paired by seed, with Student's interval."""
    return paired_difference(
        margins(found[kind, layer, regime]), margins(found[kind, layer, "random"])
    )[:3]


def shown(mean: float, low: float, high: float) -> str:
    """A number with its interval."""
    return f"{number(mean)} [{number(low)}, {number(high)}]"


def answer(found: Found) -> list[str]:
    """Whether claim C2 holds, for each layer and kind of triple.

    It says that sentences on one topic are similar if the vectors are pretrained, and
    not if the task alone makes the table.
    """
    said = []
    for kind in (NEWS, BAIT):
        for layer in LAYERS:
            random, pretrained = (
                interval(found[kind, layer, regime]) for regime in ("random", "frozen")
            )
            more = against(found, kind, layer, "frozen")
            holds = pretrained[1] > 0 and more[1] > 0
            said.append(
                f"C2 {'holds' if holds else 'does not hold'} in the {layer} where {kind}: margin "
                f"{shown(*pretrained)} with frozen pretrained vectors, "
                f"{shown(*random)} trained from random, difference {shown(*more)}."
            )
    return said


def table(found: Found, asked: Sequence[Triple]) -> Table:
    """The similarities of all regimes."""
    head = (
        "triples",
        "layer",
        "regime",
        *(f"cos({pair})" for pair in PAIRS),
        "margin",
        "(b, c) closest",
        "from random",
        "seeds × n",
    )
    made = tuple(lines(found))
    example = asked[1].sentences
    how = (
        "Mean cosines; margin: cos(b, c) minus the mean of the others, with a 95 % interval over "
        "seeds and triples (bootstrap of both; for "
        "the paper's three Student's over seeds), 0 by chance; (b, c) closest: share of triples, a "
        "third by chance; from random: margin "
        "minus that of the random start, paired by seed, Student's interval."
    )
    return Table(
        title="Are two sentences on one topic similar?",
        caption=(
            (
                f"a: {PAPER[0]}; b: {PAPER[1]}; c: {PAPER[2]}; {len(asked)} more are drawn, "
                f"such as: {'; '.join(example)}."
            ),
            how,
            *answer(found),
        ),
        summary=(Grid("", head, made, 3),),
        details=(),
        notes=(),
        objects=tuple(dict(zip(head, line, strict=True)) for line in made),
    )


def write(folder: Path) -> None:
    """Writes the table and both figures, from the models that were saved in the folder."""
    from clickbait_figures import dots, heat

    specs = experiments.load(NAME).specs()
    runs, asked = [trained(spec, results=folder) for spec in specs], triples(TRIPLES)
    found = measured(runs, asked)
    (folder / "similarity.md").write_text(writers.markdown(table(found, asked)), encoding="utf-8")
    seen = [
        run
        for run in runs
        if run.spec.seed == 0 and run.spec.regime in ("random", "frozen", "tuned")
    ]
    drawing.save(heat(seen), folder / "heat.png")
    drawing.save(dots(found), folder / "similarity.png")


if __name__ == "__main__":
    publish(NAME, then=write)
