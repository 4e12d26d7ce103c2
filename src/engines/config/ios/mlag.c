/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of switches: "mlag configuration" of EOS and "vpc domain" of NX-OS, and their interfaces.
 */
#include "engines/config/ios/ios.h"

/* Returns the domain of the switch, which has one at most. line is 0 where a line only refers to
 * it. */
static MlagDomain *domain_of(Reader *reader, const char *kind, uint32_t line)
{
    Device *device = reader->device;
    if (device->mlag_domains.count == 0)
        *VEC_PUSH(reader->arena, &device->mlag_domains) = (MlagDomain){.kind = str_of(kind)};
    MlagDomain *domain = &device->mlag_domains.items[0];
    if (!domain->line)
        domain->line = line;
    domain->last_line = MAX_OF(domain->last_line, line);
    return domain;
}

static MlagDomain *current(Reader *reader)
{
    return domain_of(reader, "", reader->line->number);
}

static bool forget(Reader *reader)
{
    reader->device->mlag_domains.count = 0;
    return true;
}

bool eos_mlag(Reader *reader)
{
    if (reader->negated)
        return forget(reader);
    (void)domain_of(reader, "mlag", reader->line->number);
    return true;
}

bool nxos_vpc_domain(Reader *reader)
{
    Str id = words_get(&reader->words, reader->arg);
    if (reader->negated)
        return forget(reader);
    domain_of(reader, "vpc", reader->line->number)->domain = id;
    return id.size > 0;
}

static bool set_interface(Reader *reader, Sourced *field)
{
    size_t used = 0;
    *field = (Sourced){0};
    if (!reader->negated)
        *field = (Sourced){ios_interface_name(reader, reader->arg, &used), reader->line->number};
    return reader->negated || reader->arg < reader->words.count;
}

static bool set_address(Reader *reader, size_t i, IpAddress *address)
{
    if (reader->negated)
        *address = (IpAddress){0};
    return reader->negated || ip_parse(words_get(&reader->words, i), address);
}

static bool parse_peer_link(Reader *reader)
{
    return set_interface(reader, &current(reader)->peer_link);
}

static bool parse_local_interface(Reader *reader)
{
    return set_interface(reader, &current(reader)->local_interface);
}

static bool parse_domain_id(Reader *reader)
{
    Str id = words_get(&reader->words, reader->arg);
    current(reader)->domain = reader->negated ? (Str){"", 0} : id;
    return reader->negated || id.size > 0;
}

static bool parse_peer_address(Reader *reader)
{
    return set_address(reader, reader->arg, &current(reader)->peer_address);
}

/* Reads "192.0.2.1 [source 192.0.2.2] [vrf V]", and words that are not part of the model. */
static bool parse_keepalive(Reader *reader)
{
    MlagDomain *domain = current(reader);
    if (!set_address(reader, reader->arg, &domain->keepalive))
        return false;
    domain->keepalive_source = (IpAddress){0};
    domain->keepalive_vrf = (Str){"", 0};
    for (size_t i = reader->arg + 1; i < reader->words.count && !reader->negated; i++) {
        if (reader_keyword(reader, i, "vrf"))
            domain->keepalive_vrf = words_get(&reader->words, i + 1);
        if (reader_keyword(reader, i, "source") &&
            !ip_parse(words_get(&reader->words, i + 1), &domain->keepalive_source))
            return false;
    }
    return true;
}

/* Stores a line as it is written. The pattern of the tables fits "no" too. */
static bool parse_option(Reader *reader)
{
    SourcedVec *options = &current(reader)->options;
    bool negated = words_is(&reader->words, 0, "no");
    Str text = words_rest(&reader->words, negated);
    if (!negated)
        build_sourced(&reader->builder, options, text, reader->line->number);
    else if (!reader_may_search(reader, options->count))
        return false;
    else
        VEC_KEEP(options, item, !str_equal(item->text, text));
    return true;
}

static const Command mlag_commands[] = {
    {"domain-id", parse_domain_id, true},
    {"local-interface", parse_local_interface, true},
    {"peer-address heartbeat", parse_keepalive, true},
    {"peer-address", parse_peer_address, true},
    {"peer-link", parse_peer_link, true},
    {"exit"},
    {"*", parse_option, true},
};

static const Command vpc_commands[] = {
    {"peer-keepalive destination", parse_keepalive, true},
    {"exit"},
    {"*", parse_option, true},
};

const CommandTable eos_mlag_table = {mlag_commands, COUNT_OF(mlag_commands)};
const CommandTable nxos_vpc_table = {vpc_commands, COUNT_OF(vpc_commands)};

/* Handles "mlag 10" and "vpc 10" of an interface. */
bool ios_mlag_id(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    uint32_t id = 0;
    if (!reader->negated && (!words_u32(&reader->words, reader->arg, &id) || id == 0))
        return false;
    interface->mlag = id;
    interface->mlag_line = id ? reader->line->number : 0;
    return true;
}

bool ios_vpc_peer_link(Reader *reader)
{
    const Interface *interface = ios_current_interface(reader);
    MlagDomain *domain = domain_of(reader, "vpc", 0);
    if (!reader->negated)
        domain->peer_link = (Sourced){interface->canonical, reader->line->number};
    else if (str_equal(domain->peer_link.text, interface->canonical))
        domain->peer_link = (Sourced){0};
    return true;
}
