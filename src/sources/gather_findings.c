/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/inquiry.h"
#include "sources/phrases.h"
#include "task/task.h"

enum { MAX_FINDING_ANSWERS = 3, MAX_SUBJECTS = 3, MAX_FILES = 4 };

/* Parts of the names of the kinds of findings that a topic is about. */
typedef struct {
    QuestionTopic topic;
    const char *part;
} TopicFindings;

static const TopicFindings topic_findings[] = {
    {TOPIC_OSPF, "ospf"},
    {TOPIC_BGP, "bgp"},
    {TOPIC_MTU, "mtu"},
    {TOPIC_VLAN, "vlan"},
    {TOPIC_VLAN, "switchport"},
    {TOPIC_NEIGHBOR, "ospf"},
    {TOPIC_NEIGHBOR, "isis"},
    {TOPIC_NEIGHBOR, "eigrp"},
    {TOPIC_NEIGHBOR, "bgp"},
    {TOPIC_TIMER, "hello"},
    {TOPIC_TIMER, "dead"},
    {TOPIC_LINK, "mtu"},
    {TOPIC_LINK, "vlan"},
    {TOPIC_LINK, "subnet"},
    {TOPIC_LINK, "switchport"},
    {TOPIC_LINK, "duplicate"},
    {TOPIC_LOGIN, "authentication"},
    {TOPIC_LAG, "vlan"},
    {TOPIC_INTERFACE, "mtu"},
    {TOPIC_INTERFACE, "vlan"},
    {TOPIC_INTERFACE, "switchport"},
    {TOPIC_INTERFACE, "subnet"},
    {TOPIC_DHCP, "vlan"},
};

static bool is_about_topic(const Question *question, Str kind)
{
    for (size_t i = 0; i < sizeof(topic_findings) / sizeof(topic_findings[0]); i++) {
        if (question_is_about(question, topic_findings[i].topic) &&
            str_find(kind, str_of(topic_findings[i].part)) != STR_NOT_FOUND)
            return true;
    }
    return false;
}

static bool names_device(const SourceDocument *document, Str message)
{
    QuestionEntity device = {.kind = ENTITY_NAME, .text = document->hostname};
    if (!str_empty(document->hostname) && question_text_names(&device, message))
        return true;
    for (size_t i = 0; i < document->addresses.count; i++)
        if (question_text_names(&document->addresses.items[i], message))
            return true;
    return false;
}

/* How near the finding is to what the question names: 2 in its document, 1 its message names the
 * device, 0 neither. */
static int nearness(const Inquiry *inquiry, const JsonValue *finding, Str message)
{
    int nearest = 0;
    const JsonValue *places = json_get(finding, "at");
    for (size_t i = 0; i < inquiry->documents.count; i++) {
        const SourceDocument *document = &inquiry->documents.items[i];
        if (str_empty(document->subject))
            continue;
        if (names_device(document, message))
            nearest = MAX_OF(nearest, 1);
        for (size_t j = 0; places && j < places->count; j++) {
            if (str_equal(json_str_or(&places->items[j], "document_id", STR("")),
                          document->id_text))
                return 2;
        }
    }
    return nearest;
}

static bool has_subject(const Inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->documents.count; i++)
        if (!str_empty(inquiry->documents.items[i].subject))
            return true;
    return false;
}

/* Whether the question names something, beside documents and devices, that a finding may name. */
static bool has_specifics(const Inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->question.entity_count; i++) {
        const QuestionEntity *entity = &inquiry->question.entities[i];
        bool is_specific = entity->kind != ENTITY_TIME && entity->kind != ENTITY_PAGE &&
                           entity->kind != ENTITY_LINE && entity->kind != ENTITY_FILE;
        if (is_specific && !inquiry_is_subject(inquiry, entity))
            return true;
    }
    return false;
}

static bool names_entity(const Inquiry *inquiry, Str message)
{
    for (size_t i = 0; i < inquiry->question.entity_count; i++) {
        const QuestionEntity *entity = &inquiry->question.entities[i];
        if (!inquiry_is_subject(inquiry, entity) && question_text_names(entity, message))
            return true;
    }
    return false;
}

static double severity_weight(Str severity)
{
    if (str_equal(severity, STR("error")))
        return 1.0;
    return str_equal(severity, STR("warning")) ? 0.6 : 0;
}

