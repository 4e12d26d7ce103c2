/* SPDX-License-Identifier: Apache-2.0 */
/* Redis: version, memory, eviction, persistence, and the clocks of all servers. */
#include "app/doctor/internal.h"

#include "base/time.h"

#include <stdlib.h>

void doctor_check_redis(Doctor *doctor)
{
    if (!doctor->redis)
        return; /* reported when it was tried */
    const RedisFacts *facts = &doctor->redis->facts;
    const Installed installed = {"Redis", facts->version, doctor->has_own_redis};
    if (!facts->is_recent) {
        Finding *finding = doctor_add(doctor, FINDING_ERROR, "Redis %.*s is older than 6.2",
                                      STR_ARGS(facts->version));
        finding->cause = STR("it lacks commands that the queues use");
        finding->command = STR("apt-get install --only-upgrade redis-server, then restart Redis");
        return;
    }
    doctor_add(doctor, FINDING_OK, "Redis %.*s answers", STR_ARGS(facts->version));
    doctor_add_defects(doctor, &installed);
}

void doctor_check_redis_memory(Doctor *doctor)
{
    const double megabyte = 1024.0 * 1024.0; /* the unit of Redis and of the setting */
    const RedisFacts *facts = &doctor->redis->facts;
    double used = (double)facts->used_bytes / megabyte;
    double limit = (double)facts->max_bytes / megabyte;
    if (facts->max_bytes == 0) {
        doctor_add(doctor, FINDING_OK, "%.1f MB, no limit", used);
        return;
    }
    if (facts->used_bytes < facts->max_bytes / 10 * 9) {
        doctor_add(doctor, FINDING_OK, "%.1f MB of %.0f MB", used, limit);
        return;
    }
    Finding *finding = doctor_add(doctor, FINDING_ERROR, "%.1f MB of %.0f MB", used, limit);
    finding->cause = STR("at the limit, logins and jobs fail");
    finding->command =
        doctor->has_own_redis
            ? STR("raise NETGURU_REDIS_MEMORY_MB and restart netguru up")
            : arena_printf(doctor->arena,
                           "redis-cli -u \"$NETGURU_REDIS_URL\" CONFIG SET maxmemory "
                           "%.0fmb",
                           limit * 2);
}

static bool set_policy_from_task(Task *task, const Services *services, void *argument)
{
    RedisReply reply;
    (void)argument;
    return redis_command(
        task, services->redis,
        REDIS_ARGS(STR("CONFIG"), STR("SET"), STR("maxmemory-policy"), STR("noeviction")), &reply);
}

static bool set_policy(Doctor *doctor, Finding *finding, Error *error)
{
    finding->done = STR("set maxmemory-policy noeviction until Redis is restarted: set it in its "
                        "redis.conf, too");
    return process_ask_redis(doctor->command, set_policy_from_task, NULL, error);
}

static Str redis_cli(const Doctor *doctor)
{
    if (doctor->has_own_redis)
        return arena_printf(doctor->arena, "redis-cli -s %s/redis.sock", doctor->home.run);
    return STR("redis-cli -u \"$NETGURU_REDIS_URL\"");
}

void doctor_check_redis_policy(Doctor *doctor)
{
    const RedisFacts *facts = &doctor->redis->facts;
    if (str_empty(facts->eviction_policy)) {
        Finding *finding = doctor_add(doctor, FINDING_WARNING, "Redis does not tell its policy");
        finding->cause = STR("CONFIG is forbidden, as managed services do");
        finding->command = STR("set maxmemory-policy noeviction in the service's console");
        return;
    }
    if (!facts->may_evict) {
        doctor_add(doctor, FINDING_OK, "%.*s: nothing is evicted",
                   STR_ARGS(facts->eviction_policy));
        return;
    }
    Finding *finding = doctor_add(doctor, FINDING_ERROR, "the eviction policy is %.*s",
                                  STR_ARGS(facts->eviction_policy));
    finding->cause = STR("queues and sessions are evicted when memory is short");
    finding->command = arena_printf(doctor->arena, "%.*s CONFIG SET maxmemory-policy noeviction",
                                    STR_ARGS(redis_cli(doctor)));
    finding->fix = set_policy;
}

static void add_unsaved(Doctor *doctor, const char *what)
{
    Finding *finding = doctor_add(doctor, FINDING_ERROR, "%s", what);
    finding->cause = STR("the disk is full, or Redis may not write to its directory; after a "
                         "restart all users must log in again");
    finding->command =
        arena_printf(doctor->arena, "free space, then %.*s BGSAVE", STR_ARGS(redis_cli(doctor)));
}

void doctor_check_persistence(Doctor *doctor)
{
    Str info = doctor->redis->info;
    size_t before = doctor->findings.count;
    bool appends = str_equal(doctor_info_line(info, "aof_enabled"), STR("1"));
    if (str_equal(doctor_info_line(info, "rdb_last_bgsave_status"), STR("err")))
        add_unsaved(doctor, "the last snapshot was not written");
    if (str_equal(doctor_info_line(info, "aof_last_write_status"), STR("err")))
        add_unsaved(doctor, "the last write to the append-only file failed");
    if (doctor->findings.count > before)
        return;
    if (appends) {
        doctor_add(doctor, FINDING_OK, "each change goes to the append-only file");
        return;
    }
    Finding *finding = doctor_add(doctor, FINDING_WARNING, "the append-only file is off");
    finding->cause = STR("a restart of Redis forgets sessions since its last snapshot");
    finding->command =
        arena_printf(doctor->arena, "%.*s CONFIG SET appendonly yes", STR_ARGS(redis_cli(doctor)));
}

/* Tokens, leases and the order of events compare times of different machines. */
static void compare_clock(Doctor *doctor, const char *server, int64_t ahead_us)
{
    enum { NOTABLE_US = 2 * 1000000, WRONG_US = 30 * 1000000 };
    if (llabs(ahead_us) < NOTABLE_US) {
        doctor_add(doctor, FINDING_OK, "that of %s differs by %.1f s", server,
                   (double)llabs(ahead_us) / 1e6);
        return;
    }
    Finding *finding =
        doctor_add(doctor, llabs(ahead_us) < WRONG_US ? FINDING_WARNING : FINDING_ERROR,
                   "the clock of %s is %.0f s %s that of this machine", server,
                   (double)llabs(ahead_us) / 1e6, ahead_us > 0 ? "ahead of" : "behind");
    finding->cause = STR("sessions and leases end too early or too late");
    finding->command = STR("timedatectl set-ntp true, on both machines");
}

void doctor_check_clock(Doctor *doctor)
{
    const DbRows *rows = NULL;
    if (doctor->session)
        rows = doctor_query(doctor,
                            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
    if (rows)
        compare_clock(doctor, "PostgreSQL", db_read_i64(rows, 0, 0) - time_now_us());
    if (doctor->redis && doctor->redis->time_us)
        compare_clock(doctor, "Redis", doctor->redis->time_us - doctor->redis->asked_us);
    if (!doctor->session && !doctor->redis)
        doctor_add(doctor, FINDING_UNKNOWN, "neither PostgreSQL nor Redis can be reached")
            ->command = STR("netguru doctor --only postgresql,redis");
}
