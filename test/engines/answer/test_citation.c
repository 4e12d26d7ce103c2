/* SPDX-License-Identifier: Apache-2.0 */
/* Citations in a model's text, split at every place, and quotations against lines. */
#include "engines/answer/citation.h"

#include "base/strbuf.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ID "0192f0c1-2b3c-7d4e-8f50-a1b2c3d4e5f6"

/* Writes a part: text as it is, others in braces. */
static void write_part(const CitationPart *part, StrBuf *out)
{
    const Citation *citation = &part->citation;
    char id[UUID_TEXT_SIZE];
    if (part->kind == CITATION_PART_TEXT) {
        strbuf_append(out, part->text);
    } else if (part->kind == CITATION_PART_MALFORMED) {
        strbuf_printf(out, "{malformed %.*s}", STR_ARGS(part->text));
    } else {
        assert_str(str_of(uuid_write(&citation->id, id)), STR(ID));
        strbuf_printf(out, "{%s %d-%d p%d '%.*s'}", citation->is_global ? "src" : "doc",
                      (int)citation->line_start, (int)citation->line_end, (int)citation->page,
                      STR_ARGS(citation->quote));
    }
}

/* Reads the text in pieces that end at `cut` and then every `step` bytes. */
static void read_pieces(Str text, size_t cut, size_t step, StrBuf *out)
{
    CitationReader reader = {0};
    CitationPart part;
    strbuf_clear(out);
    while (text.size > 0) {
        Str piece = str_slice(text, 0, cut);
        text = str_from(text, piece.size);
        cut = step;
        while (citation_reader_take(&reader, &piece, &part))
            write_part(&part, out);
        assert_int(piece.size, 0);
    }
    while (citation_reader_end(&reader, &part))
        write_part(&part, out);
    assert_that(!citation_reader_end(&reader, &part));
}

static void expect_read(const char *text, const char *wanted)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 1 << 20);
    size_t size = strlen(text);
    for (size_t cut = 0; cut <= size; cut++) {
        read_pieces(str_of(text), MAX_OF(cut, (size_t)1), MAX_OF(size, (size_t)1), &out);
        assert_str(strbuf_str(&out), wanted);
    }
    read_pieces(str_of(text), 1, 1, &out);
    assert_str(strbuf_str(&out), wanted);
}

static void test_every_form_is_read_at_every_split(void **state)
{
    (void)state;
    expect_read("OSPF [[doc:" ID ":L12-L15]].", "OSPF {doc 12-15 p0 ''}.");
    expect_read("[[doc:" ID ":L12]]", "{doc 12-12 p0 ''}");
    expect_read("[[doc:" ID ":L12-15]]", "{doc 12-15 p0 ''}");
    expect_read("[[doc:" ID ":L12\xe2\x80\x93L15]]", "{doc 12-15 p0 ''}");
    expect_read("a[[doc:" ID ":p3]]b", "a{doc 0-0 p3 ''}b");
    expect_read("[[src:" ID ":L1-L9]][[src:" ID ":p1]]", "{src 1-9 p0 ''}{src 0-0 p1 ''}");
    expect_read("[[doc:" ID ":L1| area\n0 ]]", "{doc 1-1 p0 'area\n0'}");
    expect_read("[[doc:" ID ":L1|a|b]]", "{doc 1-1 p0 'a|b'}");
}

static void test_malformed_citations_are_told_from_text(void **state)
{
    (void)state;
    expect_read("[[doc:" ID ":L0]]", "{malformed [[doc:" ID ":L0]]}");
    expect_read("[[doc:" ID ":L5-L4]]", "{malformed [[doc:" ID ":L5-L4]]}");
    expect_read("[[doc:" ID ":L1000000001]]", "{malformed [[doc:" ID ":L1000000001]]}");
    expect_read("[[doc:" ID ":L99999999999999999999]]",
                "{malformed [[doc:" ID ":L99999999999999999999]]}");
    expect_read("[[doc:" ID ":L1 ]]", "{malformed [[doc:" ID ":L1 ]]}");
    expect_read("[[doc:" ID ":p]]", "{malformed [[doc:" ID ":p]]}");
    expect_read("[[doc:" ID ":p3-p4]]", "{malformed [[doc:" ID ":p3-p4]]}");
    expect_read("[[doc:" ID "]]", "{malformed [[doc:" ID "]]}");
    expect_read("[[doc:core1:L1]]", "{malformed [[doc:core1:L1]]}");
    expect_read("[[src:]]", "{malformed [[src:]]}");
    expect_read("[[doc:" ID ":L1000000000]]", "{doc 1000000000-1000000000 p0 ''}");
}

static void test_other_brackets_are_text(void **state)
{
    (void)state;
    expect_read("", "");
    expect_read("[", "[");
    expect_read("[[", "[[");
    expect_read("[[doc", "[[doc");
    expect_read("[[doc:", "[[doc:");
    expect_read("[[document:L1]] [1] [[x]] [[DOC:" ID ":L1]]",
                "[[document:L1]] [1] [[x]] [[DOC:" ID ":L1]]");
    expect_read("[[[doc:" ID ":L1]]]", "[{doc 1-1 p0 ''}]");
    expect_read("[[doc:no [[doc:" ID ":L2]]", "[[doc:no {doc 2-2 p0 ''}");
    expect_read("[[d[[s[[doc:" ID ":L2]] [[doc:" ID ":L", "[[d[[s{doc 2-2 p0 ''} [[doc:" ID ":L");
}

