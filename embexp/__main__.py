"""The command line, as `python -m embexp`."""

from embexp.cli import main

if __name__ == "__main__":
    main()
