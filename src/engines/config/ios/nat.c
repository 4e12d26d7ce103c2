/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address translation of IOS, NX-OS and EOS. The rules and pools of IOS and NX-OS are lines of the
 * top level, and interfaces are inside or outside. On EOS a rule is a line of its interface, which
 * is the outside one.
 */
#include "engines/config/ios/ios.h"
#include "engines/network/undo.h"

static Str joined(Reader *reader, Str first, Str second)
{
    return second.size ? arena_printf(reader->arena, "%.*s %.*s", STR_ARGS(first), STR_ARGS(second))
                       : first;
}

static void add_text(Reader *reader, SourcedVec *list, Str text)
{
    build_sourced(&reader->builder, list, text, reader->line->number);
}

static bool is_address(const Reader *reader, size_t at)
{
    IpAddress address;
    return ip_parse(words_get(&reader->words, at), &address);
}

static bool same_rule(const NatRule *a, const NatRule *b)
{
    return str_equal(a->kind, b->kind) && str_equal(a->vrf, b->vrf) &&
           str_equal(a->interface, b->interface) && a->match.count && b->match.count &&
           str_equal(a->match.items[0].text, b->match.items[0].text);
}

/* Adds the rule, or takes it back. The line that does so may leave the translation out. */
static bool store(Reader *reader, const NatRule *rule)
{
    Device *device = reader->device;
    if (!reader->negated) {
        *VEC_PUSH(reader->arena, &device->nat_rules) = *rule;
        return true;
    }
    if (!reader_may_search(reader, device->nat_rules.count))
        return false;
    VEC_KEEP(
        &device->nat_rules, item,
        !same_rule(item, rule) ||
            (rule->translation.line && !str_equal(item->translation.text, rule->translation.text)));
    return true;
}

void ios_nat_undo_interface(Reader *reader, Str interface)
{
    if (reader->device->nat_rules.count &&
        reader_may_search(reader, reader->device->nat_rules.count))
        VEC_KEEP(&reader->device->nat_rules, item, !str_equal(item->interface, interface));
}

/* Reads one word after the translation, with its value where it has one. Returns the index of the
 * next word. */
static size_t read_option(Reader *reader, size_t at, NatRule *rule)
{
    static const char *const names[] = {"overload",   "vrf",        "route-map",   "redundancy",
                                        "mapping-id", "group",      "protocol",    "comment",
                                        "no-alias",   "no-payload", "extendable",  "reversible",
                                        "add-route",  "oer",        "match-in-vrf"};
    static const char *const with_value[] = {"redundancy", "mapping-id", "group", "protocol"};
    Str name = reader_expand(reader, at, names, COUNT_OF(names));
    Str value = words_get(&reader->words, at + 1);
    if (str_equal(name, STR("overload"))) {
        rule->overload = true;
        return at + 1;
    }
    if (str_equal(name, STR("vrf"))) {
        rule->vrf = value;
        return at + 2;
    }
    if (str_equal(name, STR("route-map"))) {
        add_text(reader, &rule->match, joined(reader, name, value));
        return at + 2;
    }
    if (str_equal(name, STR("comment"))) {
        add_text(reader, &rule->options, words_rest(&reader->words, at));
        return reader->words.count;
    }
    for (size_t i = 0; i < COUNT_OF(with_value); i++) {
        if (str_equal(name, str_of(with_value[i]))) {
            add_text(reader, &rule->options, joined(reader, name, value));
            return at + 2;
        }
    }
    add_text(reader, &rule->options, name);
    return at + 1;
}

static bool finish_rule(Reader *reader, size_t at, NatRule *rule)
{
    if (at == 0 || rule->match.count == 0 || (rule->translation.text.size == 0 && !reader->negated))
        return false;
    while (at < reader->words.count)
        at = read_option(reader, at, rule);
    return at == reader->words.count && store(reader, rule);
}

static NatRule new_rule(Reader *reader, Str kind)
{
    uint32_t line = reader->line->number;
    return (NatRule){.kind = kind, .line = line, .last_line = line};
}

