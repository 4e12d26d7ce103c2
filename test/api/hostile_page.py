# SPDX-License-Identifier: Apache-2.0
"""Files full of what a careless page would run."""

PLANTED = "planted_by_a_file"
ATTACKS = [
    f"<img src=x onerror=window.{PLANTED}=1>",
    f"<svg onload=window.{PLANTED}=1>",
    f"<script>window.{PLANTED}=1</script>",
    f"[click](javascript:window.{PLANTED}=1)",
    "![beacon](http://attacker.example/beacon.png)",
    f"\"><iframe srcdoc='<script>parent.{PLANTED}=1</script>'>",
    f"{{{{constructor.constructor('window.{PLANTED}=1')()}}}}",
]


def configuration(hostname, address, peer):
    """An IOS configuration whose banner, descriptions and names attack."""
    lines = [f"hostname {hostname}", "banner motd ^C", *ATTACKS, "^C"]
    for i, attack in enumerate(ATTACKS):
        lines += [f"interface GigabitEthernet0/{i}", f" description {attack}"]
        if i == 0:
            lines.append(f" ip address {address} 255.255.255.252")
    lines += [f"vlan {10 + i}\n name {attack.replace(' ', '_')}" for i, attack in enumerate(ATTACKS)]
    lines += [f"router bgp 65000\n neighbor {peer} remote-as 65000\n neighbor {peer} description {ATTACKS[0]}"]
    return ("\n".join([*lines, "end"]) + "\n").encode()


def log():
    """A log whose hosts and messages attack."""
    return "".join(
        f"Mar 12 07:00:{i:02} <b>host{i}</b> %SYS-3-MSG: attacker {attack}\n" for i, attack in enumerate(ATTACKS * 4)
    ).encode()


def markdown():
    return ("# " + ATTACKS[0] + "\n\n" + "\n\n".join(f"attacker {attack}" for attack in ATTACKS) + "\n").encode()
