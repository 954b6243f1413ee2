"""The command line; each command imports what it needs when it runs."""

from embexp.cli.start import main as main
