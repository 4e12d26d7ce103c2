/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/wire.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static void test_a_request_arrives_as_it_was_sent(void **state)
{
    (void)state;
    static const Str names[] = {STR_INIT(""), STR_INIT("core1.cfg"),
                                STR_INIT("a \"b\"\\c \xC3\xA9")};
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Error error = {0};
        WireRequest got = {0};
        WireRequest sent = {
            .kind = STR("config"), .name = names[i], .members = {1000, UINT64_C(1) << 40, 17}};
        assert_true(wire_read_request(arena, wire_write_request(arena, &sent), &got, &error));
        assert_true(str_equal(got.kind, sent.kind));
        assert_true(str_equal(got.name, sent.name));
        assert_int_equal(got.members.file_bytes, sent.members.file_bytes);
        assert_int_equal(got.members.total_bytes, sent.members.total_bytes);
        assert_int_equal(got.members.files, sent.members.files);
    }
}

static void test_wanted_packets_arrive_as_they_were_sent(void **state)
{
    Error error = {0};
    WireRequest got = {0};
    auto_arena Arena *arena = arena_new();
    const WirePackets packets = {
        .first = INT64_MAX, .count = 500, .transport = 132, .stream = UINT32_MAX};
    const WireRequest sent = {.kind = STR("pcap"), .name = STR("x.pcap"), .packets = packets};
    (void)state;
    assert_true(wire_read_request(arena, wire_write_request(arena, &sent), &got, &error));
    assert_int_equal(got.packets.first, packets.first);
    assert_int_equal(got.packets.count, packets.count);
    assert_int_equal(got.packets.transport, packets.transport);
    assert_int_equal(got.packets.stream, packets.stream);
}

static void test_packets_are_an_object_or_missing(void **state)
{
    static const char *const wrong[] = {"",
                                        "{}",
                                        "[]",
                                        "{\"packets\":[]}",
                                        "{\"missing\":-1}",
                                        "{\"missing\":\"1\"}",
                                        "{\"packets\":{}"};
    Error error = {0};
    WirePacketsAnswer answer;
    auto_arena Arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        error = (Error){0};
        assert_false(wire_read_packets(arena, str_of(wrong[i]), &answer, &error));
        assert_int_equal(error.code, ERR_INTERNAL);
    }
    assert_true(wire_read_packets(arena, STR("{\"packets\":{\"items\":[]}}"), &answer, &error));
    assert_non_null(answer.packets);
    assert_true(wire_read_packets(arena, STR("{\"missing\":7}"), &answer, &error));
    assert_null(answer.packets);
    assert_int_equal(answer.packet_count, 7);
}

static WireMessage read_back(Arena *arena, const StrBuf *line)
{
    Error error = {0};
    WireMessage message;
    assert_true(wire_read(arena, strbuf_str(line), &message, &error));
    return message;
}

static void test_a_chunk_arrives_as_it_was_sent(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf line = {0};
    TextChunk chunk = {
        .text = STR("interface Gi0/1\n mtu 9000"),
        .section = STR("interface \"Gi0/1\""),
        .facts = STR("VLAN 10\nVLAN 20"),
        .first_line = 17,
        .last_line = UINT32_MAX,
        .text_line = 18,
        .is_front_matter = true,
        .page = 3,
        .tokens = 12,
    };
    strbuf_init(&line, 4096);
    wire_write_chunk(&line, &chunk);
    WireMessage message = read_back(arena, &line);
    assert_int_equal(message.type, WIRE_CHUNK);
    assert_true(str_equal(message.chunk.text, chunk.text));
    assert_true(str_equal(message.chunk.section, chunk.section));
    assert_true(str_equal(message.chunk.facts, chunk.facts));
    assert_int_equal(message.chunk.first_line, 17);
    assert_int_equal(message.chunk.last_line, UINT32_MAX);
    assert_int_equal(message.chunk.text_line, 18);
    assert_true(message.chunk.is_front_matter);
    assert_int_equal(message.chunk.page, 3);
    assert_int_equal(message.chunk.tokens, 12);
}

