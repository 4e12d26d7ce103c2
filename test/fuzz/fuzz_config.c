/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: configurations of every vendor, analysed, written and drawn. */
#include "engines/config/read.h"
#include "engines/network/compare.h"
#include "engines/topology/topology.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the bytes as a stored analysis. */
static void read_analysis(Arena *arena, Str bytes)
{
    Device read;
    Error error = {0};
    check(config_read_stored(arena, bytes, &read, &error) || error.message[0] != '\0');
}

/* What device_write_json writes can be read. */
static void read_back(Arena *arena, const Device *device, StrBuf *out)
{
    Device read;
    JsonWriter json;
    Error error = {0};
    strbuf_clear(out);
    json_start(&json, out);
    device_write_json(device, &json);
    check(out->overflowed || config_read_stored(arena, strbuf_str(out), &read, &error));
}

static void draw(Arena *arena, const Device *device, StrBuf *out)
{
    Device devices[2] = {*device, *device};
    Topology topology;
    JsonWriter json;
    devices[1].hostname.text = STR("other");
    topology_build(arena, devices, 2, &topology);
    topology_layout(arena, &topology);
    strbuf_clear(out);
    json_start(&json, out);
    topology_write_json(&topology, &json);
    strbuf_clear(out);
    topology_write_svg(&topology, out);
}

/* Compares the text with itself, which is the same, and with its first half. */
static void compare(Arena *arena, const Device *device, Str text, StrBuf *out)
{
    Error error = {0};
    Device half = {0};
    Comparison comparison;
    Str part = str_slice(text, 0, text.size / 2);
    const CompareSide whole = {device, text, text};
    const CompareSide other = {&half, part, part};
    compare_configs(arena, &whole, &whole, &comparison);
    check(comparison.objects.count == 0);
    if (!config_read(arena, part, STR("half"), &half, &error))
        return;
    compare_configs(arena, &whole, &other, &comparison);
    strbuf_clear(out);
    compare_write_text(&comparison, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The first byte chooses a head, so that every reader is reached at once. */
    static const char *const heads[] = {"",
                                        "version 15.2\n",
                                        "! device: a (vEOS, EOS-4.30)\n",
                                        "## Last commit\nsystem { host-name a; }\n",
                                        "set system host-name a\n",
                                        "version 9.3(5) Bios:version\n"};
    if (size < 1 || size > 1 << 16)
        return 0;
    auto_arena Arena *arena = arena_new();
    Str text = arena_printf(arena, "%s", heads[data[0] % COUNT_OF(heads)]);
    char *joined = arena_alloc(arena, text.size + size);
    memcpy(joined, text.data, text.size);
    memcpy(joined + text.size, data + 1, size - 1);
    text = str_make(joined, text.size + size - 1);
    Device device = {0};
    Error error = {0};
    auto_strbuf StrBuf out;
    strbuf_init(&out, 16 << 20);
    read_analysis(arena, str_make((const char *)data, size));
    if (!config_read(arena, text, STR("fuzz"), &device, &error))
        return 0;
    read_back(arena, &device, &out);
    strbuf_clear(&out);
    device_write_text(&device, &out);
    draw(arena, &device, &out);
    compare(arena, &device, text, &out);
    return 0;
}
