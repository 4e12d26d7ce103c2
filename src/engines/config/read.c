/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/read.h"

#include "engines/config/detect.h"
#include "engines/config/dialects.h"
#include "engines/config/reader.h"
#include "engines/redact/redact.h"
#include "engines/text/encoding.h"

/* Sets the host name of a system that is not parsed, if one line states it. */
static void simple_hostname(const ConfigLines *lines, Device *device)
{
    static const Str starts[] = {
        STR_INIT("hostname "),
        STR_INIT("sysname "),
        STR_INIT("switchname "),
        STR_INIT("set hostname "),
        STR_INIT("set system host-name "),
        STR_INIT("set deviceconfig system hostname "),
        STR_INIT("net add hostname "),
    };
    for (size_t i = 0; i < lines->count; i++) {
        Str text = str_trim(lines->items[i].text);
        for (size_t k = 0; k < COUNT_OF(starts); k++) {
            if (!str_starts_with(text, starts[k]))
                continue;
            Str name = str_trim(str_from(text, starts[k].size));
            if (name.size >= 2 && name.data[0] == '"' && name.data[name.size - 1] == '"')
                name = str_slice(name, 1, name.size - 2);
            device->hostname = (Sourced){name, lines->items[i].number};
            return;
        }
    }
}

/* Counts the lines of a system without a parser. No line counts as understood. */
static void count_only(const ConfigLines *lines, Device *device)
{
    for (size_t i = 0; i < lines->count; i++) {
        Str text = str_trim(lines->items[i].text);
        if (text.size == 0 || text.data[0] == '!' || text.data[0] == '#')
            device->lines.blank++;
        else
            device->lines.unknown++;
    }
    simple_hostname(lines, device);
}

static void warn_about_text(Builder *builder)
{
    const ConfigLines *lines = builder->lines;
    if (lines->nul_bytes)
        build_warning(builder, lines->first_nul,
                      arena_printf(builder->arena, "%u NUL bytes were dropped", lines->nul_bytes));
    if (lines->latin1)
        build_warning(builder, 0, STR("some bytes are not UTF-8"));
}

static void read_lines(Builder *builder, const Dialect *dialect)
{
    if (dialect->commands)
        reader_read(builder, dialect);
    else
        count_only(builder->lines, builder->device);
}

static uint32_t line_of(Str text, size_t at)
{
    uint32_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += text.data[i] == '\n';
    return line;
}

/* Notes the communities of SNMP that everybody tries first. Only the text with its secrets shows
 * them. */
static void note_default_communities(Builder *builder, Str text)
{
    enum { MAX_NOTED = 64 };
    static const Str start = STR_INIT("community p"),
                     ends[] = {STR_INIT("ublic"), STR_INIT("rivate")};
    size_t noted[COUNT_OF(ends)] = {0}, from = 0, found;
    while ((found = str_find(str_from(text, from), start)) != STR_NOT_FOUND) {
        from += found + start.size;
        for (size_t i = 0; i < COUNT_OF(ends); i++) {
            Str rest = str_from(text, from);
            if (!str_starts_with(rest, ends[i]) || ++noted[i] > MAX_NOTED)
                continue;
            rest = str_from(rest, ends[i].size);
            if (rest.size == 0 || str_find_byte(STR(" \t;{\r\n"), rest.data[0]) != STR_NOT_FOUND)
                build_practice(builder, PRACTICE_SNMP_DEFAULT, line_of(text, from), 0);
        }
    }
}

bool config_read(Arena *arena, Str text, Str file, Device *out_device, Error *error)
{
    if (text.size > CONFIG_MAX_BYTES) {
        return error_set(error, ERR_FILE_TOO_LARGE,
                         "the configuration has %zu bytes; at most %d are read", text.size,
                         CONFIG_MAX_BYTES);
    }
    auto_arena Arena *scratch = arena_new();
    ConfigLines *lines = ARENA_NEW(scratch, ConfigLines);
    DecodedText decoded;
    if (text_is_utf16(text)) {
        if (!text_decode(arena, text, &decoded, error))
            return false;
        text = decoded.utf8;
    }
    Device device = {.file = file, .text = redact_text(arena, text)};
    /* The text is redacted before it is read, so no part of the device can contain a secret. */
    if (!lines_split(arena, scratch, device.text, lines, error))
        return false;
    const Dialect *dialect = config_detect(arena, lines, &device.vendor);
    if (!dialect) {
        return error_set(error, ERR_VALIDATION,
                         "no network configuration was recognised in it: %.*s",
                         STR_ARGS(device.vendor.reason));
    }
    device.lines.total = (uint32_t)lines->count;
    device.steps = lines->steps;
    Builder builder = {
        .arena = arena,
        .scratch = scratch,
        .device = &device,
        .lines = lines,
        .system = device.vendor.system,
        .notes = config_notes_new(scratch, dialect->notes),
    };
    warn_about_text(&builder);
    read_lines(&builder, dialect);
    note_default_communities(&builder, text);
    device_resolve(&builder);
    *out_device = device;
    return true;
}

bool config_read_stored(Arena *arena, Str json, Device *out_device, Error *error)
{
    if (!device_read_json(arena, json, out_device, error))
        return false;
    Str id = out_device->vendor.stored_id;
    out_device->vendor.system = dialect_find_system(id);
    if (out_device->vendor.system == &system_unknown && !str_equal(id, str_of(system_unknown.id)))
        return error_set(error, ERR_VALIDATION, "the analysis is of an unknown system: %.*s",
                         STR_ARGS(str_slice(id, 0, 64)));
    return true;
}
