/* SPDX-License-Identifier: Apache-2.0 */
#include "topology/topology_doc.h"

static const ApiSchema snapshot = {
    "Topology",
    "id: uuid, title: text, graph_data?: object, metadata?: object, created_at: time",
};

static const ApiSchema begun = {
    "BegunTask",
    "task_id: uuid, status: text",
};

const RouteDoc topology_generate_doc = {
    .summary = "Draws the network of the analysed configurations, in a task",
    .body = "title?: text ..255, document_ids?: [uuid] ..1500",
    .body_example = "{\"title\":\"Lisbon\"}",
    .answers = {{202, &begun}},
    .errors = {404},
};

const RouteDoc topology_list_doc = {
    .summary = "Lists the topologies without their graphs, newest first",
    .query = PAGE_QUERY,
    .answers = {{200, &snapshot, .is_page = true}},
};

const RouteDoc topology_show_doc = {
    .summary = "Shows a topology with its graph, ready for React Flow",
    .answers = {{200, &snapshot}},
};

const RouteDoc topology_svg_doc = {
    .summary = "Returns the diagram",
    .answers = {{200, .media_type = "image/svg+xml"}},
};

const RouteDoc topology_remove_doc = {
    .summary = "Deletes a topology",
    .answers = {{204}},
};
