# SPDX-License-Identifier: Apache-2.0
"""A topology is drawn from the stored analyses; where there is none of this version's shape, from the file."""

import json
from pathlib import Path

import psycopg2
import pytest
from waiting import wait_until

SAMPLE = Path(__file__).resolve().parents[2] / "sample/configs"


class Network:
    """The sample's configurations of the demo account, and their stored analyses."""

    def __init__(self, netguru):
        self.netguru = netguru
        self.client = netguru.client().register()
        documents = [self.client.upload(path.name, path.read_bytes()).json for path in sorted(SAMPLE.iterdir())]
        self.ids = [self.client.settled(document)["id"] for document in documents]
        self.results = self.sql("SELECT id::text, result::text FROM analysis_tasks WHERE document_id = ANY (%s::uuid[])", self.ids)

    def sql(self, statement, *parameters):
        with psycopg2.connect(host=f"{self.netguru.home}/run", user="postgres", dbname="netguru") as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else None

    def change(self, value, where="true"):
        self.sql(f"UPDATE analysis_tasks SET result = {value} WHERE document_id = ANY (%s::uuid[]) AND {where}", self.ids)

    def restore(self):
        for task, result in self.results:
            self.sql("UPDATE analysis_tasks SET result = %s::jsonb WHERE id = %s", result, task)

    def draw(self):
        started = self.client.post("/api/v1/topology/generate", {"document_ids": self.ids}).json
        path = f"/api/v1/analysis/tasks/{started['task_id']}"
        wait_until(lambda: self.client.get(path).json["status"] in ("completed", "failed"), "the topology has been generated")
        settled = self.client.get(path).json
        assert settled["status"] == "completed", settled
        snapshot = self.client.get(f"/api/v1/topology/{settled['result']['topology_id']}").json
        return json.dumps([snapshot["graph_data"], snapshot["metadata"]], sort_keys=True)


@pytest.fixture(scope="module")
def network(netguru):
    return Network(netguru)


@pytest.mark.parametrize("change, where", [
    ("result - 'shape'", "true"),
    ("jsonb_set(result, '{shape}', '1')", "true"),
    ("jsonb_set(result, '{shape}', '\"x\"')", "true"),
    ("result - 'shape'", "result -> 'hostname' ->> 'value' LIKE 'lis-%%'"),
])
def test_older_analyses_are_parsed_again_from_the_file(network, change, where):
    stored = network.draw()
    network.change(change, where)
    try:
        assert network.draw() == stored
    finally:
        network.restore()


def test_what_is_stored_is_drawn(network):
    network.change("jsonb_set(result, '{hostname,value}', '\"renamed\"')", "result -> 'hostname' ->> 'value' = 'lis-acc1'")
    try:
        drawn = network.draw()
        assert '"label": "renamed"' in drawn and '"label": "lis-acc1"' not in drawn
    finally:
        network.restore()
