/* SPDX-License-Identifier: Apache-2.0 */
#include "app/mcp/local_facts.h"

#include "base/ip.h"
#include "engines/config/read.h"
#include "engines/network/names.h"
#include "engines/pcap/pcap.h"
#include "engines/text/encoding.h"
#include "engines/topology/topology.h"
#include "tools/answer.h"
#include "tools/arguments.h"

#include <stdlib.h>

enum { ANALYSIS_MAX_BYTES = 64 * 1024 * 1024, HOSTS_SHOWN = 10, PROTOCOLS_SHOWN = 20 };

typedef VEC(const JsonValue *) RowVec;

bool local_contains(Str text, Str part)
{
    for (size_t at = 0; at + part.size <= text.size; at++) {
        if (str_starts_with_ignore_case(str_from(text, at), part))
            return true;
    }
    return false;
}

static void keep_rows(LocalCall *call, const RowVec *rows)
{
    call->rows = rows->items;
    call->row_count = rows->count;
}

/* Parses what a writer has written. The arena is the call's. */
static const JsonValue *parse(LocalCall *call, const JsonWriter *json)
{
    Str text;
    if (!json_writer_text(json, &text)) {
        error_set(&call->error, ERR_FILE_TOO_LARGE, "%.*s: the analysis is too large",
                  STR_ARGS(call->document.name));
        return NULL;
    }
    return json_parse(call->arena, text, &call->error);
}

static bool analyze_device(LocalCall *call, const LocalDocument *document, Device *out_device)
{
    Str bytes;
    DecodedText decoded;
    return local_files_read(call->files, call->arena, document, &bytes, &call->error) &&
           text_decode(call->arena, bytes, &decoded, &call->error) &&
           config_read(call->arena, decoded.utf8, document->name, out_device, &call->error);
}

/* Returns an object of the members of base and one more, unless base has it. */
static const JsonValue *with_member(Arena *arena, const char *key, const JsonValue *value,
                                    const JsonValue *base)
{
    if (json_get(base, key))
        return base;
    JsonValue *object = ARENA_NEW(arena, JsonValue);
    *object = (JsonValue){.type = JSON_IS_OBJECT, .count = base->count + 1};
    object->keys = ARENA_ARRAY(arena, Str, object->count);
    object->items = ARENA_ARRAY(arena, JsonValue, object->count);
    object->keys[0] = str_of(key);
    object->items[0] = *value;
    for (size_t i = 0; i < base->count; i++) {
        object->keys[i + 1] = base->keys[i];
        object->items[i + 1] = base->items[i];
    }
    return object;
}

/* Returns the object without one member. */
static const JsonValue *without_member(Arena *arena, const char *key, const JsonValue *base)
{
    JsonValue *object = ARENA_NEW(arena, JsonValue);
    *object = (JsonValue){.type = JSON_IS_OBJECT};
    object->keys = ARENA_ARRAY(arena, Str, base->count);
    object->items = ARENA_ARRAY(arena, JsonValue, base->count);
    for (size_t i = 0; i < base->count; i++) {
        if (str_equal(base->keys[i], str_of(key)))
            continue;
        object->keys[object->count] = base->keys[i];
        object->items[object->count++] = base->items[i];
    }
    return object;
}

static JsonValue text_value(const char *text)
{
    return (JsonValue){.type = JSON_IS_STRING, .string = str_of(text)};
}

typedef struct {
    LocalCall *call;
    RowVec rows;
    Str name;      /* looked for in a row; empty: all */
    Str full_name; /* the same as the full name of an interface */
} Facts;

static void add_fact(Facts *facts, const JsonValue *fact)
{
    Str text;
    if (!str_empty(facts->name)) {
        if (!json_value_text(facts->call->arena, fact, ANALYSIS_MAX_BYTES, &text) ||
            !(local_contains(text, facts->name) || local_contains(text, facts->full_name)))
            return;
    }
    *VEC_PUSH(facts->call->arena, &facts->rows) = fact;
}

