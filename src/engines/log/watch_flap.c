/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interfaces and neighbours that go up and down. The messages of many systems say so in similar
 * words: the name of the thing behind "interface", "neighbor" and the like, and its state behind
 * "to", "is" or alone.
 */
#include "engines/log/report_private.h"

#include "base/ascii.h"

enum { THINGS_MAX = 20000, FLAP_DOWNS_MIN = 3, WORDS_MAX = 40, KEY_MAX_BYTES = 200 };

typedef enum { STATE_UNKNOWN, STATE_UP, STATE_DOWN } State;

typedef struct {
    Str kind; /* "interface", "OSPF neighbor" */
    Str name;
    State state;
    bool has_failed; /* an attempt to come up ended, in the state that is named */
    Str failed_in;
} Change;

typedef struct {
    Str host;
    Str kind;
    Str name;
    State state;
    uint64_t downs;
    LogPlace first_down;
    LogPlace last_down;
    LogPlace last;      /* of either state */
    double intervals_s; /* between one down and the next: their sum, and that of their squares */
    double squares;
    int64_t down_s; /* in all */
    LogLines lines;
    uint64_t failures; /* attempts to come up */
    LogName failed_in; /* the state of the last of them */
    LogPlace first_failure;
    LogPlace last_failure;
    LogLines failure_lines;
} Thing;

struct FlapWatch {
    Arena *arena;
    Map places; /* by host, kind and name */
    VEC(Thing) things;
};

FlapWatch *flap_watch_new(Arena *arena)
{
    FlapWatch *watch = ARENA_NEW(arena, FlapWatch);
    watch->arena = arena;
    return watch;
}

/* Splits a message into words without the punctuation around them. */
static size_t split(Str message, Str words[WORDS_MAX])
{
    size_t count = 0;
    Str word;
    while (count < WORDS_MAX && str_next_word(&message, &word)) {
        while (word.size && strchr("([\"'", word.data[0]))
            word = str_from(word, 1);
        while (word.size && strchr(",.;:)]\"'", word.data[word.size - 1]))
            word.size--;
        if (word.size)
            words[count++] = word;
    }
    return count;
}

static bool is_any(Str word, const Str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_ignore_case(word, list[i]))
            return true;
    return false;
}

static State state_of_word(Str word)
{
    static const Str ups[] = {STR_INIT("up"), STR_INIT("full"), STR_INIT("established"),
                              STR_INIT("reachable")};
    static const Str downs[] = {STR_INIT("down"),    STR_INIT("idle"), STR_INIT("active"),
                                STR_INIT("connect"), STR_INIT("init"), STR_INIT("unreachable"),
                                STR_INIT("dead")};
    if (is_any(word, ups, COUNT_OF(ups)))
        return STATE_UP;
    return is_any(word, downs, COUNT_OF(downs)) ? STATE_DOWN : STATE_UNKNOWN;
}

static bool is_plain_state(Str word)
{
    return str_equal_ignore_case(word, STR("up")) || str_equal_ignore_case(word, STR("down"));
}

static bool leads_to_state(const Str *words, size_t at)
{
    return str_equal(words[at], STR("to")) || str_equal(words[at], STR("into")) ||
           (at > 0 && str_equal(words[at], STR("state")) && str_equal(words[at - 1], STR("new")));
}

/* Returns the state behind the last "to" or "new state", or else the first "up" or "down". */
static State find_state(const Str *words, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        if (leads_to_state(words, i - 2)) {
            State state = state_of_word(words[i - 1]);
            if (state != STATE_UNKNOWN)
                return state;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_plain_state(words[i]))
            return state_of_word(words[i]);
    }
    return STATE_UNKNOWN;
}

