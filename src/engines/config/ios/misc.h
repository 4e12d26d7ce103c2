/* SPDX-License-Identifier: Apache-2.0 */
/* The small commands that IOS, EOS and NX-OS share. */
#pragma once

#include "engines/config/ios/ios.h"

bool ios_hostname(Reader *reader);
bool ios_version(Reader *reader);
bool ios_domain(Reader *reader);
bool ios_license(Reader *reader);
bool ios_ntp_server(Reader *reader);
bool ios_log_host(Reader *reader);
bool ios_log_address(Reader *reader);
bool ios_name_server(Reader *reader);
bool ios_username(Reader *reader);
bool ios_vlan(Reader *reader);
bool ios_route_map(Reader *reader);
