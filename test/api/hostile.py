# SPDX-License-Identifier: Apache-2.0
"""What the suites of hostile input assert again and again."""


def refused(answer, status, code):
    assert (answer.status, answer.code) == (status, code), answer.body
    assert answer.json["error"]["message"]
    return answer.json["error"]


def failed(client, name, content):
    document = client.process(name, content)
    assert document["status"] == "failed", document
    assert document["failure_reason"] and document["failure_reason"] == document["metadata"]["error"]
    return document["failure_reason"]
