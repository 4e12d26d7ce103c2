/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as metrics: they are read within the limits, or refused with a reason. */
#include "app/top/exposition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error = {0};
    Exposition samples = {0};
    auto_arena Arena *arena = arena_new();
    bool done = exposition_parse(arena, str_make(data, size), &samples, &error);
    check(done ? samples.count <= EXPOSITION_MAX_SAMPLES : error.code == ERR_VALIDATION);
    for (size_t i = 0; i < samples.count; i++) {
        check(samples.items[i].label_count <= EXPOSITION_MAX_LABELS);
        (void)exposition_label(&samples.items[i], "le");
    }
    return 0;
}
