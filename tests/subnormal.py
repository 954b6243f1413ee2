"""The least number whose bits a compiled program keeps."""

import os

FLUSHED = "xla_backend_optimization_level=0" in os.environ.get("XLA_FLAGS", "")
"""Whether programs are compiled without XLA's optimisation, which puts subnormal numbers to 0."""
LEAST = 1.2e-38 if FLUSHED else 1e-45
