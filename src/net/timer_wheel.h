/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TimerWheel: one deadline for each of many objects, at 24 bytes each and without a system call.
 * Postponing a deadline, the common case, takes one store: the object is moved when its old slot is
 * visited. Deadlines are late by at most two ticks.
 *
 *     timer_wheel_set(&wheel, &connection->timer, now_ms, 75000);
 *     … timer_wheel_advance(&wheel, now_ms, on_expired, context) about once a tick …
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { TIMER_TICK_MS = 128, TIMER_SLOTS = 512 };

/* Embedded in the object; zeroed before the first use. */
typedef struct TimerNode {
    struct TimerNode *previous; /* NULL: in no slot */
    struct TimerNode *next;
    uint32_t due_tick;   /* 0: not set */
    uint32_t filed_tick; /* when its slot is visited */
} TimerNode;

typedef struct {
    TimerNode slots[TIMER_SLOTS];
    uint32_t tick;
    uint32_t filed_count; /* nodes in slots; 0: nothing needs timer_wheel_advance */
} TimerWheel;

void timer_wheel_init(TimerWheel *wheel, uint64_t now_ms);
/* Sets or moves the node's deadline to delay_ms from now. */
void timer_wheel_set(TimerWheel *wheel, TimerNode *node, uint64_t now_ms, uint32_t delay_ms);
/* Clears the deadline. The node may stay in a slot. */
void timer_wheel_clear(TimerNode *node);
/* Takes the node out of the wheel; required before its memory is freed. */
void timer_wheel_remove(TimerWheel *wheel, TimerNode *node);
/* Calls expired for each node whose deadline has passed. expired may set, clear and remove any
 * node. */
void timer_wheel_advance(TimerWheel *wheel, uint64_t now_ms,
                         void (*expired)(TimerNode *node, void *context), void *context);