/* Stores the state in which an attempt to become neighbours ended: "from EXSTART to DOWN". */
static void find_failure(const Str *words, size_t count, Change *out)
{
    static const Str states[] = {
        STR_INIT("init"),     STR_INIT("2way"),        STR_INIT("exstart"),
        STR_INIT("exchange"), STR_INIT("loading"),     STR_INIT("attempt"),
        STR_INIT("opensent"), STR_INIT("openconfirm"), STR_INIT("connect")};
    for (size_t i = 1; i < count; i++) {
        bool is_old =
            str_equal(words[i - 1], STR("from")) ||
            (i > 1 && str_equal(words[i - 1], STR("state")) && str_equal(words[i - 2], STR("old")));
        if (is_old && is_any(words[i], states, COUNT_OF(states))) {
            out->has_failed = out->state == STATE_DOWN;
            out->failed_in = words[i];
        }
    }
}

/* Returns the protocol that the message is about, from its mnemonic or its first words. */
static Str find_protocol(const SyslogLine *line)
{
    static const struct {
        Str sign;
        Str name;
    } protocols[] = {
        {STR_INIT("OSPF"), STR_INIT("OSPF neighbor")},
        {STR_INIT("BGP"), STR_INIT("BGP neighbor")},
        {STR_INIT("ISIS"), STR_INIT("IS-IS neighbor")},
        {STR_INIT("DUAL"), STR_INIT("EIGRP neighbor")},
        {STR_INIT("EIGRP"), STR_INIT("EIGRP neighbor")},
        {STR_INIT("LDP"), STR_INIT("LDP neighbor")},
        {STR_INIT("PIM"), STR_INIT("PIM neighbor")},
        {STR_INIT("BFD"), STR_INIT("BFD session")},
        {STR_INIT("LACP"), STR_INIT("LACP neighbor")},
    };
    const Str texts[] = {line->mnemonic, line->process, str_slice(line->message, 0, 40)};
    for (size_t text = 0; text < COUNT_OF(texts); text++) {
        for (size_t i = 0; i < COUNT_OF(protocols); i++) {
            Str sign = protocols[i].sign;
            for (size_t at = 0; at + sign.size <= texts[text].size; at++)
                if (str_equal_ignore_case(str_slice(texts[text], at, sign.size), sign))
                    return protocols[i].name;
        }
    }
    return STR("neighbor");
}

static bool has_digit(Str word)
{
    for (size_t i = 0; i < word.size; i++)
        if (ascii_is_digit(word.data[i]))
            return true;
    return false;
}

/* Returns the word behind one of the given words; of "Adjacency to R2", the R2. */
static Str word_behind(const Str *words, size_t count, const Str *signs, size_t signs_count)
{
    for (size_t i = 0; i + 1 < count; i++) {
        if (!is_any(words[i], signs, signs_count))
            continue;
        bool skips = str_equal(words[i + 1], STR("to")) || str_equal(words[i + 1], STR("with"));
        Str word = skips && i + 2 < count ? words[i + 2] : words[i + 1];
        return str_slice(word, 0, str_find_byte(word, '('));
    }
    return STR("");
}

/* "ether1 link down", "eth0: NIC Link is Up", "GigabitEthernet1/0/1 link status is DOWN" */
static Str word_before_link(const Str *words, size_t count)
{
    for (size_t i = 1; i + 1 < count && i < 6; i++) {
        size_t before = str_equal(words[i - 1], STR("NIC")) && i > 1 ? i - 2 : i - 1;
        size_t after = i + 1;
        if (!str_equal_ignore_case(words[i], STR("link")) || !has_digit(words[before]))
            continue;
        while (after + 1 < count &&
               (str_equal(words[after], STR("status")) || str_equal(words[after], STR("is"))))
            after++;
        if (is_plain_state(words[after]))
            return words[before];
    }
    return STR("");
}

