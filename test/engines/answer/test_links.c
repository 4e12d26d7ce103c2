/* SPDX-License-Identifier: Apache-2.0 */
/* URLs, images and HTML of an answer, split at every place, with and without the URL in the
 * sources. */
#include "engines/answer/links.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const Str sources =
    STR_INIT("See https://docs.example.net/ospf?area=0 (and http://a.example/x_(y)), or\n"
             "www.example.org/guide. [rfc](https://www.rfc-editor.org/rfc/rfc2328#section-9)\n");

static void filter_pieces(const LinkSet *set, Str text, size_t cut, size_t step, StrBuf *out)
{
    auto_link_filter LinkFilter filter = {0};
    link_filter_init(&filter, set);
    strbuf_clear(out);
    while (text.size > 0) {
        Str piece = str_slice(text, 0, cut);
        text = str_from(text, piece.size);
        cut = step;
        link_filter_take(&filter, piece, out);
    }
    link_filter_end(&filter, out);
}

static void expect_text(const char *text, const char *wanted)
{
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf out = {0};
    LinkSet *set = link_set_new(arena);
    size_t size = MAX_OF(strlen(text), (size_t)1);
    strbuf_init(&out, 1 << 20);
    link_set_add_text(set, sources);
    for (size_t cut = 1; cut <= size; cut++) {
        filter_pieces(set, str_of(text), cut, size, &out);
        assert_str(strbuf_str(&out), wanted);
    }
    filter_pieces(set, str_of(text), 1, 1, &out);
    assert_str(strbuf_str(&out), wanted);
}

static void expect_kept(const char *text)
{
    expect_text(text, text);
}

static void test_urls_of_the_sources_stay(void **state)
{
    (void)state;
    expect_kept("https://docs.example.net/ospf?area=0");
    expect_kept("Read HTTPS://Docs.Example.net/ospf?area=0#top, please.");
    expect_kept("<https://docs.example.net/ospf?area=0>");
    expect_kept("[guide](https://docs.example.net/ospf?area=0)");
    expect_kept("[guide]( <https://docs.example.net/ospf?area=0> \"title\")");
    expect_kept("[1]: https://docs.example.net/ospf?area=0\n");
    expect_kept("(http://a.example/x_(y))");
    expect_kept("[guide](www.example.org/guide), www.example.org/guide.");
    expect_kept("**https://www.rfc-editor.org/rfc/rfc2328**");
}

static void test_other_urls_become_text(void **state)
{
    (void)state;
    expect_text("https://evil.example/", "https[:]//evil.example/");
    expect_text("see https://docs.example.net/ospf?area=1.",
                "see https[:]//docs.example.net/ospf?area=1.");
    expect_text("https://docs.example.net/ospf?area=0&d=secret",
                "https[:]//docs.example.net/ospf?area=0&d=secret");
    expect_text("https://DOCS.example.net/OSPF?area=0", "https[:]//DOCS.example.net/OSPF?area=0");
    expect_text("ftp://x custom+a://y", "ftp[:]//x custom+a[:]//y");
    expect_text("https://evil/?u=https://docs.example.net/ospf?area=0",
                "https[:]//evil/?u=https[:]//docs.example.net/ospf?area=0");
    expect_text("https://evil/www.x https://docs.example.net/ospf?area=0",
                "https[:]//evil/www[.]x https://docs.example.net/ospf?area=0");
    expect_text("www.evil.example", "www[.]evil.example");
    expect_text("https://www.evil.example", "https[:]//www[.]evil.example");
}

