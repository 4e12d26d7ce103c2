-- SPDX-License-Identifier: Apache-2.0
DROP FUNCTION personal_token_record(jsonb, text, uuid);
