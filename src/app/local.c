/* SPDX-License-Identifier: Apache-2.0 */
/* Local files, and the command topology on them. */
#include "app/local.h"

#include "app/command.h"
#include "app/inputs.h"
#include "app/remote.h"

#include "base/json.h"
#include "base/strbuf.h"
#include "engines/config/read.h"
#include "engines/text/encoding.h"
#include "engines/topology/topology.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_MAX_BYTES ((size_t)1 << 30)

bool local_map_file(const char *path, Str *out_bytes, Error *error)
{
    struct stat status;
    if (str_equal(str_of(path), STR(INPUTS_STANDARD)))
        return inputs_read_standard(out_bytes, error);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0)
        return error_set_errno(error, errno, path);
    if (!S_ISREG(status.st_mode) || status.st_size == 0) {
        close(file);
        return error_set(error, ERR_VALIDATION, "%s: %s", path,
                         S_ISREG(status.st_mode) ? "the file is empty" : "not a regular file");
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    int problem = errno;
    close(file);
    if (bytes == MAP_FAILED)
        return error_set_errno(error, problem, path);
    *out_bytes = str_make(bytes, (size_t)status.st_size);
    return true;
}

bool local_load_device(Arena *arena, const char *path, Device *out_device, Error *error)
{
    Str bytes = {0};
    DecodedText decoded;
    if (!local_map_file(path, &bytes, error))
        return false;
    return (text_decode(arena, bytes, &decoded, error) &&
            config_read(arena, decoded.utf8, str_of(path), out_device, error)) ||
           error_prefix(error, "%s: ", path);
}

bool local_add_inputs(Command *command, Inputs *out_inputs, Error *error)
{
    *out_inputs = (Inputs){.arena = command->arena};
    for (int i = 0; i < command->argc; i++) {
        if (!inputs_add(out_inputs, command->argv[i], error))
            return false;
    }
    return true;
}

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

int command_topology(Command *command)
{
    Error error = {0};
    Topology topology;
    int failed = 0;
    Inputs inputs;
    VEC(Device) devices = {0};
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
    for (size_t i = 0; i < inputs.files.count; i++) {
        Device device;
        if (local_load_device(command->arena, inputs.files.items[i].path, &device, &error))
            *VEC_PUSH(command->arena, &devices) = device;
        else
            failed = command_fail(&error);
    }
    if (devices.count == 0)
        return failed;
    topology_build(command->arena, devices.items, devices.count, &topology);
    topology_layout(command->arena, &topology);
    write_topology(&topology, as_json, format, &out);
    return command_print(strbuf_str(&out)) ? failed : 1;
}