static void test_links_and_images_become_text(void **state)
{
    (void)state;
    expect_text("[x](https://evil/a)", "[x] (https[:]//evil/a)");
    expect_text("![x](https://evil/a.png)", "! [x] (https[:]//evil/a.png)");
    expect_text("[![x](https://evil/a)](/b)", "[! [x] (https[:]//evil/a)] (/b)");
    expect_text("![x](/api/v1/auth/logout)", "! [x] (/api/v1/auth/logout)");
    expect_text("[x](\n//evil/a 'title')", "[x] (\n//evil/a 'title')");
    expect_text("[x](<https://evil/a b>)", "[x] (< https[:]//evil/a b>)");
    expect_text("[x](&#104;ttps://evil)", "[x] (&#104;ttps[:]//evil)");
    expect_text("[x](<https://docs.example.net/ospf?area=0",
                "[x] (< https://docs.example.net/ospf?area=0");
    expect_text("[a://](http://a.example/x_(y))", "[a[:]//](http://a.example/x_(y))");
    expect_text("[x]()", "[x] ()");
    expect_text("[x](", "[x] (");
}

static void test_images_are_never_loaded(void **state)
{
    (void)state;
    expect_text("![x](https://docs.example.net/ospf?area=0)",
                "! [x](https://docs.example.net/ospf?area=0)");
    expect_text("[![x][1]](/b)\n\n[1]: https://docs.example.net/ospf?area=0\n",
                "[! [x][1]] (/b)\n\n[1]: https://docs.example.net/ospf?area=0\n");
    expect_text("wow!![x]", "wow!! [x]");
    expect_kept("wow! [x] a != b !");
}

static void test_reference_definitions_become_text(void **state)
{
    (void)state;
    expect_text("[x]: https://evil/a\n", "[x] : https[:]//evil/a\n");
    expect_text("a\n > 1. [x\ny]:\n /a\n", "a\n > 1. [x\ny] :\n /a\n");
    expect_text("[a\\]b]: /a", "[a\\]b] : /a");
    expect_text("[a\\\\]: /a", "[a\\\\] : /a");
    expect_text("[^1]: /a", "[^1] : /a");
    expect_kept("listens on [2001:db8::1]: fine");
    expect_kept("[2001:db8::1]:443 and - [ ] task [x] and a[1]: b");
}

static void test_html_becomes_text(void **state)
{
    (void)state;
    expect_text("<img src=x>", "< img src=x>");
    expect_text("<IMG/SRC=x>", "< IMG/SRC=x>");
    expect_text("<a\nhref='https://evil/'>x</a>", "< a\nhref='https[:]//evil/'>x</a>");
    expect_text("<script>alert(1)</script>", "< script>alert(1)</script>");
    expect_text("<x-y onclick=z>", "< x-y onclick=z>");
    expect_text("<https://evil/>", "< https[:]//evil/>");
    expect_text("<javascript:alert(1)>", "< javascript: alert(1)>");
    expect_text("<user@evil.example>", "< user@evil.example>");
    expect_text("<img", "< img");
    expect_kept("<redacted> <b>x</b> <br> a < b <3 <!-- x --> vector<int> 1<<2");
}

static void test_script_and_data_schemes_become_text(void **state)
{
    (void)state;
    expect_text("JavaScript:alert(1)", "JavaScript: alert(1)");
    expect_text("data:text/html;base64,AA==", "data: text/html;base64,AA==");
    expect_text("vbscript:x mailto:a@b.example", "vbscript: x mailto: a@b.example");
    expect_text("[x](javascript:alert(1))", "[x] (javascript: alert(1))");
    expect_text("javascript:(x) www.(x)", "javascript: (x) www.(x)");
    expect_kept("the data: a, metadata:x \"data\":1 key:value 12:30 ::1 fe80::1");
}