static void set_translation(Reader *reader, NatRule *rule, Str text)
{
    rule->translation = (Sourced){text, reader->line->number};
}

/* Reads "pool P" or "interface Gi0/1". Returns the index of the next word; that of the first one if
 * it is neither. */
static size_t read_source(Reader *reader, size_t at, NatRule *rule)
{
    size_t used = 0;
    if (at + 1 >= reader->words.count)
        return at;
    if (reader_keyword(reader, at, "pool")) {
        set_translation(reader, rule,
                        joined(reader, STR("pool"), words_get(&reader->words, at + 1)));
        return at + 2;
    }
    if (!reader_keyword(reader, at, "interface"))
        return at;
    Str name = ios_interface_name(reader, at + 1, &used);
    set_translation(reader, rule, joined(reader, STR("interface"), name));
    return at + 1 + used;
}

/* Reads "list 10 interface Gi0/1" or "route-map R pool P". Returns the index of the next word, or 0
 * if it is neither. */
static size_t read_dynamic(Reader *reader, size_t at, NatRule *rule)
{
    Str name = words_get(&reader->words, at + 1);
    Str word = reader_keyword(reader, at, "list")        ? STR("list")
               : reader_keyword(reader, at, "route-map") ? STR("route-map")
                                                         : (Str){"", 0};
    if (word.size == 0 || name.size == 0)
        return 0;
    add_text(reader, &rule->match, joined(reader, word, name));
    return read_source(reader, at + 2, rule);
}

/* Returns the port at a word, which must be there if the rule has ports. */
static bool read_port(Reader *reader, bool has_ports, size_t *at, Str *text)
{
    if (!has_ports)
        return true;
    if (*at >= reader->words.count)
        return false;
    *text = joined(reader, *text, words_get(&reader->words, *at));
    ++*at;
    return true;
}

/* Reads "10.0.0.1 192.0.2.1", "tcp 10.0.0.1 80 interface Gi0/1 8080" or "network 10.0.0.0 192.0.2.0
 * /24" after "static". Returns the index of the next word, or 0 if it is none of them. */
static size_t read_static(Reader *reader, size_t at, NatRule *rule)
{
    static const char *const protocols[] = {"tcp", "udp", "esp", "network"};
    const Words *words = &reader->words;
    Str head = STR("static"), word = reader_expand(reader, at, protocols, COUNT_OF(protocols));
    bool has_ports = str_equal(word, STR("tcp")) || str_equal(word, STR("udp"));
    bool is_network = str_equal(word, STR("network"));
    if (!is_address(reader, at)) {
        if (!has_ports && !is_network && !str_equal(word, STR("esp")))
            return 0;
        head = joined(reader, head, word);
        at++;
    }
    if (!is_address(reader, at))
        return 0;
    Str from = words_get(words, at++), to = {"", 0};
    if (!read_port(reader, has_ports, &at, &from))
        return 0;
    add_text(reader, &rule->match, joined(reader, head, from));
    if (is_address(reader, at)) {
        to = words_get(words, at++);
    } else if (reader_keyword(reader, at, "interface")) {
        at = read_source(reader, at, rule);
        to = rule->translation.text;
    }
    if (to.size == 0)
        return at >= words->count ? at : 0;
    if (!read_port(reader, has_ports, &at, &to) || (is_network && at >= words->count))
        return 0;
    if (is_network)
        to = joined(reader, to, words_get(words, at++));
    set_translation(reader, rule, to);
    return at;
}

static bool parse_rule(Reader *reader, Str kind)
{
    NatRule rule = new_rule(reader, kind);
    size_t at = reader->arg;
    at = reader_keyword(reader, at, "static") ? read_static(reader, at + 1, &rule)
                                              : read_dynamic(reader, at, &rule);
    return finish_rule(reader, at, &rule);
}

bool ios_nat_inside_source(Reader *reader)
{
    return parse_rule(reader, STR("inside source"));
}

