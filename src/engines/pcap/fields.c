/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/fields.h"

#include <inttypes.h>
#include <stdio.h>

enum { SHOWN_BYTES_MAX = 64 };

bool fields_has(const LayerFields *layer, uint32_t at, uint32_t size)
{
    return at <= layer->slice.captured && size <= layer->slice.captured - at;
}

uint64_t fields_load(const LayerFields *layer, uint32_t at, uint32_t size)
{
    uint64_t value = 0;
    check(size <= sizeof(value) && fields_has(layer, at, size));
    for (uint32_t i = 0; i < size; i++)
        value = value << 8 | layer->slice.data[at + i];
    return value;
}

PcapField *fields_text(LayerFields *layer, const char *name, uint32_t at, uint32_t size, Str value)
{
    if (!fields_has(layer, at, size))
        return NULL;
    if (layer->room == 0) {
        layer->limited = true;
        return NULL;
    }
    layer->room--;
    PcapField *field = VEC_PUSH(layer->arena, &layer->fields);
    *field = (PcapField){.name = name, .value = value, .offset = layer->offset + at, .bytes = size};
    return field;
}

static uint64_t load_little(const LayerFields *layer, uint32_t at, uint32_t size)
{
    uint64_t value = 0;
    for (uint32_t i = size; i > 0; i--)
        value = value << 8 | layer->slice.data[at + i - 1];
    return value;
}

static uint64_t read_number(const LayerFields *layer, const FieldSpec *spec, uint32_t at)
{
    uint64_t value = spec->form == AS_LITTLE ? load_little(layer, at, spec->size)
                                             : fields_load(layer, at, spec->size);
    value >>= spec->shift;
    return spec->width ? value & ((UINT64_C(1) << spec->width) - 1) : value;
}

/* With the digits of all bytes, also where the field has only some of their bits. */
static Str write_hex(const LayerFields *layer, const FieldSpec *spec, uint64_t value)
{
    return arena_printf(layer->arena, "0x%0*" PRIx64, spec->size * 2, value);
}

static Str write_bytes(const LayerFields *layer, uint32_t at, uint32_t size)
{
    char text[SHOWN_BYTES_MAX * 3 + 1] = "";
    uint32_t shown = MIN_OF(size, (uint32_t)SHOWN_BYTES_MAX);
    for (uint32_t i = 0; i < shown; i++)
        snprintf(text + (size_t)i * 3, 4, i + 1 < shown ? "%02x:" : "%02x",
                 layer->slice.data[at + i]);
    return arena_printf(layer->arena, "%s%s", text, shown < size ? "…" : "");
}

static Str write_address(const LayerFields *layer, uint32_t at, uint32_t family)
{
    char text[PCAP_ADDRESS_TEXT_SIZE];
    PcapAddress address = {.family = family};
    memcpy(address.bytes, layer->slice.data + at, family == 4 ? 4 : 16);
    return arena_copy(layer->arena, str_of(pcap_address_write(&address, text)));
}

static Str write_value(const LayerFields *layer, const FieldSpec *spec, uint32_t at)
{
    switch (spec->form) {
    case AS_HEX:
        return write_hex(layer, spec, read_number(layer, spec, at));
    case AS_MAC:
    case AS_BYTES:
        return write_bytes(layer, at, spec->size);
    case AS_IPV4:
        return write_address(layer, at, 4);
    case AS_IPV6:
        return write_address(layer, at, 6);
    case AS_NUMBER:
    case AS_LITTLE:
        break;
    }
    return arena_printf(layer->arena, "%" PRIu64, read_number(layer, spec, at));
}

PcapField *fields_add(LayerFields *layer, const FieldSpec *spec, uint32_t base)
{
    uint32_t at = base + spec->at;
    if (!fields_has(layer, at, spec->size))
        return NULL;
    PcapField *field = fields_text(layer, spec->name, at, spec->size, write_value(layer, spec, at));
    if (field && spec->meaning) {
        const char *meaning = spec->meaning(read_number(layer, spec, at));
        field->meaning = str_of(meaning ? meaning : "");
    }
    return field;
}

void fields_add_all(LayerFields *layer, const FieldSpec *specs, size_t count, uint32_t base)
{
    for (size_t i = 0; i < count; i++)
        (void)fields_add(layer, &specs[i], base);
}

PcapField *fields_number(LayerFields *layer, const char *name, uint32_t at, uint32_t size)
{
    const FieldSpec spec = {.name = name, .size = (uint8_t)size};
    return fields_add(layer, &spec, at);
}
