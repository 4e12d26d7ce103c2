/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/topology/describe.h"

/*
 * Host names contain the bytes that separate words in descriptions: '-', '_', '.' and ':'. So the
 * text is cut at all of them but '.' and ':', and runs of up to MAX_JOINED pieces are looked up as
 * host names, the longest first. The same holds for ports: "ge-0/0/1", "Gi1_0_1".
 */
enum { MAX_PIECES = 64, MAX_JOINED = 10, MAX_PORT_PIECES = 6, MAX_BETWEEN = 3 };

typedef struct {
    Str pieces[MAX_PIECES]; /* views into one text: neighbours can be joined */
    size_t count;
} Pieces;

static bool is_one_of(Str word, const Str *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal_ignore_case(word, words[i]))
            return true;
    }
    return false;
}

static bool is_separator(char c)
{
    return (unsigned char)c >= 0x80 ||
           str_find_byte(STR(" \t-_,;()[]{}<>\"'|=*#!~+\\&"), c) != STR_NOT_FOUND;
}

static void split(Str text, Pieces *pieces)
{
    size_t at = 0;
    pieces->count = 0;
    while (at < text.size && pieces->count < MAX_PIECES) {
        while (at < text.size && is_separator(text.data[at]))
            at++;
        size_t start = at;
        while (at < text.size && !is_separator(text.data[at]))
            at++;
        if (at > start)
            pieces->pieces[pieces->count++] = str_slice(text, start, at - start);
    }
}

/* Returns pieces i to i + count - 1 with the text between them. */
static Str joined(const Pieces *pieces, size_t i, size_t count)
{
    const Str *first = &pieces->pieces[i], *last = &pieces->pieces[i + count - 1];
    return str_make(first->data, (size_t)(last->data + last->size - first->data));
}

/* Returns the byte between a piece and the one before it; a blank at the beginning. */
static char byte_before(const Pieces *pieces, size_t i)
{
    return i == 0 ? ' ' : pieces->pieces[i].data[-1];
}

static uint32_t lookup_host(Graph *graph, Str text)
{
    ArenaMark mark = arena_mark(graph->arena);
    size_t found = map_get_index(&graph->hostnames, graph_lower(graph->arena, text));
    arena_reset(graph->arena, mark);
    return found != MAP_NO_INDEX ? (uint32_t)found : NO_INDEX;
}

/* Returns whether the text may be a domain: letters and dashes between dots. */
static bool is_domain(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (!ascii_is_letter(c) && c != '.' && c != '-')
            return false;
    }
    return text.size > 1;
}

/* A trailing colon or full stop belongs to the sentence, and a domain may follow the name. */
static uint32_t host_named(Graph *graph, Str text)
{
    text = str_slice(text, 0, 128);
    while (text.size && str_find_byte(STR(".:/@"), text.data[text.size - 1]) != STR_NOT_FOUND)
        text = str_slice(text, 0, text.size - 1);
    uint32_t found = lookup_host(graph, text);
    size_t dot = str_find_byte(text, '.');
    if (found == NO_INDEX && dot != STR_NOT_FOUND && dot > 0 && is_domain(str_from(text, dot + 1)))
        found = lookup_host(graph, str_slice(text, 0, dot));
    return found;
}

/* A port as people write it: letters, then numbers. */
typedef struct {
    char stem[32];
    char number[64];
    size_t stem_size, number_size;
} WrittenPort;

static void append(char *out, size_t size, size_t *used, char c)
{
    if (*used + 1 < size)
        out[(*used)++] = c;
}

