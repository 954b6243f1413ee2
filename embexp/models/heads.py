"""Models by the name of their head."""

from embexp.models.classifier import Classifier
from embexp.models.model import Model
from embexp.models.multi_label import MultiLabel
from embexp.models.regression import Regression
from embexp.models.tagger import Tagger
from embexp.models.two_outputs import TwoOutputs

HEADS: dict[str, type[Model]] = {
    "classes": Classifier,
    "tags": Tagger,
    "two-outputs": TwoOutputs,
    "regression": Regression,
    "multi-label": MultiLabel,
}
"""`HEADS[name](embedding, encoder, classes, extra=0, paired=False,
output_activation="softmax", initialisers="keras", rngs=rngs)` makes a model.

| head | logits of a batch | labels | loss |
|---|---|---|---|
| `classes` | (batch, classes) | one for each text | nats, mean over texts |
| `tags` | (batch, length, classes) | one for each token | nats, mean over tokens |
| `two-outputs` | (batch, 2, classes) | one for each text | nats, both outputs, means over texts |
| `regression` | (batch, 1) | a number for each text | squared error, mean over texts |
| `multi-label` | (batch, classes) | a set of classes for each text | nats, mean over texts |
"""
