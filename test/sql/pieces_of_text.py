# SPDX-License-Identifier: Apache-2.0
"""Random texts of what is hard to cut into words and to spell: addresses, masks, names of ports, punctuation, letters with accents."""

HEX = "0123456789abcdefABCDEF"
OCTETS = ["0", "1", "10", "255", "256", "254", "252", "128", "127", "63", "7", "3", "001", "00", "1000"]
MASKS = ["255.255.255.0", "255.255.255.252", "0.0.0.3", "0.0.0.255", "0.0.255.255", "255.0.0.0", "255.255.255.255", "0.0.0.0", "255.255.255.253",
         "0.255.255.255", "255.254.0.0", "254.0.0.0", "1.255.255.255", "255.255.0.255", "0.0.0.1", "0.0.3.255", "0.3.255.255", "0.0.0.03"]
IPV6_STARTS = ["::ffff:", "::", "fe80::", "1:2:3:4:5:6:", "::0:", "64:ff9b::", "0:0:0:0:0:ffff:", "0:0:0:0:0:0:", "1::2:3:4:5:", "::2:3:4:5:6:"]
ZONES = ["eth0", "eth0/24", "1", "/24", "eth0/", "Gi0/1", "vlan.100", "a_b-c", "", ".", "é"]
LENGTHS = ["64", "128", "129", "0", "00", "064", "1", "99", "119", "120", "4294967296", ""]
PORTS = ("tengigabitethernet tengigethernet tengige tengig ten tengigabit xgigabitethernet xge gigabitethernet gigabitether gigabiteth gigabit gige gig ge "
         "twogigabitethernet two fivegigabitethernet five appgigabitethernet twentyfivegigabitethernet twentyfivegige twentyfivegig fortygigabitethernet "
         "fortygige fortygig fiftygige hundredgigabitethernet hundredgige hundredgig fastethernet fast ethernet eth loopback loop port-channel portchannel "
         "bundle-ether bundleether management mgmt mgmteth tunnel tun serial ser vlan bridge-aggregation vlan-interface fa gi te xgig xgige twogig "
         "fivegigabit fastfa et lo po").split()
NUMBERS = ["0/1", "1/0/24", "0/0/0.100", "0/1:2", "1", "100", "0/", "/1", "0/1/", "0/1.", "0/1.5", "00/1", "0//1", "1.2", "0/0/0/1"]
WORDS = ["ospf", "OSPF-5-ADJCHG", "%BGP-3-NOTIFICATION:", "AS65001", "configuração", "CONFIGURAÇÃO", "leaf1a", "é", "ß", "Жук", "日本語", "💥", "a\u0300", "ÿ",
         "Æther", "as", "abc-def", "abc_def.ghi", "aaa111.aaa111", "lis-core1-show-version.txt", "12345", "1234", "802.1x", "e\u0301cole", "ge-0/0/0.100",
         "eth0.100", "xe-1/2/3:0.5", "a.1", "a1.2", "a-b1/2:3.4", "abc1.x2", "2024-01-05T08:30:00.123Z", "user@host.example.com", "~/.ssh/id", "$HOME", "a+b",
         "50%-60%", "a&b", "::", "::1", ":", ":a", ":a:", "::a", ":::", "a::", ".:a:.", "deadbeefcafe", "123456789012", "0100.5079.6668.01"]
SEPARATORS = [*"   \n\t,;()[]{}<>\"'`|=!?\\“”‘’«»…—–·•-/:.", "  ", "\u0085", "\u00a0", "\u2028", "\u2029", "\u3000", "\ufeff", "\x01", "\x1f", "\x7f", "\r", "\v",
              "\f", "\u2003", "\u200b", "\u1680", "\u202f", ". ", ": ", ""]
CHARACTERS = [*"ab01fFgG.:/-_%'\"\\&|!()<>*@#$^~+,;= \n\t{}[]éçßÇŒ“”…\u00a0\u2028\ufeffЖ日💥\x01\x7f"]


def digits(random, count):
    return "".join(random.choices(HEX, k=count))


