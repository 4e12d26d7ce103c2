#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The other side of the wire, by Celery itself: test_worker.c runs it where NETGURU_TEST_CELERY names a Python that has celery.

usage: celery_peer.py SOCKET call ID     enqueue the task "echo" under that id for a worker of ours, and wait for its result
       celery_peer.py SOCKET work        run one task "foreign" that we have enqueued; exit 0 when its arguments are as they should be
"""
import sys
import threading

import celery

QUEUE = "celery:queue:rag"


def make_app(socket):
    url = "redis+socket://" + socket
    app = celery.Celery("peer", broker=url, backend=url)
    app.conf.update(task_default_queue=QUEUE, worker_hijack_root_logger=False)
    app.backend.task_keyprefix = b"celery:result:"
    return app


def call(app, task_id):
    result = app.send_task("echo", kwargs={"n": 17}, task_id=task_id, queue=QUEUE)
    assert result.get(timeout=20) == {"n": 17}, result.result
    assert result.state == "SUCCESS"


def work(app):
    seen = []

    @app.task(name="foreign")
    def foreign(user_id, document_id, arguments):
        seen.append((user_id, document_id, arguments))
        threading.Timer(0.5, worker.stop).start()

    worker = app.Worker(pool="solo", loglevel="error", without_gossip=True, without_mingle=True, without_heartbeat=True)
    worker.start()
    assert len(seen) == 1 and seen[0][1] is None and seen[0][2] == {"n": 5}, seen


if __name__ == "__main__":
    peer = make_app(sys.argv[1])
    call(peer, sys.argv[3]) if sys.argv[2] == "call" else work(peer)