static void add_list(Facts *facts, const JsonValue *list)
{
    for (size_t i = 0; list && i < list->count; i++)
        add_fact(facts, &list->items[i]);
}

/* The entries of each list, with the list's name under the key. */
static void add_entries(Facts *facts, const JsonValue *lists, const char *key)
{
    for (size_t i = 0; lists && i < lists->count; i++) {
        const JsonValue *name = json_get(&lists->items[i], "name");
        const JsonValue *entries = json_get(&lists->items[i], "entries");
        for (size_t n = 0; name && entries && n < entries->count; n++)
            add_fact(facts, with_member(facts->call->arena, key, name, &entries->items[n]));
    }
}

static void add_tagged(Facts *facts, const char *tag, const JsonValue *fact)
{
    JsonValue row = text_value(tag);
    add_fact(facts, with_member(facts->call->arena, "row", &row, fact));
}

static void add_tagged_list(Facts *facts, const char *tag, const JsonValue *list)
{
    for (size_t i = 0; list && i < list->count; i++)
        add_tagged(facts, tag, &list->items[i]);
}

static void add_ospf_interface(Facts *facts, const JsonValue *interface, const char *key,
                               int64_t version)
{
    Arena *arena = facts->call->arena;
    const JsonValue *name = json_get(interface, "canonical");
    const JsonValue *line = json_get(interface, "line");
    const JsonValue *ospf = json_get(interface, key);
    const JsonValue *enabled = json_get(ospf, "enabled");
    JsonValue number = {.type = JSON_IS_INTEGER, .integer = version, .real = (double)version};
    if (!enabled || !enabled->boolean || !name || !line)
        return;
    ospf = with_member(arena, "version", &number, ospf);
    ospf = with_member(arena, "line", line, ospf);
    add_tagged(facts, "interface", with_member(arena, "interface", name, ospf));
}

static void add_ospf(Facts *facts, const JsonValue *device)
{
    const JsonValue *processes = json_get(device, "ospf");
    const JsonValue *interfaces = json_get(device, "interfaces");
    add_tagged_list(facts, "process", processes);
    for (size_t i = 0; interfaces && i < interfaces->count; i++) {
        add_ospf_interface(facts, &interfaces->items[i], "ospf", 2);
        add_ospf_interface(facts, &interfaces->items[i], "ospfv3", 3);
    }
}

/* Adds the processes of IS-IS or EIGRP, then the interfaces that take part. */
static void add_igp(Facts *facts, const JsonValue *device, const char *key)
{
    const JsonValue *processes = json_get(device, key);
    const JsonValue *interfaces = json_get(device, "interfaces");
    add_tagged_list(facts, "process", processes);
    for (size_t i = 0; interfaces && i < interfaces->count; i++) {
        const JsonValue *name = json_get(&interfaces->items[i], "canonical");
        const JsonValue *part = json_get(&interfaces->items[i], key);
        const JsonValue *enabled = json_get(part, "enabled");
        if (enabled && enabled->boolean && name)
            add_tagged(facts, "interface",
                       with_member(facts->call->arena, "interface", name, part));
    }
}

static void add_bgp_list(Facts *facts, const char *tag, const JsonValue *process, const char *key)
{
    const JsonValue *list = json_get(process, key);
    const JsonValue *asn = json_get(process, "asn");
    for (size_t i = 0; list && asn && i < list->count; i++)
        add_tagged(facts, tag, with_member(facts->call->arena, "asn", asn, &list->items[i]));
}

static void add_bgp(Facts *facts, const JsonValue *processes)
{
    Arena *arena = facts->call->arena;
    for (size_t i = 0; processes && i < processes->count; i++) {
        const JsonValue *process = &processes->items[i];
        const JsonValue *alone = without_member(arena, "neighbors", process);
        add_tagged(facts, "process", without_member(arena, "groups", alone));
        add_bgp_list(facts, "neighbor", process, "neighbors");
        add_bgp_list(facts, "group", process, "groups");
    }
}

