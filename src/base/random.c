/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include "base/check.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

void random_bytes(void *out, size_t size)
{
    char *at = out;
    while (size) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        check(got > 0);
        at += got;
        size -= (size_t)got;
    }
}
