/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/child_private.h"

#include "engines/config/read.h"
#include "engines/text/encoding.h"
#include "engines/topology/topology.h"

enum { SVG_MAX_BYTES = 8 * 1024 * 1024 };

typedef VEC(Device) DeviceVec;

/* A stored analysis was made of another name of the file, perhaps. */
static bool read_analysis(Arena *arena, const WireBundled *item, Device *device, Error *error)
{
    if (!config_read_stored(arena, item->bytes, device, error))
        return false;
    device->file = item->name;
    return true;
}

static bool read_file(const AnalysisInput *input, const WireBundled *item, Device *device)
{
    DecodedText decoded;
    Error skipped;
    Str bytes = item->bytes;
    return child_unpack_text(input, &bytes, &skipped) &&
           text_decode(input->arena, bytes, &decoded, &skipped) &&
           config_read(input->arena, decoded.utf8, item->name, device, &skipped);
}

/* Files that are no configuration are passed over. */
static bool read_devices(const AnalysisInput *input, DeviceVec *devices, Error *error)
{
    Str bundle = input->bytes;
    while (bundle.size) {
        WireBundled item;
        Device device;
        if (!wire_bundle_next(&bundle, &item, error) ||
            (item.is_analysis && !read_analysis(input->arena, &item, &device, error)))
            return false;
        if (item.is_analysis || read_file(input, &item, &device))
            *VEC_PUSH(input->arena, devices) = device;
    }
    return devices->count > 0 ||
           error_set(error, ERR_VALIDATION, "none of the files is a configuration");
}

bool analysis_topology(const AnalysisInput *input, Error *error)
{
    JsonWriter json;
    Topology topology;
    DeviceVec devices = {0};
    auto_strbuf StrBuf line = {0};
    auto_strbuf StrBuf svg = {0};
    auto_strbuf StrBuf text = {0};
    if (!read_devices(input, &devices, error))
        return false;
    topology_build(input->arena, devices.items, devices.count, &topology);
    topology_layout(input->arena, &topology);
    strbuf_init(&svg, SVG_MAX_BYTES);
    topology_write_svg(&topology, &svg);
    strbuf_init(&text, WIRE_LINE_MAX_BYTES);
    topology_write_text(&topology, &text);
    strbuf_init(&line, WIRE_LINE_MAX_BYTES);
    json_start(&json, &line);
    json_begin_object(&json);
    json_key(&json, "graph");
    topology_write_json(&topology, &json);
    json_key(&json, "metadata");
    topology_write_metadata(&topology, &json);
    json_field_str(&json, "svg", svg.overflowed ? STR("") : strbuf_str(&svg));
    wire_field_text(&json, strbuf_str(&text));
    json_end(&json);
    return child_send_line(&line, error);
}
