/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detects which network operating system a configuration belongs to, and by which line.
 *
 * Signatures are weighed: a header that names the system decides at once ("! device: x (vEOS,
 * EOS-4.30)", "# TiMOS-", a RANCID content type); otherwise every line adds to the systems whose
 * syntax it shows.
 */
#pragma once

#include "base/arena.h"
#include "engines/config/lines.h"

typedef enum {
    SYSTEM_UNKNOWN,
    SYSTEM_IOS,
    SYSTEM_IOS_XE,
    SYSTEM_EOS,
    SYSTEM_JUNOS,     /* braces */
    SYSTEM_JUNOS_SET, /* set commands */
    SYSTEM_IOS_XR,
    SYSTEM_NXOS,
    SYSTEM_ASA,
    SYSTEM_FORTIOS,
    SYSTEM_PANOS,
    SYSTEM_HUAWEI_VRP,
    SYSTEM_COMWARE,
    SYSTEM_ROUTEROS,
    SYSTEM_VYOS,
    SYSTEM_SROS,
    SYSTEM_A10,
    SYSTEM_CHECK_POINT,
    SYSTEM_CUMULUS,
    SYSTEM_F5,
    SYSTEM_AOSCX,
    SYSTEM_IRONWARE,
    SYSTEM_COUNT,
} System;

typedef struct {
    const char *id;     /* "cisco_ios", as in JSON */
    const char *name;   /* "Cisco IOS" */
    const char *vendor; /* "cisco" */
    bool parsed;        /* device_analyze can parse it */
} VendorTraits;

const VendorTraits *vendor_traits(System system);

typedef struct {
    System system;
    uint32_t line;  /* line of the decisive signature */
    Str evidence;   /* that line, at most 120 bytes of it */
    Str reason;     /* "says \"feature bgp\", which only NX-OS has" */
    uint32_t signs; /* lines that point to this system */
} VendorMatch;

/* Returns false (and SYSTEM_UNKNOWN) when nothing in the lines looks like a known configuration. */
bool vendor_detect(Arena *arena, const ConfigLines *lines, VendorMatch *out_match);
