/* SPDX-License-Identifier: Apache-2.0 */
/* What the numbers in headers stand for, by the registries of IANA and IEEE. */
#include "engines/pcap/fields.h"

typedef struct {
    uint32_t value;
    const char *name;
} Named;

static const char *find_name(const Named *names, size_t count, uint64_t value)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].value == value)
            return names[i].name;
    }
    return NULL;
}

const char *meaning_ethertype(uint64_t value)
{
    static const Named names[] = {
        {0x0800, "IPv4"},
        {0x0806, "ARP"},
        {0x8035, "RARP"},
        {0x6558, "transparent Ethernet bridging"},
        {0x8100, "802.1Q VLAN"},
        {0x86dd, "IPv6"},
        {0x8809, "slow protocols (LACP, marker)"},
        {0x880b, "PPP"},
        {0x8847, "MPLS"},
        {0x8848, "MPLS multicast"},
        {0x8863, "PPPoE discovery"},
        {0x8864, "PPPoE session"},
        {0x888e, "802.1X"},
        {0x88a8, "802.1ad service VLAN"},
        {0x88be, "ERSPAN"},
        {0x88cc, "LLDP"},
        {0x88e5, "MACsec"},
        {0x88e7, "802.1ah"},
        {0x88f7, "PTP"},
        {0x8902, "CFM"},
        {0x8909, "Cisco MetaData"},
        {0x892f, "HSR"},
        {0x894f, "NSH"},
        {0x9000, "loopback"},
    };
    return find_name(names, COUNT_OF(names), value);
}

const char *meaning_ip_protocol(uint64_t value)
{
    static const Named names[] = {
        {0, "IPv6 hop-by-hop options"},
        {1, "ICMP"},
        {2, "IGMP"},
        {4, "IPv4"},
        {6, "TCP"},
        {17, "UDP"},
        {41, "IPv6"},
        {43, "IPv6 routing header"},
        {44, "IPv6 fragment"},
        {46, "RSVP"},
        {47, "GRE"},
        {50, "ESP"},
        {51, "AH"},
        {58, "ICMPv6"},
        {59, "no next header"},
        {60, "IPv6 destination options"},
        {88, "EIGRP"},
        {89, "OSPF"},
        {97, "EtherIP"},
        {103, "PIM"},
        {112, "VRRP"},
        {115, "L2TP version 3"},
        {132, "SCTP"},
        {136, "UDP-Lite"},
        {137, "MPLS"},
    };
    return find_name(names, COUNT_OF(names), value);
}

const char *meaning_icmp_type(uint64_t value)
{
    static const Named names[] = {
        {0, "echo reply"},           {3, "destination unreachable"},
        {4, "source quench"},        {5, "redirect"},
        {8, "echo request"},         {9, "router advertisement"},
        {10, "router solicitation"}, {11, "time exceeded"},
        {12, "parameter problem"},   {13, "timestamp request"},
        {14, "timestamp reply"},
    };
    return find_name(names, COUNT_OF(names), value);
}

const char *meaning_icmpv6_type(uint64_t value)
{
    static const Named names[] = {
        {1, "destination unreachable"},
        {2, "packet too big"},
        {3, "time exceeded"},
        {4, "parameter problem"},
        {128, "echo request"},
        {129, "echo reply"},
        {130, "multicast listener query"},
        {131, "multicast listener report"},
        {132, "multicast listener done"},
        {133, "router solicitation"},
        {134, "router advertisement"},
        {135, "neighbor solicitation"},
        {136, "neighbor advertisement"},
        {137, "redirect"},
        {143, "multicast listener report, version 2"},
    };
    return find_name(names, COUNT_OF(names), value);
}

void meaning_tcp_flags(StrBuf *out, uint16_t flags)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK",
                                        "URG", "ECE", "CWR", "AE"};
    size_t size = out->size;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (flags >> i & 1)
            strbuf_printf(out, "%s%s", out->size > size ? ", " : "", names[i]);
    }
}
