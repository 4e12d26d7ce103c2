/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timers are a binary heap by due time. The one libuv timer is armed for the earliest of them
 * and is not disarmed when that one is stopped: most deadlines are stopped long before they are
 * due, so setting and stopping a timer rarely calls libuv.
 */
#include "task/clock.h"

#include "base/mem.h"
#include "base/time.h"
#include "task/internal.h"

enum { TIMERS_AT_FIRST = 64 };

uint64_t loop_now_ms(const Loop *loop)
{
    uint64_t fake_ms = atomic_load_explicit(&loop->clock.fake_ms, memory_order_relaxed);
    return fake_ms ? fake_ms : time_monotonic_ms();
}

uint64_t loop_tick_ms(const Loop *loop)
{
    uint64_t fake_ms = atomic_load_explicit(&loop->clock.fake_ms, memory_order_relaxed);
    return fake_ms ? fake_ms : uv_now(&loop->uv);
}

static bool is_fake(const LoopClock *clock)
{
    return atomic_load_explicit(&clock->fake_ms, memory_order_relaxed) != 0;
}

static LoopTimer *earliest(const LoopClock *clock)
{
    return clock->timer_count ? clock->timers[0] : NULL;
}

static bool is_earlier(const LoopTimer *a, const LoopTimer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->serial < b->serial;
}

static void put_at(LoopClock *clock, uint32_t index, LoopTimer *timer)
{
    clock->timers[index] = timer;
    timer->place = index + 1;
}

