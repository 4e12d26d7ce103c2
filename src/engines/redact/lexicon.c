/* SPDX-License-Identifier: Apache-2.0 */
/* Which words matter, as data. To teach the redactor a word, add it to a list here. */
#include "base/ascii.h"
#include "engines/redact/internal.h"

typedef struct {
    uint32_t class;
    const char *words; /* separated by spaces, in lower case */
} WordList;

static const WordList word_lists[] = {
    {WORD_BETWEEN,
     "0 1 2 3 4 5 6 7 8 9 10 8a encrypted ciphertext hashed clear cleartext clear-text plain "
     "plaintext plain-text unencrypted simple cipher irreversible-cipher reversible-cipher "
     "irreversible ascii hex hexadecimal ascii-text text string key-string keystring key enc "
     "set-key 128 192 256 40bit 104bit 128bit hash hash2 value local remote secret password "
     "fallback manager operator usual nonstandard shared-key read write readonly readwrite "
     "ro-community encrypted-password localized"},
    {WORD_BETWEEN | WORD_ALGORITHM,
     "md5 ietf-md5 sha sha1 sha2 sha224 sha256 sha384 sha512 sha-1 sha-224 sha-256 sha-384 "
     "sha-512 hmac-md5 hmac-sha hmac-sha1 hmac-sha-1 hmac-sha-256 hmac-sha256 hmac-sha-384 "
     "hmac-sha-512 hmac-sha-1-12 hmac-sha1-12 hmac-sha-1-20 hmac-sha1-96 hmac-md5-96 "
     "hmac-sha2-256 aes aes-128 aes-192 aes-256 aes128 aes192 aes256 aes-cbc aes-cbc-128 "
     "aes-128-cbc aes-256-cbc aes-128-cfb-key aes-128-cmac aes-256-cmac des des56 des-cbc 3des "
     "3desede 3des-cbc 3des168 scrypt pbkdf2 hmacmd5 hmacsha md5-hmac cmac-aes-128 blowfish "
     "twofish"},
    {WORD_BETWEEN, "ssh-rsa ssh-dss ssh-ed25519"},
    {WORD_BETWEEN | WORD_TAKES_ONE, "level type user-name role peer option"},
    {WORD_HARMLESS,
     "policy policies encryption encryption-key encryptions required requirement requirements "
     "recovery management prompt prompts reset resets change changes changed changing rotation "
     "rotations complexity length lengths strength strength-check history protection protected "
     "expired expires expire expiry expiration incorrect invalid wrong mismatch mismatched "
     "missing failed failure failures error errors authentication authenticated authenticates "
     "based field fields file files database databases storage store stores aging age lifetime "
     "warntime gracetime minimum minimum-length maximum min max min-length max-length "
     "minlength format change-type profile profiles key-chain keychain chain chains rollover "
     "attempts attempt retries retry command commands strings vs list lists name names hashes "
     "hashing generator generation rule rules settings setting types less cracking spraying "
     "reuse bucket buckets ring add print remove export generic docker-registry section table "
     "column page feature features support supported configured configuration configure "
     "agreement handshake exchange exchanges derivation size sizes pair pairs manager-role "
     "length: verification validation check checks again confirm confirmation entered accepted "
     "denied rejected matches match removed added set updated unset unknown disabled enabled "
     "disable enable hint hints sync synchronization update updates updating guessing leak "
     "leaks leaked exposure sharing safe safes vault vaults hygiene best handling handler "
     "parameter parameters property properties issue issues problem problems service services "
     "server servers client clients request requests response responses endpoint endpoints api "
     "apis scanning scanner detection masking redaction redacted data material lookup access "
     "account accounts group groups logging login logins auth credential credentials "
     "environment variable variables default defaults line lines address hostname generated "
     "generates generate empty blank lost compromised stolen unchanged authentication-order "
     "backup backups audit audits system systems option-set display only once per-user "
     "per-vlan refreshed revoked issued received sent created deleted loaded saved found "
     "key-id keyid default-gracetime default-lifetime default-warntime maximum-length "
     "maximum-lifetime minimum-changes minimum-numerics minimum-punctuations "
     "minimum-upper-cases minimum-lower-cases minimum-character-changes minimum-reuse "
     "identifier identifiers index block blocks state states status ids id number numbers "
     "usage version versions controller disallowed allowed allow shown hidden stored kept "
     "visible length-check dictionary"},
    {WORD_SENTENCE,
     "the a an is are was were be been being its it this that these those which must should "
     "shall can could will would may might has have had does do did you your we our they their "
     "he because when where how what why then than so such there here also cannot never always "
     "please i"},
    {WORD_JOINING,
     "of to for with and or in on at by from as not no any all each every per via but if after "
     "before into over under using during"},
    {WORD_VERB,
     "set user usern username neighbor neighbour peer enable snmp-server snmp-agent snmp "
     "snmpv3 ip ipv6 crypto aaa tacacs-server radius-server hwtacacs-server ntp ntp-service "
     "line ppp vpdn l2tp isis ospf ospfv3 rip standby vrrp glbp hsrp cts mpls key config "
     "configure add local-user super action event kron alias archive wpa security server "
     "client ap web area password secret passwd machine ldap-server ldap authentication "
     "authenticate access wlan bind enrollment encrypted-password rsakeypair ssh ftp tftp http "
     "nhrp msdp pim bgp router lisp eigrp encryption credentials digest vtp hello lsp domain "
     "failover crypt export env tunnel dialer pppoe dot1x dot11 voice call-home smtp mail "
     "license zone profile group host no default do exec attribute tacacs radius bind-password "
     "root-authentication login authentication-key usm trap edit proxy spanning-tree tcp-ao "
     "mgmt restconf username: ike ipsec isakmp macsec mka sftp scp api"},
    {WORD_LITERAL,
     "true false null none nil yes no on off required optional enabled disabled enable disable "
     "string str bool boolean int integer text empty unset default undefined unknown n/a na "
     "tbd ok failed success valid invalid expired changed hidden removed redacted missing not "
     "encrypted present absent set never always prompt ask no-export no-advertise chauthtok "
     "local-as internet graceful-shutdown additive"},
    {WORD_OPTION,
     "privilege role level encrypted store-local realm timeout ro rw read-only read-write "
     "address hostname host transmit-key mode-list start-time authentication accounting "
     "authorization port view group localizedkey localized priv privacy engineid auth access "
     "ipv4 ipv6 operator manager unrestricted restricted security-model hash hash2 algorithm "
     "sec-name send-lifetime accept-lifetime udp-port version vrf rid include exclude service "
     "service-type state level-1 level-2 send-only expire nt-encrypted mschap pbkdf2 "
     "attributes trap-level acl description exit end"},
    {WORD_SCHEME,
     "bearer basic digest token apikey api-key negotiate ntlm hmac aws4-hmac-sha256 oauth key "
     "sharedkey splunk"},
    {WORD_CONTACT,
     "mailto sip sips xmpp tel from to cc bcc mail email e-mail contact user username login "
     "account principal acct reply-to sender author maintainer git ssh urn tag"},
    {WORD_PUBLIC,
     "fingerprint fingerprints public public-key publickey pubkey public_key pubkeys "
     "peer-public-key ssh-rsa ssh-dss ssh-ed25519 ssh-key sshkey ecdsa-sha2-nistp256 "
     "ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 serial serialnumber certificate cert checksum "
     "digest sha256sum md5sum commit uuid guid md5: client-certificate-data "
     "certificate-authority-data rsa-key x509 pid key-id keyid key_id uid identifier engineid "
     "image file release bundle"},
    {WORD_DESCRIPTION, "description remark desc name comment banner ! # //"},
};

