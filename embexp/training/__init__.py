"""Training: many runs as one compiled program."""

from embexp.training.optimiser import hyper_parameters as hyper_parameters
from embexp.training.optimiser import transformation as transformation
