/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/question/question.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct {
    const char *text;
    QuestionLanguage language;
} Spoken;

static void test_language_is_told_by_its_small_words(void **state)
{
    (void)state;
    static const Spoken rows[] = {
        {"why does lis-edge2 not see all its neighbours?", QUESTION_ENGLISH},
        {"porque é que o lis-edge2 não vê todos os vizinhos?", QUESTION_PORTUGUESE},
        {"Porque e que o lis-edge2 nao ve todos os vizinhos", QUESTION_PORTUGUESE},
        {"Quais VLANs passam no trunk do lis-acc1?", QUESTION_PORTUGUESE},
        {"o que significa EXSTART", QUESTION_PORTUGUESE},
        {"Qual é a MTU da Ethernet2?", QUESTION_PORTUGUESE},
        {"What is the MTU of Ethernet2?", QUESTION_ENGLISH},
        {"no mtu on lis-dist2", QUESTION_ENGLISH},
        {"MTU lis-dist2", QUESTION_ENGLISH},
        {"packet loss in http-loss-client.pcap", QUESTION_ENGLISH},
        {"há perda de pacotes em http-loss-client.pcap?", QUESTION_PORTUGUESE},
        {"10.0.0.1", QUESTION_ENGLISH},
        {"", QUESTION_ENGLISH},
    };
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Question question;
        question_parse(arena, str_of(rows[i].text), &question);
        if (question.language != rows[i].language)
            fail_msg("language of: %s", rows[i].text);
    }
}

typedef struct {
    const char *text;
    EntityKind kind;
    const char *entity;
    int64_t number;
} Named;

static void test_things_of_a_network_are_recognised_by_their_shape(void **state)
{
    (void)state;
    static const Named rows[] = {
        {"Why is lis-edge2 down?", ENTITY_NAME, "lis-edge2", 0},
        {"Who uses EDGE-IN.", ENTITY_NAME, "EDGE-IN", 0},
        {"circuit W-1180, please", ENTITY_NAME, "W-1180", 0},
        {"is (10.0.0.1) up?", ENTITY_ADDRESS, "10.0.0.1", 0},
        {"who is 2001:db8::?", ENTITY_ADDRESS, "2001:db8::", 0},
        {"who has 2001:db8:0:ff::1.", ENTITY_ADDRESS, "2001:db8:0:ff::1", 0},
        {"where is 10.0.1.12/30", ENTITY_PREFIX, "10.0.1.12/30", 0},
        {"where is 10.0.1.12/32", ENTITY_ADDRESS, "10.0.1.12/32", 0},
        {"MTU of Gi0/2?", ENTITY_INTERFACE, "Gi0/2", 0},
        {"MTU of Ethernet 2?", ENTITY_INTERFACE, "Ethernet 2", 0},
        {"state of ge-0/0/1.100", ENTITY_INTERFACE, "ge-0/0/1.100", 0},
        {"what is Port-Channel11 for", ENTITY_INTERFACE, "Port-Channel11", 0},
        {"loss in dns.pcap?", ENTITY_FILE, "dns.pcap", 0},
        {"what is %OSPF-5-ADJCHG", ENTITY_CODE, "OSPF-5-ADJCHG", 0},
        {"what is SPANTREE-2-BLOCK_BPDUGUARD?", ENTITY_CODE, "SPANTREE-2-BLOCK_BPDUGUARD", 0},
        {"guests in VLAN 40", ENTITY_VLAN, "40", 40},
        {"a VLAN40 existe?", ENTITY_VLAN, "40", 40},
        {"who is AS 64500", ENTITY_AS, "64500", 64500},
        {"who is AS64500?", ENTITY_AS, "64500", 64500},
        {"which routers are in area 20", ENTITY_AREA, "20", 20},
        {"is port 25 open", ENTITY_PORT, "25", 25},
        {"a porta 443 está aberta", ENTITY_PORT, "443", 443},
        {"show line 130", ENTITY_LINE, "130", 130},
        {"mostra as linhas 20 a 30", ENTITY_LINE, "20", 20},
        {"lines 20-30 of it", ENTITY_LINE, "20-30", 20},
        {"what is on page 3", ENTITY_PAGE, "3", 3},
        {"what happened at 10:41?", ENTITY_TIME, "10:41", 0},
        {"o que aconteceu às 10h41?", ENTITY_TIME, "10h41", 0},
        {"at 10:41:07", ENTITY_TIME, "10:41:07", 0},
    };
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Question question;
        question_parse(arena, str_of(rows[i].text), &question);
        const QuestionEntity *entity = question_entity(&question, rows[i].kind);
        if (!entity)
            fail_msg("nothing of the kind found: %s", rows[i].text);
        assert_str(entity->text, rows[i].entity);
        assert_int(entity->number, rows[i].number);
    }
}

static void test_ordinary_words_are_no_entities(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "why does the OSPF neighbour stay in EXSTART?",
        "What does spanning-tree do with a BPDU",
        "porque é que a sessão BGP cai",
        "is IPv6 enabled, and DHCP?",
        "10 or 20 of them",
        "e-mail does not arrive",
    };
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        Question question;
        question_parse(arena, str_of(texts[i]), &question);
        if (question.entity_count != 0)
            fail_msg("\"%.*s\" of: %s", STR_ARGS(question.entities[0].text), texts[i]);
    }
}

static void test_a_list_of_vlans_names_each_of_them(void **state)
{
    (void)state;
    Question question;
    auto_arena Arena *arena = arena_new();
    question_parse(arena, STR("Are VLANs 10, 20 and 30 on the trunk?"), &question);
    assert_int(question.entity_count, 3);
    assert_int(question.entities[0].number, 10);
    assert_int(question.entities[1].number, 20);
    assert_int(question.entities[2].number, 30);
}

