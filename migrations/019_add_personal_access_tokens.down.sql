-- SPDX-License-Identifier: Apache-2.0
DROP FUNCTION personal_token_find_alive(uuid[]);
DROP FUNCTION personal_token_use(bytea);
DROP TABLE personal_access_tokens;
