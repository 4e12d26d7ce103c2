/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks whether a Redis server is fit for queues and sessions: recent enough for the commands in
 * use, and never evicting keys.
 */
#pragma once

#include "redis/redis.h"

typedef struct {
    Str version;         /* "7.0.15" */
    bool is_recent;      /* 6.2 or later: LMOVE, BLMOVE */
    Str eviction_policy; /* empty: not told (managed services forbid CONFIG) */
    bool may_evict;      /* it has a memory limit and would evict keys at it */
    int64_t used_bytes;  /* of memory */
    int64_t max_bytes;   /* 0: no limit, or the server does not tell */
} RedisFacts;

bool redis_check(Task *task, Redis *redis, RedisFacts *out_facts) MUST_USE;
