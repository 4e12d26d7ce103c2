/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/pdf_text.h"

#include "base/strbuf.h"
#include "engines/text/columns.h"
#include "engines/text/normalise.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_unfolded(const char *page, const char *expected)
{
    auto_arena Arena *arena = arena_new();
    assert_str(columns_unfold(arena, str_of(page)), expected);
}

static void test_two_columns_of_prose_are_read_one_after_the_other(void **state)
{
    (void)state;
    expect_unfolded("Annual report of the network group\n"
                    "\n"
                    "The border router peers with    The storage fabric in hall B\n"
                    "transit provider Alfa on the    uses jumbo frames of 9216 and\n"
                    "interface that is named first   priority flow control on the\n"
                    "\n"
                    "in the table. Keys are rotated  class that was given to it.\n"
                    "every ninety days by the NOC.\n"
                    "\n"
                    "A line that runs over the whole width of the page ends the block.\n",
                    "Annual report of the network group\n"
                    "\n"
                    "The border router peers with\n"
                    "transit provider Alfa on the\n"
                    "interface that is named first\n"
                    "\n"
                    "in the table. Keys are rotated\n"
                    "every ninety days by the NOC.\n"
                    "\n"
                    "The storage fabric in hall B\n"
                    "uses jumbo frames of 9216 and\n"
                    "priority flow control on the\n"
                    "\n"
                    "class that was given to it.\n"
                    "\n"
                    "A line that runs over the whole width of the page ends the block.\n");
}

static void test_three_columns_and_accents_keep_their_places(void **state)
{
    (void)state;
    expect_unfolded("O encaminhador da sede   Os comutadores do piso   As ligações a São João\n"
                    "liga ao operador pela    três têm duas fontes e   são de fibra e passam\n"
                    "interface que é a do     estão ligados aos dois   pela câmara que é da\n"
                    "primeiro módulo.         do núcleo da rede.       empresa vizinha.\n",
                    "O encaminhador da sede\n"
                    "liga ao operador pela\n"
                    "interface que é a do\n"
                    "primeiro módulo.\n"
                    "\n"
                    "Os comutadores do piso\n"
                    "três têm duas fontes e\n"
                    "estão ligados aos dois\n"
                    "do núcleo da rede.\n"
                    "\n"
                    "As ligações a São João\n"
                    "são de fibra e passam\n"
                    "pela câmara que é da\n"
                    "empresa vizinha.\n");
}

static void test_tables_keep_their_rows(void **state)
{
    (void)state;
    static const char *const tables[] = {
        "Interface              IP-Address      OK? Method Status                Protocol\n"
        "GigabitEthernet0/0     10.0.0.1        YES NVRAM  up                    up\n"
        "GigabitEthernet0/1     unassigned      YES NVRAM  administratively down down\n"
        "Loopback0              10.255.0.1      YES NVRAM  up                    up\n",
        "Device    Description\n"
        "lis-sw1   the switch of the first floor near the lift\n"
        "lis-sw2   the switch of the second floor near the lift\n"
        "lis-sw3   the switch of the third floor near the lift\n",
        /* Both cells have several words, but no cell goes on below. */
        "Router of the main site       Connects to the transit provider\n"
        "Switch of the first floor     Connects to the desks of sales\n"
        "Switch of the second floor    Connects to the meeting rooms\n"
        "Firewall of the main site     Connects to the outside world\n",
        "neighbor 10.0.0.1    remote-as 65001    description to the core\n"
        "neighbor 10.0.0.2    remote-as 65002    description to the edge\n"
        "neighbor 10.0.0.3    remote-as 65003    description to the lab\n",
    };
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        expect_unfolded(tables[i], tables[i]);
}

static void expect_normalised(const char *text, const char *expected)
{
    auto_arena Arena *arena = arena_new();
    assert_str(text_normalise(arena, str_of(text)), expected);
}

static void test_characters_are_brought_into_the_form_of_search(void **state)
{
    (void)state;
    expect_normalised("efﬁcient ﬁrewalls, oﬄoad\n", "efficient firewalls, offload\n");
    expect_normalised("ma\xCC\x83o a\xCC\x83o c\xCC\xA7", "mão ão ç");
    expect_normalised("１０．０．０．１\xC2\xA0mask", "10.0.0.1 mask");
    expect_normalised("pro\xC2\xADto\xC2\xAD"
                      "col",
                      "protocol");
    expect_normalised("pro\xC2\xAD\ntocol", "pro-\ntocol");
    expect_normalised("a\xE2\x80\x8B"
                      "b\n\n",
                      "ab\n\n");
    expect_normalised("plain\n", "plain\n");
    expect_normalised("", "");
}

