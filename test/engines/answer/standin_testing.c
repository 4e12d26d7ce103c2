/* SPDX-License-Identifier: Apache-2.0 */
#include "standin_testing.h"

#include "harness/asserts.h"

Str testing_restore(const StandinMap *map, Arena *arena, Str text, size_t cut, size_t step)
{
    auto_strbuf StrBuf out = {0};
    auto_standin_restorer StandinRestorer restorer = {0};
    strbuf_init(&out, 64 << 20);
    standin_restorer_init(&restorer, map);
    while (text.size > 0) {
        Str piece = str_slice(text, 0, cut);
        text = str_from(text, piece.size);
        cut = step;
        standin_restorer_take(&restorer, piece, &out);
    }
    standin_restorer_end(&restorer, &out);
    return arena_copy(arena, strbuf_str(&out));
}

Str testing_hide(StandinMap *map, Arena *arena, Str text)
{
    Str hidden = STR("");
    assert_that(standin_hide(map, arena, text, &hidden));
    assert_that(str_equal(standin_restore(map, arena, hidden), text));
    assert_that(str_equal(testing_restore(map, arena, hidden, 1, 1), text));
    assert_that(str_equal(testing_restore(map, arena, hidden, 5, 4096), text));
    return hidden;
}

Str testing_standin(StandinMap *map, Arena *arena, const char *real)
{
    return testing_hide(map, arena, str_of(real));
}
