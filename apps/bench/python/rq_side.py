"""RQ, driven by the bench: rq_side.py producer|asker|worker URL [CONCURRENCY]."""

import logging
import os
import signal
import sys
import time

import redis
import rq
from rq.serializers import JSONSerializer
from rq.suspension import resume, suspend

import driven
import rq_tasks

NAME = "bench"
TIMEOUT_S = 60
ASKERS = 100
# This version cannot wait for a result.
LOOK_EVERY_S = 0.002
SETTLES_WITHIN_S = 5
# Between a task that is popped and one that is known to be started.
TAKES_S = 0.2


def queue_of(url):
    return rq.Queue(NAME, connection=redis.Redis.from_url(url), serializer=JSONSerializer)


def producer(url):
    queue = queue_of(url)
    # What RQ would find out by itself for each task is said: the description is made of the arguments otherwise.
    options = {"result_ttl": 0, "failure_ttl": TIMEOUT_S, "timeout": TIMEOUT_S, "description": NAME}

    def enqueue(task):
        queue.enqueue_call(rq_tasks.handle, (task,), **options)

    def enqueue_all(tasks):
        queue.enqueue_many([rq.Queue.prepare_data(rq_tasks.handle, (task,), **options) for task in tasks])

    def left(_):
        return len(queue) + len(queue.started_job_registry) + len(queue.failed_job_registry)

    driven.serve({"enqueue": enqueue, "enqueueAll": enqueue_all, "left": left})


def asker(url):
    queue = queue_of(url)

    def ask(task):
        job = queue.enqueue_call(rq_tasks.handle, (task,), result_ttl=TIMEOUT_S, timeout=TIMEOUT_S, description=NAME)
        until = time.monotonic() + TIMEOUT_S
        while (result := job.latest_result()) is None and time.monotonic() < until:
            time.sleep(LOOK_EVERY_S)
        return result.return_value

    driven.serve_side_by_side(ask, ASKERS)


def worker(url, concurrency):
    """A process for each task at a time, since a worker has one; none forks another for each task."""
    go, begin = os.pipe()
    children = [os.fork() or work(url, go, begin) for _ in range(concurrency)]
    os.close(go)

    def run(_):
        os.close(begin)

    def close(_):
        # A worker that is told to end while it takes a task may lose that one: it is told to take no more before.
        queue = queue_of(url)
        suspend(queue.connection)
        until = time.monotonic() + SETTLES_WITHIN_S
        while len(queue.started_job_registry) > 0 and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(TAKES_S)
        end(children)
        resume(queue.connection)

    try:
        driven.serve({"run": run, "close": close})
    finally:
        end(children)


def end(children):
    for child in children:
        os.kill(child, signal.SIGTERM)
    for child in children:
        os.waitpid(child, 0)
    children.clear()


def work(url, go, begin):
    os.close(begin)
    logging.disable(logging.CRITICAL)
    queue = queue_of(url)
    each = rq.SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer)
    each.log_job_description = False
    queue.connection.ping()
    os.read(go, 1)
    try:
        each.work(logging_level="CRITICAL")
    finally:
        os._exit(0)


if __name__ == "__main__":
    role, url, *rest = sys.argv[1:]
    {"producer": producer, "asker": asker, "worker": worker}[role](url, *map(int, rest))