/* Reads "Gi0/1", "ge-0/0/1", "gi 1_0_1": returns false unless it is letters, then numbers. */
static bool read_port(const Pieces *pieces, size_t at, size_t count, WrittenPort *port)
{
    port->stem_size = port->number_size = 0;
    for (size_t i = at; i < at + count; i++) {
        if (i > at && port->number_size)
            append(port->number, sizeof(port->number), &port->number_size, '/');
        for (size_t k = 0; k < pieces->pieces[i].size; k++) {
            char c = pieces->pieces[i].data[k];
            bool digit = ascii_is_digit(c) ||
                         (port->number_size && str_find_byte(STR("/.:"), c) != STR_NOT_FOUND);
            if (digit)
                append(port->number, sizeof(port->number), &port->number_size, c);
            else if (ascii_is_letter(c) && port->number_size == 0)
                append(port->stem, sizeof(port->stem), &port->stem_size, ascii_to_lower(c));
            else
                return false;
        }
    }
    while (port->number_size &&
           str_find_byte(STR("/.:"), port->number[port->number_size - 1]) != STR_NOT_FOUND)
        port->number_size--;
    return port->number_size > 0;
}

/* Words and short forms that stand for a kind of port; each may stand for several kinds. */
static const struct {
    Str written, meant;
} aliases[] = {
    {STR_INIT("ge"), STR_INIT("gigabitethernet")},
    {STR_INIT("gige"), STR_INIT("gigabitethernet")},
    {STR_INIT("fe"), STR_INIT("fastethernet")},
    {STR_INIT("xe"), STR_INIT("tengigabitethernet")},
    {STR_INIT("tge"), STR_INIT("tengigabitethernet")},
    {STR_INIT("xe"), STR_INIT("tengige")},
    {STR_INIT("hge"), STR_INIT("hundredgige")},
    {STR_INIT("pc"), STR_INIT("portchannel")},
    {STR_INIT("lag"), STR_INIT("portchannel")},
    {STR_INIT("lag"), STR_INIT("ae")},
    {STR_INIT("be"), STR_INIT("bundleether")},
    {STR_INIT("eth"), STR_INIT("gigabitethernet")},
};

static bool means_any_port(Str written)
{
    static const Str any[] = {STR_INIT(""),          STR_INIT("port"), STR_INIT("p"),
                              STR_INIT("interface"), STR_INIT("int"),  STR_INIT("if"),
                              STR_INIT("intf"),      STR_INIT("prt"),  STR_INIT("pt")};
    return is_one_of(written, any, COUNT_OF(any));
}

static bool stem_means(Str written, Str stem)
{
    if (means_any_port(written) || str_starts_with(stem, written))
        return true;
    for (size_t i = 0; i < COUNT_OF(aliases); i++) {
        if (str_equal(written, aliases[i].written) && str_equal(stem, aliases[i].meant))
            return true;
    }
    return false;
}

/* Splits "Port-channel10" into "portchannel" and "10". */
static void name_parts(Str name, char stem[32], Str *out_stem, Str *out_number)
{
    size_t used = 0, at = 0;
    for (; at < name.size && !ascii_is_digit(name.data[at]); at++) {
        if (ascii_is_letter(name.data[at]))
            append(stem, 32, &used, ascii_to_lower(name.data[at]));
    }
    *out_stem = str_make(stem, used);
    *out_number = str_from(name, at);
}

static bool is_cabled_kind(const Interface *interface)
{
    return interface->kind == INTERFACE_PHYSICAL || interface->kind == INTERFACE_LAG;
}

/* Returns the last component of "1/0/24". */
static Str last_number(Str number)
{
    size_t slash = str_find_last_byte(number, '/');
    return slash == STR_NOT_FOUND ? number : str_from(number, slash + 1);
}

/* Returns the only port of the device that the written one can mean, or empty. */
static Str match_port(Graph *graph, const Device *device, const WrittenPort *port)
{
    Str written = str_make(port->stem, port->stem_size);
    Str number = str_make(port->number, port->number_size);
    Str found = {"", 0}, by_last = {"", 0};
    size_t matches = 0, last_matches = 0;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        char buffer[32];
        Str stem, own;
        graph->topology->steps++;
        name_parts(interface->canonical, buffer, &stem, &own);
        if (!is_cabled_kind(interface) || !stem_means(written, stem))
            continue;
        if (str_equal(own, number)) {
            found = interface->canonical;
            matches++;
        } else if (interface->kind == INTERFACE_PHYSICAL && str_equal(last_number(own), number)) {
            by_last = interface->canonical;
            last_matches++;
        }
    }
    if (matches)
        return matches == 1 ? found : (Str){"", 0};
    bool is_counted = written.size && means_any_port(written); /* "port 24" */
    return last_matches == 1 && is_counted ? by_last : (Str){"", 0};
}

