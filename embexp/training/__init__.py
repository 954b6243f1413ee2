"""Training: many cells as one compiled program."""
