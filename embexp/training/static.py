"""The static configuration of a run: everything that shapes the compiled program."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
from flax import nnx
from jaxtyping import Array

from embexp.models import ENCODERS, HEADS, Embedding


@dataclass(frozen=True)
class StaticConfig:
    """Runs with equal configurations train side by side as one program.

    Args:
        encoder_parameters, embedding_parameters: their own, by name.
        paired: whether texts come in pairs.
        extra: how many numbers a text has beside its words.
        widths, scored_widths: what batches are padded to in training and in scoring.
        rows: the most texts that a batch of each width has in training; `batch_size` without.
        penalty: what the regime adds to the loss, if anything (`Regime.penalty`).
        slots: the most rows that a batch of each width reads, where steps are row-sparse.
        pooled: whether the mean of each text's rows is computed once, as no row ever moves.
        head_inputs: `centred` gives the head features of mean 0 at the start.
        class_weight: `balanced` weighs each class's loss, so that all count alike.
        max_norm: the largest norm of a unit's weights where the head reads features, if any.
        scheduled: whether rates change from step to step; how is a number.
        vocabulary: `extended` reads half of the words that training shows once as `<unk>`.
    """

    embedding: type[Embedding]
    encoder: str
    encoder_parameters: tuple[tuple[str, Any], ...]
    head: str
    vocab: int
    dim: int
    classes: int
    widths: tuple[int, ...]
    scored_widths: tuple[int, ...]
    batch_size: int
    rows: tuple[int, ...] = ()
    optimiser: str = "adam"
    initialisers: str = "keras"
    output_activation: str = "softmax"
    head_inputs: str = "raw"
    class_weight: str = "none"
    max_norm: float | None = None
    scheduled: bool = False
    extra: int = 0
    paired: bool = False
    auxiliary_weight: float = 0.0
    penalty: Callable[..., Any] | None = None
    embedding_parameters: tuple[tuple[str, Any], ...] = ()
    slots: tuple[int, ...] = ()
    pooled: bool = False
    vocabulary: str = "training"

    @property
    def batches(self) -> tuple[tuple[int, int], ...]:
        """The shape of a training batch of each width: texts, and words of each."""
        rows = self.rows or (self.batch_size,) * len(self.widths)
        return tuple(zip(rows, self.widths, strict=True))

    def model(self, key: Array) -> Any:
        """The module, its parameters drawn from `key`."""
        shared: dict[str, Any] = {"initialisers": self.initialisers, "rngs": nnx.Rngs(key)}
        own = dict(self.embedding_parameters)
        embedding = self.embedding(self.vocab, self.dim, **own, **shared)
        encoder = ENCODERS[self.encoder](embedding.dim, **dict(self.encoder_parameters), **shared)
        return HEADS[self.head](
            embedding,
            encoder,
            self.classes,
            extra=self.extra,
            paired=self.paired,
            output_activation=self.output_activation,
            **shared,
        )

    def abstract(self) -> Any:
        """The module without its parameters, for its sizes."""
        return nnx.eval_shape(lambda: self.model(jax.random.key(0)))

    def model_with(self, params: dict[str, Any]) -> Any:
        """The module with the given parameters."""
        graph, state = nnx.split(self.abstract(), nnx.Param)
        nnx.replace_by_pure_dict(state, params)
        return nnx.merge(graph, state)

    def with_heads(self, params: dict[Any, Any], change: Callable[[Any], Any]) -> dict[Any, Any]:
        """The parameters, with another of each dense layer of the head that reads features."""
        for path in HEADS[self.head].first_layers:
            params = _with(params, path, change)
        return params


def _with(tree: dict[Any, Any], path: Sequence[Any], change: Callable[[Any], Any]) -> Any:
    """The tree with another branch."""
    if not path:
        return change(tree)
    name, *rest = path
    return {**tree, name: _with(tree[name], rest, change)}
