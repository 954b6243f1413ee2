"""Models by the name of their head."""

from embexp.models.classifier import Classifier
from embexp.models.model import Model
from embexp.models.tagger import Tagger
from embexp.models.two_outputs import TwoOutputs

HEADS: dict[str, type[Model]] = {
    "classes": Classifier,
    "tags": Tagger,
    "two-outputs": TwoOutputs,
}
"""`HEADS[name](embedding, encoder, classes, extra=0, output_activation="softmax",
initialisers="keras", rngs=rngs)` makes a model.

| head | logits of a batch | labels | loss in nats |
|---|---|---|---|
| `classes` | (batch, classes) | one for each text | mean over texts |
| `tags` | (batch, length, classes) | one for each token | mean over tokens |
| `two-outputs` | (batch, 2, classes) | one for each text | main and auxiliary, means over texts |
"""
