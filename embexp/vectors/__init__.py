"""Word vectors: loaded by name, trained, rotated onto each other, aligned to a vocabulary."""
