/* SPDX-License-Identifier: Apache-2.0 */
/* Files that hold the configurations of several Junos devices. */
#include "engines/config/junos/junos.h"

/* Returns whether the line belongs to the head of a configuration: what stands before its first
 * block. */
static bool is_head(const ConfigLine *line)
{
    Str text = str_trim(line->text);
    return line->noise || text.size == 0 || text.data[0] == '#' ||
           str_starts_with(text, STR("version ")) || str_starts_with(text, STR("set version "));
}

/* Returns the host name that the line states, or empty. */
static Str stated_host(Str line)
{
    static const Str starts[] = {STR_INIT("host-name "), STR_INIT("set system host-name ")};
    Str text = str_trim(line);
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        if (!str_starts_with(text, starts[i]))
            continue;
        Str name = str_trim(str_from(text, starts[i].size));
        return str_ends_with(name, STR(";")) ? str_slice(name, 0, name.size - 1) : name;
    }
    return (Str){"", 0};
}

/* Returns the index of the first line of the configuration whose host name stands at index: that of
 * its "system {" in the first column, or of the set command, with the head before it. */
static size_t find_start(const ConfigLines *lines, size_t index)
{
    while (index > 0 && lines->items[index].indent > 0)
        index--;
    while (index > 0 && is_head(&lines->items[index - 1]))
        index--;
    return index;
}

size_t junos_first_end(Builder *builder, uint32_t *out_host_line)
{
    const ConfigLines *lines = builder->lines;
    Str first = {"", 0};
    bool has_interfaces = false, may_state = false; /* by the last line in the first column */
    for (size_t i = 0; i < lines->count; i++) {
        Str line = lines->items[i].text;
        builder->device->steps++;
        if (lines->items[i].indent == 0) {
            may_state = str_starts_with(line, STR("system ")) || str_starts_with(line, STR("set "));
            has_interfaces |= str_starts_with(line, STR("set interfaces ")) ||
                              str_starts_with(line, STR("interfaces "));
        }
        Str host = may_state ? stated_host(line) : (Str){"", 0};
        if (host.size == 0)
            continue;
        if (first.size == 0) {
            first = host;
            *out_host_line = lines->items[i].number;
        } else if (!str_equal(host, first) && has_interfaces) {
            *out_host_line = lines->items[i].number;
            return find_start(lines, i);
        }
    }
    return lines->count;
}
