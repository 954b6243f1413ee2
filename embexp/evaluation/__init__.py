"""Evaluators: what is measured of a run at its evaluation steps."""

from embexp.evaluation.context import Context as Context, Evaluator as Evaluator
from embexp.evaluation.evaluators import Evaluators as Evaluators, evaluators_of as evaluators_of
