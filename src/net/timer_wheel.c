/* SPDX-License-Identifier: Apache-2.0 */
#include "net/timer_wheel.h"

#include "base/check.h"

#include <stddef.h>

/* Returns the tick of a time. Tick 0 means "not set"; ticks wrap after 17 years of uptime. */
static uint32_t tick_at(uint64_t now_ms)
{
    return (uint32_t)(now_ms / TIMER_TICK_MS) + 1;
}

static void unlink_node(TimerWheel *wheel, TimerNode *node)
{
    node->previous->next = node->next;
    node->next->previous = node->previous;
    node->previous = node->next = NULL;
    wheel->filed_count--;
}

static void file_node(TimerWheel *wheel, TimerNode *node)
{
    TimerNode *slot = &wheel->slots[node->due_tick % TIMER_SLOTS];
    /* A deadline more than one revolution away is visited and refiled once per revolution. */
    node->filed_tick = node->due_tick;
    node->next = slot;
    node->previous = slot->previous;
    slot->previous->next = node;
    slot->previous = node;
    wheel->filed_count++;
}

void timer_wheel_init(TimerWheel *wheel, uint64_t now_ms)
{
    wheel->tick = tick_at(now_ms);
    wheel->filed_count = 0;
    for (size_t i = 0; i < TIMER_SLOTS; i++)
        wheel->slots[i].previous = wheel->slots[i].next = &wheel->slots[i];
}

void timer_wheel_set(TimerWheel *wheel, TimerNode *node, uint64_t now_ms, uint32_t delay_ms)
{
    if (wheel->filed_count == 0)
        wheel->tick = tick_at(now_ms);
    node->due_tick = tick_at(now_ms + delay_ms) + 1;
    if (node->previous && node->filed_tick <= node->due_tick)
        return;
    if (node->previous)
        unlink_node(wheel, node);
    file_node(wheel, node);
}

void timer_wheel_clear(TimerNode *node)
{
    node->due_tick = 0;
}

void timer_wheel_remove(TimerWheel *wheel, TimerNode *node)
{
    node->due_tick = 0;
    if (node->previous)
        unlink_node(wheel, node);
}

static void visit(TimerWheel *wheel, TimerNode *node, void (*expired)(TimerNode *, void *),
                  void *context)
{
    unlink_node(wheel, node);
    if (node->due_tick == 0)
        return;
    if (node->due_tick > wheel->tick) {
        file_node(wheel, node);
        return;
    }
    node->due_tick = 0;
    expired(node, context);
}

static void visit_slot(TimerWheel *wheel, TimerNode *slot, void (*expired)(TimerNode *, void *),
                       void *context)
{
    if (slot->next == slot)
        return;
    /* The nodes are moved to a list of their own, because visited nodes may be filed in this slot
     * again. */
    TimerNode list = {.previous = slot->previous, .next = slot->next};
    list.previous->next = list.next->previous = &list;
    slot->previous = slot->next = slot;
    while (list.next != &list)
        visit(wheel, list.next, expired, context);
}

void timer_wheel_advance(TimerWheel *wheel, uint64_t now_ms,
                         void (*expired)(TimerNode *node, void *context), void *context)
{
    uint32_t until = tick_at(now_ms);
    if (until - wheel->tick > TIMER_SLOTS && until > wheel->tick)
        wheel->tick = until - TIMER_SLOTS;
    while (wheel->tick < until) {
        wheel->tick++;
        visit_slot(wheel, &wheel->slots[wheel->tick % TIMER_SLOTS], expired, context);
    }
}