static void test_the_longest_url_is_known_and_a_longer_one_is_not(void **state)
{
    (void)state;
    for (int difference = -1; difference <= 1; difference++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf url = {0};
        auto_strbuf StrBuf out = {0};
        LinkSet *set = link_set_new(arena);
        strbuf_init(&url, 1 << 20);
        strbuf_init(&out, 1 << 20);
        strbuf_append(&url, STR("https://x/"));
        while ((int)url.size < LINK_MAX_BYTES + difference)
            strbuf_append_byte(&url, 'y');
        link_set_add_text(set, strbuf_str(&url));
        filter_pieces(set, strbuf_str(&url), 100, 33, &out);
        assert_int(out.size == url.size, difference <= 0);
        filter_pieces(set, arena_printf(arena, "[a](%.*s)", STR_ARGS(strbuf_str(&url))), 100, 33,
                      &out);
        assert_int(str_starts_with(strbuf_str(&out), STR("[a](")), difference < -1);
    }
}

static void test_a_set_holds_a_limited_number_of_urls(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LinkSet *set = link_set_new(arena);
    for (int i = 0; i <= LINK_SET_MAX; i++) {
        link_set_add_text(set, arena_printf(arena, "http://h/%d", i));
        link_set_add_text(set, arena_printf(arena, "http://h/%d", i));
    }
    assert_that(link_set_has(set, arena_printf(arena, "http://h/%d", LINK_SET_MAX - 1)));
    assert_that(!link_set_has(set, arena_printf(arena, "http://h/%d", LINK_SET_MAX)));
    assert_that(!link_set_has(set, STR("")));
    assert_that(!link_set_has(set, STR("#x")));
}

static void test_hostile_text_gives_the_same_at_every_split(void **state)
{
    (void)state;
    static const char *units[] = {"x",     "](",  "](<", "<a:", "a://",   "a://\"", "www.",
                                  "\xff:", "[x]", "((",  "<a ", "data:,", "]:[",    "\n[x]:"};
    auto_arena Arena *arena = arena_new();
    LinkSet *set = link_set_new(arena);
    link_set_add_text(set, sources);
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        auto_strbuf StrBuf text = {0};
        auto_strbuf StrBuf whole = {0};
        auto_strbuf StrBuf pieces = {0};
        strbuf_init(&text, 2 << 20);
        strbuf_init(&whole, 8 << 20);
        strbuf_init(&pieces, 8 << 20);
        while (text.size < 1 << 20)
            strbuf_append(&text, str_of(units[i]));
        strbuf_append_byte(&text, '\0');
        filter_pieces(set, strbuf_str(&text), text.size, text.size, &whole);
        filter_pieces(set, strbuf_str(&text), 1, 1777, &pieces);
        assert_that(str_equal(strbuf_str(&whole), strbuf_str(&pieces)));
        assert_that(!whole.overflowed && whole.size >= text.size);
    }
}

static void test_what_was_made_inert_is_counted_and_stays_inert(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf out = {0};
    auto_strbuf StrBuf again = {0};
    auto_link_filter LinkFilter filter = {0};
    LinkSet *set = link_set_new(arena);
    strbuf_init(&out, 4096);
    strbuf_init(&again, 4096);
    link_filter_init(&filter, set);
    link_filter_take(&filter, STR("![a](http://b) <img src=c> text"), &out);
    link_filter_end(&filter, &out);
    assert_int(filter.denied, 4);
    filter_pieces(set, strbuf_str(&out), 4096, 4096, &again);
    assert_str(strbuf_str(&again), strbuf_str(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls_of_the_sources_stay),
        cmocka_unit_test(test_other_urls_become_text),
        cmocka_unit_test(test_links_and_images_become_text),
        cmocka_unit_test(test_images_are_never_loaded),
        cmocka_unit_test(test_reference_definitions_become_text),
        cmocka_unit_test(test_html_becomes_text),
        cmocka_unit_test(test_script_and_data_schemes_become_text),
        cmocka_unit_test(test_the_longest_url_is_known_and_a_longer_one_is_not),
        cmocka_unit_test(test_a_set_holds_a_limited_number_of_urls),
        cmocka_unit_test(test_hostile_text_gives_the_same_at_every_split),
        cmocka_unit_test(test_what_was_made_inert_is_counted_and_stays_inert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