/* Moves the timer from a hole at index towards the root, to where it belongs. */
static void sift_up(LoopClock *clock, uint32_t index, LoopTimer *timer)
{
    while (index > 0 && is_earlier(timer, clock->timers[(index - 1) / 2])) {
        put_at(clock, index, clock->timers[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    put_at(clock, index, timer);
}

/* Moves the timer from a hole at index away from the root, to where it belongs. */
static void sift_down(LoopClock *clock, uint32_t index, LoopTimer *timer)
{
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= clock->timer_count)
            break;
        if (child + 1 < clock->timer_count &&
            is_earlier(clock->timers[child + 1], clock->timers[child]))
            child++;
        if (!is_earlier(clock->timers[child], timer))
            break;
        put_at(clock, index, clock->timers[child]);
        index = child;
    }
    put_at(clock, index, timer);
}

static void insert(LoopClock *clock, LoopTimer *timer)
{
    if (clock->timer_count == clock->timer_capacity) {
        clock->timer_capacity = MAX_OF(clock->timer_capacity * 2, (uint32_t)TIMERS_AT_FIRST);
        clock->timers = mem_resize(clock->timers, clock->timer_capacity, sizeof(*clock->timers));
    }
    sift_up(clock, clock->timer_count++, timer);
}

static void take_out(LoopClock *clock, LoopTimer *timer)
{
    uint32_t index = timer->place - 1;
    LoopTimer *last = clock->timers[--clock->timer_count];
    timer->place = 0;
    if (last == timer)
        return;
    if (index > 0 && is_earlier(last, clock->timers[(index - 1) / 2]))
        sift_up(clock, index, last);
    else
        sift_down(clock, index, last);
}

static void keep_loop(LoopClock *clock, LoopTimer *timer, bool keeps)
{
    if (timer->keeps_loop == keeps)
        return;
    timer->keeps_loop = keeps;
    if (keeps && clock->keeping++ == 0)
        uv_ref((uv_handle_t *)&clock->alarm);
    else if (!keeps && --clock->keeping == 0)
        uv_unref((uv_handle_t *)&clock->alarm);
}

static void on_keep_turning(uv_idle_t *handle)
{
    (void)handle;
}

void loop_keep_turning(Loop *loop)
{
    uv_idle_start(&loop->keep_turning, on_keep_turning);
}

static void on_alarm(uv_timer_t *alarm);

/* Arms the libuv timer for the earliest timer unless it fires by then anyway. */
static void arm(Loop *loop)
{
    LoopClock *clock = &loop->clock;
    const LoopTimer *first = earliest(clock);
    if (!first)
        return;
    if (is_fake(clock)) {
        if (clock_is_moving(loop))
            loop_keep_turning(loop);
        return;
    }
    if (first->due_ms >= clock->armed_ms)
        return;
    /* The delay counts from uv_now, so the sum of both is the due time. */
    uint64_t now = uv_now(&loop->uv);
    uv_timer_start(&clock->alarm, on_alarm, first->due_ms > now ? first->due_ms - now : 0, 0);
    clock->armed_ms = first->due_ms;
}

/* Runs the timers that are due. Those which they set wait for the next turn. */
static void run_due(LoopClock *clock, uint64_t now_ms)
{
    uint64_t last_serial = clock->next_serial;
    LoopTimer *timer = earliest(clock);
    while (timer && timer->due_ms <= now_ms && timer->serial <= last_serial) {
        loop_timer_stop(timer);
        timer->run(timer);
        timer = earliest(clock);
    }
}

static void on_alarm(uv_timer_t *alarm)
{
    Loop *loop = alarm->data;
    loop->clock.armed_ms = UINT64_MAX;
    run_due(&loop->clock, uv_now(&loop->uv));
    arm(loop);
}

void loop_timer_set(Loop *loop, LoopTimer *timer, uint64_t due_ms)
{
    LoopClock *clock = &loop->clock;
    bool moves = !timer->place || timer->due_ms != due_ms;
    keep_loop(clock, timer, !timer->is_background);
    if (!moves)
        return;
    if (timer->place)
        take_out(clock, timer);
    timer->loop = loop;
    timer->due_ms = due_ms;
    timer->serial = ++clock->next_serial;
    insert(clock, timer);
    if (timer->place == 1)
        arm(loop);
}

void loop_timer_stop(LoopTimer *timer)
{
    if (!timer->place)
        return;
    LoopClock *clock = &timer->loop->clock;
    take_out(clock, timer);
    keep_loop(clock, timer, false);
}

void clock_init(Loop *loop)
{
    LoopClock *clock = &loop->clock;
    clock->armed_ms = UINT64_MAX;
    uv_timer_init(&loop->uv, &clock->alarm);
    uv_unref((uv_handle_t *)&clock->alarm);
    clock->alarm.data = loop;
}

void clock_close(Loop *loop)
{
    check(loop->clock.timer_count == 0);
    uv_close((uv_handle_t *)&loop->clock.alarm, NULL);
    mem_free(loop->clock.timers);
}

void loop_clock_fake(Loop *loop)
{
    LoopClock *clock = &loop->clock;
    if (is_fake(clock))
        return;
    clock->target_ms = time_monotonic_ms();
    atomic_store(&clock->fake_ms, clock->target_ms);
    uv_timer_stop(&clock->alarm);
}

void loop_clock_advance(Loop *loop, uint32_t duration_ms)
{
    check(is_fake(&loop->clock));
    loop->clock.target_ms += duration_ms;
    loop_keep_turning(loop);
}

bool clock_is_moving(const Loop *loop)
{
    const LoopClock *clock = &loop->clock;
    if (!is_fake(clock))
        return false;
    const LoopTimer *first = earliest(clock);
    return atomic_load(&clock->fake_ms) < clock->target_ms ||
           (first && first->due_ms <= clock->target_ms);
}

void clock_move(Loop *loop)
{
    LoopClock *clock = &loop->clock;
    const LoopTimer *first = earliest(clock);
    uint64_t now_ms = atomic_load(&clock->fake_ms);
    uint64_t next_ms = first ? MIN_OF(first->due_ms, clock->target_ms) : clock->target_ms;
    now_ms = MAX_OF(now_ms, next_ms);
    atomic_store(&clock->fake_ms, now_ms);
    run_due(clock, now_ms);
}
