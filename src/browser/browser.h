/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Browser: the page that people open, and what it must know before anybody has logged in.
 */
#pragma once

#include "web/router.h"

extern const Route browser_routes[];
