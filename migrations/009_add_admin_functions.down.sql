-- SPDX-License-Identifier: Apache-2.0
DROP FUNCTION admin_user_update(uuid, text, boolean);
DROP FUNCTION admin_user_list(integer, timestamptz, uuid);
DROP FUNCTION admin_require();
