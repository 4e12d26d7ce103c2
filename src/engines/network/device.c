/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/device.h"

double device_understood(const Device *device)
{
    uint32_t understood = device->lines.parsed + device->lines.known;
    uint32_t all = understood + device->lines.unknown;
    return all ? (double)understood / (double)all : 1.0;
}