/* Returns the interface of a node that a name means exactly, or empty. */
static Str exact_port(Graph *graph, uint32_t node, Str text)
{
    const Device *device = graph->devices[node].device;
    if (text.size == 0 || text.size > 64 || !interface_name_plausible(text))
        return (Str){"", 0};
    Str canonical = interface_canonical(graph->arena, text, device->vendor.system);
    const Interface *interface = graph_interface(graph, node, canonical);
    if (interface)
        return interface->canonical;
    return device->vendor.system->parsed ? (Str){"", 0} : canonical;
}

/* Returns the port that the pieces from at name, and how many pieces that takes. */
static Str port_at(Graph *graph, uint32_t node, const Pieces *pieces, size_t at, size_t *out_used)
{
    const Device *device = graph->devices[node].device;
    size_t most = MIN_OF((size_t)MAX_PORT_PIECES, pieces->count - at);
    for (size_t count = most; count > 0; count--) {
        WrittenPort written;
        Str text = joined(pieces, at, count), port = exact_port(graph, node, text);
        *out_used = count;
        if (port.size)
            return port;
        if (!read_port(pieces, at, count, &written))
            continue;
        /* A bare number is a port only with a slash: "core1 0/1", but not "core1 2". */
        if (written.stem_size == 0 &&
            str_find_byte(str_make(written.number, written.number_size), '/') == STR_NOT_FOUND)
            continue;
        port = match_port(graph, device, &written);
        if (port.size)
            return port;
    }
    *out_used = 0;
    return (Str){"", 0};
}

static Str port_after(Graph *graph, uint32_t node, const Pieces *pieces, size_t at)
{
    size_t used;
    for (size_t i = at; i < pieces->count && i < at + MAX_BETWEEN; i++) {
        Str port = port_at(graph, node, pieces, i, &used);
        if (port.size)
            return port;
    }
    return (Str){"", 0};
}

/* Returns a port right before the host name, as in "Gi0/1 on core1", unless "to" or an arrow says
 * that it is the port of this end. */
static Str port_before(Graph *graph, const Claim *claim, const Pieces *pieces, size_t host)
{
    static const Str joints[] = {STR_INIT("on"), STR_INIT("of"), STR_INIT("at"), STR_INIT("em"),
                                 STR_INIT("do"), STR_INIT("da"), STR_INIT("@")};
    size_t end = host;
    if (end > 0 && is_one_of(pieces->pieces[end - 1], joints, COUNT_OF(joints)))
        end--;
    if (byte_before(pieces, host) == '>')
        return (Str){"", 0};
    for (size_t count = MIN_OF(end, (size_t)MAX_PORT_PIECES); count > 0; count--) {
        size_t used;
        Str port = port_at(graph, claim->to, pieces, end - count, &used);
        Str own = exact_port(graph, claim->from, joined(pieces, end - count, count));
        bool is_own = end == host && str_equal(own, claim->interface->canonical);
        if (port.size && used == count && !is_own)
            return port;
    }
    return (Str){"", 0};
}

/* Returns whether the text after the host name looks like a port that the host does not have. */
static bool names_no_port(const Pieces *pieces, size_t at)
{
    for (size_t i = at; i < pieces->count && i < at + MAX_BETWEEN; i++) {
        if (interface_name_plausible(pieces->pieces[i]) &&
            str_find_byte(pieces->pieces[i], '/') != STR_NOT_FOUND)
            return true;
    }
    return false;
}

