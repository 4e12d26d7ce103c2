/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/chunk.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "engines/embed/model_files.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static TextChunkVec chunks_of(Arena *arena, TextKind kind, Str text)
{
    Error error = {0};
    TextChunkVec chunks = {0};
    ChunkOptions options = chunk_options(kind, STR("doc"));
    if (!chunk_text(arena, text, &options, &chunks, &error))
        fail_msg("%s", error.message);
    return chunks;
}

static uint32_t count_lines(Str text)
{
    uint32_t count = 0;
    for (Str rest = text, line; str_next_line(&rest, &line);)
        count++;
    return count;
}

/* A place in a text, and its line. */
typedef struct {
    const char *at;
    uint32_t line;
} Place;

static uint32_t line_at(Place *place, const char *wanted)
{
    while (place->at < wanted)
        place->line += *place->at++ == '\n';
    while (place->at > wanted)
        place->line -= *--place->at == '\n';
    return place->line;
}

/* What the header promises of every document. */
static void expect_covered(TextKind kind, Str text, const TextChunkVec *chunks)
{
    ChunkOptions options = chunk_options(kind, STR("doc"));
    uint32_t covered = 0;
    const char *end = text.data;
    Place place = {text.data, 1};
    for (size_t i = 0; i < chunks->count; i++) {
        const TextChunk *chunk = &chunks->items[i];
        bool goes_on = chunk->first_line == covered + 1 ||
                       (covered > 0 && chunk->first_line == covered) ||
                       (kind == TEXT_PLAIN && chunk->first_line <= covered);
        if (!goes_on || chunk->first_line < 1 || chunk->last_line < chunk->first_line)
            fail_msg("%s: chunk %zu has lines %u-%u after %u", text_kind_name(kind), i,
                     chunk->first_line, chunk->last_line, covered);
        covered = MAX_OF(covered, chunk->last_line);
        assert_true(chunk->text.size > 0 && chunk->text.size <= options.max_bytes);
        assert_true(chunk->text.data >= text.data &&
                    chunk->text.data + chunk->text.size <= text.data + text.size);
        assert_true(chunk_estimate_tokens(chunk->text) <= options.max_tokens);
        assert_int_equal(chunk->tokens, chunk_estimate_tokens(chunk->text));
        assert_int_equal(chunk->text_line, line_at(&place, chunk->text.data));
        for (const char *byte = end; byte < chunk->text.data; byte++)
            assert_non_null(strchr(" \t\r\n\v\f", *byte));
        end = MAX_OF(end, chunk->text.data + chunk->text.size);
    }
    for (const char *byte = end; byte < text.data + text.size; byte++)
        assert_non_null(strchr(" \t\r\n\v\f", *byte));
    if (chunks->count)
        assert_int_equal(covered, count_lines(text));
}

static void expect_sound(TextKind kind, Str text)
{
    auto_arena Arena *arena = arena_new();
    TextChunkVec chunks = chunks_of(arena, kind, text);
    expect_covered(kind, text, &chunks);
}

static void append_interface(StrBuf *out, unsigned number, unsigned lines)
{
    strbuf_printf(out, "interface GigabitEthernet0/%u\n", number);
    for (unsigned i = 0; i < lines; i++)
        strbuf_printf(out, " ip address 10.%u.%u.1 255.255.255.0 secondary\n", number, i);
    strbuf_printf(out, "!\n");
}

/* An interface block is never cut as long as it can be embedded whole. */
static void test_interface_blocks_stay_whole(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_printf(&text, "hostname core1\n!\n");
    for (unsigned i = 0; i < 60; i++)
        append_interface(&text, i, i % 9);
    strbuf_printf(&text, "end\n");
    TextChunkVec chunks = chunks_of(arena, TEXT_CONFIG, strbuf_str(&text));
    expect_covered(TEXT_CONFIG, strbuf_str(&text), &chunks);
    assert_true(chunks.count > 5 && chunks.count < 60);
    for (size_t i = 1; i < chunks.count; i++) {
        assert_true(str_starts_with(chunks.items[i].text, STR("interface ")));
        assert_true(str_starts_with(chunks.items[i].section, STR("interface ")));
    }
}

