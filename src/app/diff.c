/* SPDX-License-Identifier: Apache-2.0 */
/* netguru diff: compares what two configurations say. The exit status is that of diff(1). */
#include "app/chat/flow.h"
#include "app/command.h"
#include "app/local.h"
#include "app/terminal.h"

#include "base/strbuf.h"
#include "engines/config/read.h"
#include "engines/network/compare.h"
#include "engines/redact/redact.h"
#include "engines/text/encoding.h"
#include "engines/text/kind.h"

enum { STATUS_SAME = 0, STATUS_DIFFERENT = 1, STATUS_TROUBLE = 2 };

#define CONFIG_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define OUTPUT_MAX_BYTES ((size_t)1 << 30)

/* A side may be compressed, or the only file of an archive. */
static bool read_side(Arena *arena, const char *argument, const char **out_path, Str *out_bytes,
                      Error *error)
{
    Inputs files = {.arena = arena};
    if (!local_add_unpacked(&files, &(Input){.path = argument}, error))
        return false;
    if (files.files.count != 1)
        return error_set(error, ERR_VALIDATION, "%s: the archive has %zu files, and not one",
                         argument, files.files.count);
    *out_path = files.files.items[0].path;
    return local_read(&files.files.items[0], out_bytes, error);
}

static bool read_config(Arena *arena, const char *argument, Device *device, CompareSide *out_side,
                        Error *error)
{
    Str bytes = {0};
    DecodedText decoded;
    const char *path = argument;
    if (!read_side(arena, argument, &path, &bytes, error))
        return false;
    if (bytes.size > CONFIG_MAX_BYTES)
        return error_set(error, ERR_FILE_TOO_LARGE, "%s: a configuration has at most %zu MiB", path,
                         CONFIG_MAX_BYTES / (1024 * 1024));
    TextKindFinding finding = text_kind_detect(str_of(path), bytes);
    if (finding.kind == TEXT_BINARY)
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "%s: not a configuration: %s", path,
                         finding.reason);
    if (!text_decode(arena, bytes, &decoded, error) ||
        !config_read(arena, decoded.utf8, str_of(path), device, error))
        return error_prefix(error, "%s: ", path);
    *out_side = (CompareSide){device, decoded.utf8, redact_text(arena, decoded.utf8)};
    return true;
}

/* The colours that diffs have everywhere. */
static const char *colour_of(Str line)
{
    Str text = str_trim_left(line);
    if (str_starts_with(text, STR("+")))
        return "\033[32m";
    if (str_starts_with(text, STR("-")))
        return "\033[31m";
    return str_starts_with(text, STR("~")) ? "\033[33m" : "";
}

static void write_coloured(Str text, StrBuf *out)
{
    Str line;
    while (str_next_line(&text, &line)) {
        strbuf_append(out, str_of(colour_of(line)));
        flow_write_harmless(out, line);
        strbuf_append(out, STR("\033[0m\n"));
    }
}

static bool print_coloured(const StrBuf *plain)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    write_coloured(strbuf_str(plain), &out);
    terminal_write(strbuf_str(&out));
    return !out.overflowed;
}

static bool print(const Comparison *comparison, bool as_json)
{
    JsonWriter json;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    json_start(&json, &out);
    if (as_json) {
        compare_write_json(comparison, &json);
        strbuf_append_byte(&out, '\n');
    } else {
        compare_write_text(comparison, &out);
    }
    if (!as_json && terminal_has_colours())
        return print_coloured(&out);
    return !out.overflowed && command_print(strbuf_str(&out));
}

int command_diff(Command *command)
{
    Error error = {0};
    Comparison comparison;
    Device devices[2];
    CompareSide sides[2];
    bool as_json = command_take_flag(command, "--json");
    if (command->argc != 2)
        return command_misuse(command, "expected two configurations");
    for (int i = 0; i < 2; i++) {
        if (!read_config(command->arena, command->argv[i], &devices[i], &sides[i], &error)) {
            (void)command_fail(&error);
            return STATUS_TROUBLE;
        }
    }
    compare_configs(command->arena, &sides[0], &sides[1], &comparison);
    if (!print(&comparison, as_json))
        return STATUS_TROUBLE;
    return comparison.objects.count > 0 ? STATUS_DIFFERENT : STATUS_SAME;
}
