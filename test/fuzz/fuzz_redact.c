/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: any text is redacted without a crash, keeps its line ends, grows within its
 * bound, and does not change when it is redacted again.
 */
#include "engines/redact/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_byte(Str text, char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == byte;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    auto_arena Arena *arena = arena_new();
    Str text = str_make(data, size);
    Str once = redact_text(arena, text);
    check(count_byte(once, '\n') == count_byte(text, '\n'));
    check(once.size <= text.size * 10 + 10);
    check(str_equal(redact_text(arena, once), once));
    return 0;
}