/*
 * What the finding counts for this question; 0: it is not about it. A question of what is wrong
 * takes every finding at its subject; another must share the topic, or name something of the
 * finding itself.
 */
static double score_finding(const Inquiry *inquiry, const JsonValue *finding)
{
    const Question *question = &inquiry->question;
    Str message = json_str_or(finding, "message", STR(""));
    int at_subject = nearness(inquiry, finding, message);
    bool by_topic = is_about_topic(question, json_str_or(finding, "kind", STR("")));
    bool by_entity = names_entity(inquiry, message);
    bool asks_what_is_wrong = question_wants(question, INTENT_PROBLEM);
    bool asks_why = question_wants(question, INTENT_WHY) || asks_what_is_wrong;
    if (has_subject(inquiry) ? !at_subject : has_specifics(inquiry) && !by_entity)
        return 0;
    bool is_note = str_equal(json_str_or(finding, "severity", STR("")), STR("info"));
    if (is_note && !by_entity && !(asks_what_is_wrong && at_subject))
        return 0;
    bool is_wanted = (asks_why && by_topic) || (by_entity && by_topic) ||
                     (asks_what_is_wrong && question->topics == 0) ||
                     (asks_what_is_wrong && at_subject) || (asks_why && by_entity);
    if (!is_wanted)
        return 0;
    double weight = severity_weight(json_str_or(finding, "severity", STR("")));
    return 4.0 + at_subject + 2.0 * by_topic + 3.0 * by_entity + weight;
}

static Phrase severity_phrase(Str severity)
{
    if (str_equal(severity, STR("error")))
        return PHRASE_ERROR;
    return str_equal(severity, STR("warning")) ? PHRASE_WARNING : PHRASE_INFO;
}

static void add_places(Evidence *evidence, const JsonValue *finding)
{
    const JsonValue *places = json_get(finding, "at");
    for (size_t i = 0; places && i < places->count; i++) {
        bool known = false;
        SourceCitation place = inquiry_read_place(&places->items[i]);
        for (size_t j = 0; j < evidence->place_count; j++)
            known |= str_equal(place.document, evidence->places[j].document) &&
                     place.line_start == evidence->places[j].line_start;
        if (!known && evidence->place_count < EVIDENCE_MAX_PLACES)
            evidence->places[evidence->place_count++] = place;
    }
}

static bool shares_place(const Evidence *evidence, const JsonValue *finding)
{
    const JsonValue *places = json_get(finding, "at");
    for (size_t i = 0; places && i < places->count; i++) {
        SourceCitation place = inquiry_read_place(&places->items[i]);
        for (size_t j = 0; j < evidence->place_count; j++) {
            if (str_equal(place.document, evidence->places[j].document) &&
                place.line_start == evidence->places[j].line_start)
                return true;
        }
    }
    return false;
}

/* Two findings of one kind at one place, such as those of OSPF and OSPFv3, are one to the reader.
 */
static Evidence *find_twin(Inquiry *inquiry, Str title, const JsonValue *finding)
{
    for (size_t i = 0; i < inquiry->evidence.count; i++) {
        Evidence *known = &inquiry->evidence.items[i];
        if (known->kind == EVIDENCE_FINDING && str_starts_with(known->statement, title) &&
            shares_place(known, finding))
            return known;
    }
    return NULL;
}

static void add_finding(Task *task, Inquiry *inquiry, const JsonValue *finding, double score)
{
    QuestionLanguage language = inquiry->question.language;
    Str severity = json_str_or(finding, "severity", STR(""));
    Str label = phrase_finding(language, json_str_or(finding, "kind", STR("")));
    Str title = arena_printf(task->arena, "**%.*s** (%.*s)", STR_ARGS(label),
                             STR_ARGS(phrase(language, severity_phrase(severity))));
    Evidence *twin = find_twin(inquiry, title, finding);
    if (twin) {
        add_places(twin, finding);
        return;
    }
    Evidence evidence = {
        .kind = EVIDENCE_FINDING, .score = score, .coverage = 1, .has_entity = true};
    Str message = inquiry_code_span(task->arena, json_str_or(finding, "message", STR("")));
    evidence.statement =
        arena_printf(task->arena, "%.*s: %.*s", STR_ARGS(title), STR_ARGS(message));
    add_places(&evidence, finding);
    *VEC_PUSH(task->arena, &inquiry->evidence) = evidence;
}