static void test_long_access_list_repeats_its_header(void **state)
{
    (void)state;
    enum { ENTRIES = 100000 };
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 16 << 20);
    strbuf_printf(&text, "hostname edge1\n!\nip access-list extended EDGE-IN\n");
    for (unsigned i = 0; i < ENTRIES; i++)
        strbuf_printf(&text, " permit tcp host 10.%u.%u.%u any eq 443\n", i >> 16, i >> 8 & 255,
                      i & 255);
    strbuf_printf(&text, "!\nline vty 0 4\n login local\n!\nend\n");
    TextChunkVec chunks = chunks_of(arena, TEXT_CONFIG, strbuf_str(&text));
    expect_covered(TEXT_CONFIG, strbuf_str(&text), &chunks);
    ChunkOptions options = chunk_options(TEXT_CONFIG, STR("edge1.cfg"));
    const TextChunk *middle = &chunks.items[chunks.count / 2];
    assert_str(middle->section, "ip access-list extended EDGE-IN");
    assert_true(str_starts_with(middle->text, STR(" permit tcp host 10.")));
    Str input = chunk_embedding_text(arena, middle, &options);
    assert_true(str_starts_with(input, STR("doc: ip access-list extended EDGE-IN\n permit")));
    const TextChunk *last = &chunks.items[chunks.count - 1];
    assert_true(str_starts_with(last->text, STR("line vty 0 4")));
}

static void test_banners_and_certificates(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str text = STR(
        "hostname r1\nbanner motd ^C\ninterface of\nvlan 7\n\nhi\n^C\ninterface Gi1\n shutdown\n");
    TextChunkVec chunks = chunks_of(arena, TEXT_CONFIG, text);
    assert_int_equal(chunks.count, 1);
    assert_str(chunks.items[0].section, "hostname r1 ... interface Gi1");
}

static void test_braces_give_paths(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_printf(&text, "interfaces {\n");
    for (unsigned i = 0; i < 40; i++)
        strbuf_printf(
            &text,
            "    ge-0/0/%u {\n        unit 0 {\n            family inet {\n                address "
            "10.0.%u.1/24;\n                address 10.1.%u.1/24;\n            }\n"
            "        }\n    }\n",
            i, i, i);
    strbuf_printf(&text, "}\nprotocols {\n    ospf {\n        area 0.0.0.0;\n    }\n}\n");
    TextChunkVec chunks = chunks_of(arena, TEXT_CONFIG, strbuf_str(&text));
    expect_covered(TEXT_CONFIG, strbuf_str(&text), &chunks);
    assert_true(chunks.count > 5);
    assert_true(str_starts_with(chunks.items[1].section, STR("interfaces")));
    for (size_t i = 1; i + 1 < chunks.count; i++)
        assert_true(str_starts_with(chunks.items[i].text, STR("    ge-0/0/")));
    assert_true(str_starts_with(chunks.items[chunks.count - 1].text, STR("protocols")));
}

static void test_markdown_sections_name_chunks(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_printf(&text, "# OSPF\n\n## Areas\n\nAn area is a set of routers.\n\n"
                         "```\n# not a heading\nrouter ospf 1\n```\n\n"
                         "Setext title\n------------\n\nText of it.\n\n## Neighbors ##\n\n");
    for (int i = 0; i < 30; i++)
        strbuf_printf(&text, "Paragraph %d says something about neighbors and their states.\n\n",
                      i);
    strbuf_printf(&text, "| a | b |\n|---|---|\n| 1 | 2 |\n");
    TextChunkVec chunks = chunks_of(arena, TEXT_MARKDOWN, strbuf_str(&text));
    expect_covered(TEXT_MARKDOWN, strbuf_str(&text), &chunks);
    assert_str(chunks.items[0].section, "OSPF > Areas");
    assert_true(str_starts_with(chunks.items[0].text, STR("# OSPF")));
    assert_str(chunks.items[1].section, "OSPF > Setext title");
    assert_str(chunks.items[2].section, "OSPF > Neighbors");
    const TextChunk *last = &chunks.items[chunks.count - 1];
    assert_true(str_ends_with(last->text, STR("| a | b |\n|---|---|\n| 1 | 2 |")));
    expect_sound(TEXT_MARKDOWN, STR("```\nnever closed\n"));
    expect_sound(TEXT_MARKDOWN, STR("#\n##\n###### six\n####### seven\n===\n"));
}

static void expect_front_matter(const char *text, size_t marked)
{
    auto_arena Arena *arena = arena_new();
    TextChunkVec chunks = chunks_of(arena, TEXT_MARKDOWN, str_of(text));
    expect_covered(TEXT_MARKDOWN, str_of(text), &chunks);
    for (size_t i = 0; i < chunks.count; i++)
        assert_int_equal(chunks.items[i].is_front_matter, i < marked);
}