bool ios_nat_outside_source(Reader *reader)
{
    return parse_rule(reader, STR("outside source"));
}

bool ios_nat_inside_destination(Reader *reader)
{
    return parse_rule(reader, STR("inside destination"));
}

bool ios_nat_source(Reader *reader)
{
    return parse_rule(reader, STR("source"));
}

/* Reads an address and the port that may follow it. Returns the index of the next word, or 0 if
 * there is no address. */
static size_t read_end(Reader *reader, size_t at, Str *out_text)
{
    uint32_t port = 0;
    if (!is_address(reader, at))
        return 0;
    *out_text = words_get(&reader->words, at++);
    if (words_u32(&reader->words, at, &port))
        *out_text = joined(reader, *out_text, words_get(&reader->words, at++));
    return at;
}

/* Reads "access-list A" into the conditions. */
static size_t read_list(Reader *reader, size_t at, NatRule *rule)
{
    if (!reader_keyword(reader, at, "access-list") || at + 1 >= reader->words.count)
        return at;
    add_text(reader, &rule->match,
             joined(reader, STR("access-list"), words_get(&reader->words, at + 1)));
    return at + 2;
}

/* Handles "static 10.0.0.1 80 access-list A 192.0.2.1 8080 protocol tcp" and "dynamic access-list A
 * pool P" of an interface. */
static bool parse_interface_rule(Reader *reader, Str kind)
{
    NatRule rule = new_rule(reader, kind);
    Str from = {"", 0}, to = {"", 0};
    size_t at = reader->arg;
    rule.interface = ios_current_interface(reader)->canonical;
    if (reader_keyword(reader, at, "ingress") || reader_keyword(reader, at, "egress"))
        add_text(reader, &rule.options, words_get(&reader->words, at++));
    if (reader_keyword(reader, at, "dynamic")) {
        at = read_source(reader, read_list(reader, at + 1, &rule), &rule);
        if (reader_keyword(reader, at, "overload")) /* the address is that of the interface */
            set_translation(reader, &rule, joined(reader, STR("interface"), rule.interface));
        return finish_rule(reader, at, &rule);
    }
    if (!reader_keyword(reader, at, "static"))
        return false;
    at = read_end(reader, at + 1, &from);
    if (at == 0)
        return false;
    add_text(reader, &rule.match, joined(reader, STR("static"), from));
    at = read_list(reader, at, &rule);
    if (at < reader->words.count)
        at = read_end(reader, at, &to);
    if (to.size)
        set_translation(reader, &rule, to);
    return finish_rule(reader, at, &rule);
}

bool ios_nat_interface_source(Reader *reader)
{
    return parse_interface_rule(reader, STR("source"));
}

bool ios_nat_interface_destination(Reader *reader)
{
    return parse_interface_rule(reader, STR("destination"));
}

bool ios_nat_role(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    Str role = words_get(&reader->words, reader->arg - 1);
    if (reader->arg < reader->words.count)
        return false;
    if (!reader->negated)
        interface->nat = (Sourced){role, reader->line->number};
    else if (str_equal(interface->nat.text, role))
        interface->nat = (Sourced){0};
    return true;
}

static NatPool *current_pool(Reader *reader)
{
    NatPool *pool = &reader->device->nat_pools.items[reader->now.nat_pool];
    pool->last_line = reader->line->number;
    return pool;
}

/* Returns how many words the first and the last address of a range at word i take, or 0 if there is
 * none. */
static size_t read_range(Reader *reader, size_t i, Str *out_range)
{
    if (!is_address(reader, i) || !is_address(reader, i + 1))
        return 0;
    *out_range = arena_printf(reader->arena, "%.*s-%.*s", STR_ARGS(words_get(&reader->words, i)),
                              STR_ARGS(words_get(&reader->words, i + 1)));
    return 2;
}

