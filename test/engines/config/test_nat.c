/* SPDX-License-Identifier: Apache-2.0 */
/* Address translation of all systems that have it: rules, pools, and the roles of interfaces. */
#include "config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const TestingCase cases[] = {
    {"IOS",
     "version 15.2\n"
     "ip nat pool P 192.0.2.1 192.0.2.9 netmask 255.255.255.0\n"
     "ip nat pool Q 198.51.100.1 198.51.100.9 prefix-length 28 type rotary\n"
     "ip nat pool R prefix-length 24\n"
     " address 203.0.113.1 203.0.113.9\n"
     " address 203.0.113.20 203.0.113.29\n"
     " no address 203.0.113.20 203.0.113.29\n"
     "ip nat pool S 192.0.2.20 192.0.2.29 prefix-length 24 type match-host accounting A\n"
     "ip nat pool GONE 192.0.2.1 192.0.2.9 netmask 255.255.255.0\n"
     "no ip nat pool GONE\n"
     "ip nat inside source list 10 interface Gi0/1 vrf RED overload\n"
     "ip nat inside source list 10 pool P\n"
     "ip nat inside source route-map RM pool R redundancy 1 mapping-id 7 no-payload\n"
     "ip nat inside source static 10.0.0.1 192.0.2.1 extendable\n"
     "ip nat inside source static tcp 10.0.0.1 80 interface GigabitEthernet 0/1 8080\n"
     "ip nat inside source static udp 10.0.0.1 53 192.0.2.1 53 vrf RED route-map RM\n"
     "ip nat inside source static network 10.1.0.0 192.0.2.0 /24\n"
     "ip nat inside source static esp 10.0.0.9 interface Dialer1\n"
     "ip nat outside source list 20 pool P add-route\n"
     "ip nat outside source static 203.0.113.5 10.9.9.9\n"
     "ip nat inside destination list 30 pool Q\n"
     "ip nat source list 40 interface Gi0/1 overload\n"
     "ip nat inside source list 50 pool P\n"
     "no ip nat inside source list 50 pool P overload\n"
     "ip nat translation timeout 60\n"
     "interface GigabitEthernet0/0\n"
     " ip nat inside\n"
     "interface GigabitEthernet0/1\n"
     " ip nat outside\n"
     " no ip nat inside\n"
     "interface GigabitEthernet0/2\n"
     " ip nat inside\n"
     " no ip nat inside\n"
     "interface GigabitEthernet0/3\n"
     " ip nat enable\n",
     "pool P [192.0.2.1-192.0.2.9@2] /24 2-2\n"
     "pool Q [198.51.100.1-198.51.100.9@3] /28 rotary 3-3\n"
     "pool R [203.0.113.1-203.0.113.9@5] /24 4-7\n"
     "pool S [192.0.2.20-192.0.2.29@8] /24 (type match-host) (accounting A) 8-8\n"
     "inside source vrf RED [list 10@11] to interface GigabitEthernet0/1@11 overload 11-11\n"
     "inside source [list 10@12] to pool P@12 12-12\n"
     "inside source [route-map RM@13] to pool R@13 (redundancy 1) (mapping-id 7) (no-payload) "
     "13-13\n"
     "inside source [static 10.0.0.1@14] to 192.0.2.1@14 (extendable) 14-14\n"
     "inside source [static tcp 10.0.0.1 80@15] to interface GigabitEthernet0/1 8080@15 15-15\n"
     "inside source vrf RED [static udp 10.0.0.1 53@16] [route-map RM@16] to 192.0.2.1 53@16 "
     "16-16\n"
     "inside source [static network 10.1.0.0@17] to 192.0.2.0 /24@17 17-17\n"
     "inside source [static esp 10.0.0.9@18] to interface Dialer1@18 18-18\n"
     "outside source [list 20@19] to pool P@19 (add-route) 19-19\n"
     "outside source [static 203.0.113.5@20] to 10.9.9.9@20 20-20\n"
     "inside destination [list 30@21] to pool Q@21 21-21\n"
     "source [list 40@22] to interface GigabitEthernet0/1@22 overload 22-22\n"
     "GigabitEthernet0/0 inside@27\n"
     "GigabitEthernet0/1 outside@29\n"
     "GigabitEthernet0/3 enable@35\n"},
    {"IOS, abbreviated",
     "version 15.2\n"
     "ip nat po P 192.0.2.1 192.0.2.9 net 255.255.255.0 ty rot\n"
     "ip nat ins so li 10 int Gi0/1 ov\n"
     "int gi0/0\n"
     " ip nat ins\n",
     "pool P [192.0.2.1-192.0.2.9@2] /24 rotary 2-2\n"
     "inside source [list 10@3] to interface GigabitEthernet0/1@3 overload 3-3\n"
     "GigabitEthernet0/0 inside@5\n"},
    {"IOS, malformed",
     "version 15.2\n"
     "ip nat inside source\n"
     "ip nat inside source list\n"
     "ip nat inside source list 10\n"
     "ip nat inside source list 10 pool\n"
     "ip nat inside source static\n"
     "ip nat inside source static 10.0.0.1\n"
     "ip nat inside source static nonsense 192.0.2.1\n"
     "ip nat inside source static tcp 10.0.0.1 192.0.2.1\n"
     "ip nat inside source static tcp 10.0.0.1 80 192.0.2.1\n"
     "ip nat inside source static tcp 10.0.0.1 80 interface\n"
     "ip nat inside source static network 10.0.0.0 192.0.2.0\n"
     "ip nat inside source list 10 pool P vrf\n"
     "ip nat pool\n"
     "ip nat pool P 192.0.2.1 192.0.2.9 netmask 255.0.255.0\n"
     "ip nat pool Q 192.0.2.1 192.0.2.9 prefix-length 4000\n"
     "interface GigabitEthernet0/0\n"
     " ip nat inside nonsense\n",
     "pool P [192.0.2.1-192.0.2.9@15] 15-15\n"
     "pool Q [192.0.2.1-192.0.2.9@16] 16-16\n"
     "not understood 2\nnot understood 3\nnot understood 4\nnot understood 5\nnot understood 6\n"
     "not understood 7\nnot understood 8\nnot understood 9\nnot understood 10\n"
     "not understood 11\nnot understood 12\nnot understood 13\nnot understood 14\n"
     "not understood 15\nnot understood 16\nnot understood 18\n"},
    {"NX-OS",
     "feature nat\n"
     "ip nat pool P 192.0.2.1 192.0.2.9 prefix-length 24\n"
     "ip nat pool Q netmask 255.255.255.0\n"
     "  address 198.51.100.1 198.51.100.9\n"
     "ip nat inside source list A pool P overload group 5 dynamic\n"
     "ip nat inside source list B interface ethernet1/2 overload\n"
     "ip nat outside source static tcp 203.0.113.5 80 10.9.9.9 8080 vrf RED\n"
     "interface Ethernet1/2\n"
     "  ip nat outside\n",
     "pool P [192.0.2.1-192.0.2.9@2] /24 2-2\n"
     "pool Q [198.51.100.1-198.51.100.9@4] /24 3-4\n"
     "inside source [list A@5] to pool P@5 overload (group 5) (dynamic) 5-5\n"
     "inside source [list B@6] to interface Ethernet1/2@6 overload 6-6\n"
     "outside source vrf RED [static tcp 203.0.113.5 80@7] to 10.9.9.9 8080@7 7-7\n"
     "Ethernet1/2 outside@9\n"},
    {"EOS",
     "! device: leaf1 (DCS-7050, EOS-4.28.3M)\n"
     "ip nat pool P prefix-length 24\n"
     "   range 192.0.2.1 192.0.2.9\n"
     "   range 192.0.2.20 192.0.2.20 1024 65535\n"
     "interface Ethernet1\n"
     "   ip nat source dynamic access-list A overload\n"
     "   ip nat source dynamic access-list B pool P\n"
     "   ip nat source static 10.0.0.1 80 access-list C 192.0.2.1 8080 protocol tcp group 5\n"
     "   ip nat destination static 203.0.113.1 10.0.0.1 comment to the old server\n"
     "   ip nat source ingress static 10.0.0.3 192.0.2.3\n"
     "   ip nat source static 10.0.0.2 192.0.2.2\n"
     "   no ip nat source static 10.0.0.2\n"
     "   ip nat source static 10.0.0.2\n"
     "   ip nat source nonsense\n"
     "interface Ethernet2-3\n"
     "   ip nat source dynamic access-list A overload\n"
     "interface Ethernet4\n"
     "   ip nat source dynamic access-list A overload\n"
     "no interface Ethernet4\n",
     "pool P [192.0.2.1-192.0.2.9@3] [192.0.2.20-192.0.2.20 ports 1024 65535@4] /24 2-4\n"
     "source on Ethernet1 [access-list A@6] to interface Ethernet1@6 overload 6-6\n"
     "source on Ethernet1 [access-list B@7] to pool P@7 7-7\n"
     "source on Ethernet1 [static 10.0.0.1 80@8] [access-list C@8] to 192.0.2.1 8080@8 (protocol "
     "tcp) (group 5) 8-8\n"
     "destination on Ethernet1 [static 203.0.113.1@9] to 10.0.0.1@9 (comment to the old server) "
     "9-9\n"
     "source on Ethernet1 [static 10.0.0.3@10] to 192.0.2.3@10 (ingress) 10-10\n"
     "source on Ethernet2 [access-list A@16] to interface Ethernet2@16 overload 16-16\n"
     "source on Ethernet3 [access-list A@16] to interface Ethernet3@16 overload 16-16\n"
     "not understood 13\nnot understood 14\n"},
    {"Junos",
     "system { host-name r1; }\n"
     "security {\n"
     "    nat {\n"
     "        source {\n"
     "            pool P {\n"
     "                address {\n"
     "                    192.0.2.1/32 to 192.0.2.9/32;\n"
     "                    192.0.2.32/28;\n"
     "                }\n"
     "                port no-translation;\n"
     "            }\n"
     "            rule-set RS {\n"
     "                from zone trust;\n"
     "                to zone untrust;\n"
     "                rule R {\n"
     "                    match {\n"
     "                        source-address [ 10.0.0.0/8 172.16.0.0/12 ];\n"
     "                    }\n"
     "                    then {\n"
     "                        source-nat {\n"
     "                            pool {\n"
     "                                P;\n"
     "                                persistent-nat {\n"
     "                                    permit any-remote-host;\n"
     "                                }\n"
     "                            }\n"
     "                        }\n"
     "                    }\n"
     "                }\n"
     "            }\n"
     "        }\n"
     "        proxy-arp { interface ge-0/0/0.0 { address 192.0.2.1/32; } }\n"
     "    }\n"
     "}\n",
     "pool source P [192.0.2.1/32-192.0.2.9/32@7] [192.0.2.32/28@8] (port no-translation) 5-10\n"
     "source set RS [from zone trust@13] [to zone untrust@14] 13-14\n"
     "source set RS rule R [source-address 10.0.0.0/8@17] [source-address 172.16.0.0/12@17] to "
     "source-nat pool P@22 (source-nat pool persistent-nat permit any-remote-host) 15-24\n"},
    {"Junos, set commands",
     "set system host-name r1\n"
     "set security nat source rule-set RS to interface ge-0/0/0.0\n"
     "set security nat source rule-set RS rule R match source-address 10.0.0.0/8\n"
     "set security nat source rule-set RS rule R then source-nat interface\n"
     "set security nat destination pool D address 10.0.0.1/32 port 8080\n"
     "set security nat destination rule-set RS rule R match destination-address 192.0.2.1/32\n"
     "set security nat destination rule-set RS rule R then destination-nat pool D\n"
     "set security nat static rule-set S rule R match destination-address 192.0.2.7/32\n"
     "set security nat static rule-set S rule R then static-nat prefix 10.0.0.7/32\n"
     "set security nat source rule-set RS rule GONE then source-nat off\n"
     "delete security nat source rule-set RS rule GONE\n"
     "set security nat source rule-set RS nonsense\n"
     "set security nat source rule-set\n"
     "set security nat source pool\n",
     "pool destination D [10.0.0.1/32 port 8080@5] 5-5\n"
     "source set RS [to interface ge-0/0/0.0@2] 2-2\n"
     "source set RS rule R [source-address 10.0.0.0/8@3] to source-nat interface@4 3-4\n"
     "destination set RS rule R [destination-address 192.0.2.1/32@6] to destination-nat pool D@7 "
     "6-7\n"
     "static set S rule R [destination-address 192.0.2.7/32@8] to static-nat prefix 10.0.0.7/32@9 "
     "8-9\n"
     "not understood 12\nnot understood 13\nnot understood 14\n"},
    {"Junos, services",
     "system { host-name r1; }\n"
     "services {\n"
     "    service-set SS { nat-rules R; }\n"
     "    nat {\n"
     "        pool P {\n"
     "            address 192.0.2.0/28;\n"
     "            address-range low 192.0.2.33 high 192.0.2.40;\n"
     "            port { automatic; }\n"
     "        }\n"
     "        rule R {\n"
     "            match-direction input;\n"
     "            term T {\n"
     "                from {\n"
     "                    source-address { 10.0.0.0/8; 172.16.0.0/12 except; }\n"
     "                    applications [ junos-http APP ];\n"
     "                }\n"
     "                then {\n"
     "                    translated {\n"
     "                        translation-type { napt-44; }\n"
     "                        source-pool P;\n"
     "                        destination-prefix 198.51.100.7/32;\n"
     "                    }\n"
     "                    syslog;\n"
     "                }\n"
     "            }\n"
     "            term REST { then { no-translation; } }\n"
     "        }\n"
     "        rule-set RS { rule R; }\n"
     "        source { rule-set S { rule N { then { source-nat { pool { P; } } } } } }\n"
     "    }\n"
     "}\n",
     "pool services P [192.0.2.0/28@6] [192.0.2.33-192.0.2.40@7] (port automatic) 5-8\n"
     "services set R [match-direction input@11] 11-11\n"
     "services set R rule T [source-address 10.0.0.0/8@14] [source-address 172.16.0.0/12 "
     "except@14] [applications junos-http@15] [applications APP@15] to source-pool P@20 "
     "(translation-type napt-44) (destination-prefix 198.51.100.7/32) (syslog) 12-23\n"
     "services set R rule REST to no-translation@26 26-26\n"
     "source set S rule N to source-nat pool P@29 29-29\n"},
    {"Junos, services, set commands",
     "set system host-name r1\n"
     "set services nat rule R term T from source-address-range low 10.0.0.1 high 10.0.0.9\n"
     "set services nat rule R term T then translated source-pool P\n"
     "set services nat rule R nonsense\n"
     "set services nat rule\n"
     "set services nat pool\n"
     "set services nat allow-overlapping-nat-pools\n",
     "services set R rule T [source-address-range low 10.0.0.1 high 10.0.0.9@2] to source-pool P@3 "
     "2-3\n"
     "not understood 4\nnot understood 5\nnot understood 6\n"},
};

