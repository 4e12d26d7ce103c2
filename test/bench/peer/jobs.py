# SPDX-License-Identifier: Apache-2.0
"""The empty task of a Celery worker; as a program: enqueues as many of it as its argument says."""

import os
import sys

import celery

URL = "redis+socket://" + os.environ["PEER_REDIS_SOCKET"]
app = celery.Celery("peer", broker=URL, backend=URL)
app.conf.update(task_default_queue="celery:queue:rag", worker_hijack_root_logger=False)


@app.task(name="empty")
def empty():
    return {"ok": True}


if __name__ == "__main__":
    for _ in range(int(sys.argv[1])):
        app.send_task("empty")
