-- SPDX-License-Identifier: Apache-2.0
DROP INDEX idx_messages_user;
