"""`python -m web` is the `wenda` command."""

from web.cli import main

main()
