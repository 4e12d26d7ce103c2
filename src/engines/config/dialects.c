/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/dialects.h"

const Dialect *const dialects[] = {
    &ios_dialect,      &iosxe_dialect,      &eos_dialect,      &junos_dialect,   &junos_set_dialect,
    &nxos_dialect,     &iosxr_dialect,      &asa_dialect,      &fortios_dialect, &panos_dialect,
    &vrp_dialect,      &comware_dialect,    &routeros_dialect, &vyos_dialect,    &sros_dialect,
    &a10_dialect,      &checkpoint_dialect, &cumulus_dialect,  &f5_dialect,      &aoscx_dialect,
    &ironware_dialect,
};

const size_t dialect_count = COUNT_OF(dialects);

const System *dialect_find_system(Str id)
{
    for (size_t i = 0; i < dialect_count; i++) {
        if (str_equal(id, str_of(dialects[i]->system.id)))
            return &dialects[i]->system;
    }
    return &system_unknown;
}
