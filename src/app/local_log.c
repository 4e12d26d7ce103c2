/* SPDX-License-Identifier: Apache-2.0 */
#include "app/local_log.h"

#include "app/local.h"
#include "engines/network/names.h"
#include "engines/redact/redact.h"
#include "engines/text/kind.h"
#include "engines/text/parts.h"

typedef struct {
    Arena *arena;
    VEC(Device) devices;
} Devices;

/* Loads the configurations among the files. A file that cannot be read is reported by its own
 * analysis. */
static void load_devices(const Inputs *inputs, Devices *devices)
{
    for (size_t i = 0; i < inputs->files.count; i++) {
        Str bytes;
        Device device;
        Error error = {0};
        const char *path = inputs->files.items[i].path;
        if (!local_map_file(path, &bytes, &error))
            continue;
        TextKindFinding found = text_kind_detect_file(devices->arena, str_of(path), bytes);
        if (found.kind == TEXT_CONFIG && local_load_device(devices->arena, path, &device, &error))
            *VEC_PUSH(devices->arena, &devices->devices) = device;
    }
}

/* Returns whether the host of a log, maybe with a domain, is the device. */
static bool is_host(const Device *device, Str host)
{
    Str name = device->hostname.text;
    Str start = str_slice(host, 0, name.size);
    return !str_empty(name) && str_equal_ignore_case(start, name) &&
           (host.size == name.size || host.data[name.size] == '.');
}

/* Returns the description of the interface of that name, in full or short. */
static Str find_description(Arena *arena, const Device *device, Str object)
{
    Str wanted = interface_canonical(arena, object, device->vendor.system);
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        if (str_equal_ignore_case(interface->canonical, wanted) ||
            str_equal_ignore_case(interface->name, object))
            return interface->description.text;
    }
    return STR("");
}

/* Returns "core2 Gi0/1" for an address of that interface; empty if several devices have it. */
static Str find_owner(const Devices *devices, IpAddress address)
{
    Str owner = STR("");
    for (size_t at = 0; at < devices->devices.count; at++) {
        const Device *device = &devices->devices.items[at];
        for (size_t i = 0; i < device->interfaces.count; i++) {
            const Interface *interface = &device->interfaces.items[i];
            for (size_t j = 0; j < interface->addresses.count; j++) {
                if (!ip_equal(interface->addresses.items[j].prefix.address, address))
                    continue;
                if (!str_empty(owner))
                    return STR("");
                owner = arena_printf(devices->arena, "%.*s %.*s", STR_ARGS(device->hostname.text),
                                     STR_ARGS(interface->name));
            }
        }
    }
    return owner;
}

static Str describe(void *context, Str host, Str object)
{
    const Devices *devices = context;
    IpAddress address;
    if (ip_parse(object, &address))
        return find_owner(devices, address);
    for (size_t i = 0; i < devices->devices.count; i++) {
        const Device *device = &devices->devices.items[i];
        if (is_host(device, host) || (str_empty(host) && devices->devices.count == 1))
            return find_description(devices->arena, device, object);
    }
    return STR("");
}

static bool read_log(Str bytes, LogReport *report, Error *error)
{
    TextParts parts = text_parts(bytes);
    while (text_parts_left(&parts)) {
        DecodedText part;
        auto_arena Arena *scratch = arena_new();
        if (!text_next_part(&parts, scratch, &part, error))
            return false;
        log_report_add(report, redact_text(scratch, part.utf8));
    }
    return true;
}

LogReport *local_read_log(Arena *arena, const Inputs *inputs, Str bytes, Error *error)
{
    LogReport *report = log_report_new(arena);
    Devices devices = {.arena = arena};
    LogNames names = {describe, &devices};
    if (!read_log(bytes, report, error))
        return NULL;
    load_devices(inputs, &devices);
    log_report_end(report, &names);
    return report;
}
