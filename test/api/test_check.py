# SPDX-License-Identifier: Apache-2.0
"""`netguru check` against a server whose user has nothing yet: all it tries works, and it says so."""

from conftest import ROOT


def test_every_step_passes(netguru):
    name = "check@example.net"
    netguru.client().register(name)
    done = netguru.run("check", "--server", f"http://{netguru.address}", "--sample", ROOT / "sample", name,
                       check=False, NETGURU_PASSWORD="a good password")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("check: ") and " 0 failed" in lines[-1]
    page = next(line for line in lines if "the page for the browser" in line)
    assert page.startswith("ok ") or (page.startswith("skip") and page.endswith("this server has none"))
    assert len([line for line in lines if line.startswith("ok ")]) >= 11, done.stdout