static void test_front_matter_is_a_chunk_of_its_own(void **state)
{
    (void)state;
    expect_front_matter("---\ntitle: A\ntags:\n  - x\n- y\n\n# note\n---\n\n# Head\n\nText.\n", 1);
    expect_front_matter("---\r\ntitle: A\r\n...\r\nText.\r\n", 1);
    expect_front_matter("+++\ntitle = \"A\"\n+++\nText.\n", 1);
    expect_front_matter("---\ntitle: only\n---\n", 1);
    expect_front_matter("---\n\ntitle: A rule, and text\n\n---\nText.\n", 0);
    expect_front_matter("---\nA rule above prose.\n---\n", 0);
    expect_front_matter("---\nnever: closed\n", 0);
    expect_front_matter("# Head\n\n---\nlater: x\n---\n", 0);
    expect_front_matter("---\n---\nText.\n", 1);
    expect_front_matter("---\n", 0);
}

static void test_logs_are_cut_into_windows(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 1 << 20);
    for (int i = 0; i < 50; i++)
        strbuf_printf(&text,
                      "Feb 12 08:%02d:00 core1 Ospf: %%OSPF-5-ADJCHG: neighbor 10.0.0.%d down\n",
                      i % 60, i);
    strbuf_printf(&text, "Feb 12 12:00:00 core2 Link: %%LINK-3-UPDOWN: Ethernet1 down\n");
    TextChunkVec chunks = chunks_of(arena, TEXT_LOG, strbuf_str(&text));
    expect_covered(TEXT_LOG, strbuf_str(&text), &chunks);
    assert_true(str_starts_with(chunks.items[0].section, STR("core1 notice OSPF-5-ADJCHG x")));
    const TextChunk *last = &chunks.items[chunks.count - 1];
    assert_str(last->section, "core2 error LINK-3-UPDOWN Feb 12 12:00:00");
    assert_int_equal(last->first_line, 51);
}

static void test_pages_are_chunked_apart(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str text =
        STR("Runbook\n\nFirst page text.\n\fSecond Page Heading\n\nMore.\n\n\f\f\fSixth page.\n\f");
    TextChunkVec chunks = chunks_of(arena, TEXT_PDF, text);
    expect_covered(TEXT_PDF, text, &chunks);
    assert_int_equal(chunks.count, 3);
    assert_int_equal(chunks.items[0].page, 1);
    assert_str(chunks.items[0].section, "Runbook");
    assert_int_equal(chunks.items[1].page, 2);
    assert_str(chunks.items[1].section, "Second Page Heading");
    assert_str(chunks.items[2].text, "Sixth page.");
    assert_int_equal(chunks.items[2].page, 5);
}

static void test_numbered_titles_of_pages(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str text = STR(" 2. The network\n 2.1 Devices\n edge1   internet edge\n\n"
                   "1. Open the case\n2. Close the case\n\n 2.2 Links\n Two circuits.\n");
    TextChunkVec chunks = chunks_of(arena, TEXT_PDF, text);
    expect_covered(TEXT_PDF, text, &chunks);
    assert_int_equal(chunks.count, 2);
    assert_str(chunks.items[0].section, "2.1 Devices");
    assert_str(chunks.items[1].section, "2.2 Links");
}

static void test_show_outputs_are_chunked_apart(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str text = STR(
        "core1#show clock\n08:30:00.000 UTC\ncore1#show ip ospf neighbor\nNeighbor ID\n10.0.0.1\n");
    TextChunkVec chunks = chunks_of(arena, TEXT_SHOW, text);
    expect_covered(TEXT_SHOW, text, &chunks);
    assert_int_equal(chunks.count, 2);
    assert_str(chunks.items[1].section, "core1#show ip ospf neighbor");
    assert_int_equal(chunks.items[1].first_line, 3);
}

/* Writes the line several times, with a number for each '@'. */
static void put_lines(StrBuf *text, const char *line, int count)
{
    for (int i = 0; i < count; i++) {
        for (const char *at = line; *at; at++) {
            if (*at == '@')
                strbuf_printf(text, "%d", i + 10);
            else
                strbuf_append_byte(text, *at);
        }
    }
}

static void test_parts_of_an_interface_name_it(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 1 << 20);
    strbuf_append(&text, STR("core1#show interfaces\nGigabitEthernet0/7 is up\n"));
    put_lines(&text, "  @ packets input, @ bytes, @ no buffer\n", 40);
    strbuf_append(&text, STR("GigabitEthernet0/8 is down\n  MTU 1500 bytes\n"));
    TextChunkVec chunks = chunks_of(arena, TEXT_SHOW, strbuf_str(&text));
    expect_covered(TEXT_SHOW, strbuf_str(&text), &chunks);
    assert_true(chunks.count >= 4);
    for (size_t i = 1; i + 1 < chunks.count; i++)
        assert_str(chunks.items[i].section, "core1#show interfaces > GigabitEthernet0/7 is up");
    assert_str(chunks.items[chunks.count - 1].section,
               "core1#show interfaces > GigabitEthernet0/8 is down");
}

