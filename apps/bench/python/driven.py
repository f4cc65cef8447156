"""What the bench's Python programs have in common: orders come as lines of JSON on stdin, answers go as lines to stdout.

An order has a number, which its answer bears. A worker's processes write "h <n>" for each task that they handle. When
stdin ends, so does the program: whoever drove it is gone.
"""

import json
import os
import sys
import threading

# What others print goes to stderr, and children inherit this one.
OUT = os.dup(1)
os.dup2(2, 1)


def say(line):
    """One write for one line: several processes and threads write to the same pipe."""
    os.write(OUT, line.encode() + b"\n")


def answer(number, value=None):
    say(json.dumps({"number": number, "value": value}))


def handled(task):
    say(f"h {task['n']}")


def orders():
    for line in sys.stdin:
        yield json.loads(line)


def serve(acts):
    """Obeys orders one after another, until there are no more."""
    say("ready")
    for order in orders():
        try:
            answer(order["number"], acts[order["act"]](order.get("value")))
        except Exception as error:
            say(json.dumps({"number": order["number"], "error": f"{type(error).__name__}: {error}"}))


def serve_side_by_side(act, threads):
    """Obeys as many orders at once, a thread for each."""
    say("ready")
    lock = threading.Lock()
    lines = orders()

    def lane():
        while True:
            with lock:
                order = next(lines, None)
            if order is None:
                return
            try:
                answer(order["number"], act(order.get("value")))
            except Exception as error:
                say(json.dumps({"number": order["number"], "error": f"{type(error).__name__}: {error}"}))

    lanes = [threading.Thread(target=lane) for _ in range(threads)]
    for each in lanes:
        each.start()
    for each in lanes:
        each.join()
