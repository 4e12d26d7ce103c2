/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PacketGate: how many processes read packets of captures at the same time, in this process and for
 * each user. Everybody else waits, first come, first served, among those whose user has less than
 * the limit; more than some are refused at once.
 *
 *     if (!packet_gate_enter(task, gate))
 *         return false;
 *     bool done = analysis_packets(task, &input, &json);
 *     packet_gate_leave(gate, &task->user_id);
 */
#pragma once

#include "task/task.h"

enum {
    PACKET_GATE_PLACES = 4,
    PACKET_GATE_PLACES_A_USER = 2,
    PACKET_GATE_WAITING = 64,
    PACKET_GATE_WAITING_A_USER = 8,
};

typedef struct PacketGate PacketGate;

PacketGate *packet_gate_new(void) MUST_USE;
/* Frees the gate; nobody may be in it or wait for it. Accepts NULL. */
void packet_gate_free(PacketGate *gate);

/*
 * Waits for a place for the user of the task. Fails, without a place, when the task is cancelled or
 * out of time, with ERR_RATE_LIMIT_EXCEEDED when too many requests of the user wait, and with
 * ERR_UNAVAILABLE when too many of all users do.
 */
bool packet_gate_enter(Task *task, PacketGate *gate) MUST_USE;
/* Return how many are in the gate, and how many wait for it. */
uint32_t packet_gate_count_inside(const PacketGate *gate);
uint32_t packet_gate_count_waiting(const PacketGate *gate);
/* Gives the place of the user back. */
void packet_gate_leave(PacketGate *gate, const Uuid *user_id);
