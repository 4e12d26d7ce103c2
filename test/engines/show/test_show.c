/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/show/judge.h"
#include "engines/show/outputs.h"
#include "engines/show/show.h"
#include "engines/show/template_index.h"

#include "base/strbuf.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void expect_output(const ShowReport *report, size_t index, const char *command,
                          const char *text)
{
    assert_true(index < report->outputs.count);
    assert_str(report->outputs.items[index].command, command);
    assert_str(report->outputs.items[index].text, text);
}

static void test_a_session_is_cut_at_its_prompts(void **state)
{
    (void)state;
    ShowReport report = {0};
    auto_arena Arena *arena = arena_new();
    outputs_cut(arena, STR("x.txt"),
                STR("welcome\ncore1#show version\nv 1\n\ncore1#\ncore1#conf t\nnoise\n"
                    "core1# sh ip route\nr 1\n# not a prompt\ncore1#exit\n"),
                &report);
    assert_str(report.hostname, "core1");
    assert_int_equal(report.outputs.count, 2);
    expect_output(&report, 0, "show version", "v 1\n\n");
    expect_output(&report, 1, "sh ip route", "r 1\n# not a prompt\n");
    assert_int_equal(report.outputs.items[0].line, 2);
    assert_int_equal(report.outputs.items[1].first_line, 9);
}

static void test_prompts_of_other_systems(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host, *command;
    } cases[] = {
        {"admin@leaf1> show bgp summary | no-more\nx\n", "admin@leaf1",
         "show bgp summary | no-more"},
        {"<huawei1>display version\nx\n", "huawei1", "display version"},
        {"RP/0/RSP0/CPU0:xr1#show bgp\nx\n", "RP/0/RSP0/CPU0:xr1", "show bgp"},
        {"leaf2(config-if)#show vlan\nx\n", "leaf2(config-if)", "show vlan"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ShowReport report = {0};
        auto_arena Arena *arena = arena_new();
        outputs_cut(arena, STR("x.txt"), str_of(cases[i].text), &report);
        assert_str(report.hostname, cases[i].host);
        expect_output(&report, 0, cases[i].command, "x\n");
    }
}

static void test_without_a_prompt_the_name_says_the_command(void **state)
{
    (void)state;
    static const struct {
        const char *name, *command;
    } cases[] = {
        {"show_ip_route.txt", "show ip route"},
        {"site/r1_show_mac-address-table.log", "show mac-address-table"},
        {"a/r1-show version.raw", "show version"},
        {"slideshow_1.txt", NULL},
        {"notes.txt", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ShowReport report = {0};
        auto_arena Arena *arena = arena_new();
        outputs_cut(arena, str_of(cases[i].name), STR("a\nb\n"), &report);
        assert_int_equal(report.outputs.count, cases[i].command ? 1 : 0);
        if (cases[i].command)
            expect_output(&report, 0, cases[i].command, "a\nb\n");
    }
}

static void test_sessions_have_a_limit(void **state)
{
    (void)state;
    ShowReport report = {0};
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 1024 * 1024);
    for (int i = 0; i < SHOW_MAX_OUTPUTS + 5; i++)
        strbuf_append(&text, STR("r1#show x\ny\n"));
    outputs_cut(arena, STR("x"), strbuf_str(&text), &report);
    assert_int_equal(report.outputs.count, SHOW_MAX_OUTPUTS);
    assert_true(report.is_cut);
    expect_output(&report, SHOW_MAX_OUTPUTS - 1, "show x", "y\n");
}

static void expect_match(const TemplateIndex *index, const char *command, const char *told)
{
    TemplateMatchVec matches = {0};
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 1024);
    template_index_find(index, arena, str_of(command), &matches);
    for (size_t i = 0; i < matches.count; i++)
        strbuf_printf(&out, "%.*s=%.*s;", STR_ARGS(matches.items[i].platform),
                      STR_ARGS(matches.items[i].name));
    assert_str(strbuf_str(&out), told);
}

static void test_the_index_says_which_template_reads_a_command(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const TemplateIndex *index =
        template_index_new(arena, STR("# comment\nTemplate, Hostname, Platform, Command\n\n"
                                      "a_os_show_ip_route.t, .*, a_os, sh[[ow]] ip ro[[ute]]\n"
                                      "a_os_show_ip.t, .*, a_os, sh[[ow]] ip\n"
                                      "b_os_show_ip.t:b_os_more.t, .*, (b|c)_os, sh[[ow]] ip\n"
                                      "broken.t, .*, d_os, show [\nodd line\n"));
    expect_match(index, "show ip route", "a_os=a_os_show_ip_route.t;b_os=b_os_show_ip.t;");
    expect_match(index, "sh ip rou", "a_os=a_os_show_ip_route.t;b_os=b_os_show_ip.t;");
    expect_match(index, "sho ip int", "a_os=a_os_show_ip.t;b_os=b_os_show_ip.t;");
    expect_match(index, "shop ip", "");
    expect_match(index, "please show ip", "");
}

