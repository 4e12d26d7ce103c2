/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/system.h"

const System system_unknown = {.id = "unknown", .name = "unknown", .vendor = "unknown"};
