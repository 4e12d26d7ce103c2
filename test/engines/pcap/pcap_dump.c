/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what the capture engine makes of a file: pcap_dump [--text] [--stream] [--no-facts]
 * [--rows N] FILE.
 * --stream reads piecemeal instead of mapping the file.
 */
#include "base/strbuf.h"
#include "engines/pcap/pcap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    bool text;
    bool stream;
    bool without_facts;
    uint32_t rows;
    const char *file;
} Options;

static bool read_descriptor(void *context, void *buffer, size_t size, size_t *out_size)
{
    ssize_t got = read(*(const int *)context, buffer, size);
    if (got < 0)
        return false;
    *out_size = (size_t)got;
    return true;
}

static bool parse_options(int argc, char **argv, Options *options)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--text") == 0)
            options->text = true;
        else if (strcmp(argv[i], "--stream") == 0)
            options->stream = true;
        else if (strcmp(argv[i], "--no-facts") == 0)
            options->without_facts = true;
        else if (strcmp(argv[i], "--rows") == 0 && i + 1 < argc) {
            if (!str_parse_u32(str_of(argv[++i]), &options->rows))
                return false;
        } else {
            options->file = argv[i];
        }
    }
    return options->file != NULL;
}

static void print_summary(const PcapSummary *summary, bool text)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, (size_t)1 << 30);
    if (text) {
        pcap_write_text(&out, summary);
    } else {
        JsonWriter json;
        json_start(&json, &out);
        pcap_write_json(&json, summary);
        strbuf_append_byte(&out, '\n');
    }
    check(!out.overflowed);
    fwrite(out.data, 1, out.size, stdout);
}

int main(int argc, char **argv)
{
    Options options = {.rows = UINT32_MAX};
    if (!parse_options(argc, argv, &options)) {
        fprintf(stderr, "usage: pcap_dump [--text] [--stream] [--rows N] FILE\n");
        return 2;
    }
    int descriptor = open(options.file, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        perror(options.file);
        return 1;
    }
    PcapSource source = {.read = read_descriptor, .context = &descriptor};
    void *mapped = MAP_FAILED;
    if (!options.stream && status.st_size > 0)
        mapped = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapped != MAP_FAILED)
        source.mapped = str_make(mapped, (size_t)status.st_size);

    auto_arena Arena *arena = arena_new();
    PcapLimits limits = {.list_rows = options.rows, .without_facts = options.without_facts};
    Error error = {0};
    const PcapSummary *summary = pcap_analyze(arena, &source, &limits, &error);
    if (summary)
        print_summary(summary, options.text);
    else
        fprintf(stderr, "%s: %s\n", options.file, error.message);
    if (mapped != MAP_FAILED)
        munmap(mapped, (size_t)status.st_size);
    close(descriptor);
    return summary ? 0 : 1;
}
