"""What the training of a group takes, roughly: memory, operations and time."""

from bisect import bisect_right
from dataclasses import replace
from functools import lru_cache

import jax
import numpy as np

from embexp.devices import cores
from embexp.models import HEADS, Embedding, Encoder
from embexp.runner.group import Group
from embexp.training.program import initial
from embexp.training.schedule import ORDER_BYTES
from embexp.training.static import StaticConfig

SHARE = 0.15
"""Of their steps, what runs with patience mostly make."""
COMPILING = 8.0
"""Seconds that a program takes to compile, roughly."""
STEP, FLOPS = 0.001, 2e10
"""Seconds of a step whatever its size, and operations of a second, on one core."""
EVALUATION, OF_TRIAL = 0.06, 0.01
"""Seconds of an evaluation, and of one that takes nothing but the loss, on one core."""
COPIES = 8
"""Arrays of parameters held for each run: parameters, two moments, gradient, best, start,
and copies in passing. Row-sparse steps make no gradient of the table."""


def run_bytes(group: Group) -> int:
    """About what one run holds in the memory of each device that its rows are spread over.

    That is its parameters in several copies, its order of texts, logits, activations, and the
    means of texts, those of an epoch beside those of all.
    """
    task, static, schedule = group.task, group.static, group.schedule
    shapes = jax.eval_shape(lambda: initial(static, jax.random.key(0)))
    leaves = jax.tree.leaves(shapes)
    table = sum(leaf.size for leaf in leaves if leaf.shape[:1] == (static.vocab,))
    others = sum(leaf.size for leaf in leaves) - table
    texts, tokens = task.validation.padded_size
    logits = np.prod(HEADS[static.head].logits_shape(texts, tokens, static.classes))
    each = encoder_of(static).floats_per_token
    activations = max(rows * width * each(width) for rows, width in static.batches)
    order = ORDER_BYTES * schedule.steps * static.batch_size
    means = static.dim * (2 * len(task.train.ids.lengths) + texts) if static.pooled else 0
    held = COPIES * others + (COPIES - bool(static.slots)) * table / group.shards
    return int(4 * held + order + 8 * logits + 4 * activations + 4 * means)


def seconds_to(group: Group, step: int) -> float:
    """A rough time for a group's training to a step, with the evaluations until there."""
    schedule = group.schedule
    each = OF_TRIAL if group.specs[0].trial else EVALUATION
    evaluated = bisect_right(schedule.evaluation_steps, step) * each
    trained = step * (STEP + run_flops(group) / schedule.steps / FLOPS)
    return len(group.specs) * (trained + evaluated) / cores()


def expected_steps(group: Group) -> int:
    """How many steps a group is expected to make: to where all its runs end."""
    steps = group.schedule.steps
    if group.specs[0].patience is not None:
        return max(1, int(SHARE * steps))
    return max(min(spec.last_step or steps, steps) for spec in group.specs)


def run_flops(group: Group) -> float:
    """Floating-point operations of one run's training and scoring, roughly."""
    task, static, schedule = group.task, group.static, group.schedule
    if static.pooled:  # the means of texts are made once
        return 0.0
    scored = len(schedule.evaluation_steps) * len(task.validation.ids.flat)
    tokens = schedule.padded_tokens * schedule.epochs + scored
    moved = max(static.slots, default=static.vocab)
    update = 20 * moved * static.dim * schedule.steps
    return float(tokens * encoder_of(static).flops_per_token() + update)


@lru_cache
def encoder_of(static: StaticConfig) -> Encoder:
    """The encoder, for its sizes; of one-hot codes, which are looked up, as of a table."""
    return replace(static, embedding=Embedding, embedding_parameters=()).abstract().encoder
