/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/device.h"

static double share(const Device *device, uint32_t part)
{
    const LineCounts *lines = &device->lines;
    uint32_t all = lines->parsed + lines->known + lines->unknown + lines->skipped;
    return all ? (double)part / (double)all : 1.0;
}

double device_analysed(const Device *device)
{
    return share(device, device->lines.parsed);
}

double device_understood(const Device *device)
{
    return share(device, device->lines.parsed + device->lines.known);
}
