/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"
#include "base/vec.h"
#include "tools/answer.h"
#include "tools/arguments.h"
#include "tools/family.h"
#include "tools/network.h"

enum {
    MAX_PATHS = 4,
    MAX_HOPS = 30,
    PATH_MAX_BYTES = ANSWER_ROWS_MAX_BYTES - 2048,
    LABEL_MAX_BYTES = 64,
    UNREACHED = UINT32_MAX,
};

DB_STATEMENT load_links = {
    "tool_network_links",
    "SELECT item ->> 'source', item ->> 'target', item -> 'data' ->> 'kind'"
    " FROM topology_snapshots AS s,"
    "  jsonb_array_elements(s.graph_data -> 'edges') WITH ORDINALITY AS e (item, place)"
    " WHERE s.user_id = $1 AND s.id = $2 ORDER BY place",
};

/* $3 the places of edges, from 1. */
DB_STATEMENT load_edges = {
    "tool_network_links_shown",
    "SELECT place, item FROM topology_snapshots AS s,"
    "  jsonb_array_elements(s.graph_data -> 'edges') WITH ORDINALITY AS e (item, place)"
    " WHERE s.user_id = $1 AND s.id = $2 AND place = ANY ($3::bigint[])",
};

/* One direction of an edge, as the node at its end sees it. */
typedef struct {
    uint32_t from;
    uint32_t edge; /* its place in the stored list */
} Arrival;

typedef VEC(Arrival) ArrivalVec;

typedef struct {
    Arena *arena;
    const Network *network;
    Map pairs;            /* of nodes between which there is an edge */
    ArrivalVec *arrivals; /* by node */
    uint32_t *distances;  /* by node, from the first device */
    uint32_t from, to;
    uint32_t hops;
    uint32_t choices[MAX_HOPS + 1];       /* by hop: which of the nodes before is taken */
    uint32_t nodes[MAX_HOPS + 1];         /* of the present path */
    uint32_t edges[MAX_HOPS + 1];         /* edges[i] leads to nodes[i] */
    uint32_t shown[MAX_PATHS * MAX_HOPS]; /* edges of all paths */
    size_t shown_count;
    Map details; /* of edges, by place */
} Search;

static uint32_t place_of(const Network *network, Str id)
{
    const NetworkNode *node = network_node(network, id);
    return node ? (uint32_t)(node - network->nodes) : UNREACHED;
}

/* A session is a link only towards a peer outside of the network. */
static bool is_link(const Search *search, Str kind, uint32_t a, uint32_t b)
{
    const NetworkNode *nodes = search->network->nodes;
    return !str_equal(kind, STR("bgp")) || str_equal(nodes[a].type, STR("external")) ||
           str_equal(nodes[b].type, STR("external"));
}

/* Of several edges between two nodes, the first counts. */
static bool is_first(Search *search, uint32_t a, uint32_t b)
{
    uint32_t pair[2] = {MIN_OF(a, b), MAX_OF(a, b)};
    Str key = arena_copy(search->arena, str_make(pair, sizeof(pair)));
    if (map_get_index(&search->pairs, key) != MAP_NO_INDEX)
        return false;
    map_put_index(search->arena, &search->pairs, key, 0);
    return true;
}

static void add_links(Search *search, const DbRows *links)
{
    search->arrivals = ARENA_ARRAY(search->arena, ArrivalVec, search->network->node_count);
    for (uint32_t i = 0; i < links->count; i++) {
        uint32_t a = place_of(search->network, db_str(links, i, 0));
        uint32_t b = place_of(search->network, db_str(links, i, 1));
        if (a == UNREACHED || b == UNREACHED || !is_link(search, db_str(links, i, 2), a, b) ||
            !is_first(search, a, b))
            continue;
        *VEC_PUSH(search->arena, &search->arrivals[a]) = (Arrival){b, i};
        *VEC_PUSH(search->arena, &search->arrivals[b]) = (Arrival){a, i};
    }
}

