"""What follows what: which stage runs a job of each kind, and what a finished stage asks for next."""

from reviewdesk.outbox import JobFunction

JOBS: dict[str, JobFunction] = {}
