/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of an interface, its own ones and those that routers share. */
#include "base/ascii.h"
#include "engines/config/ios/ios.h"

/* Takes back the addresses of a family, or the one with this prefix. Those that routers share stay,
 * unless they are meant. */
static bool undo_addresses(Reader *reader, IpFamily family, const IpPrefix *only, bool is_virtual)
{
    Interface *interface = ios_current_interface(reader);
    if (!reader_may_search(reader, interface->addresses.count))
        return false;
    VEC_KEEP(&interface->addresses, item,
             item->prefix.address.family != family || item->virtual_address != is_virtual ||
                 (only && ip_prefix_compare(item->prefix, *only) != 0));
    return true;
}

/* Handles "no ip address [A M [secondary]]" and "no ipv6 address [A/L]". */
static bool undo_address(Reader *reader, IpFamily family)
{
    IpPrefix prefix = {0};
    bool is_virtual = reader_keyword(reader, reader->arg, "virtual");
    size_t at = reader->arg + is_virtual;
    if (at >= reader->words.count)
        return undo_addresses(reader, family, NULL, is_virtual);
    if (ios_prefix(reader, at, &prefix) || ip_prefix_parse(words_get(&reader->words, at), &prefix))
        return undo_addresses(reader, family, &prefix, is_virtual);
    if (reader_keyword(reader, at, "unnumbered"))
        ios_current_interface(reader)->unnumbered = (Sourced){{"", 0}, 0};
    else
        ios_current_interface(reader)->dhcp = false;
    return true;
}

bool ios_parse_unnumbered(Reader *reader)
{
    size_t used = 0;
    Str name = ios_interface_name(reader, reader->arg, &used);
    ios_current_interface(reader)->unnumbered =
        reader->negated ? (Sourced){{"", 0}, 0} : (Sourced){name, reader->line->number};
    return reader->negated || reader->arg < reader->words.count;
}

/* An interface has one primary address: another one replaces it. That of Linux may have several. */
void ios_drop_primary(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    if (reader->dialect->system.is_part_of_host ||
        !reader_may_search(reader, interface->addresses.count))
        return;
    VEC_KEEP(&interface->addresses, item,
             item->prefix.address.family != IP_V4 || item->secondary || item->virtual_address);
    interface->dhcp = false;
}

bool ios_parse_ip_address(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    IpPrefix prefix = {0};
    size_t at = reader->arg;
    if (reader->negated) {
        interface->dhcp &= at < reader->words.count;
        return undo_address(reader, IP_V4);
    }
    if (at + 1 < reader->words.count && reader_keyword(reader, at, "unnumbered")) {
        reader->arg++; /* EOS: "ip address unnumbered Loopback0" */
        bool understood = ios_parse_unnumbered(reader);
        reader->arg--;
        return understood;
    }
    if (reader_keyword(reader, at, "dhcp") || reader_keyword(reader, at, "negotiated")) {
        interface->dhcp = true;
        return true;
    }
    bool is_virtual = reader_keyword(reader, at, "virtual");
    at += is_virtual;
    size_t used = ios_prefix(reader, at, &prefix);
    if (used == 0)
        return false;
    bool secondary = reader_keyword(reader, at + used, "secondary");
    if (!secondary && !is_virtual)
        ios_drop_primary(reader);
    InterfaceAddress *address =
        build_address(&reader->builder, reader->now.interface, prefix, reader->line->number);
    address->virtual_address = is_virtual;
    address->secondary = secondary;
    return true;
}

/* Adds the address that several routers share on purpose (HSRP, VRRP, EOS virtual-router). */
static bool add_virtual(Reader *reader, Str text)
{
    IpPrefix prefix = {0};
    if (reader->negated && text.size == 0) {
        bool v6 = words_is(&reader->words, 1, "ipv6");
        return undo_addresses(reader, v6 ? IP_V6 : IP_V4, NULL, true);
    }
    if (!ip_prefix_parse(text, &prefix))
        return false;
    if (reader->negated)
        return undo_addresses(reader, (IpFamily)prefix.address.family, &prefix, true);
    build_address(&reader->builder, reader->now.interface, prefix, reader->line->number)
        ->virtual_address = true;
    return true;
}

bool ios_parse_virtual_address(Reader *reader)
{
    return add_virtual(reader, words_get(&reader->words, reader->arg));
}

/* Handles the anycast gateway of NX-OS: the interface's addresses are the gateway on every switch.
 */
bool ios_parse_anycast(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    for (size_t i = 0; i < interface->addresses.count; i++)
        interface->addresses.items[i].virtual_address = !reader->negated;
    return true;
}

/* Takes back the address of a group that the line does not state. Which one it is is known if the
 * interface has no more than one. */
static bool undo_only_virtual(Reader *reader)
{
    size_t count = 0;
    const Interface *interface = ios_current_interface(reader);
    for (size_t i = 0; i < interface->addresses.count; i++)
        count += interface->addresses.items[i].virtual_address;
    return count <= 1 && undo_addresses(reader, IP_V4, NULL, true) &&
           undo_addresses(reader, IP_V6, NULL, true);
}

/* Handles "standby 10 ip 10.0.0.1 [secondary]". Other subcommands of the group are known. */
bool ios_parse_standby(Reader *reader)
{
    for (size_t i = reader->arg; i < reader->words.count && i < reader->arg + 3; i++) {
        bool names_address = reader_keyword(reader, i, "ip") || reader_keyword(reader, i, "ipv6") ||
                             reader_keyword(reader, i, "ipv4");
        Str text = words_get(&reader->words, i + 1);
        if (names_address && text.size && ascii_is_digit(text.data[0]))
            return add_virtual(reader, text);
        if (names_address && reader->negated)
            return undo_only_virtual(reader);
    }
    /* "no standby 10" takes the group back. */
    return !reader->negated || reader->arg + 1 < reader->words.count || undo_only_virtual(reader);
}

bool ios_parse_ipv6_address(Reader *reader)
{
    Str text = words_get(&reader->words, reader->arg);
    IpPrefix prefix = {0};
    if (reader->negated)
        return undo_address(reader, IP_V6);
    if (words_is(&reader->words, reader->arg, "use-link-local-only"))
        return true;
    if (reader_keyword(reader, reader->arg, "autoconfig") ||
        reader_keyword(reader, reader->arg, "dhcp")) {
        ios_current_interface(reader)->dhcp = true;
        return true;
    }
    bool is_virtual = reader_keyword(reader, reader->arg, "virtual");
    if (is_virtual)
        text = words_get(&reader->words, reader->arg + 1);
    if (!ip_prefix_parse(text, &prefix) || prefix.address.family != IP_V6)
        return false;
    bool anycast = reader_keyword(reader, reader->arg + 1, "anycast");
    InterfaceAddress *address =
        build_address(&reader->builder, reader->now.interface, prefix, reader->line->number);
    address->virtual_address = is_virtual || anycast;
    address->eui64 = reader_keyword(reader, reader->arg + 1, "eui-64");
    address->link_local = ip_is_link_local(prefix.address);
    return true;
}

/* Handles "ipv6 link-local FE80::1" (NX-OS). */
bool ios_parse_link_local(Reader *reader)
{
    IpPrefix prefix = {0};
    Str text = words_get(&reader->words, reader->arg);
    if (!ip_prefix_parse(text, &prefix) || !ip_is_link_local(prefix.address))
        return text.size == 0 || words_is(&reader->words, reader->arg, "use-bia");
    if (reader->negated)
        return undo_addresses(reader, IP_V6, &prefix, false);
    build_address(&reader->builder, reader->now.interface, prefix, reader->line->number);
    return true;
}
