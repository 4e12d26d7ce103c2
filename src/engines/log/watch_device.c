/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each device does over time: gaps in its sequence numbers (messages that were lost on the
 * way), a clock that goes back or is not set, and silence while other devices still write.
 */
#include "engines/log/report_private.h"

enum {
    DEVICES_MAX = 20000,
    REORDERED_MAX = 64,    /* a number that is this much too small has overtaken others */
    GAP_MAX = 1000 * 1000, /* a jump beyond this is another counter, not a loss */
    CLOCK_BACK_S = 120,    /* relays reorder messages by seconds */
    SILENT_MESSAGES_MIN = 10,
    SILENT_S_MIN = 900,
    SILENT_FACTOR = 4, /* times the longest pause that the device made before */
};

typedef struct {
    Str host;
    uint64_t messages;
    uint64_t last_sequence;
    bool has_sequence;
    uint64_t missing;
    uint64_t gaps;
    uint64_t counter_restarts;
    LogLines gap_lines;
    LogLines restart_lines;
    LogPlace last;
    bool has_time;
    int64_t longest_pause_s;
    uint64_t clock_steps;
    int64_t largest_step_s;
    LogLines clock_lines;
    LogPlace step_from;
    LogPlace step_to;
    uint64_t unsynchronised;
    LogLines unsynchronised_lines;
} Device;

struct DeviceWatch {
    Arena *arena;
    Map places; /* by host */
    VEC(Device) devices;
    int64_t last_time_s; /* of the whole log */
    LogPlace last;
    bool has_time;
};

DeviceWatch *device_watch_new(Arena *arena)
{
    DeviceWatch *watch = ARENA_NEW(arena, DeviceWatch);
    watch->arena = arena;
    return watch;
}

static Device *find_device(DeviceWatch *watch, Str host)
{
    LogName name = log_name(host);
    size_t place = map_get_index(&watch->places, log_name_str(&name));
    if (place == MAP_NO_INDEX) {
        if (watch->devices.count == DEVICES_MAX)
            return NULL;
        place = watch->devices.count;
        Str kept = arena_copy(watch->arena, log_name_str(&name));
        *VEC_PUSH(watch->arena, &watch->devices) = (Device){.host = kept};
        map_put_index(watch->arena, &watch->places, kept, place);
    }
    return &watch->devices.items[place];
}

static void note_sequence(Device *device, const LogMessage *message)
{
    uint64_t now = message->line.sequence, last = device->last_sequence;
    if (!message->line.has_sequence)
        return;
    if (!device->has_sequence || now == last) {
        device->has_sequence = true;
    } else if (now < last && last - now <= REORDERED_MAX && now > 1) {
        device->missing -= device->missing > 0; /* it was late, not lost */
        return;
    } else if (now < last) {
        device->counter_restarts++;
        log_lines_add(&device->restart_lines, message->number);
    } else if (now - last > 1 && now - last <= GAP_MAX) {
        device->missing += now - last - 1;
        device->gaps++;
        log_lines_add(&device->gap_lines, message->number);
    }
    device->last_sequence = now;
}

static void note_time(DeviceWatch *watch, Device *device, const LogMessage *message)
{
    LogPlace place = log_place(message);
    if (message->line.is_unsynchronised) {
        device->unsynchronised++;
        log_lines_add(&device->unsynchronised_lines, message->number);
    }
    if (!message->is_clocked)
        return;
    int64_t pause = device->has_time ? place.time_s - device->last.time_s : 0;
    if (pause < -CLOCK_BACK_S) {
        device->clock_steps++;
        log_lines_add(&device->clock_lines, message->number);
        if (-pause > device->largest_step_s) {
            device->largest_step_s = -pause;
            device->step_from = device->last;
            device->step_to = place;
        }
    }
    device->longest_pause_s = MAX_OF(device->longest_pause_s, pause);
    device->last = place;
    device->has_time = true;
    if (!watch->has_time || place.time_s > watch->last_time_s) {
        watch->last_time_s = place.time_s;
        watch->last = place;
    }
    watch->has_time = true;
}

void device_watch_add(DeviceWatch *watch, const LogMessage *message)
{
    Device *device = find_device(watch, message->line.host);
    if (!device)
        return;
    device->messages++;
    note_sequence(device, message);
    note_time(watch, device, message);
}