static void test_a_range_of_lines_has_its_last_line(void **state)
{
    (void)state;
    Question question;
    auto_arena Arena *arena = arena_new();
    question_parse(arena, STR("lines 20 to 30 of lis-acc1.cfg"), &question);
    const QuestionEntity *lines = question_entity(&question, ENTITY_LINE);
    assert_non_null(lines);
    assert_int(lines->number, 20);
    assert_int(lines->last, 30);
}

typedef struct {
    const char *text;
    QuestionTopic topic;
    QuestionIntent intent;
} About;

static void test_topic_and_intent_are_told_in_both_languages(void **state)
{
    (void)state;
    static const About rows[] = {
        {"why does lis-edge2 not see all its neighbours?", TOPIC_NEIGHBOR, INTENT_WHY},
        {"porque é que o lis-edge2 não vê os vizinhos?", TOPIC_NEIGHBOR, INTENT_WHY},
        {"Por quê a sessão BGP caiu?", TOPIC_BGP, INTENT_WHY},
        {"what does packet loss mean", TOPIC_LOSS, INTENT_DEFINE},
        {"o que é perda de pacotes", TOPIC_LOSS, INTENT_DEFINE},
        {"Where is the access list applied?", TOPIC_ACL, INTENT_WHERE},
        {"Onde está a lista de acesso?", TOPIC_ACL, INTENT_WHERE},
        {"how do I configure a trunk", TOPIC_VLAN, INTENT_HOW},
        {"Como configuro um trunk", TOPIC_VLAN, INTENT_HOW},
        {"which NTP servers are used", TOPIC_NTP, INTENT_LIST},
        {"Quais os servidores de tempo?", TOPIC_NTP, INTENT_LIST},
        {"when did the mail stop", TOPIC_MAIL, INTENT_WHEN},
        {"quando parou o correio?", TOPIC_MAIL, INTENT_WHEN},
        {"what is wrong with spanning tree", TOPIC_STP, INTENT_PROBLEM},
        {"há algum problema no spanning tree?", TOPIC_STP, INTENT_PROBLEM},
        {"is smtp permitted", TOPIC_ACL, INTENT_ALLOWED},
        {"o smtp é bloqueado?", TOPIC_ACL, INTENT_ALLOWED},
    };
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Question question;
        question_parse(arena, str_of(rows[i].text), &question);
        if (!question_is_about(&question, rows[i].topic))
            fail_msg("topic of: %s", rows[i].text);
        if (!question_wants(&question, rows[i].intent))
            fail_msg("intent of: %s", rows[i].text);
    }
}

static void test_portuguese_is_searched_for_in_english_as_well(void **state)
{
    (void)state;
    Question question;
    auto_arena Arena *arena = arena_new();
    question_parse(arena, STR("Há perda de pacotes no vizinho 10.0.0.1?"), &question);
    assert_that(str_find(question.search_text, STR("loss")) != STR_NOT_FOUND);
    assert_that(str_find(question.search_text, STR("neighbor")) != STR_NOT_FOUND);
    assert_that(str_find(question.search_text, STR("10.0.0.1")) != STR_NOT_FOUND);
}

static void test_a_name_counts_as_a_whole_word_only(void **state)
{
    (void)state;
    Question question;
    auto_arena Arena *arena = arena_new();
    question_parse(arena, STR("does pe1 reach PE2.example.net, or r-core?"), &question);
    assert_that(question_names(&question, STR("pe1")));
    assert_that(question_names(&question, STR("PE2")));
    assert_that(!question_names(&question, STR("pe")));
    assert_that(!question_names(&question, STR("core")));
    assert_that(!question_names(&question, STR("")));
}

static void test_a_question_is_never_larger_than_its_limits(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    char *text = arena_alloc(arena, QUESTION_MAX_BYTES * 2);
    static const char *const parts[] = {"core1a ", "vlan 7 ", "\xC3\xA9", "10.0.0.1/24,",
                                        "%",       "\xFF",    "a",        "ospf "};
    for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++) {
        size_t length = strlen(parts[part]);
        for (size_t i = 0; i < QUESTION_MAX_BYTES * 2; i++)
            text[i] = parts[part][i % length];
        for (size_t size = QUESTION_MAX_BYTES - 1; size <= QUESTION_MAX_BYTES + 1; size++) {
            Question question;
            question_parse(arena, str_make(text, size), &question);
            assert_that(question.entity_count <= QUESTION_MAX_ENTITIES);
            assert_that(question.term_count <= QUESTION_MAX_TERMS);
            assert_that(question.search_text.size <= QUESTION_MAX_SEARCH_BYTES);
        }
    }
}

static void test_a_question_cut_at_any_byte_is_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str text =
        STR("Porque é que a VLAN 40 não chega ao “lis-acc1” (Gi1/0/30, linhas 20-30) às 10h41?");
    for (size_t size = 0; size <= text.size; size++) {
        Question question;
        question_parse(arena, str_slice(text, 0, size), &question);
        assert_that(question.entity_count <= 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_language_is_told_by_its_small_words),
        cmocka_unit_test(test_things_of_a_network_are_recognised_by_their_shape),
        cmocka_unit_test(test_ordinary_words_are_no_entities),
        cmocka_unit_test(test_a_list_of_vlans_names_each_of_them),
        cmocka_unit_test(test_a_range_of_lines_has_its_last_line),
        cmocka_unit_test(test_topic_and_intent_are_told_in_both_languages),
        cmocka_unit_test(test_portuguese_is_searched_for_in_english_as_well),
        cmocka_unit_test(test_a_name_counts_as_a_whole_word_only),
        cmocka_unit_test(test_a_question_is_never_larger_than_its_limits),
        cmocka_unit_test(test_a_question_cut_at_any_byte_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
