# SPDX-License-Identifier: Apache-2.0
"""A topology is drawn from the stored analyses; where there is none of this version's shape, from the file."""

import json
from pathlib import Path

import pytest
from waiting import wait_until

SAMPLE = Path(__file__).resolve().parents[2] / "sample/configs"


@pytest.fixture(scope="module")
def client(netguru):
    client = netguru.demo()
    for path in sorted(SAMPLE.iterdir()):
        document = client.upload(path.name, path.read_bytes()).json
        assert client.settled(document)["status"] == "completed"
    return client


def draw(client):
    task = f"/api/v1/analysis/tasks/{client.post('/api/v1/topology/generate', {}).json['task_id']}"
    wait_until(lambda: client.get(task).json["status"] in ("completed", "failed"), "the topology has been generated")
    settled = client.get(task).json
    assert settled["status"] == "completed", settled
    snapshot = client.get(f"/api/v1/topology/{settled['result']['topology_id']}").json
    metadata = {key: value for key, value in snapshot["metadata"].items() if key != "documents"}
    return json.dumps([snapshot["graph_data"], metadata], sort_keys=True)


@pytest.mark.parametrize("change", [
    "result - 'shape'",
    "jsonb_set(result, '{shape}', '1')",
    "jsonb_set(result, '{shape}', '\"x\"')",
    "CASE WHEN document_id IN (SELECT id FROM documents ORDER BY id LIMIT 3) THEN result - 'shape' ELSE result END",
])
def test_older_analyses_are_parsed_again_from_the_file(netguru, client, change):
    stored = draw(client)
    netguru.sql("CREATE TABLE kept AS SELECT id, result FROM analysis_tasks")
    netguru.sql(f"UPDATE analysis_tasks SET result = {change} WHERE document_id IS NOT NULL")
    try:
        assert draw(client) == stored
    finally:
        netguru.sql("UPDATE analysis_tasks AS t SET result = k.result FROM kept AS k WHERE k.id = t.id")
        netguru.sql("DROP TABLE kept")


def test_what_is_drawn_is_what_is_stored(netguru, client):
    netguru.sql("CREATE TABLE kept AS SELECT id, result FROM analysis_tasks")
    netguru.sql("UPDATE analysis_tasks SET result = jsonb_set(result, '{hostname,value}', '\"renamed\"')"
                " WHERE result -> 'hostname' ->> 'value' = 'lis-acc1'")
    try:
        drawn = draw(client)
        assert '"renamed"' in drawn and '"label": "lis-acc1"' not in drawn
    finally:
        netguru.sql("UPDATE analysis_tasks AS t SET result = k.result FROM kept AS k WHERE k.id = t.id")
        netguru.sql("DROP TABLE kept")
