/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/account.h"

#include "accounts/common_passwords.h"
#include "base/ascii.h"
#include "crypto/password.h"

bool account_is_plan(Str plan_tier)
{
    return str_equal(plan_tier, STR("solo")) || str_equal(plan_tier, STR("team")) ||
           str_equal(plan_tier, STR("enterprise"));
}

static bool fail_field(Error *error, const char *field, const char *why)
{
    error_set(error, ERR_VALIDATION, "%s: %s", field, why);
    return error_set_field(error, field);
}

bool account_check_email(Str email, Error *error)
{
    size_t at = str_find_byte(email, '@');
    bool shaped = at != STR_NOT_FOUND && at > 0 && at + 1 < email.size &&
                  str_find_byte(str_from(email, at + 1), '@') == STR_NOT_FOUND;
    for (size_t i = 0; i < email.size; i++)
        shaped = shaped && (unsigned char)email.data[i] > ' ' && email.data[i] != 0x7F;
    return shaped || fail_field(error, "email", "not an e-mail address");
}

static bool is_letter(char byte)
{
    return ascii_is_letter(byte) || (byte & 0x80);
}

/* Without the digits and punctuation at its end: "ana2026!" is "ana". */
static Str stem_of(Str text)
{
    while (text.size > 0 && !is_letter(text.data[text.size - 1]))
        text.size--;
    return text;
}

static bool is_name(Str password, Str name)
{
    Str stem = stem_of(name);
    return str_equal_ignore_case(password, name) ||
           (!str_empty(stem) && str_equal_ignore_case(stem_of(password), stem));
}

static bool is_common(Str password)
{
    char lower[PASSWORD_MAX_BYTES];
    for (size_t i = 0; i < password.size; i++)
        lower[i] = ascii_to_lower(password.data[i]);
    return common_passwords_contain(str_make(lower, password.size));
}

bool account_check_password(Str password, Str email, Error *error)
{
    Str local_part = email;
    if (!password_check_policy(password, error))
        return error_set_field(error, "password");
    if (str_find_byte(email, '@') != STR_NOT_FOUND)
        local_part = str_slice(email, 0, str_find_byte(email, '@'));
    if (is_common(password))
        return fail_field(error, "password", "one of the most common ones; choose another");
    if (is_name(password, local_part) || is_name(password, email))
        return fail_field(error, "password", "too much like the e-mail address; choose another");
    if (is_name(password, STR("netguru")))
        return fail_field(error, "password", "too much like the product's name; choose another");
    return true;
}