static bool read_change(const SyslogLine *line, Change *out)
{
    static const Str neighbors[] = {
        STR_INIT("neighbor"), STR_INIT("neighbour"), STR_INIT("nbr"), STR_INIT("adjacency"),
        STR_INIT("peer"),     STR_INIT("session"),   STR_INIT("ngb")};
    static const Str interfaces[] = {STR_INIT("interface"), STR_INIT("ifName"), STR_INIT("port")};
    Str words[WORDS_MAX];
    size_t count = split(line->message, words);
    *out = (Change){.state = find_state(words, count)};
    if (str_find(line->message, STR("administratively down")) != STR_NOT_FOUND)
        return false; /* an operator meant it */
    if (str_ends_with(line->mnemonic, STR("DOWN")) && !str_ends_with(line->mnemonic, STR("UPDOWN")))
        out->state = STATE_DOWN;
    if (str_ends_with(line->mnemonic, STR("LINK_UP")) ||
        str_ends_with(line->mnemonic, STR("NBRUP")) ||
        str_ends_with(line->mnemonic, STR("ESTABLISHED")))
        out->state = STATE_UP;
    if (out->state == STATE_UNKNOWN)
        return false;
    out->name = word_behind(words, count, neighbors, COUNT_OF(neighbors));
    if (has_digit(out->name)) {
        out->kind = find_protocol(line);
        find_failure(words, count, out);
        return true;
    }
    out->kind = STR("interface");
    out->name = word_behind(words, count, interfaces, COUNT_OF(interfaces));
    if (!has_digit(out->name))
        out->name = word_before_link(words, count);
    return has_digit(out->name);
}

static Thing *find_thing(FlapWatch *watch, Str host, const Change *change)
{
    char key[KEY_MAX_BYTES];
    LogName device = log_name(host), name = log_name(change->name);
    size_t size = 0;
    const Str parts[] = {log_name_str(&device), change->kind, log_name_str(&name)};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        memcpy(key + size, parts[i].data, parts[i].size);
        size += parts[i].size;
        key[size++] = '\n';
    }
    size_t place = map_get_index(&watch->places, str_make(key, size));
    if (place == MAP_NO_INDEX) {
        if (watch->things.count == THINGS_MAX)
            return NULL;
        place = watch->things.count;
        *VEC_PUSH(watch->arena, &watch->things) =
            (Thing){.host = arena_copy(watch->arena, parts[0]),
                    .kind = change->kind,
                    .name = arena_copy(watch->arena, parts[2])};
        map_put_index(watch->arena, &watch->places, arena_copy(watch->arena, str_make(key, size)),
                      place);
    }
    return &watch->things.items[place];
}

static void note_down(Thing *thing, const LogPlace *place)
{
    double interval = (double)(place->time_s - thing->last_down.time_s);
    if (thing->downs++ == 0) {
        thing->first_down = *place;
    } else {
        thing->intervals_s += interval;
        thing->squares += interval * interval;
    }
    thing->last_down = *place;
    log_lines_add(&thing->lines, place->line);
}

static void note_failure(Thing *thing, const Change *change, const LogPlace *place)
{
    if (thing->failures++ == 0)
        thing->first_failure = *place;
    thing->last_failure = *place;
    thing->failed_in = log_name(change->failed_in);
    log_lines_add(&thing->failure_lines, place->line);
}

void flap_watch_add(FlapWatch *watch, const LogMessage *message)
{
    Change change;
    if (!read_change(&message->line, &change))
        return;
    Thing *thing = find_thing(watch, message->line.host, &change);
    LogPlace place = log_place(message);
    if (thing && change.has_failed)
        note_failure(thing, &change, &place);
    if (!thing || thing->state == change.state)
        return;
    if (change.state == STATE_DOWN)
        note_down(thing, &place);
    else if (thing->state == STATE_DOWN)
        thing->down_s += MAX_OF(place.time_s - thing->last_down.time_s, (int64_t)0);
    thing->state = change.state;
    thing->last = place;
}

/* Returns " (to lis-core2)", or nothing. */
static Str describe(Arena *arena, const Thing *thing, const LogNames *names)
{
    Str text = names ? names->describe(names->context, thing->host, thing->name) : STR("");
    return str_empty(text) ? text : arena_printf(arena, " (%.*s)", STR_ARGS(text));
}

static Str describe_period(Arena *arena, const Thing *thing)
{
    double count = (double)(thing->downs - 1);
    double mean = thing->intervals_s / count;
    double variance = MAX_OF(thing->squares / count - mean * mean, 0.0);
    Str period = finding_duration(arena, (int64_t)(mean + 0.5));
    /* Regular: the standard deviation is below a fifth of the mean. */
    bool is_regular = variance < mean * mean / 25;
    return arena_printf(arena, is_regular ? "every %.*s" : "on average every %.*s, irregularly",
                        STR_ARGS(period));
}

