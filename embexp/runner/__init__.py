"""Specs to rows: what is missing is planned, trained in groups, evaluated and recorded."""

from embexp.runner.checkpoints import Trained as Trained, trained as trained
from embexp.runner.executors import EXECUTORS as EXECUTORS, executor as executor
from embexp.runner.group import Group as Group, init as init, make_group as make_group
from embexp.runner.loop import run_group as run_group
from embexp.runner.plan import Plan as Plan, make_plan as make_plan
from embexp.runner.result import RunResult as RunResult
from embexp.runner.run import run as run
from embexp.runner.training import Training as Training
