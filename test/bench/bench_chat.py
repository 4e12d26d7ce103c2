# SPDX-License-Identifier: Apache-2.0
"""Answers of a model, streamed: beside LiteLLM's proxy in front of the same played provider."""

import os
import sys

import measure
from chat import streams
from chat.streams import Chat, litellm, load, openai_asks, player, quantile

TITLE = "Chat: NetGuru and LiteLLM's proxy in front of the same provider"

SMALL = bool(os.environ.get("BENCH_CHAT_SMALL"))  # a look at everything in a minute
ROUNDS = 1 if SMALL else 3
FIRST_ASKS = 40 if SMALL else 300  # one after another
BULK = 40 if SMALL else 300  # 32 at a time, as fast as they are read
BULK_TOKENS = 300
MANY = 200 if SMALL else 2000
TOKENS_A_SECOND = 30
SECONDS = 20


def settings(port, **more):
    return {
        "NETGURU_LLM_LOCAL_URLS": f"http://127.0.0.1:{port}",
        "NETGURU_RATE_LIMIT_FACTOR": "100000",
        "NETGURU_BCRYPT_COST": "4",
        **more,
    }


def check_whole(name, seen):
    if seen.bad:
        sys.exit(f"bench: streams of {name} were not whole: {seen.bad}")
    return seen


def first_tokens(server_port, player_port, rival):
    """Time to the first token, one stream after another, in turn: direct, through us, through the rival."""
    rounds = []
    for _ in range(ROUNDS):
        rounds.append([
            check_whole(name, load(port, asks(FIRST_ASKS), 16, 1)).first
            for name, port, asks in (
                ("the provider", player_port, lambda count: openai_asks(player_port, count, "played-16-0")),
                ("NetGuru", *server_port),
                ("LiteLLM", rival[1], lambda count: openai_asks(rival[1], count, "played-16-0", rival[2])),
            )
        ])  # fmt: skip
    return rounds


if __name__ == "__main__":
    pass
