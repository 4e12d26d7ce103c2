-- SPDX-License-Identifier: Apache-2.0
DROP TABLE encryption_canary;

ALTER TABLE api_keys
    DROP COLUMN last_four,
    DROP COLUMN encryption_key_id,
    DROP COLUMN endpoint,
    DROP COLUMN deployment,
    DROP COLUMN api_version,
    DROP COLUMN base_url,
    DROP COLUMN model;
