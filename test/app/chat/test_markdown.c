/* SPDX-License-Identifier: Apache-2.0 */
/* Markdown on a terminal: what is shown, and that it does not depend on how the text arrives. */
#include "app/chat/markdown.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { OUT_MAX_BYTES = 1 << 20 };

static const FlowOptions plain = {.columns = 40};
static const FlowOptions coloured = {.columns = 40, .has_colours = true};

/* Renders the text in parts of at most `part` bytes, the first of them of `first` bytes. */
static void render(const FlowOptions *options, Str text, size_t first, size_t part, StrBuf *out)
{
    auto_markdown Markdown *markdown = markdown_new(options);
    markdown_write(markdown, str_slice(text, 0, first), out);
    for (Str rest = str_from(text, first); !str_empty(rest); rest = str_from(rest, part))
        markdown_write(markdown, str_slice(rest, 0, part), out);
    markdown_end(markdown, out);
}

static void expect_from(const char *file, int line, const FlowOptions *options, const char *text,
                        const char *wanted)
{
    StrBuf out;
    strbuf_init(&out, OUT_MAX_BYTES);
    render(options, str_of(text), 0, SIZE_MAX, &out);
    assert_str_at(strbuf_str(&out), str_of(wanted), text, file, line);
    strbuf_done(&out);
}

#define expect(options, text, wanted) expect_from(__FILE__, __LINE__, options, text, wanted)

static void test_emphasis_and_code_become_styles(void **state)
{
    (void)state;
    expect(&plain, "a **b** *c* __d__ _e_ ~~f~~ `g` ***h***", "a b c d e f g h\n");
    expect(&coloured, "a **b** c", "a \033[0;1mb \033[0mc\n");
    expect(&coloured, "`x` [1]", "\033[0;36mx \033[0;33m[1]\033[0m\n");
    expect(&plain, "`` a`b ``", "a`b\n");
}

static void test_markers_without_a_counterpart_are_text(void **state)
{
    (void)state;
    expect(&plain, "*>i10.0.0.0 2 * 3 **x", "*>i10.0.0.0 2 * 3 **x\n");
    expect(&plain, "permit ip any any_host_name snake_case",
           "permit ip any any_host_name snake_case\n");
    expect(&plain, "a ` b", "a ` b\n");
    expect(&plain, "show [x and y", "show [x and y\n");
    expect(&plain, "\\*a\\* C:\\dir", "*a* C:\\dir\n");
    expect(&plain, "*a\n b*", "*a\n b*\n");
}

static void test_links_show_where_they_lead(void **state)
{
    (void)state;
    expect(&plain, "[RFC](http://x/1)", "RFC (http://x/1)\n");
    expect(&plain, "[http://x/1](http://x/1)", "http://x/1\n");
    expect(&plain, "![map](http://x/y)", "map (http://x/y)\n");
    expect(&plain, "wow![1] [a](b", "wow![1] [a](b\n");
}

static void test_blocks_are_laid_out(void **state)
{
    (void)state;
    expect(&plain, "# Why\n\n\n\nBecause\n", "# Why\n\nBecause\n");
    expect(&coloured, "## Why #1\n", "\033[0;1mWhy #1\033[0m\n");
    expect(&plain, "- a\n* b\n  + c\n3. d\n10) e\n", "• a\n• b\n  • c\n3. d\n10) e\n");
    expect(&plain, "> a\n> > b\n", "│ a\n│ │ b\n");
    expect(&plain, "#no\n-no\n1.no\n", "#no\n-no\n1.no\n");
    expect(&plain, "---\r\n", "────────────────────────────────────────\n");
    expect(&plain, "**a** b\n***\n", "a b\n────────────────────────────────────────\n");
    expect(&plain, "", "");
    expect(&plain, "\n\n", "");
}

