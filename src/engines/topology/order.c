/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/order.h"

#include "base/ascii.h"

#include <stdlib.h>

enum { FINGERPRINT_MAX_BYTES = 256 << 20 };

typedef struct {
    const Device *device;
    Str label;
    Str written; /* the device as JSON, written when nothing else tells two devices apart */
    Arena *arena;
} Place;

static size_t digits_at(Str text, size_t at)
{
    size_t end = at;
    while (end < text.size && ascii_is_digit(text.data[end]))
        end++;
    return end - at;
}

/* Compares two runs of digits by value: without leading zeros, the longer one is larger. */
static int compare_numbers(Str a, Str b)
{
    while (a.size > 1 && a.data[0] == '0')
        a = str_from(a, 1);
    while (b.size > 1 && b.data[0] == '0')
        b = str_from(b, 1);
    return a.size != b.size ? (a.size < b.size ? -1 : 1) : str_compare(a, b);
}

int order_compare_names(Str a, Str b)
{
    size_t i = 0, k = 0;
    while (i < a.size && k < b.size) {
        size_t left = digits_at(a, i), right = digits_at(b, k);
        int order = 0;
        if (left && right) {
            order = compare_numbers(str_slice(a, i, left), str_slice(b, k, right));
        } else {
            left = right = 1;
            order =
                (unsigned char)ascii_to_lower(a.data[i]) - (unsigned char)ascii_to_lower(b.data[k]);
        }
        if (order != 0)
            return order < 0 ? -1 : 1;
        i += left;
        k += right;
    }
    return (i < a.size) - (k < b.size);
}

static Str written(Place *place)
{
    JsonWriter json;
    auto_strbuf StrBuf text = {0};
    if (place->written.data)
        return place->written;
    strbuf_init(&text, FINGERPRINT_MAX_BYTES);
    json_start(&json, &text);
    device_write_json(place->device, &json);
    place->written = arena_copy(place->arena, strbuf_str(&text));
    return place->written;
}

static int compare_places(const void *a, const void *b)
{
    Place *left = *(Place *const *)a, *right = *(Place *const *)b;
    int order = order_compare_names(left->label, right->label);
    if (order == 0)
        order = str_compare(left->device->file, right->device->file);
    if (order == 0)
        order = str_compare(left->label, right->label);
    if (order == 0 && left != right)
        order = str_compare(written(left), written(right));
    return order;
}

const Device **order_devices(Arena *arena, const Device *devices, size_t count)
{
    Place *places = ARENA_ARRAY(arena, Place, count + 1);
    Place **sorted = ARENA_ARRAY(arena, Place *, count + 1);
    const Device **ordered = ARENA_ARRAY(arena, const Device *, count + 1);
    for (size_t i = 0; i < count; i++) {
        places[i] = (Place){
            .device = &devices[i], .label = order_device_label(&devices[i]), .arena = arena};
        sorted[i] = &places[i];
    }
    if (count)
        qsort(sorted, count, sizeof(Place *), compare_places);
    for (size_t i = 0; i < count; i++)
        ordered[i] = sorted[i]->device;
    return ordered;
}

static Str file_stem(Str file)
{
    size_t slash = str_find_last_byte(file, '/');
    if (slash != STR_NOT_FOUND)
        file = str_from(file, slash + 1);
    size_t dot = str_find_byte(file, '.');
    return dot == STR_NOT_FOUND || dot == 0 ? file : str_slice(file, 0, dot);
}

Str order_device_label(const Device *device)
{
    return device->hostname.text.size ? device->hostname.text : file_stem(device->file);
}