def ipv4(random):
    return ".".join(random.choice([*OCTETS, str(random.randint(0, 300))]) for _ in range(4))


def ipv4_with_mask(random):
    return ipv4(random) + random.choice([" ", "  ", ", ", "\n", " . "]) + random.choice(MASKS) + random.choice(["", " " + random.choice(MASKS), "/24"])


def ipv4_with_port(random):
    return ipv4(random) + random.choice(["", "", "/24", "/33", ":179", ":", "/", "."])


def wrong_ipv6(random):
    groups = [random.choice(["0", "", "0000", digits(random, random.randint(1, 5)), "ffff", "db8", "1"]) for _ in range(random.randint(0, 9))]
    text = ":".join(groups)
    if random.random() < 0.4:
        at = random.randint(0, len(text))
        text = text[:at] + "::" + text[at:]
    if random.random() < 0.2:
        text = random.choice(IPV6_STARTS) + random.choice([ipv4(random), "a00:1", "0:1", "1:0"])
    if random.random() < 0.25:
        text += "%" + random.choice(ZONES)
    if random.random() < 0.3:
        text += "/" + random.choice([*LENGTHS, str(random.randint(0, 130))])
    return text


def ipv6(random):
    groups = [random.choice(["0", "0", "0000", "1", "db8", digits(random, random.randint(1, 4))]) for _ in range(8)]
    end = random.choice(["", "", "/64", "/128", "%eth0"])
    if random.random() < 0.4:
        return ":".join(groups) + end
    first = random.randint(0, 8)
    return ":".join(groups[:first]) + "::" + ":".join(groups[random.randint(first, 8):]) + end


def mac(random):
    mark = random.choice(":-.")
    other = random.choice(":-.")
    notations = [
        lambda: mark.join(digits(random, 2) for _ in range(6)),
        lambda: mark.join(digits(random, 4) for _ in range(3)),
        lambda: digits(random, 6) + random.choice([mark, ""]) + digits(random, 6),
        lambda: ":".join(digits(random, random.randint(1, 2)) for _ in range(6)),
        lambda: "01" + mark + mark.join(digits(random, 2) for _ in range(6)),
        lambda: "01" + digits(random, 2) + "." + digits(random, 4) + "." + digits(random, 4) + mark + digits(random, 2),
        lambda: digits(random, 4) + mark + digits(random, 4) + other + digits(random, 4),
        lambda: digits(random, random.randint(10, 21)),
        lambda: random.choice(":-").join(digits(random, 2) for _ in range(random.randint(5, 7))),
    ]
    return random.choice(notations)()


def cased(random, text):
    return random.choice([text, text.upper(), text.capitalize(), "".join(random.choice([c, c.upper()]) for c in text)])


def port(random):
    start = random.choice(["", "", "", "é", "x", "1", "_", "-", ".", "(", "/"])
    return start + cased(random, random.choice(PORTS)) + random.choice(["", " ", "  ", "\t", " \t ", "\n", "-", "\u00a0"]) + random.choice(NUMBERS)


def word(random):
    return cased(random, random.choice(WORDS))


def long_word(random):
    return random.choice(WORDS) * random.randint(2, 60)


def nonsense(random):
    return "".join(random.choices(CHARACTERS, k=random.randint(1, 14)))


KINDS = {ipv4_with_port: 12, ipv4_with_mask: 10, wrong_ipv6: 8, ipv6: 10, mac: 12, port: 13, word: 20, long_word: 3, nonsense: 12}


def mutated(random, text):
    for _ in range(random.randint(0, 3)):
        at = random.randint(0, len(text))
        text = random.choice([text[:at] + random.choice(CHARACTERS) + text[at:], text[:at] + text[at + 1:], text[:at] + text[at:at + 6] * 2 + text[at + 6:]])
    return text


def text_of(random, count):
    """A text of that many pieces."""
    kinds = random.choices(list(KINDS), weights=KINDS.values(), k=count)
    return mutated(random, "".join(kind(random) + random.choice(SEPARATORS) for kind in kinds))
