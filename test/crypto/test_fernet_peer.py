# SPDX-License-Identifier: Apache-2.0
"""Fernet against the Python package "cryptography", in both directions."""

import fcntl
import os
import random
import subprocess
import time
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

TOP = Path(__file__).resolve().parents[2]
SIZES = [*range(70), 255, 256, 257, 4095, 4096, 65537, 1024 * 1024]


def program():
    for folder in ("build-asan", "build", "build-cover", "build-clang"):
        if (TOP / folder / "build.ninja").is_file():
            with open(TOP / folder / "fernet_peer.lock", "w", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                subprocess.run(["ninja", "-C", TOP / folder, "test/crypto/fernet_peer"], check=True, stdout=subprocess.DEVNULL)
            return TOP / folder / "test/crypto/fernet_peer"
    raise RuntimeError("there is no build folder")


@pytest.fixture(scope="module")
def ask():
    with subprocess.Popen([program()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peer:

        def call(verb, keys, text):
            peer.stdin.write(f"{verb} {','.join(key.decode() for key in keys)} {text}\n")
            peer.stdin.flush()
            return peer.stdout.readline().strip()

        yield call
        peer.stdin.close()


@pytest.mark.parametrize("size", SIZES)
def test_each_reads_what_the_other_wrote(ask, size):
    key = Fernet.generate_key()
    text = os.urandom(size)
    assert Fernet(key).decrypt(ask("encrypt", [key], text.hex()), ttl=60) == text
    assert ask("decrypt", [key], Fernet(key).encrypt(text).decode()) == text.hex()


def test_the_same_moment_and_vector_give_the_same_bytes(ask):
    """What ours makes, Python makes again from its time and IV."""
    import base64

    key = Fernet.generate_key()
    token = ask("encrypt", [key], b"the same".hex())
    raw = base64.urlsafe_b64decode(token)
    again = Fernet(key)._encrypt_from_parts(b"the same", int.from_bytes(raw[1:9], "big"), raw[9:25])
    assert again.decode() == token


def test_the_first_key_encrypts_and_all_decrypt(ask):
    keys = [Fernet.generate_key() for _ in range(3)]
    assert Fernet(keys[0]).decrypt(ask("encrypt", keys, b"text".hex())) == b"text"
    for key in keys:
        assert ask("decrypt", keys, Fernet(key).encrypt(b"text").decode()) == b"text".hex()
    assert MultiFernet([Fernet(key) for key in keys]).decrypt(ask("encrypt", [keys[2]], b"text".hex())) == b"text"


def test_another_key_is_refused(ask):
    token = Fernet(Fernet.generate_key()).encrypt(b"text").decode()
    assert ask("decrypt", [Fernet.generate_key() for _ in range(2)], token) == "refused"


def test_both_refuse_every_changed_byte(ask):
    key = Fernet.generate_key()
    token = Fernet(key).encrypt(b"a text of two blocks").decode()
    chosen = random.Random(7)
    for at in range(len(token.rstrip("="))):
        other = chosen.choice([c for c in "ABCDEFGHabcdefgh0123456789-_" if c != token[at]])
        changed = token[:at] + other + token[at + 1:]
        try:
            theirs = Fernet(key).decrypt(changed)
        except InvalidToken:
            theirs = None
        # Python also takes Base64 whose unused bits are set: the bytes are the same then.
        assert theirs in (None, b"a text of two blocks")
        assert ask("decrypt", [key], changed) == "refused"


def test_both_refuse_every_truncated_token(ask):
    key = Fernet.generate_key()
    token = Fernet(key).encrypt(b"a text of two blocks").decode()
    for size in range(len(token)):
        assert ask("decrypt", [key], token[:size]) == "refused"


@pytest.mark.parametrize("seconds", [90, 3600, 10 ** 9])
def test_both_refuse_a_token_of_the_future(ask, seconds):
    key = Fernet.generate_key()
    now = int(time.time())
    token = Fernet(key).encrypt_at_time(b"text", now + seconds)
    with pytest.raises(InvalidToken):
        Fernet(key).decrypt_at_time(token, 10 ** 10, now)
    assert ask("decrypt", [key], token.decode()) == "refused"


def test_an_old_token_of_the_other_is_read(ask):
    key = Fernet.generate_key()
    for made in (0, 1, 499162800):
        assert ask("decrypt", [key], Fernet(key).encrypt_at_time(b"text", made).decode()) == b"text".hex()
