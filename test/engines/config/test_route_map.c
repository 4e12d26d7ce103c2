/* SPDX-License-Identifier: Apache-2.0 */
/* Route maps and policy statements: their entries and clauses on all systems. */
#include "config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const TestingCase cases[] = {
    {"IOS",
     "version 15.2\n"
     "route-map OUT permit 10\n"
     " description customers\n"
     " match ip address prefix-list P1 P2\n"
     " match community C\n"
     " match tag 7\n"
     " no match tag 7\n"
     " set local-preference 200\n"
     " set community 65000:1 additive\n"
     " continue 30\n"
     "route-map OUT deny 20\n"
     "route-map OUT permit 30\n",
     "OUT 10 #10 permit ends 'customers' match [ip address prefix-list P1 P2@4] match "
     "[community C@5] set [local-preference 200@8] set [community 65000:1 additive@9] next "
     "[continue 30@10] 2-10\n"
     "OUT 20 #20 deny ends 11-11\n"
     "OUT 30 #30 permit ends 12-12\n"},
    {"NX-OS",
     "feature bgp\n"
     "route-map R permit 10\n"
     "  match route-type internal\n"
     "  set metric 10\n",
     "R 10 #10 permit ends match [route-type internal@3] set [metric 10@4] 2-4\n"},
    {"EOS",
     "! device: leaf1 (DCS-7050, EOS-4.28.3M)\n"
     "route-map R\n"
     "   match interface Loopback0\n"
     "   sub-route-map OTHER\n",
     "R  #10 permit ends match [interface Loopback0@3] next [sub-route-map OTHER@4] 2-4\n"},
    {"FRRouting",
     "frr version 8.4\n"
     "route-map R permit 5\n"
     " match ip address prefix-list P\n"
     " call OTHER\n"
     " on-match next\n"
     " set weight 100\n"
     "exit\n",
     "R 5 #5 permit ends match [ip address prefix-list P@3] set [weight 100@6] next [call "
     "OTHER@4] next [on-match next@5] 2-6\n"},
    {"Junos",
     "set system host-name r1\n"
     "set policy-options policy-statement P term A from protocol bgp\n"
     "set policy-options policy-statement P term A from route-filter 10.0.0.0/8 orlonger\n"
     "set policy-options policy-statement P term A then metric 5\n"
     "set policy-options policy-statement P term A then next term\n"
     "set policy-options policy-statement P term B to rib inet.0\n"
     "set policy-options policy-statement P term B then accept\n"
     "set policy-options policy-statement P then reject\n",
     "P A #0 permit match [protocol bgp@2] match [route-filter 10.0.0.0/8 orlonger@3] set [metric "
     "5@4] next [next term@5] 2-5\n"
     "P B #0 permit ends match [to rib inet.0@6] 6-7\n"
     "P  #0 deny ends 8-8\n"},
    {"IOS-XR",
     "!! IOS XR Configuration 7.3.2\n"
     "route-policy P\n"
     "  if destination in S then\n"
     "    pass\n"
     "  endif\n"
     "end-policy\n",
     "P if destination in S #0 permit 3-4\n"},
};

static void write_clauses(StrBuf *out, const char *word, const SourcedVec *clauses)
{
    for (size_t i = 0; i < clauses->count; i++)
        strbuf_printf(out, " %s [%.*s@%u]", word, STR_ARGS(clauses->items[i].text),
                      clauses->items[i].line);
}

static void write_facts(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->route_maps.count; i++) {
        const RouteMap *map = &device->route_maps.items[i];
        for (size_t k = 0; k < map->entries.count; k++) {
            const RouteMapEntry *entry = &map->entries.items[k];
            strbuf_printf(out, "%.*s %.*s #%u %s%s", STR_ARGS(map->name), STR_ARGS(entry->term),
                          entry->sequence, entry->permit ? "permit" : "deny",
                          entry->ends ? " ends" : "");
            if (entry->description.line)
                strbuf_printf(out, " '%.*s'", STR_ARGS(entry->description.text));
            write_clauses(out, "match", &entry->match);
            write_clauses(out, "set", &entry->set);
            write_clauses(out, "next", &entry->next);
            strbuf_printf(out, " %u-%u\n", entry->line, entry->last_line);
        }
    }
}

static void test_entries_have_their_clauses(void **state)
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
        cmocka_unit_test(test_entries_have_their_clauses),
        cmocka_unit_test(test_truncated_texts_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