static void expect_heads(Arena *arena, TextKind kind, Str text, const char *section)
{
    TextChunkVec chunks = chunks_of(arena, kind, text);
    expect_covered(kind, text, &chunks);
    assert_true(chunks.count >= 3);
    for (size_t i = 1; i < chunks.count; i++)
        assert_str(chunks.items[i].section, section);
}

static void test_parts_of_a_table_name_its_columns(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 1 << 20);
    strbuf_append(&text, STR("core1#show ip bgp summary\nNeighbor    V    AS    Up/Down\n"));
    put_lines(&text, "10.0.0.@   4   650@   @w2d\n", 60);
    expect_heads(arena, TEXT_SHOW, strbuf_str(&text),
                 "core1#show ip bgp summary > Neighbor V AS Up/Down");
    strbuf_clear(&text);
    strbuf_append(&text, STR("Vlan    Mac Address       Ports\n----    -----------       -----\n"));
    put_lines(&text, " @    0011.2233.44@    Gi1/0/@\n", 60);
    expect_heads(arena, TEXT_PLAIN, strbuf_str(&text), "Vlan Mac Address Ports");
    strbuf_clear(&text);
    strbuf_append(&text, STR("# Racks\n\n| device | rack |\n|---|---|\n"));
    put_lines(&text, "| core@ | K@ of row @ |\n", 60);
    expect_heads(arena, TEXT_MARKDOWN, strbuf_str(&text), "Racks > | device | rack |");
}

static void test_plain_text_overlaps(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 1 << 20);
    for (int i = 0; i < 200; i++)
        strbuf_printf(&text, "line %d of one very long paragraph\n", i);
    TextChunkVec chunks = chunks_of(arena, TEXT_PLAIN, strbuf_str(&text));
    expect_covered(TEXT_PLAIN, strbuf_str(&text), &chunks);
    for (size_t i = 1; i < chunks.count; i++)
        assert_true(chunks.items[i].first_line <= chunks.items[i - 1].last_line);
}

static void test_degenerate_documents_are_chunked_soundly(void **state)
{
    (void)state;
    for (int kind = TEXT_CONFIG; kind <= TEXT_PDF; kind++) {
        auto_arena Arena *arena = arena_new();
        assert_int_equal(chunks_of(arena, (TextKind)kind, STR("")).count, 0);
        assert_int_equal(chunks_of(arena, (TextKind)kind, (Str){0}).count, 0);
        assert_int_equal(chunks_of(arena, (TextKind)kind, STR("\n \n\t\n\n")).count, 0);
        expect_sound((TextKind)kind, STR("\n\n\nx"));
        expect_sound((TextKind)kind, STR("x\n\n\n\n"));
        expect_sound((TextKind)kind, STR("{\n{\n{\n}\n"));
        char *large = mem_alloc(3 << 20, 1);
        memset(large, 'A', 3 << 20);
        expect_sound((TextKind)kind, str_make(large, 3 << 20));
        memset(large, ' ', 3 << 20);
        large[100] = 'x';
        expect_sound((TextKind)kind, str_make(large, 3 << 20));
        for (size_t i = 0; i < 1 << 20; i++)
            memcpy(large + 3 * i, i % 2 ? "\xE7\xBD\x91" : "a {", 3);
        expect_sound((TextKind)kind, str_make(large, 1 << 20));
        memset(large, '\n', 1 << 20);
        large[1 << 19] = 'x';
        expect_sound((TextKind)kind, str_make(large, 1 << 20));
        for (size_t i = 0; i < 1 << 19; i++)
            memcpy(large + 2 * i, "{\n", 2);
        expect_sound((TextKind)kind, str_make(large, 1 << 20));
        mem_free(large);
    }
}

static void test_documents_beyond_the_limits_are_refused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    TextChunkVec chunks = {0};
    ChunkOptions options = chunk_options(TEXT_BINARY, STR(""));
    assert_false(chunk_text(arena, STR("x"), &options, &chunks, &error));
    assert_int_equal(error.code, ERR_UNSUPPORTED_MEDIA);
    options = chunk_options(TEXT_PLAIN, STR(""));
    size_t size = CHUNK_MAX_LINES + 1;
    char *lines = mem_alloc(size, 1);
    memset(lines, '\n', size);
    assert_false(chunk_text(arena, str_make(lines, size), &options, &chunks, &error));
    assert_int_equal(error.code, ERR_FILE_TOO_LARGE);
    mem_free(lines);
    assert_int_equal(chunks.count, 0);
}