static void test_a_citation_may_have_exactly_the_longest_size(void **state)
{
    (void)state;
    for (int difference = -1; difference <= 1; difference++) {
        auto_strbuf StrBuf text = {0};
        auto_strbuf StrBuf out = {0};
        strbuf_init(&text, 1 << 20);
        strbuf_init(&out, 1 << 20);
        strbuf_printf(&text, "[[doc:" ID ":L1|");
        while ((int)text.size < CITATION_MAX_BYTES + difference - 2)
            strbuf_append_byte(&text, 'x');
        strbuf_append(&text, STR("]]"));
        read_pieces(strbuf_str(&text), 7, 3, &out);
        bool fits = difference <= 0;
        assert_int(str_starts_with(strbuf_str(&out), STR("{doc 1-1")), fits);
        assert_int(out.size == text.size, !fits);
    }
}

static void test_hostile_text_passes_unchanged(void **state)
{
    (void)state;
    static const char *units[] = {"x", "[", "[[", "[[doc:", "[[doc:\n", "]]", "[[src:a|", "\xff["};
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        auto_strbuf StrBuf text = {0};
        auto_strbuf StrBuf out = {0};
        strbuf_init(&text, 2 << 20);
        strbuf_init(&out, 2 << 20);
        while (text.size < 1 << 20)
            strbuf_append(&text, str_of(units[i]));
        strbuf_append_byte(&text, '\0');
        read_pieces(strbuf_str(&text), 1, 1 + i * 977, &out);
        assert_that(str_equal(strbuf_str(&text), strbuf_str(&out)));
    }
}

static void test_at_most_one_citation_is_held_back(void **state)
{
    (void)state;
    CitationReader reader = {0};
    CitationPart part;
    size_t given = 0;
    for (size_t taken = 1; taken <= 5000; taken++) {
        Str byte = taken <= 6 ? str_slice(STR("[[doc:"), taken - 1, 1) : STR("y");
        while (citation_reader_take(&reader, &byte, &part))
            given += part.text.size;
        assert_that(taken - given <= CITATION_MAX_BYTES);
    }
    assert_that(given >= 5000 - CITATION_MAX_BYTES);
}

static void test_a_quotation_stands_whatever_its_white_space(void **state)
{
    (void)state;
    Str lines = STR("interface Gi0/0\r\n ip address 10.1.1.1  255.255.255.0\n\tno shutdown\n");
    assert_that(citation_quote_stands(STR("ip address 10.1.1.1 255.255.255.0"), lines));
    assert_that(citation_quote_stands(STR(" 255.255.255.0\n\n no   shutdown "), lines));
    assert_that(citation_quote_stands(STR("interface Gi0/0 ip address"), lines));
    assert_that(citation_quote_stands(STR("shutdown"), lines));
    assert_that(citation_quote_stands(STR(" \n"), lines));
    assert_that(citation_quote_stands(STR(""), STR("")));
}

static void test_a_quotation_that_differs_does_not_stand(void **state)
{
    (void)state;
    Str lines = STR("ip address 10.1.1.10 255.255.255.0\nno shutdown\n");
    assert_that(!citation_quote_stands(STR("ip address 10.1.1.1"), lines));
    assert_that(!citation_quote_stands(STR("0.1.1.10"), lines));
    assert_that(!citation_quote_stands(STR("IP address"), lines));
    assert_that(!citation_quote_stands(STR("ipaddress"), lines));
    assert_that(!citation_quote_stands(STR("no shut"), lines));
    assert_that(!citation_quote_stands(STR("address, 10.1.1.10"), lines));
    assert_that(!citation_quote_stands(STR("x"), STR("")));
}

static void test_a_later_occurrence_of_a_quotation_counts(void **state)
{
    (void)state;
    assert_that(citation_quote_stands(STR("aab"), STR("aaab aab")));
    assert_that(citation_quote_stands(STR("a a b"), STR("a a a b")));
    assert_that(citation_quote_stands(STR("1.1"), STR("11.1 1.11 21.1 1.1")));
    assert_that(!citation_quote_stands(STR("1.1"), STR("11.1 1.11 21.1 1.12")));
}

static void test_a_quotation_has_a_longest_size(void **state)
{
    (void)state;
    char bytes[CITATION_MAX_BYTES + 1];
    memset(bytes, 'q', sizeof(bytes));
    assert_that(citation_quote_stands(str_make(bytes, CITATION_MAX_BYTES),
                                      str_make(bytes, CITATION_MAX_BYTES)));
    assert_that(
        !citation_quote_stands(str_make(bytes, sizeof(bytes)), str_make(bytes, sizeof(bytes))));
    /* The ring of recent bytes is read just before its oldest byte is replaced. */
    auto_strbuf StrBuf lines = {0};
    strbuf_init(&lines, 1 << 20);
    strbuf_append(&lines, STR("x y "));
    strbuf_append(&lines, str_make(bytes, CITATION_MAX_BYTES));
    assert_that(citation_quote_stands(str_make(bytes, CITATION_MAX_BYTES), strbuf_str(&lines)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_is_read_at_every_split),
        cmocka_unit_test(test_malformed_citations_are_told_from_text),
        cmocka_unit_test(test_other_brackets_are_text),
        cmocka_unit_test(test_a_citation_may_have_exactly_the_longest_size),
        cmocka_unit_test(test_hostile_text_passes_unchanged),
        cmocka_unit_test(test_at_most_one_citation_is_held_back),
        cmocka_unit_test(test_a_quotation_stands_whatever_its_white_space),
        cmocka_unit_test(test_a_quotation_that_differs_does_not_stand),
        cmocka_unit_test(test_a_later_occurrence_of_a_quotation_counts),
        cmocka_unit_test(test_a_quotation_has_a_longest_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