static void test_long_lines_are_normalised_whole(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    auto_strbuf StrBuf expected = {0};
    strbuf_init(&text, 1 << 20);
    strbuf_init(&expected, 1 << 20);
    for (int i = 0; i < 20000; i++) {
        strbuf_append(&text, STR("a\xCC\x83"));
        strbuf_append(&expected, STR("ã"));
        if (i % 7 == 0) {
            strbuf_append_byte(&text, ' ');
            strbuf_append_byte(&expected, ' ');
        }
    }
    assert_that(str_equal(text_normalise(arena, strbuf_str(&text)), strbuf_str(&expected)));
    /* What would grow eleven times is kept. */
    strbuf_clear(&text);
    for (int i = 0; i < 10000; i++)
        strbuf_append(&text, STR("\xEF\xB7\xBA"));
    assert_that(str_equal(text_normalise(arena, strbuf_str(&text)), strbuf_str(&text)));
}

static void test_words_cut_by_a_line_end_are_joined(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    PdfText pdf = pdf_text_read(arena, STR("routes into the inte-\n"
                                           "rior gateway proto-\n"
                                           "col. Filter with a route-\n"
                                           "  map named X -\n"
                                           "done, see RFC-\n"
                                           "2328 and the end-\n\f"));
    assert_str(pdf.text, "routes into the interior\n"
                         "gateway protocol.\n"
                         "Filter with a route-map\n"
                         "  named X -\n"
                         "done, see RFC-\n"
                         "2328 and the end-\n\f");
    assert_int(pdf.joined.count, 3);
    assert_int(pdf.joined.items[1].line, 2);
    assert_str(pdf.joined.items[1].word, "protocol.");
    assert_str(pdf.joined.items[1].other, "proto-col.");
    assert_str(pdf.joined.items[2].word, "route-map");
    assert_str(pdf.joined.items[2].other, "routemap");
}

static void test_heads_and_feet_stand_on_their_first_page_only(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    PdfText pdf =
        pdf_text_read(arena, STR("Design guide\n\none\n\nNetwork group   page 1 of 4\n\f"
                                 "Design guide\n\ntwo\n\nNetwork group   page 2 of 4\n\f"
                                 "Design guide\n\nthree\n\nNetwork group   page 3 of 4\n\f"
                                 "Annex\n\nfour\n\nNetwork group   page 4 of 4\n\f"));
    assert_str(pdf.text, "Design guide\n\none\n\nNetwork group   page 1 of 4\n\f"
                         "\n\ntwo\n\n\n\f"
                         "\n\nthree\n\n\n\f"
                         "Annex\n\nfour\n\n\n\f");
    /* Two pages that begin alike have no running head. */
    pdf = pdf_text_read(arena, STR("Title\n\none\n\fTitle\n\ntwo\n\f"));
    assert_str(pdf.text, "Title\n\none\n\fTitle\n\ntwo\n\f");
}

static void test_pages_without_text_are_named(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    PdfText pdf = pdf_text_read(arena, STR("one\n\f\f  \n\ffour\n\f"));
    assert_int(pdf.pages, 4);
    assert_int(pdf.empty_pages.count, 2);
    assert_int(pdf.empty_pages.items[0], 2);
    assert_int(pdf.empty_pages.items[1], 3);
    assert_int(pdf_text_read(arena, STR("")).pages, 0);
    assert_int(pdf_text_read(arena, STR("no form feed")).pages, 1);
}

/* Lines that look like columns everywhere must not take quadratic time or memory. */
static void test_hostile_pages_are_survived(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "a  b  c  d  e  f  g  h\n",     "x                y\n",    "  \n",
        "the words of  the words of\n", "\xE2\x80\x8B\xCC\x83-\n", "a-\n"};
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 8 << 20);
    for (size_t i = 0; i < 20000; i++)
        strbuf_append(&text, str_of(lines[i * i % 7 % COUNT_OF(lines)]));
    PdfText pdf = pdf_text_read(arena, strbuf_str(&text));
    assert_int(pdf.pages, 1);
    assert_that(str_is_utf8(pdf.text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_columns_of_prose_are_read_one_after_the_other),
        cmocka_unit_test(test_three_columns_and_accents_keep_their_places),
        cmocka_unit_test(test_tables_keep_their_rows),
        cmocka_unit_test(test_characters_are_brought_into_the_form_of_search),
        cmocka_unit_test(test_long_lines_are_normalised_whole),
        cmocka_unit_test(test_words_cut_by_a_line_end_are_joined),
        cmocka_unit_test(test_heads_and_feet_stand_on_their_first_page_only),
        cmocka_unit_test(test_pages_without_text_are_named),
        cmocka_unit_test(test_hostile_pages_are_survived),
    };
    return cmocka_run_group_tests_name("engines_text_pdf_text", tests, NULL, NULL);
}
