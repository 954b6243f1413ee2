"""Word vectors: read by name, trained, turned onto each other, and aligned onto a vocabulary."""
