"""`python -m ringwork.cli`."""

from ringwork.cli import main

main()
