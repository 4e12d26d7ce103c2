/* SPDX-License-Identifier: Apache-2.0 */
/* Object groups of all systems that have them, and the filter lines that name them. */
#include "config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const TestingCase cases[] = {
    {"IOS",
     "version 15.2\n"
     "object-group network HOSTS\n"
     " description servers\n"
     " host 192.0.2.1\n"
     " 198.51.100.0 255.255.255.0\n"
     " 0.0.0.0 0.0.0.0\n"
     " range 10.0.0.1 10.0.0.9\n"
     " host 192.0.2.9\n"
     " no host 192.0.2.9\n"
     " group-object OTHERS\n"
     "object-group service WEB\n"
     " tcp www\n"
     " tcp source gt 1023 eq 443\n"
     " tcp-udp range 1 5\n"
     " ospf\n"
     " icmp echo\n"
     "object-group network GONE\n"
     " host 192.0.2.1\n"
     "no object-group network GONE\n"
     "ip access-list extended A\n"
     " permit object-group WEB object-group HOSTS any\n",
     "HOSTS 0/4: [192.0.2.1/32@4] [198.51.100.0/24@5] [any@6] [10.0.0.1-10.0.0.9@7] [group "
     "OTHERS@10] 2-10\n"
     "WEB 2/0 partial: [tcp to eq www@12] [tcp from gt 1023 to eq 443@13] [tcp to range 1 5@14] "
     "[udp to range 1 5@14] [ospf@15] 11-16\n"
     "A: group WEB|group HOSTS||any|\n"
     "not understood 16\n"},
    {"NX-OS",
     "feature bgp\n"
     "object-group ip address NETS\n"
     "  10 host 192.0.2.1\n"
     "  20 10.0.0.0/8\n"
     "  30 172.16.0.0 0.0.255.255\n"
     "  40 192.0.2.7 0.0.0.0\n"
     "object-group ipv6 address NETS6\n"
     "  10 2001:db8::/32\n"
     "object-group ip port PORTS\n"
     "  10 eq 80\n"
     "  20 range 1000 2000\n"
     "ip access-list A\n"
     "  10 permit tcp addrgroup NETS portgroup PORTS any portgroup PORTS established\n",
     "NETS 0/4: [192.0.2.1/32@3] [10.0.0.0/8@4] [172.16.0.0/16@5] [192.0.2.7/32@6] 2-6\n"
     "NETS6 0/6: [2001:db8::/32@8] 7-8\n"
     "PORTS 1/0: [to eq 80@10] [to range 1000 2000@11] 9-11\n"
     "A: tcp|group NETS|group PORTS|any|group PORTS\n"},
    {"IOS-XR",
     "!! IOS XR Configuration 7.3.2\n"
     "object-group network ipv4 NETS\n"
     " 10.0.0.0/8\n"
     " host 192.0.2.1\n"
     " object-group OTHERS\n"
     "!\n"
     "object-group port PORTS\n"
     " eq ssh\n"
     "!\n"
     "ipv4 access-list A\n"
     " 10 permit tcp net-group NETS any port-group PORTS\n",
     "NETS 0/4: [10.0.0.0/8@3] [192.0.2.1/32@4] [group OTHERS@5] 2-5\n"
     "PORTS 1/0: [to eq ssh@8] 7-8\n"
     "A: tcp|group NETS||any|group PORTS\n"},
    {"Junos",
     "system { host-name r1; }\n"
     "security {\n"
     "    address-book {\n"
     "        global {\n"
     "            address WEB {\n"
     "                description \"the web server\";\n"
     "                192.0.2.10;\n"
     "            }\n"
     "            address ALL 0.0.0.0/0;\n"
     "            address NAMED { dns-name www.example.net { ipv4-only; } }\n"
     "            address-set SET { address WEB; address-set OTHERS; }\n"
     "        }\n"
     "        inside {\n"
     "            address WEB 2001:db8::/32;\n"
     "            address POOL { range-address 10.0.0.1 { to { 10.0.0.9; } } }\n"
     "            attach { zone trust; }\n"
     "        }\n"
     "    }\n"
     "    zones {\n"
     "        security-zone untrust {\n"
     "            address-book { address FAR 198.51.100.0/24; }\n"
     "        }\n"
     "    }\n"
     "}\n"
     "applications {\n"
     "    application APP {\n"
     "        protocol tcp;\n"
     "        source-port 1024-65535;\n"
     "        destination-port 8080-8081;\n"
     "        inactivity-timeout 60;\n"
     "    }\n"
     "    application TERMS {\n"
     "        term A protocol udp destination-port 53;\n"
     "        term B protocol tcp destination-port http inactivity-timeout never;\n"
     "    }\n"
     "    application PING { protocol icmp; icmp-type echo-request; }\n"
     "    application-set APPS { application APP; application junos-ssh; }\n"
     "}\n",
     "global: WEB 0/4: [192.0.2.10/32@7] 5-7\n"
     "global: ALL 0/4: [any@9] 9-9\n"
     "global: NAMED 0/0 partial: 10-10\n"
     "global: SET 0/0: [group WEB@11] [group OTHERS@11] 11-11\n"
     "inside: WEB 0/6: [2001:db8::/32@14] 14-14\n"
     "inside: POOL 0/4: [10.0.0.1-10.0.0.9@15] 15-15\n"
     "zone untrust: FAR 0/4: [198.51.100.0/24@21] 21-21\n"
     "APP 2/0: [tcp from 1024-65535 to 8080-8081@27] 26-30\n"
     "TERMS 2/0: [udp to 53@33] [tcp to http@34] 32-34\n"
     "PING 2/0 partial: [icmp@36] 36-36\n"
     "APPS 2/0: [group APP@37] [group junos-ssh@37] 37-37\n"},
    {"Junos, set commands",
     "set system host-name r1\n"
     "set security address-book global address A 10.0.0.0/8\n"
     "set security address-book global address A 10.0.0.0/9\n"
     "set security address-book global address B wildcard-address 10.0.0.0/255.0.255.0\n"
     "set security address-book global address C range-address 10.0.0.1\n"
     "set security address-book global address D nonsense\n"
     "set security address-book global nonsense\n"
     "set security zones security-zone trust address-book address-set S address A\n"
     "set applications application X protocol udp\n"
     "set applications application X term T protocol tcp\n"
     "set applications application X destination-port 69\n"
     "set applications application X term T destination-port 80\n"
     "set applications application Y nonsense\n"
     "set applications application GONE protocol udp\n"
     "delete applications application GONE\n",
     "global: A 0/4: [10.0.0.0/9@3] 2-3\n"
     "global: B 0/0 partial: 4-4\n"
     "global: C 0/0: 5-5\n"
     "global: D 0/0: 6-6\n"
     "zone trust: S 0/0: [group A@8] 8-8\n"
     "X 2/0: [udp to 69@9] [tcp to 80@10] 9-12\n"
     "Y 2/0: 13-13\n"
     "not understood 5\nnot understood 6\nnot understood 7\nnot understood 13\n"},
};

