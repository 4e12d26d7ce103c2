/* SPDX-License-Identifier: Apache-2.0 */
/* netguru topology: of local files here; without files, those of the server. */
#include "app/local.h"
#include "app/remote.h"

#include "base/json.h"
#include "base/strbuf.h"
#include "engines/text/kind.h"
#include "engines/topology/topology.h"

#include <stdio.h>

#define OUTPUT_MAX_BYTES ((size_t)1 << 30)

typedef VEC(Device) DeviceVec;

static void write_topology(const Topology *topology, bool as_json, const TopologyFormat *format,
                           StrBuf *out)
{
    JsonWriter json;
    json_start(&json, out);
    if (format)
        format->write(topology, out);
    else if (as_json)
        topology_write_json(topology, &json);
    else
        topology_write_text(topology, out);
    if (!str_ends_with(strbuf_str(out), STR("\n")))
        strbuf_append_byte(out, '\n');
}

/* Takes "--svg", "--dot" and so on. Returns how many there are; the last one counts. */
static int take_formats(Command *command, const TopologyFormat **out_format)
{
    int taken = 0;
    for (const TopologyFormat *format = topology_formats; format->name; format++) {
        char flag[16];
        snprintf(flag, sizeof(flag), "--%s", format->name);
        if (!command_take_flag(command, flag))
            continue;
        *out_format = format;
        taken++;
    }
    return taken;
}

/* Returns the exit status of the last file that could not be read, or 0. Empty files of folders,
 * and what cannot be unpacked there, are none of the network's. */
static int unpack_inputs(const Inputs *inputs, Inputs *files)
{
    int failed = 0;
    for (size_t i = 0; i < inputs->files.count; i++) {
        Error error = {0};
        const Input *input = &inputs->files.items[i];
        bool done = local_add_unpacked(files, input, &error);
        bool is_none = error.code == ERR_VALIDATION || error.code == ERR_UNSUPPORTED_MEDIA;
        if (!done && !(input->is_found && is_none))
            failed = command_fail(&error);
    }
    return failed;
}

/* Files of folders and archives that are no configurations are none of the network's. */
static bool is_passed_over(Arena *arena, const Input *file)
{
    Str bytes = {0};
    Error ignored = {0};
    return file->is_found && local_read(file, &bytes, &ignored) &&
           text_kind_detect_file(arena, str_of(file->path), bytes).kind != TEXT_CONFIG;
}

/* Loads what can be loaded. Returns the exit status of the last file that could not be, or 0. */
static int load_devices(const Inputs *files, DeviceVec *devices)
{
    int failed = 0;
    for (size_t i = 0; i < files->files.count; i++) {
        Device device;
        Error error = {0};
        const Input *file = &files->files.items[i];
        if (is_passed_over(files->arena, file))
            continue;
        if (local_load_device(files->arena, file, &device, &error))
            *VEC_PUSH(files->arena, devices) = device;
        else
            failed = command_fail(&error);
    }
    return failed;
}

int command_topology(Command *command)
{
    Error error = {0};
    Topology topology;
    int failed = 0;
    Inputs inputs, files = {.arena = command->arena};
    DeviceVec devices = {0};
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    bool as_json = command_take_flag(command, "--json");
    const TopologyFormat *format = NULL;
    if (take_formats(command, &format) + as_json > 1)
        return command_misuse(command, "choose one of --json, --svg, --dot, --graphml, --drawio, "
                                       "--csv");
    bool is_svg = format && strcmp(format->name, "svg") == 0;
    if (command->argc == 0 && format && !is_svg)
        return command_misuse(command, "expected FILE: the server draws --svg and --json");
    if (command->argc == 0)
        return remote_topology(command, as_json, is_svg);
    if (!local_add_inputs(command, &inputs, &error))
        return command_fail(&error);
    failed = unpack_inputs(&inputs, &files);
    int not_loaded = load_devices(&files, &devices);
    failed = not_loaded ? not_loaded : failed;
    if (devices.count == 0 && !failed) {
        error_set(&error, ERR_VALIDATION, "none of the files is a configuration");
        return command_fail(&error);
    }
    if (devices.count == 0)
        return failed;
    topology_build(command->arena, devices.items, devices.count, &topology);
    topology_layout(command->arena, &topology);
    write_topology(&topology, as_json, format, &out);
    return command_print(strbuf_str(&out)) ? failed : 1;
}
