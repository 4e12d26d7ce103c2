-- SPDX-License-Identifier: Apache-2.0
-- What an API key needs besides its ciphertext: the four characters that are shown, which encryption key made the
-- ciphertext, and where the providers azure and local are reached. encrypted_key is a Fernet token; docs/api-keys.md says
-- what is encrypted beside the key.

ALTER TABLE api_keys
    ADD COLUMN last_four VARCHAR(4) NOT NULL DEFAULT '',
    ADD COLUMN encryption_key_id VARCHAR(16) NOT NULL DEFAULT '',
    ADD COLUMN endpoint VARCHAR(255),
    ADD COLUMN deployment VARCHAR(100),
    ADD COLUMN api_version VARCHAR(40),
    ADD COLUMN base_url VARCHAR(255),
    ADD COLUMN model VARCHAR(200),
    ADD CONSTRAINT api_keys_azure_check CHECK (provider = 'azure' OR (endpoint IS NULL AND deployment IS NULL AND api_version IS NULL)),
    ADD CONSTRAINT api_keys_local_check CHECK (provider = 'local' OR (base_url IS NULL AND model IS NULL));

GRANT UPDATE (last_four, encryption_key_id, endpoint, deployment, api_version, base_url, model) ON api_keys TO netguru_app, netguru_serve;

-- One row: a known text, encrypted. A process whose encryption keys do not open it has the wrong ones and must not start.
-- The first process inserts it; only netguru keys rotate, which is the owner's, changes it.
CREATE TABLE encryption_canary (
    id BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (id),
    token TEXT NOT NULL,
    encryption_key_id VARCHAR(16) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP
);
GRANT SELECT, INSERT ON encryption_canary TO netguru_app, netguru_serve;
