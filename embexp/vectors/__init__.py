"""Pretrained vectors: found by name, and laid onto a vocabulary."""
