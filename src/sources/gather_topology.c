/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/inquiry.h"
#include "sources/phrases.h"
#include "task/task.h"

enum { MAX_SHOWN_NEIGHBORS = 12, MAX_NEIGHBOR_PLACES = 3, MAX_STATEMENT_BYTES = 4096 };

static const double TOPOLOGY_SCORE = 9.0;

static Str text_of(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

/* Where the question names the device; STR_NOT_FOUND where it does so by its file. */
static size_t position_of(const Inquiry *inquiry, Str hostname)
{
    Str text = inquiry->question.folded;
    for (size_t at = 0; at + hostname.size <= text.size; at++)
        if (str_equal_ignore_case(str_slice(text, at, hostname.size), hostname))
            return at;
    return STR_NOT_FOUND;
}

/* The devices that the question names, in the order of the question. */
static size_t named_devices(const Inquiry *inquiry, Str *out_names, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < inquiry->documents.count && count < max; i++) {
        const SourceDocument *document = &inquiry->documents.items[i];
        bool known = str_empty(document->subject) || str_empty(document->hostname);
        for (size_t j = 0; j < count; j++)
            known |= str_equal_ignore_case(out_names[j], document->hostname);
        if (known)
            continue;
        size_t place = count++;
        size_t position = position_of(inquiry, document->hostname);
        for (; place > 0 && position_of(inquiry, out_names[place - 1]) > position; place--)
            out_names[place] = out_names[place - 1];
        out_names[place] = document->hostname;
    }
    return count;
}

static void add_evidence_places(Evidence *evidence, const JsonValue *neighbor)
{
    const JsonValue *reasons = json_get(neighbor, "evidence");
    const JsonValue *places = reasons && reasons->count ? json_get(&reasons->items[0], "at") : NULL;
    if (places && places->count && evidence->place_count < MAX_NEIGHBOR_PLACES)
        evidence->places[evidence->place_count++] = inquiry_read_place(&places->items[0]);
}

/* "lis-dist1 (GigabitEthernet0/1 – Ethernet2, OSPF area 0)" */
static void write_neighbor(Task *task, StrBuf *out, const JsonValue *neighbor)
{
    Str name = inquiry_code_span(task->arena, text_of(neighbor, "device"));
    strbuf_printf(out, "\n   - %.*s", STR_ARGS(name));
    static const char *const members[] = {"interface", "peer_interface", "bgp",
                                          "ospf",      "isis",           "eigrp"};
    bool is_first = true;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        Str member = text_of(neighbor, members[i]);
        if (str_empty(member))
            continue;
        Str shown = inquiry_code_span(task->arena, member);
        strbuf_append(out, is_first ? STR(": ") : i == 1 ? STR(" – ") : STR(", "));
        strbuf_append(out, shown);
        is_first = false;
    }
}

static void add_neighbors(Task *task, Inquiry *inquiry, const JsonValue *answer)
{
    const JsonValue *neighbors = json_get(answer, "neighbors");
    if (!neighbors || neighbors->count == 0)
        return;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, MAX_STATEMENT_BYTES);
    Evidence evidence = {
        .kind = EVIDENCE_FACT, .score = TOPOLOGY_SCORE, .coverage = 1, .has_entity = true};
    Str device = inquiry_code_span(task->arena, text_of(json_get(answer, "device"), "device"));
    strbuf_printf(&out,
                  "%.*s %.*s:", STR_ARGS(phrase(inquiry->question.language, PHRASE_NEIGHBORS_OF)),
                  STR_ARGS(device));
    for (size_t i = 0; i < MIN_OF(neighbors->count, MAX_SHOWN_NEIGHBORS); i++) {
        write_neighbor(task, &out, &neighbors->items[i]);
        add_evidence_places(&evidence, &neighbors->items[i]);
    }
    evidence.statement = arena_copy(task->arena, strbuf_str(&out));
    *VEC_PUSH(task->arena, &inquiry->evidence) = evidence;
}

/* The port leads from the device before to this one. */
static void write_hop(Task *task, StrBuf *out, const JsonValue *hop, bool is_first)
{
    Str device = inquiry_code_span(task->arena, text_of(hop, "device"));
    Str port = text_of(json_get(hop, "link"), "interface");
    if (!is_first)
        strbuf_append(out, STR(" → "));
    if (!is_first && !str_empty(port)) {
        strbuf_append(out, inquiry_code_span(task->arena, port));
        strbuf_append(out, STR(" → "));
    }
    strbuf_append(out, device);
}

static void add_path(Task *task, Inquiry *inquiry, const JsonValue *answer)
{
    QuestionLanguage language = inquiry->question.language;
    const JsonValue *paths = json_get(answer, "paths");
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, MAX_STATEMENT_BYTES);
    Str from = inquiry_code_span(task->arena, text_of(answer, "from"));
    Str to = inquiry_code_span(task->arena, text_of(answer, "to"));
    strbuf_printf(&out, "%.*s %.*s %.*s %.*s: ", STR_ARGS(phrase(language, PHRASE_PATH_FROM)),
                  STR_ARGS(from), STR_ARGS(phrase(language, PHRASE_PATH_TO)), STR_ARGS(to));
    if (!paths || paths->count == 0)
        strbuf_append(&out, phrase(language, PHRASE_NO_PATH));
    for (size_t i = 0; paths && i < paths->count; i++) {
        const JsonValue *path = &paths->items[i];
        strbuf_append(&out, STR("\n   - "));
        for (size_t j = 0; j < path->count; j++)
            write_hop(task, &out, &path->items[j], j == 0);
    }
    Evidence evidence = {
        .kind = EVIDENCE_FACT, .score = TOPOLOGY_SCORE, .coverage = 1, .has_entity = true};
    evidence.statement = arena_copy(task->arena, strbuf_str(&out));
    *VEC_PUSH(task->arena, &inquiry->evidence) = evidence;
}

static void note_age(Inquiry *inquiry, const JsonValue *answer)
{
    const JsonValue *outdated = json_get(answer, "outdated");
    inquiry->is_topology_outdated |= outdated && outdated->boolean;
}

bool gather_topology(Task *task, Inquiry *inquiry)
{
    Str names[3];
    const JsonValue *answer;
    const Question *question = &inquiry->question;
    size_t count = named_devices(inquiry, names, 3);
    bool wants_neighbors = question_is_about(question, TOPIC_NEIGHBOR) ||
                           question_is_about(question, TOPIC_LINK) ||
                           question_wants(question, INTENT_PATH);
    if (count == 0 || !wants_neighbors)
        return true;
    if (count == 2 && question_wants(question, INTENT_PATH)) {
        ToolCall call = {"topology_path", {{"from", names[0], 0}, {"to", names[1], 0}}};
        if (!inquiry_call(task, inquiry, &call, &answer))
            return false;
        note_age(inquiry, answer);
        if (answer && !str_empty(text_of(answer, "topology_id")))
            add_path(task, inquiry, answer);
        return true;
    }
    /* What is wrong, and the neighbours of the protocol asked for, answer the question better. */
    ToolCall call = {"topology_neighbors", {{"device", names[0], 0}}};
    if (count != 1 || inquiry->evidence.count > 0)
        return true;
    if (!inquiry_call(task, inquiry, &call, &answer))
        return false;
    note_age(inquiry, answer);
    add_neighbors(task, inquiry, answer);
    return true;
}
