"""Training: many runs as one compiled program."""

from embexp.training.optimiser import (
    hyper_parameters as hyper_parameters,
    transformation as transformation,
)
