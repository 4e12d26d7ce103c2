/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a configuration states about OSPF on an interface: "cost 10", "network point-to-point",
 * "hello-interval 5". Systems write the same settings behind different commands: below the
 * interface of an area, or after "ip ospf".
 */
#pragma once

#include "engines/config/reader.h"

/* Stores the setting that word i of the line names. "no" before the line takes it back. Returns
 * false if no setting has that name, or if its value cannot be read. */
bool ospf_setting_read(Reader *reader, size_t i, InterfaceOspf *ospf);
