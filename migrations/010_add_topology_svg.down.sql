-- SPDX-License-Identifier: Apache-2.0
ALTER TABLE topology_snapshots DROP COLUMN svg;
