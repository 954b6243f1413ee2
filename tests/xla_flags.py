"""Prints those flags with which XLA compiles soonest that this version of it knows."""

import os
import subprocess
import sys

FLAGS = ("--xla_backend_optimization_level=0", "--xla_cpu_use_fusion_emitters=false")


def is_known(flag: str) -> bool:
    """Whether JAX starts with the flag; one that XLA does not know ends the process."""
    start = [sys.executable, "-c", "import jax; jax.devices('cpu')"]
    environment = os.environ | {"XLA_FLAGS": flag, "JAX_PLATFORMS": "cpu"}
    return subprocess.run(start, env=environment, capture_output=True).returncode == 0


if __name__ == "__main__":
    print(*filter(is_known, FLAGS))