static void test_progress_and_a_result_arrive_as_they_were_sent(void **state)
{
    (void)state;
    JsonWriter json;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf line = {0};
    strbuf_init(&line, 4096);
    wire_write_progress(&line, 42);
    WireMessage message = read_back(arena, &line);
    assert_int_equal(message.type, WIRE_PROGRESS);
    assert_int_equal(message.percent, 42);
    strbuf_clear(&line);
    wire_begin_result(&json, &line, "log", "it looks like one");
    json_field_text(&json, "vendor", "cisco");
    wire_begin_result_value(&json);
    json_begin_object(&json);
    json_field_u64(&json, "lines", 7);
    json_end(&json);
    wire_end_result(&json, STR("7 lines\n"));
    message = read_back(arena, &line);
    assert_int_equal(message.type, WIRE_RESULT);
    assert_true(str_equal(message.file_type, STR("log")));
    assert_true(str_equal(json_str_or(message.metadata, "vendor", STR("")), STR("cisco")));
    assert_int_equal(json_i64_or(message.result, "lines", 0), 7);
    assert_true(str_equal(message.text, STR("7 lines\n")));
}

static void test_a_text_that_is_too_long_ends_after_a_line(void **state)
{
    (void)state;
    JsonWriter json;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    auto_strbuf StrBuf line = {0};
    strbuf_init(&text, 1 << 20);
    strbuf_init(&line, 1 << 20);
    while (text.size <= WIRE_TEXT_MAX_BYTES)
        strbuf_append(&text, STR("a line of nine words and then one more\n"));
    json_start(&json, &line);
    json_begin_object(&json);
    wire_field_text(&json, strbuf_str(&text));
    json_end(&json);
    Error error = {0};
    const JsonValue *read = json_parse(arena, strbuf_str(&line), &error);
    Str got = json_str_or(read, "text", STR(""));
    assert_true(got.size <= WIRE_TEXT_MAX_BYTES + 64);
    assert_true(str_ends_with(got, STR("one more\n\xE2\x80\xA6 (the rest is left out)\n")));
}

static void refuse(Arena *arena, const char *before, int size, const char *after)
{
    WireMessage message;
    Error error = {0};
    Str line = arena_printf(arena, "%s%0*d%s", before, size, 0, after);
    assert_false(wire_read(arena, line, &message, &error));
    assert_int_equal(error.code, ERR_INTERNAL);
}

static void test_texts_that_no_parser_writes_are_refused(void **state)
{
    (void)state;
    WireDrawing drawing;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    refuse(arena, "{\"chunk\":{\"text\":\"", WIRE_CHUNK_MAX_BYTES + 1, "\"}}");
    refuse(arena, "{\"chunk\":{\"text\":\"\",\"section\":\"", WIRE_SECTION_MAX_BYTES + 1, "\"}}");
    refuse(arena, "{\"chunk\":{\"text\":\"\",\"facts\":\"", WIRE_FACTS_MAX_BYTES + 1, "\"}}");
    refuse(arena, "{\"result\":{},\"metadata\":{},\"text\":\"", WIRE_TEXT_MAX_BYTES + 64, "\"}");
    Str line = arena_printf(arena, "{\"graph\":{},\"metadata\":{},\"svg\":\"\",\"text\":\"%0*d\"}",
                            WIRE_TEXT_MAX_BYTES + 64, 0);
    assert_false(wire_read_drawing(arena, line, &drawing, &error));
    assert_int_equal(error.code, ERR_INTERNAL);
}

/* A child that has been taken over may write anything. */
static void test_hostile_lines_are_refused_or_bounded(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        "x",
        "[]",
        "{",
        "{}",
        "{\"chunk\":{}}",
        "{\"chunk\":{\"text\":5}}",
        "{\"chunk\":7}",
        "{\"result\":{}}",
        "{\"result\":[],\"metadata\":{}}",
        "{\"result\":{},\"metadata\":\"x\"}",
        "{\"progress\":\"9\"}",
    };
    auto_arena Arena *arena = arena_new();
    WireMessage message;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        Error error = {0};
        if (wire_read(arena, str_of(refused[i]), &message, &error))
            fail_msg("%s was accepted", refused[i]);
        assert_int_equal(error.code, ERR_INTERNAL);
    }
    static const struct {
        const char *line;
        unsigned percent;
    } bounded[] = {{"{\"progress\":-5}", 0}, {"{\"progress\":999999999999}", 100}};
    for (size_t i = 0; i < COUNT_OF(bounded); i++) {
        Error error = {0};
        assert_true(wire_read(arena, str_of(bounded[i].line), &message, &error));
        assert_int_equal(message.percent, bounded[i].percent);
    }
    Error error = {0};
    Str odd = STR("{\"chunk\":{\"text\":\"x\",\"first_line\":-1,\"page\":99999999999}}");
    assert_true(wire_read(arena, odd, &message, &error));
    assert_int_equal(message.chunk.first_line, 0);
    assert_int_equal(message.chunk.page, 0);
}

