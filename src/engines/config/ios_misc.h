/* SPDX-License-Identifier: Apache-2.0 */
/* The small commands of IOS and EOS, and the tables of all contexts. */
#pragma once

#include "engines/config/ios.h"

bool ios_hostname(IosParser *parser);
bool ios_version(IosParser *parser);
bool ios_domain(IosParser *parser);
bool ios_license(IosParser *parser);
bool ios_ntp_server(IosParser *parser);
bool ios_log_host(IosParser *parser);
bool ios_name_server(IosParser *parser);
bool ios_username(IosParser *parser);
bool ios_vlan(IosParser *parser);
bool ios_vrf(IosParser *parser);
bool ios_route_map(IosParser *parser);

const IosTable *ios_table(IosContext context);
