-- SPDX-License-Identifier: Apache-2.0
-- Loses the record of deleted conversations: the messages that are left are all that 008 can fill it from again.
DROP TRIGGER messages_record_usage ON messages;
DROP TABLE usage_ledger;
DROP FUNCTION usage_ledger_refuse_change();
DROP FUNCTION messages_record_usage();
DROP FUNCTION usage_count(jsonb, text);