static void add_summary(Facts *facts, const JsonValue *device)
{
    static const char *const members[] = {"hostname", "domain", "version", "model",
                                          "vendor",   "mlag",   "lines"};
    Arena *arena = facts->call->arena;
    const JsonValue *row = &(JsonValue){.type = JSON_IS_OBJECT};
    for (size_t i = COUNT_OF(members); i > 0; i--) {
        const JsonValue *value = json_get(device, members[i - 1]);
        if (value && value->type != JSON_IS_NULL)
            row = with_member(arena, members[i - 1], value, row);
    }
    add_fact(facts, row);
}

static void add_section(Facts *facts, Str section, const JsonValue *device)
{
    static const struct {
        const char *section;
        const char *key;
        const char *entries; /* the name of the list in each entry */
    } lists[] = {
        {"interfaces", "interfaces", NULL},
        {"vlans", "vlans", NULL},
        {"vrfs", "vrfs", NULL},
        {"static_routes", "static_routes", NULL},
        {"not_understood", "not_understood", NULL},
        {"acls", "acls", "acl"},
        {"prefix_lists", "prefix_lists", "prefix_list"},
        {"route_maps", "route_maps", "route_map"},
    };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        if (!str_equal(section, str_of(lists[i].section)))
            continue;
        if (lists[i].entries)
            add_entries(facts, json_get(device, lists[i].key), lists[i].entries);
        else
            add_list(facts, json_get(device, lists[i].key));
    }
    if (str_equal(section, STR("summary")))
        add_summary(facts, device);
    if (str_equal(section, STR("bgp")))
        add_bgp(facts, json_get(device, "bgp"));
    if (str_equal(section, STR("ospf")))
        add_ospf(facts, device);
    if (str_equal(section, STR("zones"))) {
        add_tagged_list(facts, "zone", json_get(device, "zones"));
        add_tagged_list(facts, "policy", json_get(device, "zone_policies"));
    }
    if (str_equal(section, STR("nat"))) {
        add_tagged_list(facts, "rule", json_get(device, "nat_rules"));
        add_tagged_list(facts, "pool", json_get(device, "nat_pools"));
    }
    if (str_equal(section, STR("isis")) || str_equal(section, STR("eigrp")))
        add_igp(facts, device, str_equal(section, STR("isis")) ? "isis" : "eigrp");
}

bool local_facts_read(LocalCall *call)
{
    Device device;
    JsonWriter *json = json_writer_new(call->arena, ANALYSIS_MAX_BYTES);
    if (!local_call_document(call, "config") || !analyze_device(call, &call->document, &device))
        return false;
    device_write_json(&device, json);
    call->analysis = parse(call, json);
    if (!call->analysis)
        return false;
    Str name = argument_str(call->arguments, "name");
    Facts facts = {.call = call, .name = name};
    facts.full_name = interface_canonical(call->arena, name, &system_unknown);
    add_section(&facts, argument_str(call->arguments, "section"), call->analysis);
    keep_rows(call, &facts.rows);
    return true;
}

static const LocalDocument *find_document(const LocalCall *call, Str name)
{
    for (size_t i = 0; i < call->documents.count; i++) {
        if (str_equal(call->documents.items[i].name, name))
            return &call->documents.items[i];
    }
    return NULL;
}

/* Writes the places of a finding. Returns whether one is in the wanted document. */
static bool write_places(LocalCall *call, JsonWriter *json, const Finding *finding)
{
    Uuid id = {0};
    bool is_there = !argument_uuid(call->arguments, "document_id", &id);
    json_key(json, "at");
    json_begin_array(json);
    for (size_t i = 0; i < COUNT_OF(finding->at); i++) {
        const LocalDocument *document = find_document(call, finding->at[i].file);
        if (!document)
            continue;
        is_there |= uuid_equal(&document->id, &id);
        json_begin_object(json);
        field_uuid(json, "document_id", &document->id);
        json_field_str(json, "document", document->name);
        field_place(json, "line", finding->at[i].line);
        json_end(json);
    }
    json_end(json);
    return is_there;
}