/* Endings of words, without '-', '_' and '.', with what follows them. */
static const Str strong_endings[] = {
    STR_INIT("password"),
    STR_INIT("passwd"),
    STR_INIT("passphrase"),
    STR_INIT("passcode"),
    STR_INIT("passkey"),
    STR_INIT("secret"),
    STR_INIT("psk"),
    STR_INIT("presharedkey"),
    STR_INIT("presharedkeys"),
    STR_INIT("sharedkey"),
    STR_INIT("authkey"),
    STR_INIT("privatekey"),
    STR_INIT("privkey"),
    STR_INIT("authenticationkey"),
    STR_INIT("secretkey"),
    STR_INIT("privacykey"),
    STR_INIT("keystring"),
    STR_INIT("octetstring"),
    STR_INIT("keyhash"),
    STR_INIT("setkey"),
    STR_INIT("serverkey"),
    STR_INIT("encryptedkey"),
    STR_INIT("wepkey"),
    STR_INIT("wpakey"),
    STR_INIT("md5key"),
    STR_INIT("sha1key"),
    STR_INIT("digestkey"),
    STR_INIT("accesskey"),
    STR_INIT("apikey"),
    STR_INIT("token"),
    STR_INIT("authtok"),
    STR_INIT("pmk"),
    STR_INIT("cak"),
    STR_INIT("ckn"),
    STR_INIT("phash"),
    STR_INIT("communityname"),
    STR_INIT("communitystring"),
    STR_INIT("trapcommunity"),
    STR_INIT("rocommunity"),
    STR_INIT("rwcommunity"),
    STR_INIT("requirepass"),
    STR_INIT("masterauth"),
    STR_INIT("bindpw"),
    STR_INIT("rootpw"),
    STR_INIT("authpass"),
    STR_INIT("dbpass"),
    STR_INIT("userpass"),
    STR_INIT("keydata"),
    STR_INIT("accountkey"),
    STR_INIT("masterkey"),
    STR_INIT("signingkey"),
    STR_INIT("pwd"),
    STR_INIT("regkey"),
    STR_INIT("psksecretremote"),
    STR_INIT("presharedkeyremote"),
    STR_INIT("presharedkeylocal"),
    STR_INIT("passinline"),
    STR_INIT("plaintextkey"),
    STR_INIT("smtppass"),
    STR_INIT("ipseckey"),
    STR_INIT("plaintextpasswordvalue"),
    STR_INIT("ikekey"),
    STR_INIT("tsigkey"),
    STR_INIT("securitykey"),
    STR_INIT("encryptedpasswd"),
    STR_INIT("passwort"),
    STR_INIT("contrasena"),
    STR_INIT("motdepasse"),
};
static const Str assigned_endings[] = {
    STR_INIT("pass"),          STR_INIT("pw"),        STR_INIT("credentials"),
    STR_INIT("credential"),    STR_INIT("community"), STR_INIT("sessionkey"),
    STR_INIT("encryptionkey"), STR_INIT("hmackey"),
};
static const Str weak_endings[] = {
    STR_INIT("key"),    STR_INIT("auth"),      STR_INIT("hash"),
    STR_INIT("salt"),   STR_INIT("bearer"),    STR_INIT("signature"),
    STR_INIT("cookie"), STR_INIT("sessionid"), STR_INIT("otp"),
};
/* They end like a key word and are none. */
static const Str no_keys[] = {
    STR_INIT("nopassword"),       STR_INIT("nosecret"),
    STR_INIT("denypassword"),     STR_INIT("withoutpassword"),
    STR_INIT("prohibitpassword"), STR_INIT("permitpassword"),
    STR_INIT("publickey"),        STR_INIT("pubkey"),
    STR_INIT("hostkey"),          STR_INIT("primarykey"),
    STR_INIT("foreignkey"),       STR_INIT("donkey"),
    STR_INIT("monkey"),           STR_INIT("turkey"),
    STR_INIT("whiskey"),          STR_INIT("sortkey"),
    STR_INIT("keychainkey"),      STR_INIT("zeropassword"),
    STR_INIT("resetpassword"),    STR_INIT("changepassword"),
    STR_INIT("forgotpassword"),   STR_INIT("expiredpassword"),
    STR_INIT("retrypassword"),    STR_INIT("bypass"),
    STR_INIT("trespass"),         STR_INIT("cvauth"),
    STR_INIT("htpasswd"),         STR_INIT("chpasswd"),
    STR_INIT("ldappasswd"),       STR_INIT("singletoken"),
    STR_INIT("multitoken"),       STR_INIT("extcommunity"),
    STR_INIT("sendcommunity"),    STR_INIT("extendedcommunity"),
    STR_INIT("largecommunity"),   STR_INIT("standardcommunity"),
    STR_INIT("compass"),          STR_INIT("encompass"),
    STR_INIT("overpass"),         STR_INIT("underpass"),
    STR_INIT("hotkey"),           STR_INIT("dnskey"),
    STR_INIT("sshkey"),           STR_INIT("routingkey"),
    STR_INIT("partitionkey"),
};

