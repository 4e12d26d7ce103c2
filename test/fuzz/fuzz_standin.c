/* SPDX-License-Identifier: Apache-2.0 */
/* Any texts of one conversation: each is restored exactly, at once and after the others, whole and
 * in pieces, and by the map that was written and parsed. The part before the first NUL is names; a
 * further NUL ends a text. */
#include "engines/answer/standin.h"

enum { MAX_TEXTS = 8, OUT_BYTES = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_restored(const StandinMap *map, Str hidden, Str text, size_t step)
{
    auto_strbuf StrBuf out = {0};
    auto_standin_restorer StandinRestorer restorer = {0};
    strbuf_init(&out, OUT_BYTES);
    standin_restorer_init(&restorer, map);
    for (; hidden.size > 0; hidden = str_from(hidden, step))
        standin_restorer_take(&restorer, str_slice(hidden, 0, step), &out);
    standin_restorer_end(&restorer, &out);
    check(str_equal(strbuf_str(&out), text));
}

static void add_names(StandinMap *map, Str names)
{
    Str name;
    for (int kind = 0; str_next_field(&names, ' ', &name); kind++)
        (void)standin_map_add_name(map, (StandinName)(kind % 3), name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 1 << 14)
        return 0;
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    Str rest = str_make(data + 1, size - 1);
    Str texts[MAX_TEXTS];
    Str hidden[MAX_TEXTS];
    size_t count = 0;
    StandinMap *map = standin_map_new();
    Str names;
    if (str_next_field(&rest, '\0', &names))
        add_names(map, names);
    while (count < MAX_TEXTS && str_next_field(&rest, '\0', &texts[count])) {
        check(standin_hide(map, arena, texts[count], &hidden[count]));
        count++;
    }
    StandinMap *again = standin_map_parse(standin_map_write(map, arena), &error);
    check(again);
    for (size_t i = 0; i < count; i++) {
        Str twice;
        check(str_equal(standin_restore(map, arena, hidden[i]), texts[i]));
        check_restored(again, hidden[i], texts[i], 1 + data[0] % 32);
        check(standin_hide(again, arena, texts[i], &twice));
        check(str_equal(standin_restore(again, arena, twice), texts[i]));
    }
    standin_map_free(again);
    standin_map_free(map);
    return 0;
}
