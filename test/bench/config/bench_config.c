/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the CPU seconds of each stage of analysing a configuration: bench_config FILE. "read" is
 * all that config_read does, and "redact" and "lines" are parts of it, measured once more.
 */
#include "engines/config/read.h"
#include "engines/judge/judge.h"
#include "engines/network/facts.h"
#include "engines/redact/redact.h"
#include "engines/text/chunk.h"
#include "engines/text/encoding.h"
#include "engines/text/lines.h"

#include "base/file.h"
#include "base/strbuf.h"

#include <stdio.h>
#include <time.h>

enum { OUTPUT_MAX_BYTES = 1 << 30 };

static double cpu_seconds(void)
{
    struct timespec now;
    check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void end_stage(const char *name, double *started)
{
    double now = cpu_seconds();
    printf("%s %.4f\n", name, now - *started);
    *started = cpu_seconds();
}

/* The parts of reading that can be called by themselves. */
static bool measure_parts(Str text, double *started, Error *error)
{
    ConfigLines lines;
    auto_arena Arena *arena = arena_new();
    Str redacted = redact_text(arena, text);
    end_stage("redact", started);
    if (!lines_split(arena, arena, redacted, &lines, error))
        return false;
    end_stage("lines", started);
    return true;
}

static bool measure_chunks(const Device *device, double *started, Error *error)
{
    TextChunkVec chunks = {0};
    auto_arena Arena *arena = arena_new();
    ChunkOptions options = chunk_options(TEXT_CONFIG, device->file);
    if (!chunk_text(arena, device->text, &options, &chunks, error))
        return false;
    end_stage("chunks", started);
    return true;
}

static bool measure_stages(Arena *arena, const char *path, Error *error)
{
    Str bytes;
    Device device;
    JsonWriter json;
    DecodedText decoded;
    DeviceFactVec facts = {0};
    auto_strbuf StrBuf out = {0};
    if (!file_read(arena, path, CONFIG_MAX_BYTES, &bytes, error))
        return false;
    double started = cpu_seconds();
    if (!text_decode(arena, bytes, &decoded, error))
        return false;
    end_stage("decode", &started);
    if (!measure_parts(decoded.utf8, &started, error) ||
        !config_read(arena, decoded.utf8, str_of(path), &device, error))
        return false;
    end_stage("read", &started);
    judge_device(arena, &device);
    end_stage("findings", &started);
    device_list_facts(&device, arena, &facts);
    end_stage("facts", &started);
    if (!measure_chunks(&device, &started, error))
        return false;
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    json_start(&json, &out);
    device_write_json(&device, &json);
    end_stage("json", &started);
    return true;
}

int main(int argc, char **argv)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    if (argc == 2 && measure_stages(arena, argv[1], &error))
        return 0;
    fprintf(stderr, "bench_config: %s\n", argc == 2 ? error.message : "usage: bench_config FILE");
    return 1;
}
