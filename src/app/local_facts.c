/* SPDX-License-Identifier: Apache-2.0 */
#include "app/local_facts.h"

enum { MAX_ROWS = 40, LIST_MAX_BYTES = 16 * 1024 };

/* A list that is being written. */
typedef struct {
    StrBuf out;
    size_t rows;
    LocalFact fact;
} List;

/* Begins a row for a line of the file. Returns false when there are enough. */
static bool begin_row(List *list, uint32_t line)
{
    if (++list->rows > MAX_ROWS)
        return false;
    strbuf_append(&list->out, STR("\n-"));
    if (line > 0 && (list->fact.line_start == 0 || line < list->fact.line_start))
        list->fact.line_start = line;
    list->fact.line_end = MAX_OF(list->fact.line_end, line);
    return true;
}

/* Names of a configuration may hold anything; a code span shows them as they are. */
static void add_cell(List *list, const char *before, Str text)
{
    if (!str_empty(text))
        strbuf_printf(&list->out, " %s`%.*s`", before, STR_ARGS(text));
}

static void add_number(List *list, const char *before, uint32_t number)
{
    if (number > 0)
        strbuf_printf(&list->out, " %s`%u`", before, number);
}

static void list_vlans(List *list, const Device *device)
{
    for (size_t i = 0; i < device->vlans.count; i++) {
        const Vlan *vlan = &device->vlans.items[i];
        if (!begin_row(list, vlan->line))
            return;
        add_number(list, "", vlan->id);
        add_cell(list, "", vlan->name);
    }
}

static void list_bgp_neighbors(List *list, const Device *device)
{
    for (size_t i = 0; i < device->bgp.count; i++) {
        const BgpProcess *process = &device->bgp.items[i];
        for (size_t j = 0; j < process->neighbors.count; j++) {
            IpText text;
            const BgpNeighbor *neighbor = &process->neighbors.items[j];
            if (neighbor->is_group || !ip_is_set(neighbor->address))
                continue;
            if (!begin_row(list, neighbor->line))
                return;
            add_cell(list, "", ip_format(neighbor->address, &text));
            add_number(list, "AS ", neighbor->remote_as);
            add_cell(list, "", neighbor->description.text);
        }
    }
}

static void list_ospf_interfaces(List *list, const Device *device)
{
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        const InterfaceOspf *ospf = &interface->ospf[interface->ospf[0].enabled ? 0 : 1];
        if (!ospf->enabled)
            continue;
        if (!begin_row(list, ospf->line ? ospf->line : interface->line))
            return;
        add_cell(list, "", interface->name);
        if (ospf->has_area)
            strbuf_printf(&list->out, " area `%u`", ospf->area);
    }
}

static void list_routes(List *list, const Device *device)
{
    for (size_t i = 0; i < device->routes.count; i++) {
        IpText text;
        const StaticRoute *route = &device->routes.items[i];
        if (!begin_row(list, route->line))
            return;
        add_cell(list, "", ip_prefix_format(route->prefix, &text));
        if (ip_is_set(route->next_hop))
            add_cell(list, "by ", ip_format(route->next_hop, &text));
        add_cell(list, "by ", route->interface);
    }
}

static void list_interfaces(List *list, const Device *device)
{
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        if (!begin_row(list, interface->line))
            return;
        add_cell(list, "", interface->name);
        for (size_t j = 0; j < interface->addresses.count; j++) {
            IpText text;
            add_cell(list, "", ip_prefix_format(interface->addresses.items[j].prefix, &text));
        }
        add_cell(list, "", interface->description.text);
    }
}

typedef struct {
    QuestionTopic topic;
    const char *title;
    void (*list)(List *list, const Device *device);
} Section;

static const Section sections[] = {
    {TOPIC_VLAN, "VLANs", list_vlans},
    {TOPIC_BGP, "BGP neighbors", list_bgp_neighbors},
    {TOPIC_OSPF, "OSPF interfaces", list_ospf_interfaces},
    {TOPIC_ROUTE, "Static routes", list_routes},
    {TOPIC_INTERFACE, "Interfaces", list_interfaces},
};

bool local_facts_are_asked(const Question *question, Str hostname)
{
    static const QuestionIntent others[] = {INTENT_WHY,     INTENT_WHEN,    INTENT_HOW,
                                            INTENT_COMPARE, INTENT_ALLOWED, INTENT_PROBLEM};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (question_wants(question, others[i]))
            return false;
    for (size_t i = 0; i < question->entity_count; i++)
        if (!str_equal_ignore_case(question->entities[i].text, hostname))
            return false;
    return true;
}

/* "OSPF interfaces" is no question for all interfaces. */
static bool is_asked(const Question *question, const Section *section)
{
    if (!question_is_about(question, section->topic))
        return false;
    for (size_t i = 0; section->topic == TOPIC_INTERFACE && i < COUNT_OF(sections) - 1; i++)
        if (question_is_about(question, sections[i].topic))
            return false;
    return true;
}

void local_facts_find(Arena *arena, const Question *question, const Device *device,
                      LocalFactVec *facts)
{
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        List list = {0};
        if (!is_asked(question, &sections[i]))
            continue;
        strbuf_init(&list.out, LIST_MAX_BYTES);
        strbuf_printf(&list.out, "%s of `%.*s`:\n", sections[i].title,
                      STR_ARGS(device->hostname.text));
        sections[i].list(&list, device);
        if (list.rows > MAX_ROWS)
            strbuf_printf(&list.out, "\n- and more");
        list.fact.text = arena_copy(arena, strbuf_str(&list.out));
        strbuf_done(&list.out);
        if (list.rows > 0)
            *VEC_PUSH(arena, facts) = list.fact;
    }
}