static void write_member(StrBuf *out, const ObjectGroupMember *member)
{
    strbuf_append(out, STR(" ["));
    if (member->group.size)
        strbuf_printf(out, "group %.*s", STR_ARGS(member->group));
    strbuf_printf(out, "%.*s%.*s", STR_ARGS(member->address), STR_ARGS(member->protocol));
    if (member->source_port.size)
        strbuf_printf(out, " from %.*s", STR_ARGS(member->source_port));
    if (member->destination_port.size)
        strbuf_printf(out, "%sto %.*s", member->protocol.size ? " " : "",
                      STR_ARGS(member->destination_port));
    strbuf_printf(out, "@%u]", member->line);
}

static void write_facts(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->object_groups.count; i++) {
        const ObjectGroup *group = &device->object_groups.items[i];
        if (group->book.size)
            strbuf_printf(out, "%.*s: ", STR_ARGS(group->book));
        strbuf_printf(out, "%.*s %d/%d%s:", STR_ARGS(group->name), (int)group->kind,
                      (int)group->family, group->is_partial ? " partial" : "");
        for (size_t k = 0; k < group->members.count; k++)
            write_member(out, &group->members.items[k]);
        strbuf_printf(out, " %u-%u\n", group->line, group->last_line);
    }
    for (size_t i = 0; i < device->acls.count; i++) {
        const AclEntry *entry = &device->acls.items[i].entries.items[0];
        strbuf_printf(out, "%.*s: %.*s|%.*s|%.*s|%.*s|%.*s\n", STR_ARGS(device->acls.items[i].name),
                      STR_ARGS(entry->protocol), STR_ARGS(entry->source),
                      STR_ARGS(entry->source_port), STR_ARGS(entry->destination),
                      STR_ARGS(entry->destination_port));
    }
    testing_write_not_understood(out, device);
}

static void test_groups_have_their_members(void **state)
{
    (void)state;
    testing_check_facts(cases, COUNT_OF(cases), write_facts);
}

static void test_truncated_texts_are_counted(void **state)
{
    (void)state;
    testing_check_truncated_cases(cases, COUNT_OF(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_have_their_members),
        cmocka_unit_test(test_truncated_texts_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