/* Reads "core2:Gi0/1", "Gi0/1@core2" and "core2/Gi0/1" in one piece or a run of them. */
static bool claim_in_text(Graph *graph, Str text, Claim *claim)
{
    for (size_t i = 1; i + 1 < text.size; i++) {
        if (str_find_byte(STR(":@/."), text.data[i]) == STR_NOT_FOUND)
            continue;
        Str sides[2] = {str_slice(text, 0, i), str_from(text, i + 1)};
        for (int side = 0; side < 2; side++) {
            Pieces pieces;
            size_t used;
            claim->to = lookup_host(graph, sides[side]);
            graph->topology->steps++;
            if (claim->to == NO_INDEX || claim->to == claim->from)
                continue;
            split(sides[!side], &pieces);
            claim->port =
                pieces.count ? port_at(graph, claim->to, &pieces, 0, &used) : (Str){"", 0};
            if (claim->port.size || text.data[i] == ':' || text.data[i] == '@')
                return true;
        }
    }
    return false;
}

/* Returns whether a single dash joins the piece to the one before it. */
static bool is_dashed(const Pieces *pieces, size_t i)
{
    if (i == 0 || i >= pieces->count)
        return false;
    Str before = pieces->pieces[i - 1];
    return before.data + before.size + 1 == pieces->pieces[i].data &&
           before.data[before.size] == '-';
}

/*
 * Returns whether a host name within dashes stands for the device: "Link-to-core1" leads there,
 * "core1-ilo" is another device that is called so.
 */
static bool stands_alone(const Pieces *pieces, size_t at, size_t count)
{
    static const Str leads[] = {STR_INIT("to"),     STR_INIT("link"), STR_INIT("uplink"),
                                STR_INIT("trunk"),  STR_INIT("p2p"),  STR_INIT("downlink"),
                                STR_INIT("peer"),   STR_INIT("l2"),   STR_INIT("l3"),
                                STR_INIT("para"),   STR_INIT("con"),  STR_INIT("conn"),
                                STR_INIT("towards")};
    if (is_dashed(pieces, at))
        return is_one_of(pieces->pieces[at - 1], leads, COUNT_OF(leads));
    return !is_dashed(pieces, at + count);
}

/* A name of one letter or digit, or a word of every description, is a device only with a port. */
static bool is_telling(Str name)
{
    static const Str words[] = {STR_INIT("to"),   STR_INIT("link"),   STR_INIT("uplink"),
                                STR_INIT("port"), STR_INIT("trunk"),  STR_INIT("server"),
                                STR_INIT("test"), STR_INIT("backup"), STR_INIT("user")};
    for (size_t i = 0; i < name.size && name.size > 1; i++) {
        if (ascii_is_letter(name.data[i]))
            return !is_one_of(name, words, COUNT_OF(words));
    }
    return false;
}

/* Reads the claim of the pieces from at. Returns whether they name a device. */
static bool claim_at(Graph *graph, const Pieces *pieces, size_t at, Claim *claim)
{
    for (size_t count = MIN_OF(pieces->count - at, (size_t)MAX_JOINED); count > 0; count--) {
        Str name = joined(pieces, at, count);
        claim->to = host_named(graph, name);
        graph->topology->steps++;
        if (claim->to == NO_INDEX)
            continue;
        if (claim->to == claim->from)
            return false;
        claim->port = port_after(graph, claim->to, pieces, at + count);
        claim->wrong_port = !claim->port.size && names_no_port(pieces, at + count);
        if (!claim->port.size)
            claim->port = port_before(graph, claim, pieces, at);
        if (claim->port.size)
            claim->wrong_port = false;
        return claim->port.size || (is_telling(name) && stands_alone(pieces, at, count));
    }
    for (size_t count = MIN_OF(pieces->count - at, (size_t)MAX_JOINED); count > 0; count--) {
        if (claim_in_text(graph, joined(pieces, at, count), claim))
            return true;
    }
    return false;
}

bool describe_find(Graph *graph, Claim *claim)
{
    Pieces pieces;
    bool found = false;
    split(str_slice(claim->description.text, 0, 256), &pieces);
    for (size_t i = 0; i < pieces.count; i++) {
        Claim candidate = *claim;
        if (!claim_at(graph, &pieces, i, &candidate) || (found && !candidate.port.size))
            continue;
        *claim = candidate;
        if (claim->port.size)
            return true;
        found = true;
    }
    return found;
}
