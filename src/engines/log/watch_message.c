/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages by device and mnemonic: how fast they come (storms), and which of them an expert looks
 * for first.
 */
#include "engines/log/report_private.h"

enum {
    KINDS_MAX = 50000,
    STORM_PER_MINUTE = 100,
    STORM_FACTOR = 5,  /* a harmless message storms if its peak is this many times its average */
    HARMLESS_FROM = 5, /* notice */
    CRITICAL_TO = 2,
    RARE_MESSAGES = 5,
    KEY_MAX_BYTES = 2 * LOG_NAME_BYTES + 4,
};

#define MAC_MOVES "A MAC address moves between ports: a loop, or a host with two connections."
#define ONE_ADDRESS "Two devices use one address."

/* Messages that matter whatever their severity. sign is a part of the mnemonic, or of the message
 * where there is none. */
typedef struct {
    Str sign;
    const char *id;
    FindingLevel level;
    uint64_t messages_min;
    const char *meaning;
} KnownMessage;

static const KnownMessage known_messages[] = {
    {STR_INIT("MACFLAP_NOTIF"), "mac_flap", FINDING_WARNING, 1, MAC_MOVES},
    {STR_INIT("MAC_MOVE"), "mac_flap", FINDING_WARNING, 1, MAC_MOVES},
    {STR_INIT("DUPADDR"), "duplicate_address", FINDING_ERROR, 1, ONE_ADDRESS},
    {STR_INIT("DUP_SRCIP"), "duplicate_address", FINDING_ERROR, 1, ONE_ADDRESS},
    {STR_INIT("DUP_RTRID"), "duplicate_router_id", FINDING_ERROR, 1,
     "Two routers use one router id."},
    {STR_INIT("NATIVE_VLAN_MISMATCH"), "native_vlan_mismatch", FINDING_WARNING, 1,
     "The two ends of a trunk have different native VLANs."},
    {STR_INIT("DUPLEX_MISMATCH"), "duplex_mismatch", FINDING_WARNING, 1,
     "The two ends of a link have different duplex settings."},
    {STR_INIT("ERR_DISABLE"), "error_disabled", FINDING_ERROR, 1,
     "The device has disabled a port."},
    {STR_INIT("SPANTREE-2-"), "spanning_tree_block", FINDING_ERROR, 1,
     "Spanning tree has blocked a port for inconsistency."},
    {STR_INIT("MAXPFX"), "prefix_limit", FINDING_ERROR, 1,
     "A BGP neighbour comes near to, or passes, the limit of prefixes."},
    {STR_INIT("MALLOCFAIL"), "out_of_memory", FINDING_ERROR, 1, "The device runs out of memory."},
    {STR_INIT("CPUHOG"), "busy_processor", FINDING_WARNING, 1, "A process holds the processor."},
    {STR_INIT("SYS-5-RESTART"), "restart", FINDING_WARNING, 1, "The device has started."},
    {STR_INIT("SYS-5-RELOAD"), "restart", FINDING_WARNING, 1, "The device was told to restart."},
    {STR_INIT("LOGIN_FAILED"), "login_failures", FINDING_WARNING, 5, "Logins fail."},
    {STR_INIT("Failed password"), "login_failures", FINDING_WARNING, 5, "Logins fail."},
    {STR_INIT("SYS-5-CONFIG_I"), "configured", FINDING_NOTE, 1, "The configuration was changed."},
    {STR_INIT("UI_COMMIT_COMPLETED"), "configured", FINDING_NOTE, 1,
     "The configuration was changed."},
};

typedef struct {
    Str host;
    Str name;   /* mnemonic, or process */
    Str sample; /* the first message */
    const KnownMessage *known;
    int severity;
    uint64_t messages;
    LogLines lines;
    LogPlace first;
    LogPlace last;
    /* By the minute. */
    bool has_minute;
    int64_t minute;
    uint64_t in_minute;
    uint64_t peak;
    LogPlace minute_start;
    LogPlace peak_place;
    uint64_t storm_minutes;
    LogPlace storm_first;
    LogPlace storm_last;
} Kind;

struct MessageWatch {
    Arena *arena;
    Map places; /* by host and name */
    VEC(Kind) kinds;
};

MessageWatch *message_watch_new(Arena *arena)
{
    MessageWatch *watch = ARENA_NEW(arena, MessageWatch);
    watch->arena = arena;
    return watch;
}

