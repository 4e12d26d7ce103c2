-- SPDX-License-Identifier: Apache-2.0
DROP TABLE messages;
DROP FUNCTION messages_touch_conversations();
DROP TABLE conversations;