static void test_fenced_code_is_shown_as_it_is(void **state)
{
    (void)state;
    expect(&plain, "```cisco\ninterface *Gi0/1*\n\n ip mtu `1500`\n```\nx\n",
           "cisco\n  interface *Gi0/1*\n\n   ip mtu `1500`\nx\n");
    expect(&plain, "~~~~\n~~~\n~~~~\n", "  ~~~\n");
    expect(&plain, "```\nno end", "  no end\n");
    expect(&plain, "```text\nx\n```", "  x\n");
    expect(&plain, "```one line```", "one line\n");
}

static void test_lines_are_broken_at_words_under_their_list_item(void **state)
{
    (void)state;
    expect(&plain, "- The neighbour lis-core1 is missing because the MTU differs\n",
           "• The neighbour lis-core1 is missing\n  because the MTU differs\n");
    expect(&plain, "http://example.net/a-very-long-address-that-does-not-fit/anywhere x\n",
           "http://example.net/a-very-long-address-that-does-not-fit/anywhere\nx\n");
}

static void test_tables_are_aligned_or_told_row_by_row(void **state)
{
    (void)state;
    expect(&plain, "| a | **bb** |\n|---|:-:|\n| ccc | d\\|e |\nend\n",
           "a   │ bb\n────┼────\nccc │ d|e\nend\n");
    expect(&plain, "| a | long |\n|---|---|\n| 1 | this is much too long for one row of it |\n",
           "• a: 1\n  long: this is much too long for one\n    row of it\n");
    expect(&plain, "| no table |\n", "| no table |\n");
    expect(&plain, "| a |\nb\n", "| a |\nb\n");
}

static void test_control_characters_become_dots(void **state)
{
    (void)state;
    expect(&plain, "a\033[31mb\a", "a·[31mb·\n");
    expect(&plain, "`\033]0;x\a`", "·]0;x·\n");
    expect(&plain, "```\n\033[2J\r\nx\ry\n```\n", "  ·[2J\n  x·y\n");
    expect(&plain, "a\302\233b \342\200\256c", "a·b ·c\n");
    expect(&plain, "bad \377 \303", "bad \357\277\275 \357\277\275\n");
    expect(&plain, "[a](http://x/\033[1m)", "a (http://x/·[1m)\n");
    expect(&plain, "| \033 |\n|---|\n", "·\n─\n");
}

static const char everything[] =
    "# Title\r\n\r\nThe **MTU** of `Gi0/1` *differs* [1], see [RFC 2328](http://x/y) \303\251\n"
    "- one\n  * two __b__\n10. ten\n> q ~~s~~\n\n---\n- - -\n***\n"
    "```ios\n interface x\t1\n``` \n```\n"
    "| a | b |\n|:--|--:|\n| \344\270\255 | `y` |\n"
    "unclosed **b and `c and [d\n![i](u) \\* _x_y ***z*** !\n\ttab \033[0m\r\r end *";

static void test_the_result_does_not_depend_on_the_split(void **state)
{
    (void)state;
    StrBuf whole;
    StrBuf parts;
    Str text = str_of(everything);
    strbuf_init(&whole, OUT_MAX_BYTES);
    strbuf_init(&parts, OUT_MAX_BYTES);
    render(&coloured, text, 0, SIZE_MAX, &whole);
    for (size_t first = 0; first <= text.size; first++) {
        strbuf_clear(&parts);
        render(&coloured, text, first, SIZE_MAX, &parts);
        assert_str(strbuf_str(&parts), strbuf_str(&whole));
    }
    for (size_t part = 1; part < 40; part++) {
        strbuf_clear(&parts);
        render(&coloured, text, 0, part, &parts);
        assert_str(strbuf_str(&parts), strbuf_str(&whole));
    }
    strbuf_done(&whole);
    strbuf_done(&parts);
}