static const KnownMessage *find_known(const SyslogLine *line)
{
    Str where = str_empty(line->mnemonic) ? line->message : line->mnemonic;
    for (size_t i = 0; i < COUNT_OF(known_messages); i++)
        if (str_find(where, known_messages[i].sign) != STR_NOT_FOUND)
            return &known_messages[i];
    return NULL;
}

/* Writes what tells kinds of messages apart. A mnemonic says it all; a process writes messages of
 * many kinds, so the severity and the known message count as well. */
static Str write_key(char key[KEY_MAX_BYTES], const SyslogLine *line, const LogName *host,
                     const LogName *name)
{
    const KnownMessage *known = str_empty(line->mnemonic) ? find_known(line) : NULL;
    size_t size = 0;
    memcpy(key, host->data, host->size);
    size += host->size;
    key[size++] = '\n';
    memcpy(key + size, name->data, name->size);
    size += name->size;
    key[size++] = '\n';
    if (str_empty(line->mnemonic)) {
        key[size++] = (char)('1' + line->severity);
        key[size++] = (char)(known ? 'a' + (known - known_messages) : ' ');
    }
    return str_make(key, size);
}

static Kind *new_kind(MessageWatch *watch, const LogMessage *message, const LogName *host,
                      const LogName *name)
{
    Arena *arena = watch->arena;
    Kind *kind = VEC_PUSH(arena, &watch->kinds);
    *kind = (Kind){
        .host = arena_copy(arena, log_name_str(host)),
        .name = arena_copy(arena, log_name_str(name)),
        .sample = arena_copy(arena, str_slice(message->line.message, 0, LOG_TEXT_BYTES)),
        .known = find_known(&message->line),
        .severity = message->line.severity,
        .first = log_place(message),
    };
    return kind;
}

static Kind *find_kind(MessageWatch *watch, const LogMessage *message)
{
    char key[KEY_MAX_BYTES];
    const SyslogLine *line = &message->line;
    LogName host = log_name(line->host);
    LogName name = log_name(str_empty(line->mnemonic) ? line->process : line->mnemonic);
    Str whole = write_key(key, line, &host, &name);
    size_t place = map_get_index(&watch->places, whole);
    if (place != MAP_NO_INDEX)
        return &watch->kinds.items[place];
    if (watch->kinds.count == KINDS_MAX)
        return NULL;
    map_put_index(watch->arena, &watch->places, arena_copy(watch->arena, whole),
                  watch->kinds.count);
    return new_kind(watch, message, &host, &name);
}

static void end_minute(Kind *kind)
{
    if (kind->in_minute > kind->peak) {
        kind->peak = kind->in_minute;
        kind->peak_place = kind->minute_start;
    }
    if (kind->in_minute >= STORM_PER_MINUTE) {
        if (kind->storm_minutes++ == 0)
            kind->storm_first = kind->minute_start;
        kind->storm_last = kind->last;
    }
    kind->in_minute = 0;
}

static void note_minute(Kind *kind, const LogMessage *message)
{
    int64_t minute = message->time_s / 60;
    if (!message->line.has_time)
        return;
    if (!kind->has_minute || minute != kind->minute) {
        end_minute(kind);
        kind->minute_start = log_place(message);
    }
    kind->has_minute = true;
    kind->minute = minute;
    kind->in_minute++;
}

bool message_watch_add(MessageWatch *watch, const LogMessage *message)
{
    Kind *kind = find_kind(watch, message);
    if (!kind)
        return false;
    note_minute(kind, message);
    kind->last = log_place(message);
    kind->messages++;
    log_lines_add(&kind->lines, message->number);
    return kind->messages <= RARE_MESSAGES;
}

static bool is_storm(const Kind *kind)
{
    double span_s = (double)(kind->last.time_s - kind->first.time_s);
    double per_minute = (double)kind->messages / MAX_OF(span_s / 60, 1.0);
    bool is_harmless = kind->severity < 0 || kind->severity >= HARMLESS_FROM;
    return kind->peak >= STORM_PER_MINUTE &&
           (!is_harmless || (double)kind->peak >= STORM_FACTOR * per_minute);
}

/* Returns "1 message SYS-5-RESTART", "17 messages" or the like. */
static Str count_messages(Arena *arena, uint64_t count, Str name)
{
    return arena_printf(arena, "%llu message%s%s%.*s", (unsigned long long)count,
                        count == 1 ? "" : "s", str_empty(name) ? "" : " ", STR_ARGS(name));
}