static void test_context_is_cut_to_fit(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    char words[600];
    for (size_t i = 0; i < sizeof words; i++)
        words[i] = i % 3 == 2 ? ' ' : 'a';
    ChunkOptions options = chunk_options(TEXT_PLAIN, STR(""));
    TextChunk chunk = {
        .text = STR("x"), .title = str_make(words, sizeof words), .section = STR("s")};
    assert_true(chunk_estimate_tokens(chunk_embedding_text(arena, &chunk, &options)) <=
                CHUNK_MODEL_TOKENS);
    chunk.text = str_make(words, sizeof words);
    chunk.title = STR("core1.cfg");
    Str input = chunk_embedding_text(arena, &chunk, &options);
    assert_true(str_starts_with(input, STR("core1.cfg: s\naa")));
    chunk.title = STR("");
    chunk.section = STR("aa");
    assert_true(str_equal(chunk_embedding_text(arena, &chunk, &options), chunk.text));
}

static void test_random_documents_are_chunked_soundly(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "interface Gi0/1\n",
        " ip address 10.0.0.1 255.0.0.0\n",
        "!\n",
        "\n",
        "# Heading\n",
        "## Sub\n",
        "```\n",
        "Feb 12 08:30:00 core1 x: %OSPF-5-ADJCHG: down\n",
        "\f",
        "core1#show version\n",
        "  deep {\n",
        "}\n",
        "set system x y\n",
        "banner motd ^C\n",
        "^C\n",
        "text without newline ",
        "\xC3\xA9",
        "| a | b |\n",
        "====\n",
        "\t\ttabs\n",
        "word ",
        "averyveryverylongwordwithoutanyspaceinside",
        "\r\n",
    };
    uint32_t seed = 42;
    for (int round = 0; round < 1500; round++) {
        auto_strbuf StrBuf text;
        strbuf_init(&text, 1 << 20);
        seed = seed * 1664525u + 1013904223u;
        for (uint32_t left = (seed >> 8) % 400; left > 0; left--) {
            seed = seed * 1664525u + 1013904223u;
            strbuf_append(&text, str_of(parts[(seed >> 8) % COUNT_OF(parts)]));
        }
        for (int kind = TEXT_CONFIG; kind <= TEXT_PDF; kind++)
            expect_sound((TextKind)kind, strbuf_str(&text));
    }
}

static void expect_sound_files(const StrVec *files)
{
    assert_true(files->count > 0);
    for (size_t i = 0; i < files->count; i++) {
        auto_arena Arena *scratch = arena_new();
        Str text = test_read_file(scratch, files->items[i].data);
        if (str_is_utf8(text))
            expect_sound(TEXT_CONFIG, text);
    }
}

static void test_sample_documents_are_chunked_soundly(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    StrVec files = test_list_files(arena, test_source_path(arena, "sample/configs"), "");
    expect_sound_files(&files);
}

static void test_shared_documents_are_chunked_soundly(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *shared = test_shared_data(arena);
    if (!shared) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    StrVec files = test_list_files(arena, arena_printf(arena, "%s/configs", shared).data, ".cfg");
    expect_sound_files(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interface_blocks_stay_whole),
        cmocka_unit_test(test_long_access_list_repeats_its_header),
        cmocka_unit_test(test_banners_and_certificates),
        cmocka_unit_test(test_braces_give_paths),
        cmocka_unit_test(test_markdown_sections_name_chunks),
        cmocka_unit_test(test_front_matter_is_a_chunk_of_its_own),
        cmocka_unit_test(test_logs_are_cut_into_windows),
        cmocka_unit_test(test_pages_are_chunked_apart),
        cmocka_unit_test(test_numbered_titles_of_pages),
        cmocka_unit_test(test_show_outputs_are_chunked_apart),
        cmocka_unit_test(test_parts_of_an_interface_name_it),
        cmocka_unit_test(test_parts_of_a_table_name_its_columns),
        cmocka_unit_test(test_plain_text_overlaps),
        cmocka_unit_test(test_degenerate_documents_are_chunked_soundly),
        cmocka_unit_test(test_documents_beyond_the_limits_are_refused),
        cmocka_unit_test(test_context_is_cut_to_fit),
        cmocka_unit_test(test_random_documents_are_chunked_soundly),
        cmocka_unit_test(test_sample_documents_are_chunked_soundly),
        cmocka_unit_test(test_shared_documents_are_chunked_soundly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
