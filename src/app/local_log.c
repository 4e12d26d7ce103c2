/* SPDX-License-Identifier: Apache-2.0 */
#include "app/local_log.h"

#include "app/local.h"
#include "engines/network/names.h"
#include "engines/redact/redact.h"
#include "engines/text/kind.h"
#include "engines/text/parts.h"

void local_neighbours_done(LocalNeighbours *neighbours)
{
    if (neighbours->arena)
        arena_free(neighbours->arena);
}

static void load_device(LocalNeighbours *neighbours, const Input *file)
{
    Str bytes;
    Device device;
    Error ignored = {0};
    Arena *arena = neighbours->arena;
    if (!local_read(file, &bytes, &ignored))
        return;
    TextKindFinding found = text_kind_detect_file(arena, str_of(file->path), bytes);
    if (found.kind == TEXT_CONFIG && local_load_device(arena, file, &device, &ignored))
        *VEC_PUSH(arena, &neighbours->devices) = device;
}

static void load_devices(LocalNeighbours *neighbours)
{
    Error ignored = {0};
    if (neighbours->arena)
        return;
    neighbours->arena = arena_new();
    Inputs files = {.arena = neighbours->arena};
    for (size_t i = 0; i < neighbours->inputs->files.count; i++) {
        if (!local_add_unpacked(&files, &neighbours->inputs->files.items[i], &ignored))
            continue; /* its own analysis says why */
    }
    for (size_t i = 0; i < files.files.count; i++)
        load_device(neighbours, &files.files.items[i]);
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
static Str find_owner(const LocalNeighbours *neighbours, IpAddress address)
{
    Str owner = STR("");
    for (size_t at = 0; at < neighbours->devices.count; at++) {
        const Device *device = &neighbours->devices.items[at];
        for (size_t i = 0; i < device->interfaces.count; i++) {
            const Interface *interface = &device->interfaces.items[i];
            for (size_t j = 0; j < interface->addresses.count; j++) {
                if (!ip_equal(interface->addresses.items[j].prefix.address, address))
                    continue;
                if (!str_empty(owner))
                    return STR("");
                owner = arena_printf(neighbours->arena, "%.*s %.*s",
                                     STR_ARGS(device->hostname.text), STR_ARGS(interface->name));
            }
        }
    }
    return owner;
}

static Str describe(void *context, Str host, Str object)
{
    const LocalNeighbours *neighbours = context;
    IpAddress address;
    if (ip_parse(object, &address))
        return find_owner(neighbours, address);
    for (size_t i = 0; i < neighbours->devices.count; i++) {
        const Device *device = &neighbours->devices.items[i];
        if (is_host(device, host) || (str_empty(host) && neighbours->devices.count == 1))
            return find_description(neighbours->arena, device, object);
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

LogReport *local_read_log(Arena *arena, LocalNeighbours *neighbours, Str bytes, Error *error)
{
    LogReport *report = log_report_new(arena);
    LogNames names = {describe, neighbours};
    if (!read_log(bytes, report, error))
        return NULL;
    load_devices(neighbours);
    log_report_end(report, &names);
    return report;
}
