"""Start a worker or the sweeper: `python -m workers worker` or `python -m workers sweeper`.

A worker runs jobs in its own process, without a fork for each: the libraries that read and audit stay warm, and what
a dead worker held is taken up again when its lease lapses. The sweeper is RQ's cron with a worker of its own, so that
sweeping never waits behind long jobs.
"""

import contextlib
import sys
import time

from flask import current_app
from rq import Queue, SimpleWorker
from rq.cron import CronScheduler
from rq.exceptions import StopRequested

from reviewdesk import create_app, nursery, outbox
from reviewdesk.garbage import collecting_seldom
from workers import jobs

SWEEP_QUEUE = "sweep"
SWEEP_SECONDS = 10
FORGET_SECONDS = 3600
LAPSE_SECONDS = 300


def work() -> None:
    """Run jobs until told to stop."""
    nursery.make_ready()
    worker = SimpleWorker([outbox.QUEUE], connection=outbox.redis())
    with collecting_seldom():
        worker.work(with_scheduler=False, logging_level=_log_level())


def sweep() -> None:
    """Ring for lost jobs every few seconds, and delete now and then what is kept no longer, until told to stop."""
    redis = outbox.redis()
    cron = CronScheduler(connection=redis, logging_level="WARNING")
    cron.register(jobs.sweep, queue_name=SWEEP_QUEUE, interval=SWEEP_SECONDS, result_ttl=0)
    cron.register(jobs.forget_unlocked, queue_name=SWEEP_QUEUE, interval=FORGET_SECONDS, result_ttl=0)
    cron.register(jobs.forget_spare, queue_name=SWEEP_QUEUE, interval=FORGET_SECONDS, result_ttl=0)
    cron.register(jobs.lapse, queue_name=SWEEP_QUEUE, interval=LAPSE_SECONDS, result_ttl=0)
    worker = SimpleWorker([Queue(SWEEP_QUEUE, connection=redis)], connection=redis)
    with contextlib.suppress(StopRequested):  # a signal between two sweeps
        while not worker._stop_requested:
            cron.enqueue_jobs()
            worker.work(burst=True, logging_level="WARNING")
            time.sleep(1)


def _log_level() -> str:
    level: str = current_app.extensions["reviewdesk.settings"].log_level
    return level.upper()


def main(role: str) -> None:
    """Start the process of a role."""
    with create_app().app_context():
        current_app.logger.info("starting %s", role)
        {"worker": work, "sweeper": sweep}[role]()


if __name__ == "__main__":
    main(sys.argv[1])
