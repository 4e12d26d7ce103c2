/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What supervisor.c (starting and keeping) and stop.c (ending) share.
 */
#pragma once

#include "app/up/supervisor.h"

/* Waits at most so long for a signal, notes one that asks to stop, and reaps what has ended. */
void supervisor_listen(Supervisor *supervisor, unsigned timeout_ms);
