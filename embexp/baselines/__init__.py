"""Baselines: classifiers without a trained embedding, for the same splits as the arms."""

from embexp.baselines.baseline import (
    Baseline as Baseline,
    Fitted as Fitted,
    LabelledTexts as LabelledTexts,
    Texts as Texts,
)
from embexp.baselines.catalogue import BASELINES as BASELINES