static void test_every_truncation_ends_without_a_control_character(void **state)
{
    (void)state;
    StrBuf out;
    Str text = str_of(everything);
    strbuf_init(&out, OUT_MAX_BYTES);
    for (size_t size = 0; size <= text.size; size++) {
        strbuf_clear(&out);
        render(&plain, str_slice(text, 0, size), 0, 3, &out);
        assert_that(!out.overflowed);
        assert_that(str_is_utf8(strbuf_str(&out)));
        assert_int(str_find_byte(strbuf_str(&out), '\033'), STR_NOT_FOUND);
        assert_that(out.size == 0 || out.data[out.size - 1] == '\n');
    }
    strbuf_done(&out);
}

/* Lines at the limits of what is held back: a span, a line whose kind is open, a line of code. */
static void test_long_lines_do_not_depend_on_the_split_either(void **state)
{
    (void)state;
    static const char *const heads[] = {"**", "`", "[", "| ", "---", "```\n", "text ", "*a _b "};
    static const size_t sizes[] = {998, 999, 1000, 1001, 1010, 4095, 4096, 4097, 4100, 9000};
    static const size_t parts[] = {1, 7, 700, 1024, 4096};
    StrBuf text;
    StrBuf first;
    StrBuf other;
    strbuf_init(&text, OUT_MAX_BYTES);
    strbuf_init(&first, OUT_MAX_BYTES);
    strbuf_init(&other, OUT_MAX_BYTES);
    for (size_t i = 0; i < COUNT_OF(heads) * COUNT_OF(sizes); i++) {
        strbuf_clear(&text);
        strbuf_clear(&first);
        strbuf_append(&text, str_of(heads[i / COUNT_OF(sizes)]));
        for (size_t j = 0; j < sizes[i % COUNT_OF(sizes)]; j++)
            strbuf_append(&text, i / COUNT_OF(sizes) == 4 ? STR("-") : STR("\303\251"));
        strbuf_append(&text, STR("**`](u)\nend\n"));
        render(&plain, strbuf_str(&text), 0, SIZE_MAX, &first);
        for (size_t j = 0; j < COUNT_OF(parts); j++) {
            strbuf_clear(&other);
            render(&plain, strbuf_str(&text), 0, parts[j], &other);
            assert_str(strbuf_str(&other), strbuf_str(&first));
        }
        assert_int(str_find(strbuf_str(&first), STR("\357\277\275")), STR_NOT_FOUND);
    }
    strbuf_done(&text);
    strbuf_done(&first);
    strbuf_done(&other);
}

static void test_hostile_nesting_is_shown_as_text(void **state)
{
    (void)state;
    StrBuf text;
    StrBuf out;
    strbuf_init(&text, OUT_MAX_BYTES);
    strbuf_init(&out, OUT_MAX_BYTES);
    for (int i = 0; i < 300; i++)
        strbuf_append(&text, i % 2 ? STR("*a ") : STR("**b "));
    for (int i = 300; i > 0; i--)
        strbuf_append(&text, i % 2 ? STR("c** ") : STR("d* "));
    for (int i = 0; i < 5000; i++)
        strbuf_append(&text, i % 3 ? STR("[") : STR(">"));
    render(&plain, strbuf_str(&text), 0, 100, &out);
    assert_that(!out.overflowed);
    assert_that(out.size > 5000);
    strbuf_done(&text);
    strbuf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_emphasis_and_code_become_styles),
        cmocka_unit_test(test_markers_without_a_counterpart_are_text),
        cmocka_unit_test(test_links_show_where_they_lead),
        cmocka_unit_test(test_blocks_are_laid_out),
        cmocka_unit_test(test_fenced_code_is_shown_as_it_is),
        cmocka_unit_test(test_lines_are_broken_at_words_under_their_list_item),
        cmocka_unit_test(test_tables_are_aligned_or_told_row_by_row),
        cmocka_unit_test(test_control_characters_become_dots),
        cmocka_unit_test(test_the_result_does_not_depend_on_the_split),
        cmocka_unit_test(test_every_truncation_ends_without_a_control_character),
        cmocka_unit_test(test_long_lines_do_not_depend_on_the_split_either),
        cmocka_unit_test(test_hostile_nesting_is_shown_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
