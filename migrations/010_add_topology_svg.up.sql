-- SPDX-License-Identifier: Apache-2.0
-- The picture of a topology, drawn with it in the sandbox: the server never parses configurations itself.

ALTER TABLE topology_snapshots ADD COLUMN svg TEXT CHECK (octet_length(svg) <= 8388608);