static void test_a_drawing_needs_its_parts(void **state)
{
    (void)state;
    Error error = {0};
    WireDrawing drawing;
    auto_arena Arena *arena = arena_new();
    Str whole = STR("{\"graph\":{},\"metadata\":{},\"svg\":\"<svg/>\"}");
    assert_true(wire_read_drawing(arena, whole, &drawing, &error));
    assert_true(str_equal(drawing.svg, STR("<svg/>")));
    static const char *const refused[] = {"{}", "{\"graph\":{},\"metadata\":{}}",
                                          "{\"graph\":[],\"metadata\":{},\"svg\":\"\"}", "no"};
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        assert_false(wire_read_drawing(arena, str_of(refused[i]), &drawing, &error));
}

static int file_of(const char *text)
{
    int file = memfd_create("test", MFD_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    return file;
}

static void test_a_bundle_gives_its_files_back(void **state)
{
    (void)state;
    Error error = {0};
    char bytes[256];
    int bundle = file_of("");
    int files[] = {file_of("hostname a\n"), file_of("")};
    assert_true(wire_bundle_append(bundle, STR("a b.cfg"), files[0], 11, &error));
    assert_true(wire_bundle_append_analysis(bundle, STR("c.cfg"), STR("{\"shape\": 2}"), &error));
    assert_true(wire_bundle_append(bundle, STR("empty\n.cfg"), files[1], 0, &error));
    assert_false(wire_bundle_append(bundle, STR("short.cfg"), files[1], 5, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    ssize_t size = pread(bundle, bytes, sizeof(bytes), 0);
    Str rest = str_make(bytes, (size_t)size);
    WireBundled item;
    assert_true(wire_bundle_next(&rest, &item, &error));
    assert_true(str_equal(item.name, STR("a b.cfg")));
    assert_true(str_equal(item.bytes, STR("hostname a\n")) && !item.is_analysis);
    assert_true(wire_bundle_next(&rest, &item, &error));
    assert_true(str_equal(item.name, STR("c.cfg")));
    assert_true(str_equal(item.bytes, STR("{\"shape\": 2}")) && item.is_analysis);
    assert_true(wire_bundle_next(&rest, &item, &error));
    assert_true(str_equal(item.name, STR("empty\n.cfg")));
    assert_int_equal(item.bytes.size, 0);
    assert_false(wire_bundle_next(&rest, &item, &error));
    for (size_t i = 0; i < COUNT_OF(files); i++)
        close(files[i]);
    close(bundle);
}

static void test_a_malformed_bundle_is_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {"",
                                          "5",
                                          "5 x\n",
                                          "-1 2\nabc",
                                          "9 1\na",
                                          "1 18446744073709551615\nab",
                                          "1 9\nab",
                                          "1 1 file\nab",
                                          "1 1 analysis x\nab"};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        WireBundled item;
        Error error = {0};
        Str rest = str_of(refused[i]);
        assert_false(wire_bundle_next(&rest, &item, &error));
        assert_int_equal(error.code, ERR_VALIDATION);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_arrives_as_it_was_sent),
        cmocka_unit_test(test_wanted_packets_arrive_as_they_were_sent),
        cmocka_unit_test(test_packets_are_an_object_or_missing),
        cmocka_unit_test(test_a_chunk_arrives_as_it_was_sent),
        cmocka_unit_test(test_progress_and_a_result_arrive_as_they_were_sent),
        cmocka_unit_test(test_a_text_that_is_too_long_ends_after_a_line),
        cmocka_unit_test(test_texts_that_no_parser_writes_are_refused),
        cmocka_unit_test(test_hostile_lines_are_refused_or_bounded),
        cmocka_unit_test(test_a_drawing_needs_its_parts),
        cmocka_unit_test(test_a_bundle_gives_its_files_back),
        cmocka_unit_test(test_a_malformed_bundle_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
