/* SPDX-License-Identifier: Apache-2.0 */
/* The dialects, one line each. A new system is a line here and in dialects.c. */
#pragma once

#include "engines/config/dialect.h"

extern const Dialect ios_dialect;
extern const Dialect iosxe_dialect;
extern const Dialect eos_dialect;
extern const Dialect junos_dialect;
extern const Dialect junos_set_dialect;
extern const Dialect nxos_dialect;
extern const Dialect iosxr_dialect;
extern const Dialect asa_dialect;
extern const Dialect fortios_dialect;
extern const Dialect panos_dialect;
extern const Dialect vrp_dialect;
extern const Dialect comware_dialect;
extern const Dialect routeros_dialect;
extern const Dialect vyos_dialect;
extern const Dialect sros_dialect;
extern const Dialect a10_dialect;
extern const Dialect checkpoint_dialect;
extern const Dialect cumulus_dialect;
extern const Dialect f5_dialect;
extern const Dialect aoscx_dialect;
extern const Dialect ironware_dialect;

/* All dialects, the more common ones first: of equal evidence, the first one counts. */
extern const Dialect *const dialects[];
extern const size_t dialect_count;

/* Returns the system with this id ("cisco_ios"), or &system_unknown. */
const System *dialect_find_system(Str id);
