"""Comparisons and sweeps as the command line and Python have them in common, prints apart."""