/* Breadth first. */
static void measure(Search *search)
{
    size_t count = search->network->node_count;
    uint32_t *queue = ARENA_ARRAY(search->arena, uint32_t, count);
    size_t first = 0;
    size_t end = 0;
    search->distances = ARENA_ARRAY(search->arena, uint32_t, count);
    for (size_t i = 0; i < count; i++)
        search->distances[i] = UNREACHED;
    search->distances[search->from] = 0;
    queue[end++] = search->from;
    while (first < end) {
        uint32_t node = queue[first++];
        for (size_t i = 0; i < search->arrivals[node].count; i++) {
            uint32_t next = search->arrivals[node].items[i].from;
            if (search->distances[next] != UNREACHED)
                continue;
            search->distances[next] = search->distances[node] + 1;
            queue[end++] = next;
        }
    }
    search->hops = search->distances[search->to];
}

/* Finds the nth node before this one on shortest paths. */
static bool find_before(const Search *search, uint32_t node, uint32_t nth, Arrival *out_arrival)
{
    const ArrivalVec *arrivals = &search->arrivals[node];
    for (size_t i = 0; i < arrivals->count; i++) {
        uint32_t distance = search->distances[arrivals->items[i].from];
        if (distance == UNREACHED || distance + 1 != search->distances[node] || nth-- > 0)
            continue;
        *out_arrival = arrivals->items[i];
        return true;
    }
    return false;
}

/* Fills in the path of the present choices. */
static void follow(Search *search)
{
    search->nodes[search->hops] = search->to;
    for (uint32_t hop = search->hops; hop > 0; hop--) {
        Arrival arrival = {0};
        check(find_before(search, search->nodes[hop], search->choices[hop], &arrival));
        search->edges[hop] = arrival.edge;
        search->nodes[hop - 1] = arrival.from;
    }
}

/* Makes the choices of the next path. Returns false when there is none. */
static bool choose_next(Search *search)
{
    for (uint32_t hop = 1; hop <= search->hops; hop++) {
        Arrival ignored;
        if (find_before(search, search->nodes[hop], search->choices[hop] + 1, &ignored)) {
            search->choices[hop]++;
            return true;
        }
        search->choices[hop] = 0;
    }
    return false;
}

static Str place_array(Arena *arena, const uint32_t *edges, size_t count)
{
    StrBuf array = {0};
    strbuf_init(&array, count * 12 + 3);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&array, "%s%u", i ? "," : "{", edges[i] + 1);
    strbuf_append(&array, count ? STR("}") : STR("{}"));
    Str copy = arena_copy(arena, strbuf_str(&array));
    strbuf_done(&array);
    return copy;
}

static bool load_details(Task *task, const Services *services, Search *search)
{
    const DbRows *rows = NULL;
    DbParams params =
        DB_PARAMS(db_uuid(&task->user_id), db_uuid(&search->network->id),
                  db_text(place_array(task->arena, search->shown, search->shown_count)));
    if (!tool_query(task, services, &load_edges, params, &rows))
        return false;
    for (size_t row = 0; row < rows->count; row++) {
        const JsonValue *edge = json_parse(task->arena, db_str(rows, row, 1), &task->error);
        if (!edge)
            return false;
        map_put(task->arena, &search->details, db_str(rows, row, 0), (void *)(uintptr_t)edge);
    }
    return true;
}

static void field_label(Arena *arena, JsonWriter *json, const char *name, Str value)
{
    if (!str_empty(value))
        json_field_str(json, name, answer_text(arena, value, LABEL_MAX_BYTES));
}

/* Writes the edge that leads to a hop, seen from the hop before. */
static void write_link(const Search *search, JsonWriter *json, uint32_t hop)
{
    Arena *arena = search->arena;
    Str place = arena_printf(arena, "%u", search->edges[hop] + 1);
    const JsonValue *edge = map_get(&search->details, place);
    const JsonValue *data = json_get(edge, "data");
    const NetworkNode *before = &search->network->nodes[search->nodes[hop - 1]];
    bool is_source = str_equal(json_str_or(edge, "source", STR("")), before->id);
    const JsonValue *near = json_get(data, is_source ? "source" : "target");
    const JsonValue *far = json_get(data, is_source ? "target" : "source");
    const JsonValue *problem = json_get(data, "problem");
    json_key(json, "link");
    json_begin_object(json);
    field_label(arena, json, "kind", json_str_or(data, "kind", STR("")));
    field_label(arena, json, "interface", json_str_or(near, "interface", STR("")));
    field_label(arena, json, "address", json_str_or(near, "address", STR("")));
    field_label(arena, json, "peer_interface", json_str_or(far, "interface", STR("")));
    field_label(arena, json, "peer_address", json_str_or(far, "address", STR("")));
    json_field_bool(json, "problem", problem && problem->boolean);
    json_end(json);
}

