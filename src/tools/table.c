/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/tool.h"

#include "engines/text/chunk.h"
#include "task/clock.h"
#include "tools/answer.h"
#include "tools/arguments.h"
#include "tools/family.h"
#include "trace/span.h"

#define OBJECT(properties, required)                                                               \
    "{\"type\":\"object\",\"properties\":{" properties "},\"required\":[" required                 \
    "],\"additionalProperties\":false}"
#define TEXT_SCHEMA(name, most, description)                                                       \
    "\"" name "\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":" most                        \
    ",\"description\":\"" description "\"}"
#define ENUM_SCHEMA(name, words, description)                                                      \
    "\"" name "\":{\"type\":\"string\",\"enum\":[" words "],\"description\":\"" description "\"}"
#define NUMBER_SCHEMA(name, least, most, description)                                              \
    "\"" name "\":{\"type\":\"integer\",\"minimum\":" least ",\"maximum\":" most                   \
    ",\"description\":\"" description "\"}"
#define THE_DOCUMENT DOCUMENT_SCHEMA("document_id", "Id of the document")
#define DOCUMENT_TYPES "\"config\",\"log\",\"show\",\"markdown\",\"text\",\"pdf\",\"pcap\""
#define SECTIONS                                                                                   \
    "\"summary\",\"interfaces\",\"vlans\",\"vrfs\",\"ospf\",\"isis\",\"eigrp\",\"bgp\","           \
    "\"static_routes\",\"acls\",\"prefix_lists\",\"route_maps\",\"nat\",\"zones\","                \
    "\"not_understood\""
#define ORDERS "\"bytes\",\"packets\",\"duration\",\"retransmissions\",\"rtt\""

/* One property a line. */
/* clang-format off */
const Tool tools[] = {
    {"search",
     "Finds passages of the user's documents and of the global knowledge about a question, by "
     "meaning and by words. Start here when it is not known which document has the answer.",
     OBJECT(TEXT_SCHEMA("query", "2000", "The question, or names and addresses to look for") ","
            DOCUMENT_SCHEMA("document_id", "Only passages of this document") ","
            ENUM_SCHEMA("document_type", DOCUMENT_TYPES, "Only documents of this type") ","
            TEXT_SCHEMA("vendor", "50", "Only documents of this vendor, such as cisco") ","
            NUMBER_SCHEMA("limit", "1", "20", "How many passages; 8 by default") ","
            MORE_SCHEMA, "\"query\""),
     tool_search},
    {"list_documents",
     "Lists the user's documents with their ids, newest first. Use it to learn the id of a "
     "device's configuration, a log or a capture.",
     OBJECT(ENUM_SCHEMA("type", DOCUMENT_TYPES, "Only documents of this type") ","
            TEXT_SCHEMA("name", "255", "A part of the file name or of the host name") ","
            MORE_SCHEMA, ""),
     tool_list_documents},
    {"read_lines",
     "Reads lines of a document, with secrets masked. Use it to see what surrounds a line that "
     "another tool has named.",
     OBJECT(DOCUMENT_SCHEMA("document_id", "Id of the user's document; or give source_id") ","
            DOCUMENT_SCHEMA("source_id", "Id of a source of global knowledge") ","
            NUMBER_SCHEMA("line_start", "1", "2000000", "First line; 1 by default") ","
            NUMBER_SCHEMA("line_end", "1", "2000000", "Last line; the end by default") ","
            NUMBER_SCHEMA("page", "1", "100000", "Only this page of a PDF") ","
            MORE_SCHEMA, ""),
     tool_read_lines},
    {"device_facts",
     "Gives the parsed facts of one device configuration, each with its line: interfaces, VLANs, "
     "OSPF, IS-IS, EIGRP, BGP, static routes, access lists and others.",
     OBJECT(THE_DOCUMENT ","
            ENUM_SCHEMA("section", SECTIONS, "Which facts") ","
            TEXT_SCHEMA("name", "255", "Only facts whose name, address or prefix has this") ","
            MORE_SCHEMA, "\"document_id\",\"section\""),
     tool_device_facts},
    {"findings",
     "Lists what the analysis found wrong or suspicious: sessions configured on one side only, "
     "mismatched OSPF areas, MTUs and masks, duplicate addresses. Of one document also what its "
     "own analysis found: undefined references, loss in a capture, flaps in a log, neighbours "
     "that a show output says are down.",
     OBJECT(DOCUMENT_SCHEMA("document_id", "Only findings about this document, of any type") ","
            ENUM_SCHEMA("severity", "\"error\",\"warning\",\"info\"", "Only this severity") ","
            MORE_SCHEMA, ""),
     tool_findings},
    {"topology_neighbors",
     "Lists the neighbours of a device in the topology: interfaces and addresses at both ends, "
     "BGP, OSPF, IS-IS and EIGRP, and the lines that prove it.",
     OBJECT(TEXT_SCHEMA("device", "255", "Host name of the device; or give document_id") ","
            DOCUMENT_SCHEMA("document_id", "Id of the device's configuration") ","
            DOCUMENT_SCHEMA("topology_id", "Id of a topology; the newest by default") ","
            MORE_SCHEMA, ""),
     tool_topology_neighbors},
    {"topology_path",
     "Finds the shortest paths between two devices of the topology over its links and networks. "
     "It does not evaluate routing.",
     OBJECT(TEXT_SCHEMA("from", "255", "Host name of the first device") ","
            TEXT_SCHEMA("to", "255", "Host name of the last device") ","
            DOCUMENT_SCHEMA("topology_id", "Id of a topology; the newest by default"),
            "\"from\",\"to\""),
     tool_topology_path},
    {"capture_summary",
     "Summarises a packet capture: packets, time, protocols, busiest hosts, and TCP events such "
     "as retransmissions of the whole capture.",
     OBJECT(THE_DOCUMENT, "\"document_id\""),
     tool_capture_summary},
    {"capture_conversations",
     "Lists the conversations of a packet capture with their TCP figures: round-trip time, "
     "retransmissions, duplicate acknowledgements, zero windows.",
     OBJECT(THE_DOCUMENT ","
            TEXT_SCHEMA("address", "45", "Only conversations of this IP address") ","
            NUMBER_SCHEMA("port", "0", "65535", "Only conversations with this port") ","
            ENUM_SCHEMA("transport", "\"tcp\",\"udp\",\"sctp\"", "Only this transport") ","
            ENUM_SCHEMA("order", ORDERS, "Largest first by this; bytes by default") ","
            MORE_SCHEMA, "\"document_id\""),
     tool_capture_conversations},
    {"log_timeline",
     "Gives the events of a device log in order, with their lines, and counts by severity, host "
     "and kind of message.",
     OBJECT(THE_DOCUMENT ","
            NUMBER_SCHEMA("severity", "0", "7", "Events at least as severe: 0 emergency to 7 "
                          "debug; 5, notice, by default") ","
            TEXT_SCHEMA("host", "255", "Only events of this host") ","
            MORE_SCHEMA, "\"document_id\""),
     tool_log_timeline},
    {"compare_documents",
     "Compares two documents line by line and lists what was removed and added, such as two "
     "versions of a configuration.",
     OBJECT(DOCUMENT_SCHEMA("document_id", "Id of the first, older document") ","
            DOCUMENT_SCHEMA("other_document_id", "Id of the second, newer document") ","
            MORE_SCHEMA, "\"document_id\",\"other_document_id\""),
     tool_compare_documents},
    {0},
};
/* clang-format on */

