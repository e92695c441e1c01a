"""`python -m reviewdesk` is the command `reviewdesk`."""

from reviewdesk.cli import main

main()