static void find_gaps(const Device *device, LogFindings *findings)
{
    Arena *arena = findings->arena;
    Str host = finding_host(device->host);
    if (device->missing) {
        LogFinding finding = {
            .id = "sequence_gap",
            .level = FINDING_WARNING,
            .title = arena_printf(arena, "%.*s: %llu message%s missing", STR_ARGS(host),
                                  (unsigned long long)device->missing,
                                  device->missing == 1 ? " is" : "s are"),
            .detail = arena_printf(
                arena,
                "The sequence numbers jump %.*s: messages were lost between the device and this "
                "log.",
                STR_ARGS(finding_times(arena, device->gaps))),
            .lines = device->gap_lines,
            .weight = device->missing,
        };
        findings_add(findings, &finding);
    }
    if (device->counter_restarts) {
        LogFinding finding = {
            .id = "sequence_restart",
            .level = FINDING_NOTE,
            .title =
                arena_printf(arena, "%.*s: the sequence numbers start again %.*s", STR_ARGS(host),
                             STR_ARGS(finding_times(arena, device->counter_restarts))),
            .detail = STR("The device was restarted, or its logging was cleared."),
            .lines = device->restart_lines,
            .weight = device->counter_restarts,
        };
        findings_add(findings, &finding);
    }
}

static void find_clock(const Device *device, LogFindings *findings)
{
    Arena *arena = findings->arena;
    Str host = finding_host(device->host);
    if (device->clock_steps) {
        Str step = finding_duration(arena, device->largest_step_s);
        LogFinding finding = {
            .id = "clock_jump",
            .level = FINDING_WARNING,
            .title = arena_printf(arena, "%.*s: the clock goes back by %.*s", STR_ARGS(host),
                                  STR_ARGS(step)),
            .detail =
                arena_printf(arena, "%.*s is followed by %.*s; the clock goes back %.*s in all.",
                             STR_ARGS(log_name_str(&device->step_from.timestamp)),
                             STR_ARGS(log_name_str(&device->step_to.timestamp)),
                             STR_ARGS(finding_times(arena, device->clock_steps))),
            .lines = device->clock_lines,
            .weight = (uint64_t)device->largest_step_s,
        };
        findings_add(findings, &finding);
    }
    if (device->unsynchronised) {
        LogFinding finding = {
            .id = "clock_unsynchronised",
            .level = FINDING_NOTE,
            .title = arena_printf(arena, "%.*s: the clock is not synchronised", STR_ARGS(host)),
            .detail =
                arena_printf(arena,
                             "Messages that carry the mark of a clock without a source of time: "
                             "%llu. Their times cannot be compared with others.",
                             (unsigned long long)device->unsynchronised),
            .lines = device->unsynchronised_lines,
            .weight = device->unsynchronised,
        };
        findings_add(findings, &finding);
    }
}

static void find_silence(const DeviceWatch *watch, const Device *device, LogFindings *findings)
{
    Arena *arena = findings->arena;
    int64_t silent_s = watch->last_time_s - device->last.time_s;
    int64_t usual_s = MAX_OF((int64_t)SILENT_S_MIN, SILENT_FACTOR * device->longest_pause_s);
    if (!device->has_time || device->messages < SILENT_MESSAGES_MIN || silent_s <= usual_s ||
        str_empty(device->host))
        return;
    Str silent = finding_duration(arena, silent_s);
    Str pause = finding_duration(arena, device->longest_pause_s);
    LogFinding finding = {
        .id = "silent_device",
        .level = FINDING_WARNING,
        .title = arena_printf(arena, "%.*s: no message in the last %.*s", STR_ARGS(device->host),
                              STR_ARGS(silent)),
        .detail = arena_printf(arena,
                               "The last of its %llu messages is of %.*s, while the log goes on "
                               "until %.*s; its longest pause before was %.*s.",
                               (unsigned long long)device->messages,
                               STR_ARGS(log_name_str(&device->last.timestamp)),
                               STR_ARGS(log_name_str(&watch->last.timestamp)), STR_ARGS(pause)),
        .weight = (uint64_t)silent_s,
    };
    log_lines_add(&finding.lines, device->last.line);
    findings_add(findings, &finding);
}

void device_watch_end(DeviceWatch *watch, LogFindings *findings)
{
    for (size_t i = 0; i < watch->devices.count; i++) {
        const Device *device = &watch->devices.items[i];
        find_gaps(device, findings);
        find_clock(device, findings);
        find_silence(watch, device, findings);
    }
}