static bool add_finding(LocalCall *call, const Finding *finding, RowVec *rows)
{
    Str severity = argument_str(call->arguments, "severity");
    if (!str_empty(severity) && !str_equal(severity, str_of(severity_name(finding->severity))))
        return true;
    JsonWriter *json = json_writer_new(call->arena, ANSWER_BUFFER_BYTES);
    json_begin_object(json);
    json_field_text(json, "severity", severity_name(finding->severity));
    json_field_text(json, "kind", finding->kind);
    json_field_str(json, "message", finding->message);
    bool is_wanted = write_places(call, json, finding);
    json_end(json);
    const JsonValue *row = is_wanted ? parse(call, json) : NULL;
    if (row)
        *VEC_PUSH(call->arena, rows) = row;
    return row || !is_wanted;
}

typedef VEC(Device) DeviceVec;

static bool find_findings(LocalCall *call, const DeviceVec *devices)
{
    Topology topology;
    RowVec rows = {0};
    topology_build(call->arena, devices->items, devices->count, &topology);
    for (size_t i = 0; i < topology.findings.count; i++) {
        if (!add_finding(call, &topology.findings.items[i], &rows))
            return false;
    }
    keep_rows(call, &rows);
    return true;
}

/* A configuration that cannot be read is left out. */
bool local_findings_read(LocalCall *call)
{
    Device device;
    const LocalDocument *document = local_call_step(call);
    if (!call->state)
        call->state = ARENA_NEW(call->arena, DeviceVec);
    DeviceVec *devices = call->state;
    if (document && str_equal(document->type, STR("config")) &&
        analyze_device(call, document, &device))
        *VEC_PUSH(call->arena, devices) = device;
    return call->has_more || find_findings(call, devices);
}

bool local_capture_read(LocalCall *call)
{
    Str bytes;
    JsonWriter *json = json_writer_new(call->arena, ANALYSIS_MAX_BYTES);
    if (!local_call_document(call, "pcap") ||
        !local_files_read(call->files, call->arena, &call->document, &bytes, &call->error))
        return false;
    PcapSource source = {.mapped = bytes};
    PcapSummary *summary = pcap_analyze(call->arena, &source, NULL, &call->error);
    if (!summary)
        return error_prefix(&call->error, "%.*s: ", STR_ARGS(call->document.name));
    pcap_write_json(json, summary);
    call->analysis = parse(call, json);
    return call->analysis != NULL;
}

static bool is_port(const JsonValue *row, int64_t port)
{
    return port < 0 || json_i64_or(row, "port_a", -1) == port ||
           json_i64_or(row, "port_b", -1) == port;
}

static bool is_address(const JsonValue *row, Str address)
{
    return str_empty(address) || str_equal(json_str_or(row, "address_a", STR("")), address) ||
           str_equal(json_str_or(row, "address_b", STR("")), address);
}

static double number_of(const JsonValue *value, const char *key)
{
    const JsonValue *member = json_get(value, key);
    return member && (member->type == JSON_IS_REAL || member->type == JSON_IS_INTEGER)
               ? member->real
               : 0;
}

static double amount_of(const JsonValue *row, Str order)
{
    if (str_equal(order, STR("packets")))
        return number_of(row, "packets_a_to_b") + number_of(row, "packets_b_to_a");
    if (str_equal(order, STR("duration")))
        return number_of(row, "duration_s");
    if (str_equal(order, STR("retransmissions")))
        return number_of(json_get(row, "tcp"), "retransmission");
    if (str_equal(order, STR("rtt")))
        return number_of(json_get(row, "tcp"), "initial_rtt_s");
    return number_of(row, "bytes_a_to_b") + number_of(row, "bytes_b_to_a");
}

