/* SPDX-License-Identifier: Apache-2.0 */
/* Files that hold the configurations of several devices. Only the first one is read. */
#include "engines/config/reader.h"

enum { MAX_HEAD_LINES = 100 }; /* from the first line of a configuration to its host name */

static bool names_host(Str line)
{
    return str_starts_with(line, STR("hostname ")) || str_starts_with(line, STR("switchname "));
}

/* Returns the line that names the host of the configuration which starts at line index, or NULL. */
static const ConfigLine *find_host_name(const ConfigLines *lines, size_t index)
{
    uint32_t indent = lines->items[index].indent;
    for (size_t i = index; i < lines->count && i < index + MAX_HEAD_LINES; i++) {
        if (lines->items[i].indent <= indent && names_host(str_trim_left(lines->items[i].text)))
            return &lines->items[i];
    }
    return NULL;
}

/* Returns whether the line at the top level starts another configuration: it states the version
 * once more, or another host name behind interfaces or an "end". */
static bool starts_another(Reader *reader)
{
    const Device *device = reader->device;
    Str line = str_trim(reader->line->text);
    if (device->hostname.line == 0)
        return false;
    if (names_host(line)) {
        Str name = words_get(&reader->words, 1);
        bool other = !str_equal(name, device->hostname.text);
        return reader->has_ended || (other && device->interfaces.count > 0);
    }
    return device->version.line && str_starts_with(line, STR("version ")) &&
           (reader->has_ended || device->interfaces.count > 0) &&
           find_host_name(reader->builder.lines, reader->at) != NULL;
}

void config_skip_rest(Builder *builder, size_t index, uint32_t host_line)
{
    Device *device = builder->device;
    for (size_t i = index; i < builder->lines->count; i++)
        device->lines.skipped += builder->lines->items[i].use == NULL;
    build_warning(builder, builder->lines->items[index].number,
                  arena_printf(builder->arena,
                               "a second configuration starts here, with a host name in line %u: "
                               "only the first one, with its host name in line %u, was read",
                               host_line, device->hostname.line));
}

bool reader_skip_second(Reader *reader)
{
    if (reader->words.count == 1 && words_is(&reader->words, 0, "end"))
        reader->has_ended = true;
    if (!starts_another(reader))
        return false;
    const ConfigLine *host = find_host_name(reader->builder.lines, reader->at);
    /* There is none if the line was joined from two. */
    config_skip_rest(&reader->builder, reader->at, host ? host->number : reader->line->number);
    reader->at = reader->builder.lines->count;
    return true;
}