static Str write_path(const Search *search)
{
    Str text;
    JsonWriter *json = json_writer_new(search->arena, ANSWER_BUFFER_BYTES);
    json_begin_array(json);
    for (uint32_t hop = 0; hop <= search->hops; hop++) {
        json_begin_object(json);
        network_node_members(search->arena, json, search->network,
                             &search->network->nodes[search->nodes[hop]]);
        if (hop > 0)
            write_link(search, json, hop);
        json_end(json);
    }
    json_end(json);
    check(json_writer_text(json, &text));
    return text;
}

/* Collects the edges of the paths that will be shown. */
static void collect_edges(Search *search)
{
    for (size_t path = 0; path < MAX_PATHS; path++) {
        follow(search);
        for (uint32_t hop = 1; hop <= search->hops; hop++)
            search->shown[search->shown_count++] = search->edges[hop];
        if (!choose_next(search))
            break;
    }
    memset(search->choices, 0, sizeof(search->choices));
}

static bool write_paths(Task *task, Search *search, JsonWriter *answer)
{
    bool has_next = true;
    Rows rows = rows_begin(search->arena, answer, "paths", 0);
    for (size_t path = 0; has_next && path < MAX_PATHS; path++) {
        follow(search);
        Str text = write_path(search);
        if (path == 0 && text.size > PATH_MAX_BYTES)
            return task_fail(task, ERR_FILE_TOO_LARGE, "the path is too long to be shown");
        if (!rows_add(&rows, text))
            break;
        has_next = choose_next(search);
    }
    json_end(answer);
    json_field_bool(answer, "all_paths_shown", !has_next);
    return true;
}

static bool write_answer(Task *task, const Services *services, Search *search, JsonWriter *answer)
{
    const Network *network = search->network;
    bool found = search->hops != UNREACHED;
    if (found && search->hops > MAX_HOPS) {
        return task_fail(task, ERR_FILE_TOO_LARGE,
                         "the shortest path has %u hops; at most %d can be shown", search->hops,
                         MAX_HOPS);
    }
    if (found) {
        collect_edges(search);
        if (!load_details(task, services, search))
            return false;
    }
    network_members(task->arena, answer, network);
    field_label(task->arena, answer, "from", network->nodes[search->from].name);
    field_label(task->arena, answer, "to", network->nodes[search->to].name);
    json_field_bool(answer, "found", found);
    if (!found) {
        json_key(answer, "paths");
        json_begin_array(answer);
        json_end(answer);
        return true;
    }
    json_field_u64(answer, "hops", search->hops);
    return write_paths(task, search, answer);
}

bool tool_topology_path(Task *task, const Services *services, const JsonValue *arguments,
                        JsonWriter *answer)
{
    Network network;
    const DbRows *links = NULL;
    if (!network_load(task, services, arguments, &network) ||
        !network_load_nodes(task, services, &network))
        return false;
    const NetworkNode *from = network_find(task, &network, argument_str(arguments, "from"));
    const NetworkNode *to =
        from ? network_find(task, &network, argument_str(arguments, "to")) : NULL;
    if (!from || !to ||
        !tool_query(task, services, &load_links,
                    DB_PARAMS(db_uuid(&task->user_id), db_uuid(&network.id)), &links))
        return false;
    Search *search = ARENA_NEW(task->arena, Search);
    search->arena = task->arena;
    search->network = &network;
    search->from = (uint32_t)(from - network.nodes);
    search->to = (uint32_t)(to - network.nodes);
    add_links(search, links);
    measure(search);
    return write_answer(task, services, search, answer);
}