enum { SLOTS = 4096, KEY_WORD_MAX = 48 };

typedef struct {
    Str word;
    uint32_t class;
} Slot;

struct Lexicon {
    Slot slots[SLOTS];
};

static uint32_t hash_lower(Str word)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < word.size; i++)
        hash = (hash ^ (unsigned char)ascii_to_lower(word.data[i])) * 16777619U;
    return hash ^ hash >> 15;
}

/* Index of the word's slot, or of the empty one where it would go. */
static uint32_t slot_of(const Lexicon *lexicon, Str word)
{
    uint32_t at = hash_lower(word) % SLOTS;
    while (lexicon->slots[at].word.size && !str_equal_ignore_case(lexicon->slots[at].word, word))
        at = (at + 1) % SLOTS;
    return at;
}

void lexicon_add(Lexicon *lexicon, Str word, uint32_t class)
{
    Slot *slot = &lexicon->slots[slot_of(lexicon, word)];
    slot->word = word;
    slot->class |= class;
}

Lexicon *lexicon_new(Arena *arena)
{
    Lexicon *lexicon = ARENA_NEW(arena, Lexicon);
    rules_add_words(arena, lexicon);
    programs_add_words(lexicon);
    for (size_t i = 0; i < COUNT_OF(word_lists); i++) {
        Str rest = str_of(word_lists[i].words);
        Str word;
        while (str_next_word(&rest, &word))
            lexicon_add(lexicon, word, word_lists[i].class);
    }
    return lexicon;
}

