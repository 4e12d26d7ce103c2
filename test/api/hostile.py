# SPDX-License-Identifier: Apache-2.0
"""What the suites of hostile input share: `from hostile import server_goes_on` watches every test."""

import pytest


@pytest.fixture(autouse=True)
def server_goes_on(netguru):
    before = netguru.children()
    yield
    after = netguru.children()
    assert {k: v for k, v in before.items() if k in ("serve", "work", "postgres", "redis-server")} == {
        k: v for k, v in after.items() if k in ("serve", "work", "postgres", "redis-server")
    }
    assert netguru.client().get("/health/ready").status == 200


def refused(answer, status, code):
    assert (answer.status, answer.code) == (status, code), answer.body
    assert answer.json["error"]["message"]
    return answer.json["error"]


def failed(client, name, content):
    document = client.process(name, content)
    assert document["status"] == "failed", document
    assert document["failure_reason"] and document["failure_reason"] == document["metadata"]["error"]
    return document["failure_reason"]
