"""The command line; each command imports what it needs when it runs."""

from embexp.cli.app import app as app, main as main
