/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/record.h"

#include "base/mem.h"

#include <stdio.h>

bool reader_stop(Reader *reader, Broken broken, const char *format, ...)
{
    reader->broken = broken;
    if (reader->input.failure) {
        snprintf(reader->why, sizeof(reader->why), "%s", reader->input.failure);
        return false;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(reader->why, sizeof(reader->why), format, args);
    va_end(args);
    return false;
}

Interface *reader_add_interface(Reader *reader)
{
    if (reader->interface_count >= reader->limits->max_interfaces)
        return NULL;
    if (reader->interface_count == reader->interface_capacity) {
        size_t capacity = MAX_OF((size_t)8, reader->interface_capacity * 2);
        reader->interfaces = mem_resize(reader->interfaces, capacity, sizeof(Interface));
        reader->interface_capacity = capacity;
    }
    Interface *interface = &reader->interfaces[reader->interface_count++];
    *interface = (Interface){.ticks_per_second = 1000000};
    return interface;
}

int64_t reader_time_ns(Reader *reader, __int128 seconds, uint64_t fraction, uint64_t per_second)
{
    const __int128 second = 1000000000;
    __int128 time = seconds * second + (__int128)fraction * second / per_second;
    if (time > INT64_MAX || time < INT64_MIN) {
        reader->times_clamped++;
        return time < 0 ? INT64_MIN : INT64_MAX;
    }
    return (int64_t)time;
}