const Tool *tool_find(Str name)
{
    for (const Tool *tool = tools; tool->name; tool++) {
        if (str_equal(name, str_of(tool->name)))
            return tool;
    }
    return NULL;
}

static void write_cost(JsonWriter *json, uint64_t ms)
{
    size_t bytes = json->out->size;
    size_t tokens = chunk_estimate_tokens(strbuf_str(json->out));
    json_key(json, "cost");
    json_begin_object(json);
    json_field_u64(json, "ms", ms);
    json_field_u64(json, "bytes", bytes);
    json_field_u64(json, "tokens", tokens);
    json_end(json);
}

static bool write_answer(Task *task, const Services *services, const Tool *tool, Str arguments,
                         StrBuf *out)
{
    JsonWriter json;
    uint64_t began_ms = loop_now_ms(task->loop);
    const JsonValue *checked = arguments_check(task->arena, tool, arguments, &task->error);
    if (!checked)
        return false;
    json_start(&json, out);
    json_begin_object(&json);
    if (!tool->run(task, services, checked, &json))
        return false;
    write_cost(&json, loop_now_ms(task->loop) - began_ms);
    json_end(&json);
    return !out->overflowed || task_fail(task, ERR_INTERNAL, "%s: the answer is larger than %d KB",
                                         tool->name, TOOL_ANSWER_MAX_BYTES / 1024);
}

static void begin_span(Task *task, Span *span, const Tool *tool)
{
    const SpanName name = {SPAN_INTERNAL, STR("execute_tool"), str_of(tool->name)};
    span_begin(task, span, &name);
    span_note(span, "gen_ai.operation.name", name.verb);
    span_note(span, "gen_ai.tool.name", name.subject);
}

bool tool_run(Task *task, const Services *services, const Tool *tool, Str arguments,
              Str *out_answer)
{
    Span span;
    auto_strbuf StrBuf answer = {0};
    ArenaMark mark = arena_mark(task->arena);
    strbuf_init(&answer, TOOL_ANSWER_MAX_BYTES);
    begin_span(task, &span, tool);
    bool done = write_answer(task, services, tool, arguments, &answer);
    if (!done)
        span_fail(&span, error_traits(task->error.code)->name);
    span_end(task, &span);
    /* A turn may call tools a thousand times: of each only the answer is kept. */
    arena_reset(task->arena, mark);
    if (done)
        *out_answer = arena_copy(task->arena, strbuf_str(&answer));
    return done;
}
