/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios/ios.h"

static InterfaceOspf *ospf_of(Reader *reader)
{
    bool v3 = words_is(&reader->words, reader->negated, "ipv6") ||
              words_is(&reader->words, reader->negated, "ospfv3");
    return &ios_current_interface(reader)->ospf[v3];
}

static bool parse_ospf_number(Reader *reader, uint32_t *out_value)
{
    if (reader->negated)
        *out_value = 0;
    return reader->negated || words_u32(&reader->words, reader->arg, out_value);
}

static bool parse_ospf_cost(Reader *reader)
{
    return parse_ospf_number(reader, &ospf_of(reader)->cost);
}

static bool parse_ospf_hello(Reader *reader)
{
    return parse_ospf_number(reader, &ospf_of(reader)->hello_s);
}

static bool parse_ospf_dead(Reader *reader)
{
    if (reader_keyword(reader, reader->arg, "minimal")) {
        ospf_of(reader)->dead_s = 1;
        return true;
    }
    return parse_ospf_number(reader, &ospf_of(reader)->dead_s);
}

static bool parse_ospf_priority(Reader *reader)
{
    return parse_ospf_number(reader, &ospf_of(reader)->priority);
}

static bool parse_ospf_network(Reader *reader)
{
    static const char *const types[] = {"broadcast", "non-broadcast", "point-to-multipoint",
                                        "point-to-point"};
    ospf_of(reader)->network_type =
        reader->negated ? STR("") : reader_expand(reader, reader->arg, types, COUNT_OF(types));
    return reader->negated || reader->arg < reader->words.count;
}

static bool parse_ospf_authentication(Reader *reader)
{
    static const char *const kinds[] = {"message-digest", "key-chain", "null", "ipsec"};
    Str kind = reader_expand(reader, reader->arg, kinds, COUNT_OF(kinds));
    ospf_of(reader)->authentication = reader->negated ? STR("") : kind.size ? kind : STR("simple");
    return true;
}

/* The key itself is not stored in the model. */
static bool parse_ospf_key(Reader *reader)
{
    InterfaceOspf *ospf = ospf_of(reader);
    if (ospf->authentication.size == 0 && !reader->negated)
        ospf->authentication = STR("key configured");
    if (reader->negated && str_equal(ospf->authentication, STR("key configured")))
        ospf->authentication = STR("");
    return true;
}

static bool parse_ospf_mtu_ignore(Reader *reader)
{
    ospf_of(reader)->mtu_ignore = !reader->negated;
    return true;
}

/* Handles "ip ospf 1 area 0", "ipv6 ospf 1 area 0", "ospfv3 1 ipv6 area 0" and, for EOS, "ip ospf
 * area 0.0.0.0". */
static bool parse_ospf_area(Reader *reader)
{
    InterfaceOspf *ospf = ospf_of(reader);
    size_t at = reader->arg;
    Str process = {"", 0};
    if (!reader_keyword(reader, at, "area") || reader_keyword(reader, at + 1, "area"))
        process = words_get(&reader->words, at++);
    if (reader_keyword(reader, at, "ipv6") || reader_keyword(reader, at, "ipv4"))
        at++;
    if (reader->negated) {
        ospf->has_area = ospf->enabled = false;
        ospf->process = STR("");
        ospf->line = 0;
        return true;
    }
    if (!reader_keyword(reader, at, "area") ||
        !build_parse_area(words_get(&reader->words, at + 1), &ospf->area))
        return false;
    ospf->has_area = ospf->enabled = true;
    ospf->process = process;
    ospf->line = reader->line->number;
    return true;
}

/* Handles the passive-interface line of NX-OS, which takes precedence over "passive-interface
 * default". */
static bool parse_ospf_passive(Reader *reader)
{
    InterfaceOspf *ospf = ospf_of(reader);
    ospf->passive = !reader->negated;
    ospf->passive_set = true;
    return true;
}

static bool parse_ospf_disabled(Reader *reader)
{
    ospf_of(reader)->disabled = !reader->negated;
    return true;
}

static const Command commands[] = {
    {"ip ospf cost", parse_ospf_cost, true},
    {"ip ospf hello-interval", parse_ospf_hello, true},
    {"ip ospf dead-interval", parse_ospf_dead, true},
    {"ip ospf priority", parse_ospf_priority, true},
    {"ip ospf network", parse_ospf_network, true},
    {"ip ospf authentication", parse_ospf_authentication, true},
    {"ip ospf authentication-key", parse_ospf_key, true},
    {"ip ospf message-digest-key", parse_ospf_key, true},
    {"ip ospf mtu-ignore", parse_ospf_mtu_ignore, true},
    {"ip ospf passive-interface", parse_ospf_passive, true},
    {"ip ospf shutdown", parse_ospf_disabled, true},
    {"ip router ospf", parse_ospf_area, true},
    {"ipv6 router ospfv3", parse_ospf_area, true},
    {"ip ospf bfd"},
    {"ip ospf neighbor"},
    {"ip ospf retransmit-interval"},
    {"ip ospf transmit-delay"},
    {"ip ospf demand-circuit"},
    {"ip ospf database-filter"},
    {"ip ospf ttl-security"},
    {"ip ospf fast-reroute"},
    {"ip ospf prefix-suppression"},
    {"ip ospf resync-timeout"},
    {"ip ospf lls"},
    {"ip ospf", parse_ospf_area, true},
    {"ipv6 ospf cost", parse_ospf_cost, true},
    {"ipv6 ospf hello-interval", parse_ospf_hello, true},
    {"ipv6 ospf dead-interval", parse_ospf_dead, true},
    {"ipv6 ospf priority", parse_ospf_priority, true},
    {"ipv6 ospf network", parse_ospf_network, true},
    {"ipv6 ospf authentication", parse_ospf_authentication, true},
    {"ipv6 ospf encryption"},
    {"ipv6 ospf mtu-ignore", parse_ospf_mtu_ignore, true},
    {"ipv6 ospf bfd"},
    {"ipv6 ospf", parse_ospf_area, true},
    {"ospfv3 cost", parse_ospf_cost, true},
    {"ospfv3 network", parse_ospf_network, true},
    {"ospfv3 hello-interval", parse_ospf_hello, true},
    {"ospfv3 dead-interval", parse_ospf_dead, true},
    {"ospfv3 mtu-ignore", parse_ospf_mtu_ignore, true},
    {"ospfv3 authentication"},
    {"ospfv3 bfd"},
    {"ospfv3", parse_ospf_area, true},
};

const CommandTable ios_interface_ospf_table = {commands, COUNT_OF(commands),
                                               &ios_interface_igp_table};
