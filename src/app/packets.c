/* SPDX-License-Identifier: Apache-2.0 */
/* netguru packets: shows the packets of a local capture, without a server. */
#include "app/command.h"
#include "app/local.h"
#include "app/local_unpack.h"

#include "engines/pcap/packets.h"
#include "engines/unpack/unpack.h"

#include <errno.h>
#include <string.h>

#define OUTPUT_MAX_BYTES ((size_t)1 << 30)

typedef struct {
    Command *command;
    bool as_json;
    uint32_t packet; /* 0: a list */
    PcapPacketQuery query;
} Packets;

static bool print(const StrBuf *out, Error *error)
{
    if (out->overflowed)
        return error_set(error, ERR_FILE_TOO_LARGE, "the output is larger than %zu MB",
                         OUTPUT_MAX_BYTES / (1024 * 1024));
    return command_print(strbuf_str(out)) || error_set_errno(error, errno, "output");
}

static bool show_one(const Packets *packets, const PcapSource *source, Error *error)
{
    JsonWriter json;
    uint64_t count;
    auto_strbuf StrBuf out = {0};
    const PcapPacketDetail *packet =
        pcap_show_packet(packets->command->arena, source, packets->packet, &count, error);
    if (!packet)
        return false;
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    if (packets->as_json) {
        json_start(&json, &out);
        pcap_write_packet_json(&json, packet);
        strbuf_append_byte(&out, '\n');
    } else {
        pcap_write_packet_text(&out, packet);
    }
    return print(&out, error);
}

static bool show_list(const Packets *packets, const PcapSource *source, Error *error)
{
    JsonWriter json;
    auto_strbuf StrBuf out = {0};
    const PcapPacketList *list =
        pcap_list_packets(packets->command->arena, source, &packets->query, error);
    if (!list)
        return false;
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    if (!packets->as_json) {
        pcap_write_packet_list_text(&out, list);
        return print(&out, error);
    }
    for (size_t i = 0; i < list->count; i++) {
        json_start(&json, &out);
        pcap_write_packet_row_json(&json, &list->rows[i]);
        strbuf_append_byte(&out, '\n');
    }
    return print(&out, error);
}

static bool show(const Packets *packets, const PcapSource *source, Error *error)
{
    return packets->packet ? show_one(packets, source, error) : show_list(packets, source, error);
}

/* The first file of an archive is read; the capture engine unpacks gzip itself. */
static bool show_packed(const Packets *packets, Str bytes, const UnpackFormat *format, Error *error)
{
    bool found = false;
    LocalUnpack unpack;
    const PcapSource source = {.read = local_unpack_read,
                               .context = &unpack,
                               .compression = format->name,
                               .failure = &unpack.failure};
    bool done =
        local_unpack_start(&unpack, bytes, error) && local_unpack_next(&unpack, &found, error);
    if (done && found)
        done = show(packets, &source, error);
    else if (done)
        done =
            error_set(error, ERR_UNSUPPORTED_MEDIA, "the %s archive holds no file", format->name);
    local_unpack_end(&unpack);
    return done;
}

static bool show_file(const Packets *packets, const char *path, Error *error)
{
    Str bytes = {0};
    if (!local_map_file(path, &bytes, error))
        return false;
    const PcapSource source = {.mapped = bytes};
    const UnpackFormat *format = unpack_format_find(bytes);
    bool is_packed = format && strcmp(format->name, "gzip") != 0;
    return (is_packed ? show_packed(packets, bytes, format, error)
                      : show(packets, &source, error)) ||
           error_prefix(error, "%s: ", path);
}

/* Takes the options. Returns the exit status of a misuse, or 0. */
static int take_options(Packets *packets)
{
    Command *command = packets->command;
    uint32_t first = 1;
    packets->query.count = PCAP_PACKET_ROWS_MAX;
    packets->as_json = command_take_flag(command, "--json");
    const char *stream = command_take_option(command, "--conversation");
    if (stream &&
        !pcap_parse_stream(str_of(stream), &packets->query.transport, &packets->query.stream))
        return command_misuse(command, "--conversation must be like tcp:12 or udp:3");
    if (!command_take_number(command, "--first", 1, UINT32_MAX, &first) ||
        !command_take_number(command, "--limit", 1, PCAP_PACKET_ROWS_MAX, &packets->query.count) ||
        !command_take_number(command, "--packet", 1, UINT32_MAX, &packets->packet))
        return error_traits(ERR_VALIDATION)->exit_status;
    packets->query.first = first;
    return command->argc == 1 ? 0 : command_misuse(command, "expected one capture");
}

int command_packets(Command *command)
{
    Error error = {0};
    Packets packets = {.command = command};
    int status = take_options(&packets);
    if (status)
        return status;
    return show_file(&packets, command->argv[0], &error) ? 0 : command_fail(&error);
}