uint32_t lexicon_find(const Lexicon *lexicon, Str word)
{
    return word.size && word.size <= KEY_WORD_MAX ? lexicon->slots[slot_of(lexicon, word)].class
                                                  : 0;
}

/* Lower case without '-', '_' and '.', without digits and signs at the end: "DB_PASSWORD2". */
static Str normalized(Str word, char out[KEY_WORD_MAX])
{
    size_t size = 0;
    if (word.size > KEY_WORD_MAX)
        word = str_from(word, word.size - KEY_WORD_MAX);
    for (size_t i = 0; i < word.size; i++) {
        char c = ascii_to_lower(word.data[i]);
        if (ascii_is_lower(c) || ascii_is_digit(c) || (unsigned char)c >= 0x80)
            out[size++] = c;
    }
    return str_make(out, size);
}

static Str without_digits(Str word)
{
    while (word.size && ascii_is_digit(word.data[word.size - 1]))
        word.size--;
    return word;
}

static bool ends_in(Str word, const Str *endings, size_t count)
{
    char last = word.size ? word.data[word.size - 1] : 0;
    for (size_t i = 0; i < count; i++) {
        if (endings[i].data[endings[i].size - 1] == last && str_ends_with(word, endings[i]))
            return true;
    }
    return false;
}

/* "/etc/passwd", "../x"; not "Username/Password". */
static bool is_path(Str word)
{
    size_t first = str_find_byte(word, '/');
    return first != STR_NOT_FOUND && (first == 0 || first != str_find_last_byte(word, '/') ||
                                      word.data[0] == '~' || word.data[0] == '.');
}

/* "pw" counts as an ending behind a sign only: "radius-common-pw", not "showpw". */
static bool ends_in_pw(Str word)
{
    char two[3] = {0};
    if (word.size < 3)
        return word.size == 2 && ascii_to_lower(word.data[0]) == 'p' &&
               ascii_to_lower(word.data[1]) == 'w';
    for (size_t i = 0; i < 3; i++)
        two[i] = ascii_to_lower(word.data[word.size - 3 + i]);
    return (two[0] == '-' || two[0] == '_') && two[1] == 'p' && two[2] == 'w';
}

static bool has_letters(Str word)
{
    for (size_t i = 0; i < word.size; i++) {
        if (ascii_is_letter(word.data[i]) || (unsigned char)word.data[i] >= 0x80)
            return true;
    }
    return false;
}

/* Judges by the ending alone. plain is the word without digits at the end of whole. */
static KeyKind kind_of_ending(Str word, Str whole, Str plain)
{
    if (ends_in_pw(word) && word.size > 2)
        return KEY_STRONG;
    if (ends_in(plain, strong_endings, COUNT_OF(strong_endings)) ||
        str_ends_with(whole, STR("md5key")))
        return KEY_STRONG;
    if (ends_in(plain, assigned_endings, COUNT_OF(assigned_endings)))
        return KEY_ASSIGNED;
    return ends_in(plain, weak_endings, COUNT_OF(weak_endings)) ? KEY_WEAK : KEY_NONE;
}

KeyKind lexicon_key_kind(Str word)
{
    char buffer[KEY_WORD_MAX];
    if (word.size < 2 || !has_letters(word) || is_path(word))
        return KEY_NONE;
    /* The mnemonic of a log message is none. */
    if (str_starts_with(word, STR("UI_")) || word.data[0] == '%')
        return KEY_NONE;
    Str whole = normalized(word, buffer);
    Str plain = without_digits(whole);
    if (plain.size < 2 || whole.size - plain.size > 2)
        return KEY_NONE;
    KeyKind kind = kind_of_ending(word, whole, plain);
    return kind && ends_in(plain, no_keys, COUNT_OF(no_keys)) ? KEY_NONE : kind;
}

bool lexicon_is_about_secrets(const Lexicon *lexicon, Str word)
{
    static const Str parts[] = {STR_INIT("pass"), STR_INIT("secret"), STR_INIT("token"),
                                STR_INIT("key"),  STR_INIT("psk"),    STR_INIT("credential"),
                                STR_INIT("pwd"),  STR_INIT("bearer")};
    char buffer[KEY_WORD_MAX];
    if (str_find_byte(word, '/') != STR_NOT_FOUND || (lexicon_find(lexicon, word) & WORD_PUBLIC))
        return false;
    while (word.size && word.data[word.size - 1] == '.')
        word.size--;
    if (str_find_byte(word, '.') != STR_NOT_FOUND)
        return false;
    Str plain = normalized(word, buffer);
    if (ends_in(without_digits(plain), no_keys, COUNT_OF(no_keys)) ||
        str_starts_with(plain, STR("passive")) || str_starts_with(plain, STR("keyid")))
        return false;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (str_find(plain, parts[i]) != STR_NOT_FOUND)
            return true;
    }
    return false;
}