/* The addresses of a device that the question names: a finding may name the device by them. */
static bool read_addresses(Task *task, Inquiry *inquiry, SourceDocument *document)
{
    const JsonValue *answer;
    ToolCall call = {"device_facts",
                     {{"document_id", document->id_text, 0}, {"section", STR("interfaces"), 0}}};
    if (!inquiry_call(task, inquiry, &call, &answer))
        return false;
    const JsonValue *rows = json_get(answer, "rows");
    for (size_t i = 0; rows && i < rows->count; i++) {
        const JsonValue *addresses = json_get(&rows->items[i], "addresses");
        for (size_t j = 0; addresses && j < addresses->count; j++) {
            Str text = json_str_or(&addresses->items[j], "address", STR(""));
            QuestionEntity entity = {.kind = ENTITY_ADDRESS, .text = text};
            if (ip_prefix_parse(text, &entity.prefix))
                *VEC_PUSH(task->arena, &document->addresses) = entity;
        }
    }
    return true;
}

static bool read_subjects(Task *task, Inquiry *inquiry)
{
    size_t asked = 0;
    for (size_t i = 0; i < inquiry->documents.count && asked < MAX_SUBJECTS; i++) {
        SourceDocument *document = &inquiry->documents.items[i];
        if (str_empty(document->subject) || str_empty(document->hostname))
            continue;
        asked++;
        if (!read_addresses(task, inquiry, document))
            return false;
    }
    return true;
}

static bool is_limited_away(const Inquiry *inquiry, const JsonValue *finding)
{
    const JsonValue *places = json_get(finding, "at");
    for (size_t i = 0; places && i < places->count; i++)
        if (inquiry_includes(inquiry, json_str_or(&places->items[i], "document_id", STR(""))))
            return false;
    return inquiry_is_limited(inquiry);
}

static void read_findings(Task *task, Inquiry *inquiry, const JsonValue *answer)
{
    const JsonValue *findings = json_get(answer, "findings");
    for (size_t i = 0; findings && i < findings->count; i++) {
        const JsonValue *finding = &findings->items[i];
        double score = is_limited_away(inquiry, finding) ? 0 : score_finding(inquiry, finding);
        if (score > 0)
            add_finding(task, inquiry, finding, score);
    }
}

/* Outputs of commands show the present state. What the analysis of another file found counts where
 * it is asked what is wrong with it. */
static bool has_own_findings(const Inquiry *inquiry, const SourceDocument *document)
{
    return str_equal(document->type, STR("show")) ||
           (!str_empty(document->subject) && question_wants(&inquiry->question, INTENT_PROBLEM));
}

static bool read_own_findings(Task *task, Inquiry *inquiry)
{
    size_t asked = 0;
    const JsonValue *answer;
    for (size_t i = 0; i < inquiry->documents.count && asked < MAX_FILES; i++) {
        const SourceDocument *document = &inquiry->documents.items[i];
        ToolCall call = {"findings", {{"document_id", document->id_text, 0}}};
        if (!has_own_findings(inquiry, document) || !inquiry_includes(inquiry, document->id_text))
            continue;
        asked++;
        if (!inquiry_call(task, inquiry, &call, &answer))
            return false;
        read_findings(task, inquiry, answer);
    }
    return true;
}

bool gather_findings(Task *task, Inquiry *inquiry)
{
    int64_t more = 0;
    const JsonValue *answer;
    if (!read_subjects(task, inquiry))
        return false;
    for (int i = 0; i < MAX_FINDING_ANSWERS; i++) {
        ToolCall call = {"findings", {{0}}};
        if (more)
            call.arguments[0] = (ToolArgument){"more", STR(""), more};
        if (!inquiry_call(task, inquiry, &call, &answer))
            return false;
        if (i == 0)
            inquiry->has_topology = !str_empty(json_str_or(answer, "topology_id", STR("")));
        read_findings(task, inquiry, answer);
        more = json_i64_or(answer, "more", 0);
        if (more == 0)
            break;
    }
    return read_own_findings(task, inquiry);
}
