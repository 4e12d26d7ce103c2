-- SPDX-License-Identifier: Apache-2.0
-- alembic_version stays (the runner writes it), and so do the extensions, which provision.sql made.
DROP FUNCTION account_deactivate();
DROP FUNCTION account_set_password(text, text);
DROP FUNCTION account_register(text, text, text);
DROP FUNCTION account_find_for_login(text);
DROP TABLE api_keys;
DROP TABLE users;
DROP FUNCTION set_updated_at();
