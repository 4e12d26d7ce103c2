/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/question/excerpt.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const Str config = STR_INIT("hostname dist2\n"
                                   "!\n"
                                   "interface Ethernet1\n"
                                   "   description edge1\n"
                                   "   mtu 1500\n"
                                   "!\n"
                                   "interface Ethernet2\n"
                                   "   description edge2\n"
                                   "   mtu 9214\n"
                                   "   ip address 10.0.1.14/30\n"
                                   "!\n"
                                   "interface Port-Channel11\n"
                                   "   switchport trunk allowed vlan 10,20,30-35\n"
                                   "!\n"
                                   "ip access-list standard SNMP-RO\n"
                                   "   10 permit 10.9.0.0/16\n"
                                   "!\n"
                                   "ntp server 192.0.2.123\n"
                                   "ntp server 192.0.2.124\n");

static size_t ask(Arena *arena, const char *text, Excerpt *excerpts, size_t max)
{
    Question *question = ARENA_NEW(arena, Question);
    question_parse(arena, str_of(text), question);
    ExcerptQuery query = {question, config, 101, STR("dist2"), 8};
    return question_find_excerpts(arena, &query, excerpts, max);
}

typedef struct {
    const char *text;
    int64_t line;
} Asked;

static void test_the_line_that_answers_is_in_the_best_excerpt(void **state)
{
    (void)state;
    static const Asked rows[] = {
        {"What is the MTU of Ethernet2 on dist2?", 109},
        {"mtu of Eth2", 109},
        {"Qual é a MTU da Et2?", 109},
        {"Who has 10.0.1.14?", 110},
        {"Which interface is in 10.0.1.12/30?", 110},
        {"where is VLAN 33 allowed", 113},
        {"which VLANs does Po11 carry", 113},
        {"Which time servers does it use?", 118},
        {"Quais são os servidores de tempo?", 118},
        {"What does SNMP-RO permit?", 115},
    };
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Excerpt best;
        if (ask(arena, rows[i].text, &best, 1) != 1)
            fail_msg("nothing found: %s", rows[i].text);
        if (best.line_start > rows[i].line || best.line_end < rows[i].line)
            fail_msg("lines %d to %d: %s", (int)best.line_start, (int)best.line_end, rows[i].text);
    }
}

static void test_an_excerpt_is_the_text_of_its_lines(void **state)
{
    (void)state;
    Excerpt best;
    auto_arena Arena *arena = arena_new();
    assert_int(ask(arena, "ntp servers", &best, 1), 1);
    assert_int(best.line_start, 118);
    assert_int(best.line_end, 119);
    assert_str(best.text, "ntp server 192.0.2.123\nntp server 192.0.2.124");
}

static void test_excerpts_do_not_overlap(void **state)
{
    (void)state;
    Excerpt found[8];
    auto_arena Arena *arena = arena_new();
    size_t count = ask(arena, "mtu and description of the interface", found, 8);
    assert_that(count >= 2);
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            assert_that(found[i].line_end < found[j].line_start ||
                        found[j].line_end < found[i].line_start);
}

static void test_a_text_without_any_word_of_the_question_gives_nothing(void **state)
{
    (void)state;
    Excerpt found[2];
    auto_arena Arena *arena = arena_new();
    assert_int(ask(arena, "best recipe for a chocolate cake", found, 2), 0);
    assert_int(ask(arena, "", found, 2), 0);
}

static void test_addresses_are_compared_by_value(void **state)
{
    (void)state;
    Question question;
    auto_arena Arena *arena = arena_new();
    question_parse(arena, STR("who is 2001:db8:0:ff::1"), &question);
    const QuestionEntity *address = question_entity(&question, ENTITY_ADDRESS);
    assert_non_null(address);
    assert_that(question_text_names(address, STR(" ipv6 address 2001:DB8:0:FF::1/128")));
    assert_that(
        question_text_names(address, STR("neighbor 2001:0db8::ff:0:0:0:1, [2001:db8:0:ff::1]")));
    assert_that(!question_text_names(address, STR("ipv6 address 2001:DB8:0:FF::11/128")));
}

static void test_an_address_is_not_found_inside_a_longer_one(void **state)
{
    (void)state;
    Question question;
    auto_arena Arena *arena = arena_new();
    question_parse(arena, STR("who is 10.0.0.1"), &question);
    const QuestionEntity *address = question_entity(&question, ENTITY_ADDRESS);
    assert_non_null(address);
    assert_that(question_text_names(address, STR("neighbor 10.0.0.1 remote-as 1")));
    assert_that(question_text_names(address, STR("denied tcp 10.0.0.1(5060) -> 10.0.0.9")));
    assert_that(!question_text_names(address, STR("neighbor 10.0.0.11 remote-as 1")));
    assert_that(!question_text_names(address, STR("neighbor 110.0.0.1 remote-as 1")));
}

