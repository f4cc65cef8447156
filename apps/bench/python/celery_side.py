"""Celery on Redis, driven by the bench: celery_side.py producer|asker|worker URL [CONCURRENCY]."""

import logging
import os
import signal
import sys
import time

import celery
import redis

import driven

NAME = "bench"
TIMEOUT_S = 60
SETTLES_WITHIN_S = 5
ASKERS = 1
# Two processors: more processes than this only take turns.
PROCESSES = 4


def app_of(url, results=False):
    app = celery.Celery(NAME, broker=url, backend=url if results else None)
    app.conf.update(
        task_default_queue=NAME,
        task_ignore_result=not results,
        task_serializer="json",
        worker_prefetch_multiplier=100,
        worker_disable_rate_limits=True,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
    )

    @app.task(name=NAME)
    def handle(task):
        driven.handled(task)
        return {"ok": True}

    return app, handle


def producer(url):
    app, handle = app_of(url)
    client = redis.Redis.from_url(url)
    connection = app.amqp.Producer(app.connection_for_write().default_channel)

    def enqueue(task):
        handle.apply_async((task,), producer=connection)

    def enqueue_all(tasks):
        for task in tasks:
            enqueue(task)

    def left(_):
        return client.llen(NAME) + client.hlen("unacked")

    driven.serve({"enqueue": enqueue, "enqueueAll": enqueue_all, "left": left})


def asker(url):
    _, handle = app_of(url, results=True)
    driven.serve_side_by_side(lambda task: handle.delay(task).get(timeout=TIMEOUT_S), ASKERS)


def worker(url, concurrency):
    up, is_up = os.pipe()
    child = os.fork() or work(url, concurrency, up, is_up)
    os.close(is_up)
    os.read(up, 1)
    app, _ = app_of(url)
    client = redis.Redis.from_url(url)
    children = [child]

    def run(_):
        # It is there already and takes tasks of no queue: now it begins with this one.
        app.control.add_consumer(NAME, reply=True, timeout=10, limit=1)

    def close(_):
        # What it has taken it handles, and acknowledges a moment later: one that is cut short there is a task that
        # comes again.
        app.control.cancel_consumer(NAME, reply=True, timeout=10, limit=1)
        until = time.monotonic() + SETTLES_WITHIN_S
        while client.hlen("unacked") > 0 and time.monotonic() < until:
            time.sleep(0.05)
        end(children)

    try:
        driven.serve({"run": run, "close": close})
    finally:
        end(children)


def end(children):
    for each in children:
        os.kill(each, signal.SIGTERM)
        os.waitpid(each, 0)
    children.clear()


def work(url, concurrency, up, is_up):
    os.close(up)
    logging.disable(logging.CRITICAL)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # it announces its start and its end
    app, _ = app_of(url, results=os.environ.get("BENCH_RESULTS") == "1")

    @celery.signals.worker_ready.connect
    def ready(**_):
        os.write(is_up, b"1")

    try:
        pool = "solo" if concurrency == 1 else os.environ.get("BENCH_POOL", "prefork")
        at_once = min(concurrency, PROCESSES) if pool == "prefork" else concurrency
        app.Worker(
            pool=pool,
            concurrency=at_once,
            queues=["nothing"],
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            optimization="fair",
            loglevel="CRITICAL",
            quiet=True,
        ).start()
    finally:
        os._exit(0)


if __name__ == "__main__":
    role, url, *rest = sys.argv[1:]
    {"producer": producer, "asker": asker, "worker": worker}[role](url, *map(int, rest))
