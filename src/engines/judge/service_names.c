/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/judge/service_names.h"

typedef struct {
    Str name;
    uint32_t number;
} Named;

static const Named protocols[] = {
    {STR_INIT("icmp"), 1},   {STR_INIT("igmp"), 2},       {STR_INIT("ipinip"), 4},
    {STR_INIT("tcp"), 6},    {STR_INIT("egp"), 8},        {STR_INIT("igp"), 9},
    {STR_INIT("udp"), 17},   {STR_INIT("gre"), 47},       {STR_INIT("esp"), 50},
    {STR_INIT("ah"), 51},    {STR_INIT("ahp"), 51},       {STR_INIT("icmpv6"), 58},
    {STR_INIT("icmp6"), 58}, {STR_INIT("ipv6-icmp"), 58}, {STR_INIT("eigrp"), 88},
    {STR_INIT("ospf"), 89},  {STR_INIT("nos"), 94},       {STR_INIT("pim"), 103},
    {STR_INIT("pcp"), 108},  {STR_INIT("vrrp"), 112},     {STR_INIT("sctp"), 132},
    {STR_INIT("ipip"), 4},   {STR_INIT("rsvp"), 46},      {STR_INIT("dccp"), 33},
};

static const Named ports[] = {
    {STR_INIT("echo"), 7},
    {STR_INIT("discard"), 9},
    {STR_INIT("daytime"), 13},
    {STR_INIT("chargen"), 19},
    {STR_INIT("ftp-data"), 20},
    {STR_INIT("ftp"), 21},
    {STR_INIT("ssh"), 22},
    {STR_INIT("telnet"), 23},
    {STR_INIT("smtp"), 25},
    {STR_INIT("time"), 37},
    {STR_INIT("nameserver"), 42},
    {STR_INIT("whois"), 43},
    {STR_INIT("tacacs"), 49},
    {STR_INIT("tacacs-ds"), 65},
    {STR_INIT("domain"), 53},
    {STR_INIT("bootps"), 67},
    {STR_INIT("bootpc"), 68},
    {STR_INIT("dhcp"), 67},
    {STR_INIT("tftp"), 69},
    {STR_INIT("gopher"), 70},
    {STR_INIT("finger"), 79},
    {STR_INIT("www"), 80},
    {STR_INIT("http"), 80},
    {STR_INIT("kerberos-sec"), 88},
    {STR_INIT("hostname"), 101},
    {STR_INIT("pop2"), 109},
    {STR_INIT("pop3"), 110},
    {STR_INIT("sunrpc"), 111},
    {STR_INIT("ident"), 113},
    {STR_INIT("nntp"), 119},
    {STR_INIT("ntp"), 123},
    {STR_INIT("netbios-ns"), 137},
    {STR_INIT("netbios-dgm"), 138},
    {STR_INIT("netbios-ss"), 139},
    {STR_INIT("netbios-ssn"), 139},
    {STR_INIT("imap"), 143},
    {STR_INIT("snmp"), 161},
    {STR_INIT("snmptrap"), 162},
    {STR_INIT("xdmcp"), 177},
    {STR_INIT("bgp"), 179},
    {STR_INIT("irc"), 194},
    {STR_INIT("ldap"), 389},
    {STR_INIT("https"), 443},
    {STR_INIT("isakmp"), 500},
    {STR_INIT("ike"), 500},
    {STR_INIT("biff"), 512},
    {STR_INIT("exec"), 512},
    {STR_INIT("login"), 513},
    {STR_INIT("who"), 513},
    {STR_INIT("cmd"), 514},
    {STR_INIT("syslog"), 514},
    {STR_INIT("lpd"), 515},
    {STR_INIT("talk"), 517},
    {STR_INIT("rip"), 520},
    {STR_INIT("uucp"), 540},
    {STR_INIT("klogin"), 543},
    {STR_INIT("kshell"), 544},
    {STR_INIT("ldp"), 646},
    {STR_INIT("radius"), 1812},
    {STR_INIT("radacct"), 1813},
    {STR_INIT("non500-isakmp"), 4500},
};

static bool find(const Named *list, size_t count, Str name, uint32_t *out_number)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(name, list[i].name)) {
            *out_number = list[i].number;
            return true;
        }
    }
    return false;
}

bool protocol_number(Str name, uint32_t *out_number)
{
    if (str_parse_u32(name, out_number))
        return *out_number <= 255;
    return find(protocols, COUNT_OF(protocols), name, out_number);
}

bool port_number(Str name, uint32_t *out_number)
{
    if (str_parse_u32(name, out_number))
        return *out_number <= 65535;
    return find(ports, COUNT_OF(ports), name, out_number);
}
