-- SPDX-License-Identifier: Apache-2.0
DROP FUNCTION turn_note_title(uuid, text, jsonb, integer, jsonb);
DROP FUNCTION turn_bill(uuid, uuid, integer, jsonb, jsonb);
DROP TABLE conversation_standins;
REVOKE UPDATE (is_private) ON conversations FROM authenticated_user;
ALTER TABLE conversations DROP COLUMN is_private;