static void write_texts(StrBuf *out, const SourcedVec *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        strbuf_printf(out, " [%.*s@%u]", STR_ARGS(texts->items[i].text), texts->items[i].line);
}

static void write_options(StrBuf *out, const SourcedVec *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        strbuf_printf(out, " (%.*s)", STR_ARGS(texts->items[i].text));
}

static void write_word(StrBuf *out, const char *word, Str text)
{
    if (text.size)
        strbuf_printf(out, " %s%s%.*s", word, *word ? " " : "", STR_ARGS(text));
}

static void write_rule(StrBuf *out, const NatRule *rule)
{
    strbuf_append(out, rule->kind);
    write_word(out, "set", rule->set);
    write_word(out, "rule", rule->rule);
    write_word(out, "on", rule->interface);
    write_word(out, "vrf", rule->vrf);
    write_texts(out, &rule->match);
    if (rule->translation.line)
        strbuf_printf(out, " to %.*s@%u", STR_ARGS(rule->translation.text), rule->translation.line);
    strbuf_append(out, rule->overload ? STR(" overload") : STR(""));
    write_options(out, &rule->options);
    strbuf_printf(out, " %u-%u\n", rule->line, rule->last_line);
}

static void write_pool(StrBuf *out, const NatPool *pool)
{
    strbuf_append(out, STR("pool"));
    write_word(out, "", pool->kind);
    write_word(out, "", pool->name);
    write_texts(out, &pool->addresses);
    if (pool->prefix_length)
        strbuf_printf(out, " /%u", pool->prefix_length);
    strbuf_append(out, pool->rotary ? STR(" rotary") : STR(""));
    write_options(out, &pool->options);
    strbuf_printf(out, " %u-%u\n", pool->line, pool->last_line);
}

