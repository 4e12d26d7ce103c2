/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration groups of IOS-XR: "group NAME … end-group" and "apply-group NAME". Names in a group
 * may be regular expressions (name_pattern.h), which match what the file itself states.
 */
#pragma once

#include "engines/config/dialect.h"

/*
 * Returns the lines of the builder with those that the configuration inherits, each below the head
 * of its block and before the block's own lines, which so override it. Blocks that the file does
 * not have are added. Returns NULL if the file has no groups.
 */
const ConfigLines *xr_inherit(Builder *builder);
