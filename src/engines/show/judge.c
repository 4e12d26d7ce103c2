/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/show/judge.h"

#include "base/ascii.h"

#include <stdlib.h>

enum { FINDINGS_MAX = 500, COLUMNS_OF_RULE = 3 };

typedef enum {
    TEST_NOT,      /* the value begins with none of the words */
    TEST_IS,       /* it begins with one of them */
    TEST_CONTAINS, /* it holds one of them */
    TEST_ABOVE,    /* it is a number above the limit */
} RuleTest;

/* A fault that a cell shows. Words are separated by blanks; case does not count. */
typedef struct {
    const char *outputs;                  /* words that the name of the template holds, in order */
    const char *columns[COLUMNS_OF_RULE]; /* the first one that the table has is judged */
    RuleTest test;
    const char *words;
    unsigned limit;
    const char *only_column, *only_words; /* another cell of the row begins with one of these */
    const char *except;                   /* a value that holds this is no fault */
    const char *subjects[3];              /* columns that say what the row is about */
    bool is_once;                         /* all rows repeat the value */
    ShowSeverity severity;
    const char *id, *title, *detail;
} ShowRule;

static const ShowRule rules[] = {
    {.outputs = "ospf neighbor",
     .columns = {"STATE"},
     .test = TEST_NOT,
     .words = "FULL 2WAY",
     .subjects = {"NEIGHBOR_ID", "INTERFACE"},
     .severity = SHOW_ERROR,
     .id = "ospf_neighbor_not_full",
     .title = "an OSPF neighbour is not adjacent",
     .detail = "It stays in EXSTART or EXCHANGE where the MTU of the two ends differs, in INIT "
               "where the neighbour does not hear this router, and in DOWN or ATTEMPT where "
               "nothing is heard."},
    {.outputs = "bgp_summary",
     .columns = {"STATE", "STATE_OR_PREFIXES_RECEIVED", "STATE_PFXRCD"},
     .test = TEST_IS,
     .words = "Idle Active Connect OpenSent OpenConfirm",
     .except = "(Admin",
     .subjects = {"BGP_NEIGHBOR", "BGP_NEIGH", "PEER_IP"},
     .severity = SHOW_ERROR,
     .id = "bgp_session_not_established",
     .title = "a BGP session is not established",
     .detail = "Active and Connect: the neighbour does not answer on TCP port 179. Idle: there is "
               "no route to it, it refuses, or the session is shut down. OpenSent and "
               "OpenConfirm: the two ends disagree on AS number, capabilities or password."},
    {.outputs = "isis neighbors",
     .columns = {"STATE"},
     .test = TEST_NOT,
     .words = "UP",
     .subjects = {"SYSTEM_ID", "INTERFACE"},
     .severity = SHOW_ERROR,
     .id = "isis_neighbor_not_up",
     .title = "an IS-IS neighbour is not up",
     .detail = "INIT: this router hears the neighbour, and the neighbour does not hear it, or the "
               "MTU, the area or the authentication differs."},
    {.outputs = "eigrp_neighbors",
     .columns = {"Q_CNT"},
     .test = TEST_ABOVE,
     .subjects = {"IP_ADDRESS", "INTERFACE"},
     .severity = SHOW_WARNING,
     .id = "eigrp_queue_not_empty",
     .title = "an EIGRP neighbour does not acknowledge",
     .detail = "Packets wait in the queue for it. It may hear only one direction of the link."},
    {.outputs = "interface status",
     .columns = {"STATUS"},
     .test = TEST_IS,
     .words = "err-disabled errdisabled err-dis",
     .subjects = {"PORT", "NAME"},
     .severity = SHOW_ERROR,
     .id = "interface_error_disabled",
     .title = "an interface was disabled because of an error",
     .detail = "The log or `show errdisable recovery` says why: a loop, a BPDU, a MAC address that "
               "is not allowed, a link that flaps."},
    {.outputs = "show_interface",
     .columns = {"DUPLEX"},
     .test = TEST_IS,
     .words = "half a-half",
     .only_column = "LINK_STATUS",
     .only_words = "up",
     .subjects = {"INTERFACE"},
     .severity = SHOW_WARNING,
     .id = "half_duplex",
     .title = "an interface works in half duplex",
     .detail = "Mostly one end negotiates and the other is fixed. Frames collide and are lost."},
    {.outputs = "interface status",
     .columns = {"DUPLEX"},
     .test = TEST_IS,
     .words = "half a-half",
     .only_column = "STATUS",
     .only_words = "connected",
     .subjects = {"PORT", "NAME"},
     .severity = SHOW_WARNING,
     .id = "half_duplex",
     .title = "an interface works in half duplex",
     .detail = "Mostly one end negotiates and the other is fixed. Frames collide and are lost."},
    {.outputs = "cisco ip_interface_brief",
     .columns = {"PROTO", "PROTOCOL"},
     .test = TEST_IS,
     .words = "down",
     .only_column = "STATUS",
     .only_words = "up",
     .subjects = {"INTERFACE"},
     .severity = SHOW_WARNING,
     .id = "line_protocol_down",
     .title = "an interface is up, and its line protocol is down",
     .detail = "The two ends differ in encapsulation or keepalives, or nothing answers beyond a "
               "converter."},
    {.outputs = "show_interface",
     .columns = {"CRC"},
     .test = TEST_ABOVE,
     .subjects = {"INTERFACE", "DESCRIPTION"},
     .severity = SHOW_WARNING,
     .id = "interface_crc_errors",
     .title = "frames arrive damaged",
     .detail = "Cable, connector, optics or a duplex mismatch. Clear the counters and look again "
               "whether the number grows."},
    {.outputs = "channel_summary",
     .columns = {"MEMBER_INTERFACE_STATUS"},
     .test = TEST_NOT,
     .words = "P H",
     .subjects = {"MEMBER_INTERFACE", "BUNDLE_NAME"},
     .severity = SHOW_WARNING,
     .id = "lag_member_not_bundled",
     .title = "a member does not belong to its bundle",
     .detail = "s: suspended, its settings differ from the others' or the partner is another. I: "
               "no partner speaks LACP. D: the link is down."},
    {.outputs = "spanning-tree",
     .columns = {"TYPE"},
     .test = TEST_CONTAINS,
     .words = "_Inc *LOOP *ROOT *PVID *TYPE",
     .subjects = {"INTERFACE", "VLAN_ID"},
     .severity = SHOW_ERROR,
     .id = "spanning_tree_inconsistent",
     .title = "spanning tree blocks a port as inconsistent",
     .detail = "PVID, TYPE: the two ends differ in trunk or native VLAN. ROOT: a better bridge "
               "where root guard forbids it. LOOP: no BPDU arrives where one must."},
    {.outputs = "nxos_show_vpc",
     .columns = {"STATUS"},
     .test = TEST_IS,
     .words = "down",
     .subjects = {"PORT", "ID"},
     .severity = SHOW_WARNING,
     .id = "vpc_down",
     .title = "a vPC is down",
     .detail = "The other switch may still carry it; then nothing protects it."},
    {.outputs = "eos_show_mlag",
     .columns = {"STATE"},
     .test = TEST_NOT,
     .words = "Active",
     .subjects = {"DOMAIN", "PEER_LINK"},
     .severity = SHOW_ERROR,
     .id = "mlag_not_active",
     .title = "MLAG is not active",
     .detail = "The switch does not reach its peer, or their configurations do not fit."},
    {.outputs = "standby_brief",
     .columns = {"STATE"},
     .test = TEST_IS,
     .words = "Init",
     .subjects = {"INTERFACE", "GROUP"},
     .severity = SHOW_WARNING,
     .id = "hsrp_init",
     .title = "an HSRP group does not work",
     .detail = "Its interface is down, or the group has no address."},
    {.outputs = "processes_cpu",
     .columns = {"CPU_USAGE_5_MIN"},
     .test = TEST_ABOVE,
     .limit = 80,
     .is_once = true,
     .severity = SHOW_WARNING,
     .id = "cpu_busy",
     .title = "the processor was busy for five minutes",
     .detail = "The table says which process. Much time in interrupts means packets that the "
               "hardware does not forward."},
    {.outputs = "environment",
     .columns = {"STATUS", "PS_STATUS", "FAN_STATUS"},
     .test = TEST_IS,
     .words = "fail faulty bad critical",
     .severity = SHOW_ERROR,
     .id = "hardware_failed",
     .title = "a power supply, a fan or a sensor has failed",
     .detail = "The row says which."},
};