static void write_facts(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->nat_pools.count; i++)
        write_pool(out, &device->nat_pools.items[i]);
    for (size_t i = 0; i < device->nat_rules.count; i++)
        write_rule(out, &device->nat_rules.items[i]);
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        if (interface->nat.line)
            strbuf_printf(out, "%.*s %.*s@%u\n", STR_ARGS(interface->canonical),
                          STR_ARGS(interface->nat.text), interface->nat.line);
    }
    testing_write_not_understood(out, device);
}

static void test_rules_and_pools_are_read(void **state)
{
    (void)state;
    testing_check_facts(cases, COUNT_OF(cases), write_facts);
}

static void test_truncated_texts_are_counted(void **state)
{
    (void)state;
    testing_check_truncated_cases(cases, COUNT_OF(cases));
}

/* Taking rules back searches all of them, up to a limit that a warning names. */
static void test_much_that_is_taken_back_is_limited(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 8u << 20);
    strbuf_append(&text, STR("version 15.2\n"));
    for (unsigned i = 0; i < 8000; i++)
        strbuf_printf(&text, "ip nat inside source static 10.0.%u.%u 192.0.2.1\n", i / 250,
                      i % 250);
    for (unsigned i = 0; i < 8000; i++)
        strbuf_printf(&text, "no ip nat inside source static 10.1.%u.%u 192.0.2.1\n", i / 250,
                      i % 250);
    strbuf_append_byte(&text, '\0');
    Device device = testing_device(arena, text.data);
    assert_int_equal(device.nat_rules.count, 8000);
    assert_int_equal(device.warnings.count, 1);
    assert_true(device.not_understood.count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_and_pools_are_read),
        cmocka_unit_test(test_truncated_texts_are_counted),
        cmocka_unit_test(test_much_that_is_taken_back_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
