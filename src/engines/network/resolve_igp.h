/* SPDX-License-Identifier: Apache-2.0 */
/* The part of device_resolve that is about IS-IS and EIGRP: which interfaces take part, and what
 * they inherit from their process. */
#pragma once

#include "engines/network/build.h"

void resolve_igp(Builder *builder, IgpKind kind);