static bool next_word(const char **rest, Str *out_word)
{
    Str text = str_of(*rest);
    bool found = str_next_word(&text, out_word);
    *rest = text.data;
    return found;
}

/* Returns whether the name of the template holds the words in their order. */
static bool is_about(const ShowRule *rule, Str template)
{
    Str word;
    const char *rest = rule->outputs;
    while (next_word(&rest, &word)) {
        size_t at = str_find(template, word);
        if (at == STR_NOT_FOUND)
            return false;
        template = str_from(template, at + word.size);
    }
    return true;
}

static int find_column(const TextFsmTable *table, const char *name)
{
    for (size_t i = 0; name && i < table->column_count; i++) {
        if (str_equal_ignore_case(table->columns[i].name, str_of(name)))
            return (int)i;
    }
    return -1;
}

static int judged_column(const ShowRule *rule, const TextFsmTable *table)
{
    int column = -1;
    for (size_t i = 0; column < 0 && i < COLUMNS_OF_RULE; i++)
        column = find_column(table, rule->columns[i]);
    return column;
}

static bool begins_with(Str value, const char *words)
{
    Str word;
    while (next_word(&words, &word)) {
        if (str_starts_with_ignore_case(value, word))
            return true;
    }
    return false;
}

static bool holds(Str value, const char *words)
{
    Str word;
    while (next_word(&words, &word)) {
        if (str_find(value, word) != STR_NOT_FOUND)
            return true;
    }
    return false;
}