/* Judges the output of a command as the table that columns and rows make: "A|B" and "1|2;3|4". */
static void expect_findings(const char *template_name, const char *columns, const char *rows,
                            const char *told)
{
    Str name;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf source = {0}, line = {0}, text = {0}, out = {0};
    strbuf_init(&source, 4096);
    strbuf_init(&line, 4096);
    strbuf_init(&text, 4096);
    strbuf_init(&out, 4096);
    Str rest = str_of(columns);
    while (str_next_field(&rest, '|', &name)) {
        strbuf_printf(&source, "Value %.*s ([^|]*)\n", STR_ARGS(name));
        strbuf_printf(&line, "%s${%.*s}", line.size ? "\\|" : "", STR_ARGS(name));
    }
    strbuf_printf(&source, "\nStart\n  ^%.*s$$ -> Record\n", STR_ARGS(strbuf_str(&line)));
    rest = str_of(rows);
    while (str_next_field(&rest, ';', &name))
        strbuf_printf(&text, "%.*s\n", STR_ARGS(name));
    ShowReport report = {0};
    ShowOutput output = {.first_line = 10, .template = str_of(template_name)};
    TextFsm *template = textfsm_compile(arena, strbuf_str(&source), &error);
    assert_non_null(template);
    assert_true(textfsm_run(template, arena, strbuf_str(&text), &output.table, &error));
    *VEC_PUSH(arena, &report.outputs) = output;
    show_judge(arena, &report);
    for (size_t i = 0; i < report.findings.count; i++) {
        const ShowFinding *finding = &report.findings.items[i];
        strbuf_printf(&out, "%s %u%.*s;", finding->id, finding->line,
                      STR_ARGS(str_from(finding->title, str_find(finding->title, STR(":")))));
    }
    assert_str(strbuf_str(&out), told);
}

static void test_tables_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *template, *columns, *rows, *told;
    } cases[] = {
        {"cisco_ios_show_ip_ospf_neighbor.textfsm", "NEIGHBOR_ID|STATE|INTERFACE",
         "1.1.1.1|FULL/DR|Gi0/0;2.2.2.2|EXSTART/BDR|Gi0/1;3.3.3.3|2WAY/DROTHER|Gi0/2",
         "ospf_neighbor_not_full 11: 2.2.2.2, Gi0/1, EXSTART/BDR;"},
        {"juniper_junos_show_ospf_neighbor.textfsm", "IP_ADDRESS|INTERFACE|STATE|NEIGHBOR_ID",
         "10.0.0.1|ge-0/0/0.0|Full|1.1.1.1;10.0.0.5|ge-0/0/1.0|Init|2.2.2.2",
         "ospf_neighbor_not_full 11: 2.2.2.2, ge-0/0/1.0, Init;"},
        {"cisco_ios_show_ip_bgp_summary.textfsm", "BGP_NEIGHBOR|STATE_OR_PREFIXES_RECEIVED",
         "10.0.0.1|12;10.0.0.2|Active;10.0.0.3|Idle (Admin);10.0.0.4|0",
         "bgp_session_not_established 11: 10.0.0.2, Active;"},
        {"arista_eos_show_ip_bgp_summary.textfsm", "BGP_NEIGH|STATE|STATE_PFXRCD",
         "10.0.0.1|Estab|7;10.0.0.2|Connect|",
         "bgp_session_not_established 11: 10.0.0.2, "
         "Connect;"},
        {"cisco_ios_show_interfaces_status.textfsm", "PORT|NAME|STATUS|DUPLEX",
         "Gi1||connected|a-full;Gi2|printer|err-disabled|auto;Gi3||connected|a-half",
         "interface_error_disabled 11: Gi2, printer, err-disabled;half_duplex 12: Gi3, a-half;"},
        {"cisco_ios_show_interfaces.textfsm", "INTERFACE|LINK_STATUS|DUPLEX|CRC",
         "Gi0/0|up|Full Duplex|0;Gi0/1|up|Full Duplex|17;Gi0/2|down|Half Duplex|0",
         "interface_crc_errors 11: Gi0/1, 17;"},
        {"cisco_ios_show_ip_interface_brief.textfsm", "INTERFACE|STATUS|PROTO",
         "Gi0/0|up|up;Se0/0|up|down;Gi0/1|administratively down|down",
         "line_protocol_down 11: Se0/0, down;"},
        {"cisco_ios_show_spanning-tree.textfsm", "VLAN_ID|INTERFACE|STATUS|TYPE",
         "10|Gi0/1|FWD|P2p;10|Gi0/2|BKN*|P2p *PVID_Inc",
         "spanning_tree_inconsistent 11: Gi0/2, 10, P2p *PVID_Inc;"},
        {"cisco_ios_show_processes_cpu.textfsm", "CPU_USAGE_5_MIN|PROCESS_NAME", "93|a;93|b",
         "cpu_busy 10: 93;"},
        {"cisco_ios_show_vlan.textfsm", "STATE|STATUS", "Init|down", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect_findings(cases[i].template, cases[i].columns, cases[i].rows, cases[i].told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_session_is_cut_at_its_prompts),
        cmocka_unit_test(test_prompts_of_other_systems),
        cmocka_unit_test(test_without_a_prompt_the_name_says_the_command),
        cmocka_unit_test(test_sessions_have_a_limit),
        cmocka_unit_test(test_the_index_says_which_template_reads_a_command),
        cmocka_unit_test(test_tables_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