/* Reads "netmask 255.255.255.0" or "prefix-length 24". */
static bool read_length(Reader *reader, size_t at, NatPool *pool)
{
    IpAddress mask;
    uint8_t length = 0;
    uint32_t number = 0;
    if (reader_keyword(reader, at, "netmask")) {
        if (!ip_parse(words_get(&reader->words, at + 1), &mask) || !ip_mask_length(mask, &length))
            return false;
        pool->prefix_length = length;
        return true;
    }
    if (!words_u32(&reader->words, at + 1, &number) || number == 0 || number > 128)
        return false;
    pool->prefix_length = number;
    return true;
}

static bool read_pool_options(Reader *reader, size_t at, NatPool *pool)
{
    static const char *const names[] = {"netmask", "prefix-length", "type", "accounting"};
    while (at < reader->words.count) {
        Str name = reader_expand(reader, at, names, COUNT_OF(names));
        Str value = words_get(&reader->words, at + 1);
        bool is_type = str_equal(name, STR("type"));
        bool is_length = str_equal(name, STR("netmask")) || str_equal(name, STR("prefix-length"));
        bool has_value = is_type || is_length || str_equal(name, STR("accounting"));
        if (is_length && !read_length(reader, at, pool))
            return false;
        if (is_type && reader_keyword(reader, at + 1, "rotary"))
            pool->rotary = true;
        else if (!is_length)
            add_text(reader, &pool->options, has_value ? joined(reader, name, value) : name);
        at += 1 + has_value;
    }
    return true;
}

/* Handles "ip nat pool P 192.0.2.1 192.0.2.9 netmask 255.255.255.0". The addresses may stand on
 * lines below. */
bool ios_nat_pool(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg), range = {"", 0};
    if (name.size == 0)
        return false;
    reader->now.nat_pool =
        build_nat_pool(&reader->builder, (Str){"", 0}, name, reader->line->number);
    NatPool *pool = current_pool(reader);
    if (reader->negated) {
        undo_nat_pool(&reader->builder, reader->now.nat_pool);
        return true;
    }
    size_t used = read_range(reader, reader->arg + 1, &range);
    if (used)
        add_text(reader, &pool->addresses, range);
    return read_pool_options(reader, reader->arg + 1 + used, pool);
}

/* Handles "address 192.0.2.1 192.0.2.9" and "range 192.0.2.1 192.0.2.9 1024 65535" of a pool. */
static bool parse_pool_range(Reader *reader)
{
    NatPool *pool = current_pool(reader);
    Str range = {"", 0}, ports = {"", 0};
    size_t used = read_range(reader, reader->arg, &range);
    if (used == 0)
        return false;
    ports = words_rest(&reader->words, reader->arg + used);
    if (ports.size)
        range = arena_printf(reader->arena, "%.*s ports %.*s", STR_ARGS(range), STR_ARGS(ports));
    if (!reader->negated)
        add_text(reader, &pool->addresses, range);
    else if (reader_may_search(reader, pool->addresses.count))
        VEC_KEEP(&pool->addresses, item, !str_equal(item->text, range));
    return true;
}

static bool parse_pool_option(Reader *reader)
{
    return read_pool_options(reader, reader->arg - 1, current_pool(reader));
}

/* Handles "port range 1024 65535" of a pool. */
static bool parse_pool_ports(Reader *reader)
{
    NatPool *pool = current_pool(reader);
    Str text = words_rest(&reader->words, reader->arg - 1);
    if (!reader->negated)
        add_text(reader, &pool->options, text);
    else if (reader_may_search(reader, pool->options.count))
        VEC_KEEP(&pool->options, item, !str_starts_with(item->text, STR("port ")));
    return true;
}

static const Command pool_commands[] = {
    {"address", parse_pool_range, true},
    {"range", parse_pool_range, true},
    {"prefix-length", parse_pool_option},
    {"netmask", parse_pool_option},
    {"type", parse_pool_option},
    {"port", parse_pool_ports, true},
    {"exit"},
};

const CommandTable ios_nat_pool_table = {pool_commands, COUNT_OF(pool_commands), NULL, true};
