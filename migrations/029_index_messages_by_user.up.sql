-- SPDX-License-Identifier: Apache-2.0
--
-- Messages by user: a search walks the newest messages of its user, and an erasure finds them. Without it, both read the
-- messages of everybody as soon as a word is common.
CREATE INDEX idx_messages_user ON messages (user_id, created_at DESC, id DESC);