static bool is_above(Str value, unsigned limit)
{
    uint64_t number = 0;
    size_t digits = 0;
    while (digits < value.size && ascii_is_digit(value.data[digits]))
        digits++;
    return str_parse_u64(str_slice(value, 0, digits), &number) && number > limit;
}

static bool is_fault(const ShowRule *rule, Str value)
{
    value = str_trim(value);
    if (str_empty(value) ||
        (rule->except && str_find(value, str_of(rule->except)) != STR_NOT_FOUND))
        return false;
    switch (rule->test) {
    case TEST_NOT:
        return !begins_with(value, rule->words);
    case TEST_IS:
        return begins_with(value, rule->words);
    case TEST_CONTAINS:
        return holds(value, rule->words);
    case TEST_ABOVE:
        return is_above(value, rule->limit);
    }
    return false;
}

/* Returns the text of a cell, of a list that of the item. */
static Str text_of(const TextFsmTable *table, size_t row, int column, size_t item)
{
    if (column < 0)
        return STR("");
    const TextFsmCell *cell = textfsm_cell(table, row, (size_t)column);
    if (!table->columns[column].is_list)
        return cell->text;
    return item < cell->item_count ? cell->items[item] : STR("");
}

static bool is_meant(const ShowRule *rule, const TextFsmTable *table, size_t row)
{
    int column = find_column(table, rule->only_column);
    return !rule->only_column ||
           (column >= 0 && begins_with(text_of(table, row, column, 0), rule->only_words));
}

/* A cell, or an item of it. */
typedef struct {
    const ShowOutput *output;
    size_t row;
    size_t item;
} Spot;

static Str subject_of(Arena *arena, const ShowRule *rule, const Spot *spot)
{
    Str subject = STR("");
    const TextFsmTable *table = &spot->output->table;
    for (size_t i = 0; i < COUNT_OF(rule->subjects); i++) {
        Str part = text_of(table, spot->row, find_column(table, rule->subjects[i]), spot->item);
        if (!str_empty(part))
            subject = arena_printf(arena, "%.*s%s%.*s", STR_ARGS(subject),
                                   str_empty(subject) ? "" : ", ", STR_ARGS(part));
    }
    return subject;
}

static ShowFinding finding_at(Arena *arena, const ShowRule *rule, const Spot *spot)
{
    const TextFsmTable *table = &spot->output->table;
    Str value = str_trim(text_of(table, spot->row, judged_column(rule, table), spot->item));
    Str subject = subject_of(arena, rule, spot);
    return (ShowFinding){
        .id = rule->id,
        .severity = rule->severity,
        .title = arena_printf(arena, "%s: %.*s%s%.*s", rule->title, STR_ARGS(subject),
                              str_empty(subject) ? "" : ", ", STR_ARGS(value)),
        .detail = rule->detail,
        .line = spot->output->first_line + table->lines.items[spot->row] - 1,
    };
}

static void judge_row(Arena *arena, ShowReport *report, const ShowRule *rule,
                      const ShowOutput *output, size_t row)
{
    const TextFsmTable *table = &output->table;
    int column = judged_column(rule, table);
    const TextFsmCell *cell = textfsm_cell(table, row, (size_t)column);
    size_t items = table->columns[column].is_list ? cell->item_count : 1;
    for (size_t i = 0; i < items && report->findings.count < FINDINGS_MAX; i++) {
        Spot spot = {output, row, i};
        if (is_meant(rule, table, row) && is_fault(rule, text_of(table, row, column, i)))
            *VEC_PUSH(arena, &report->findings) = finding_at(arena, rule, &spot);
    }
}

/* A rule without one of its subjects is for the table of another system. */
static bool fits(const ShowRule *rule, const TextFsmTable *table)
{
    bool has_subject = !rule->subjects[0];
    for (size_t i = 0; i < COUNT_OF(rule->subjects); i++)
        has_subject = has_subject || find_column(table, rule->subjects[i]) >= 0;
    return has_subject && judged_column(rule, table) >= 0;
}

static void judge_output(Arena *arena, ShowReport *report, const ShowOutput *output)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        const ShowRule *rule = &rules[i];
        size_t rows =
            rule->is_once ? MIN_OF(output->table.row_count, (size_t)1) : output->table.row_count;
        if (!is_about(rule, output->template) || !fits(rule, &output->table))
            continue;
        for (size_t row = 0; row < rows; row++)
            judge_row(arena, report, rule, output, row);
    }
}

static int by_severity(const void *left, const void *right)
{
    const ShowFinding *a = left;
    const ShowFinding *b = right;
    if (a->severity != b->severity)
        return a->severity < b->severity ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

void show_judge(Arena *arena, ShowReport *report)
{
    for (size_t i = 0; i < report->outputs.count; i++) {
        if (report->outputs.items[i].table.row_count > 0)
            judge_output(arena, report, &report->outputs.items[i]);
    }
    if (report->findings.count > 0)
        qsort(report->findings.items, report->findings.count, sizeof(ShowFinding), by_severity);
}
