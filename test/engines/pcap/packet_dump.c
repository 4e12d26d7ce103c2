/* SPDX-License-Identifier: Apache-2.0 */
/* Prints packets of a capture as JSON: packet_dump FILE list FIRST COUNT [tcp|udp|sctp STREAM], or
 * packet_dump FILE show NUMBER…, a line each. */
#include "engines/pcap/packets.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUTPUT_MAX = 64 << 20 };

static Str map_file(const char *path)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0)
        return STR("");
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    return bytes == MAP_FAILED ? STR("") : str_make(bytes, (size_t)status.st_size);
}

static uint32_t number_of(const char *text)
{
    uint32_t number = 0;
    return str_parse_u32(str_of(text), &number) ? number : 0;
}

static int print_json(StrBuf *out)
{
    printf("%.*s\n", STR_ARGS(strbuf_str(out)));
    return 0;
}

static int list(Arena *arena, const PcapSource *source, int argc, char **argv)
{
    Error error = {0};
    JsonWriter json;
    auto_strbuf StrBuf out = {0};
    PcapPacketQuery query = {.first = number_of(argv[0]), .count = number_of(argv[1])};
    if (argc > 3) {
        query.transport = strcmp(argv[2], "tcp") == 0   ? PCAP_TRANSPORT_TCP
                          : strcmp(argv[2], "udp") == 0 ? PCAP_TRANSPORT_UDP
                                                        : PCAP_TRANSPORT_SCTP;
        query.stream = number_of(argv[3]);
    }
    const PcapPacketList *list = pcap_list_packets(arena, source, &query, &error);
    if (!list) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    strbuf_init(&out, OUTPUT_MAX);
    json_start(&json, &out);
    pcap_write_packet_list_json(&json, list);
    return print_json(&out);
}

static int show(Arena *arena, const PcapSource *source, const char *number)
{
    Error error = {0};
    JsonWriter json;
    auto_strbuf StrBuf out = {0};
    uint64_t count = 0;
    const PcapPacketDetail *packet =
        pcap_show_packet(arena, source, number_of(number), &count, &error);
    if (!packet) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    strbuf_init(&out, OUTPUT_MAX);
    json_start(&json, &out);
    pcap_write_packet_json(&json, packet);
    return print_json(&out);
}

int main(int argc, char **argv)
{
    auto_arena Arena *arena = arena_new();
    if (argc < 4)
        return 2;
    PcapSource source = {.mapped = map_file(argv[1])};
    if (strcmp(argv[2], "list") == 0 && argc > 4)
        return list(arena, &source, argc - 3, argv + 3);
    int status = 0;
    for (int i = 3; i < argc && status == 0; i++)
        status = show(arena, &source, argv[i]);
    return status;
}
