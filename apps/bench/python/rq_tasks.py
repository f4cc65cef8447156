"""What RQ's workers import: the handler."""

from driven import handled


def handle(task):
    handled(task)
    return {"ok": True}