static void find_flap(const Thing *thing, const LogNames *names, LogFindings *findings)
{
    Arena *arena = findings->arena;
    Str host = finding_host(thing->host), known = describe(arena, thing, names);
    Str period = describe_period(arena, thing), down = finding_duration(arena, thing->down_s);
    bool is_interface = str_equal(thing->kind, STR("interface"));
    LogFinding finding = {
        .id = is_interface ? "interface_flap" : "neighbor_flap",
        .level = FINDING_WARNING,
        .title = arena_printf(arena, "%.*s: %.*s %.*s%.*s went down %llu times", STR_ARGS(host),
                              STR_ARGS(thing->kind), STR_ARGS(thing->name), STR_ARGS(known),
                              (unsigned long long)thing->downs),
        .detail = arena_printf(arena, "First %.*s, last %.*s, %.*s; down for %.*s in all%s.",
                               STR_ARGS(log_name_str(&thing->first_down.timestamp)),
                               STR_ARGS(log_name_str(&thing->last_down.timestamp)),
                               STR_ARGS(period), STR_ARGS(down),
                               thing->state == STATE_DOWN ? ", and still down at the end" : ""),
        .lines = thing->lines,
        .weight = thing->downs,
    };
    findings_add(findings, &finding);
}

static void find_failures(const Thing *thing, const LogNames *names, LogFindings *findings)
{
    Arena *arena = findings->arena;
    Str host = finding_host(thing->host), known = describe(arena, thing, names);
    Str state = log_name_str(&thing->failed_in);
    bool is_exchange = str_equal_ignore_case(state, STR("exstart")) ||
                       str_equal_ignore_case(state, STR("exchange"));
    LogFinding finding = {
        .id = "neighbor_fails",
        .level = FINDING_ERROR,
        .title = arena_printf(arena, "%.*s: %.*s %.*s%.*s failed to come up %llu times",
                              STR_ARGS(host), STR_ARGS(thing->kind), STR_ARGS(thing->name),
                              STR_ARGS(known), (unsigned long long)thing->failures),
        .detail =
            arena_printf(arena, "First %.*s, last %.*s, in state %.*s%s.",
                         STR_ARGS(log_name_str(&thing->first_failure.timestamp)),
                         STR_ARGS(log_name_str(&thing->last_failure.timestamp)), STR_ARGS(state),
                         is_exchange ? ", which different MTUs at the two ends cause" : ""),
        .lines = thing->failure_lines,
        .weight = thing->failures,
    };
    findings_add(findings, &finding);
}

static void find_down(const Thing *thing, const LogNames *names, LogFindings *findings)
{
    Arena *arena = findings->arena;
    Str host = finding_host(thing->host), known = describe(arena, thing, names);
    bool is_interface = str_equal(thing->kind, STR("interface"));
    LogFinding finding = {
        .id = is_interface ? "interface_down" : "neighbor_down",
        .level = is_interface ? FINDING_NOTE : FINDING_WARNING,
        .title = arena_printf(arena, "%.*s: %.*s %.*s%.*s stays down", STR_ARGS(host),
                              STR_ARGS(thing->kind), STR_ARGS(thing->name), STR_ARGS(known)),
        .detail = arena_printf(arena, "It went down at %.*s; no later message says that it is up.",
                               STR_ARGS(log_name_str(&thing->last_down.timestamp))),
    };
    log_lines_add(&finding.lines, thing->last_down.line);
    findings_add(findings, &finding);
}

void flap_watch_end(FlapWatch *watch, const LogNames *names, LogFindings *findings)
{
    for (size_t i = 0; i < watch->things.count; i++) {
        const Thing *thing = &watch->things.items[i];
        bool fails = thing->failures >= FLAP_DOWNS_MIN;
        if (fails)
            find_failures(thing, names, findings);
        if (thing->downs >= FLAP_DOWNS_MIN)
            find_flap(thing, names, findings);
        else if (thing->state == STATE_DOWN && !fails)
            find_down(thing, names, findings);
    }
}
