"""Evaluators: what is measured of a run at its evaluation steps."""

from embexp.evaluation.context import Context as Context
from embexp.evaluation.context import Evaluator as Evaluator
from embexp.evaluation.evaluators import Evaluators as Evaluators
from embexp.evaluation.evaluators import evaluators_of as evaluators_of
