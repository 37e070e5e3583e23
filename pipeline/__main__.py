"""`python -m pipeline` is the `foia` command."""

from pipeline.cli import main

main()