static void test_an_entry_of_an_access_list_covers_an_address(void **state)
{
    (void)state;
    Question question;
    auto_arena Arena *arena = arena_new();
    question_parse(arena, STR("is 192.0.2.70 denied?"), &question);
    const QuestionEntity *address = question_entity(&question, ENTITY_ADDRESS);
    assert_non_null(address);
    assert_that(question_text_covers(address, STR(" 120 deny ip any 192.0.2.64 0.0.0.63 log")));
    assert_that(question_text_covers(address, STR(" permit ip any 192.0.2.0 255.255.255.0")));
    assert_that(question_text_covers(address, STR(" 10 permit 192.0.2.0/24")));
    assert_that(!question_text_covers(address, STR(" 120 deny ip any 192.0.2.0 0.0.0.63")));
    assert_that(!question_text_covers(address, STR(" permit ip any host 192.0.2.71")));
    assert_that(!question_text_covers(address, STR(" permit ip 0.0.0.0 255.255.255.255 any")));
    assert_that(!question_text_covers(address, STR(" network 192.0.2.0/24")));
}

static void test_an_area_is_named_by_number_or_as_an_address(void **state)
{
    (void)state;
    Question question;
    auto_arena Arena *arena = arena_new();
    question_parse(arena, STR("which routers are in area 20"), &question);
    const QuestionEntity *area = question_entity(&question, ENTITY_AREA);
    assert_non_null(area);
    assert_that(question_text_names(area, STR(" ip ospf 1 area 20")));
    assert_that(question_text_names(area, STR("set protocols ospf area 0.0.0.20 stub")));
    assert_that(!question_text_names(area, STR(" ip ospf 20 area 0")));
    assert_that(!question_text_names(area, STR(" area 0.0.20.0 stub")));
}

static void test_an_excerpt_of_prose_is_a_paragraph(void **state)
{
    (void)state;
    Excerpt best;
    Question question;
    auto_arena Arena *arena = arena_new();
    question_parse(arena, STR("who owns the runbook"), &question);
    Str text =
        STR("# Title\n\nVersion 2, owner of this\nrunbook: network operations,\nnoc@example.net."
            "\n\nAnother one.\n");
    ExcerptQuery query = {&question, text, 1, STR(""), 8, true};
    assert_int(question_find_excerpts(arena, &query, &best, 1), 1);
    assert_int(best.line_start, 3);
    assert_int(best.line_end, 5);
}

static void test_a_stanza_that_is_named_is_shown_with_what_it_says(void **state)
{
    (void)state;
    Excerpt best;
    Question question;
    auto_arena Arena *arena = arena_new();
    question_parse(arena, STR("what does the route-map ISP-A-IN do?"), &question);
    Str text =
        STR("neighbor 192.0.2.1 remote-as 1\nroute-map ISP-A-IN permit 10\n set metric 5\n!\n"
            "route-map OTHER permit 10\n set metric 6\n");
    ExcerptQuery query = {&question, text, 1, STR(""), 8, false};
    assert_int(question_find_excerpts(arena, &query, &best, 1), 1);
    assert_int(best.line_start, 2);
    assert_int(best.line_end, 3);
}

static void test_any_text_is_read_within_its_limits(void **state)
{
    (void)state;
    Question question;
    Excerpt found[4];
    auto_arena Arena *arena = arena_new();
    size_t size = (EXCERPT_MAX_LINES + 10) * 2;
    char *text = arena_alloc(arena, size);
    for (size_t i = 0; i < size; i++)
        text[i] = i % 2 ? '\n' : 'x';
    memcpy(text + size - 6, "vlan40", 6);
    question_parse(arena, STR("x vlan 40 \xFF \xC3"), &question);
    ExcerptQuery query = {&question, str_make(text, size), 1, STR(""), 1000};
    size_t count = question_find_excerpts(arena, &query, found, 4);
    for (size_t i = 0; i < count; i++) {
        assert_that(found[i].line_end <= EXCERPT_MAX_LINES);
        assert_that(found[i].line_end - found[i].line_start < EXCERPT_MAX_WINDOW);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_line_that_answers_is_in_the_best_excerpt),
        cmocka_unit_test(test_an_excerpt_is_the_text_of_its_lines),
        cmocka_unit_test(test_excerpts_do_not_overlap),
        cmocka_unit_test(test_a_text_without_any_word_of_the_question_gives_nothing),
        cmocka_unit_test(test_addresses_are_compared_by_value),
        cmocka_unit_test(test_an_address_is_not_found_inside_a_longer_one),
        cmocka_unit_test(test_an_entry_of_an_access_list_covers_an_address),
        cmocka_unit_test(test_an_area_is_named_by_number_or_as_an_address),
        cmocka_unit_test(test_an_excerpt_of_prose_is_a_paragraph),
        cmocka_unit_test(test_a_stanza_that_is_named_is_shown_with_what_it_says),
        cmocka_unit_test(test_any_text_is_read_within_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