static void find_storm(const Kind *kind, LogFindings *findings)
{
    Arena *arena = findings->arena;
    Str host = finding_host(kind->host);
    Str count = count_messages(arena, kind->messages, kind->name);
    LogFinding finding = {
        .id = "message_storm",
        .level = FINDING_WARNING,
        .title = arena_printf(arena, "%.*s: a storm of %.*s", STR_ARGS(host), STR_ARGS(count)),
        .detail = arena_printf(
            arena,
            "From %.*s to %.*s, with %d or more a minute for %llu min; the most were %llu in the "
            "minute from %.*s.",
            STR_ARGS(log_name_str(&kind->storm_first.timestamp)),
            STR_ARGS(log_name_str(&kind->storm_last.timestamp)), STORM_PER_MINUTE,
            (unsigned long long)kind->storm_minutes, (unsigned long long)kind->peak,
            STR_ARGS(log_name_str(&kind->peak_place.timestamp))),
        .weight = kind->messages,
    };
    log_lines_add(&finding.lines, kind->storm_first.line);
    if (kind->storm_last.line != kind->storm_first.line)
        log_lines_add(&finding.lines, kind->storm_last.line);
    findings_add(findings, &finding);
}

/* Messages of one name, of all devices that an expert has to know about. */
typedef struct {
    const Kind *top; /* the device that has the most */
    uint64_t messages;
    uint64_t devices;
    LogPlace first;
    LogPlace last;
    LogLines lines;
} Group;

typedef VEC(Group) Groups;

static bool is_notable(const Kind *kind)
{
    if (kind->known)
        return kind->messages >= kind->known->messages_min;
    return kind->severity >= 0 && kind->severity <= CRITICAL_TO;
}

static void add_to_group(Arena *arena, Map *places, Groups *groups, const Kind *kind)
{
    const char *id = kind->known ? kind->known->id : "";
    Str key = arena_printf(arena, "%s\n%d\n%.*s", id, kind->severity, STR_ARGS(kind->name));
    size_t place = map_get_index(places, key);
    if (place == MAP_NO_INDEX) {
        place = groups->count;
        *VEC_PUSH(arena, groups) = (Group){.top = kind, .first = kind->first, .last = kind->last};
        map_put_index(arena, places, key, place);
    }
    check(groups->items);
    Group *group = &groups->items[place];
    group->messages += kind->messages;
    group->devices++;
    if (kind->messages > group->top->messages)
        group->top = kind;
    if (kind->first.line < group->first.line)
        group->first = kind->first;
    if (kind->last.line > group->last.line)
        group->last = kind->last;
    for (size_t i = 0; i < kind->lines.count; i++)
        log_lines_add(&group->lines, kind->lines.lines[i]);
}

static Str group_devices(Arena *arena, const Group *group)
{
    Str top = finding_host(group->top->host);
    if (group->devices == 1)
        return top;
    return arena_printf(arena, "%llu devices (most: %.*s, %llu)",
                        (unsigned long long)group->devices, STR_ARGS(top),
                        (unsigned long long)group->top->messages);
}

static void find_message(const Group *group, LogFindings *findings)
{
    Arena *arena = findings->arena;
    const KnownMessage *known = group->top->known;
    Str devices = group_devices(arena, group);
    Str count = count_messages(arena, group->messages, group->top->name);
    LogFinding finding = {
        .id = known ? known->id : "critical_message",
        .level = known ? known->level : FINDING_ERROR,
        .title = arena_printf(arena, "%.*s: %.*s", STR_ARGS(devices), STR_ARGS(count)),
        .detail = arena_printf(arena, "%s First %.*s, last %.*s. Example: %.*s",
                               known ? known->meaning : "The device calls this critical or worse.",
                               STR_ARGS(log_name_str(&group->first.timestamp)),
                               STR_ARGS(log_name_str(&group->last.timestamp)),
                               STR_ARGS(group->top->sample)),
        .lines = group->lines,
        .weight = group->messages,
    };
    log_lines_sort(&finding.lines);
    findings_add(findings, &finding);
}

void message_watch_end(MessageWatch *watch, LogFindings *findings)
{
    Map places = {0};
    Groups groups = {0};
    for (size_t i = 0; i < watch->kinds.count; i++) {
        Kind *kind = &watch->kinds.items[i];
        end_minute(kind);
        if (is_storm(kind))
            find_storm(kind, findings);
        if (is_notable(kind))
            add_to_group(watch->arena, &places, &groups, kind);
    }
    for (size_t i = 0; i < groups.count; i++)
        find_message(&groups.items[i], findings);
}