static int by_amount(const void *a, const void *b, void *context)
{
    Str order = *(const Str *)context;
    double first = amount_of(*(const JsonValue *const *)a, order);
    double second = amount_of(*(const JsonValue *const *)b, order);
    return (first < second) - (first > second);
}

static bool read_address(LocalCall *call, Str *out_address)
{
    IpText text;
    IpAddress address;
    Str given = argument_str(call->arguments, "address");
    *out_address = given;
    if (str_empty(given))
        return true;
    if (!ip_parse(given, &address))
        return error_set(&call->error, ERR_VALIDATION,
                         "capture_conversations: \"address\" must be an IP address");
    *out_address = arena_copy(call->arena, ip_format(address, &text));
    return true;
}

bool local_conversations_read(LocalCall *call)
{
    Str address = STR("");
    RowVec rows = {0};
    int64_t port = argument_i64(call->arguments, "port", -1);
    Str transport = argument_str(call->arguments, "transport");
    Str order = argument_str(call->arguments, "order");
    if (!read_address(call, &address) || !local_capture_read(call))
        return false;
    const JsonValue *all = json_get(json_get(call->analysis, "conversations"), "rows");
    for (size_t i = 0; all && i < all->count; i++) {
        const JsonValue *row = &all->items[i];
        if (is_port(row, port) && is_address(row, address) &&
            (str_empty(transport) || str_equal(json_str_or(row, "transport", STR("")), transport)))
            *VEC_PUSH(call->arena, &rows) = row;
    }
    if (rows.count)
        qsort_r(rows.items, rows.count, sizeof(*rows.items), by_amount, &order);
    keep_rows(call, &rows);
    return true;
}

void local_rows_write(Arena *arena, const LocalCall *call, const char *name, JsonWriter *answer)
{
    int64_t skipped = argument_i64(call->arguments, "more", 0);
    json_field_u64(answer, "total", call->row_count);
    Rows rows = rows_begin(arena, answer, name, skipped);
    size_t at = (size_t)skipped;
    while (at < call->row_count && rows_add_value(&rows, call->rows[at]))
        at++;
    rows_end(&rows, at < call->row_count);
}

static void write_first(Arena *arena, JsonWriter *answer, const char *key, const JsonValue *rows,
                        size_t most)
{
    JsonValue first = {.type = JSON_IS_ARRAY};
    if (rows) {
        first.items = rows->items;
        first.count = MIN_OF(rows->count, most);
    }
    json_key(answer, key);
    answer_value(arena, answer, &first);
}

void local_capture_write(Arena *arena, const JsonValue *analysis, JsonWriter *answer)
{
    static const char *const left_out[] = {"text",      "interfaces", "timeline",
                                           "protocols", "hosts",      "conversations"};
    const JsonValue *hosts = json_get(analysis, "hosts");
    for (size_t i = 0; i < analysis->count; i++) {
        bool is_left_out = false;
        for (size_t k = 0; k < COUNT_OF(left_out); k++)
            is_left_out |= str_equal(analysis->keys[i], str_of(left_out[k]));
        if (is_left_out)
            continue;
        json_key_str(answer, analysis->keys[i]);
        answer_value(arena, answer, &analysis->items[i]);
    }
    write_first(arena, answer, "protocols", json_get(json_get(analysis, "protocols"), "rows"),
                PROTOCOLS_SHOWN);
    write_first(arena, answer, "hosts", json_get(hosts, "rows"), HOSTS_SHOWN);
    json_field_i64(answer, "host_count", json_i64_or(hosts, "count", 0));
    json_field_i64(answer, "conversation_count",
                   json_i64_or(json_get(analysis, "conversations"), "count", 0));
}
