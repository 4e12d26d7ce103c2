# SPDX-License-Identifier: Apache-2.0
"""Whole answers through servers that others wrote: LiteLLM's proxy in front of the played provider, and a real
llama.cpp server where NETGURU_TEST_LLM_URL names one."""

import json
import os
import subprocess
import tempfile
import urllib.request
from pathlib import Path

import pytest
from conftest import ROOT, free_port
from waiting import wait_until

LITELLM = Path(os.environ.get("NETGURU_TEST_LITELLM", ROOT / ".venv-litellm/bin/litellm"))
MASTER_KEY = "sk-5e8d0c7a41f29b36"
TEXT = "lis-edge2 has an MTU of **1500**,\nits neighbour one of 9214: \"EXSTART\" \\ ção ✓ 10.0.0.1/30"
REAL_URL = os.environ.get("NETGURU_TEST_LLM_URL")


class LiteLLM:
    """Its proxy, which asks the played provider on the wire of Anthropic and on that of OpenAI."""

    def __init__(self, provider_url, folder):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        models = {
            "through-anthropic": {"model": "anthropic/claude-played", "api_base": provider_url},
            "through-openai": {"model": "openai/played", "api_base": f"{provider_url}/v1"},
        }
        config = {
            "model_list": [{"model_name": name, "litellm_params": {**values, "api_key": "sk-played"}} for name, values in models.items()],
            "litellm_settings": {"num_retries": 0, "request_timeout": 60},
            "general_settings": {"master_key": MASTER_KEY},
        }
        Path(folder, "config.yaml").write_text(json.dumps(config), encoding="utf-8")
        words = [str(LITELLM), "--config", f"{folder}/config.yaml", "--host", "127.0.0.1", "--port", str(self.port)]
        environment = dict(os.environ, LITELLM_LOCAL_MODEL_COST_MAP="True")
        self.log = open(f"{folder}/log", "w", encoding="utf-8")
        self.process = subprocess.Popen(words, env=environment, cwd=folder, stdout=self.log, stderr=self.log)

    def is_up(self):
        assert self.process.poll() is None, "LiteLLM has ended: " + Path(self.log.name).read_text(encoding="utf-8")[-2000:]
        try:
            return urllib.request.urlopen(f"{self.url}/health/liveliness", timeout=10).status == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


@pytest.fixture(scope="module")
def litellm(provider):
    if not LITELLM.exists():
        pytest.skip("LiteLLM is not installed; ./dev bench chat installs it in .venv-litellm")
    with tempfile.TemporaryDirectory(prefix="netguru-litellm-", dir="/tmp") as folder:
        proxy = LiteLLM(provider.url, folder)
        try:
            wait_until(proxy.is_up, "LiteLLM's proxy answers", 240)
            yield proxy
        finally:
            proxy.stop()


@pytest.fixture(scope="module")
def asker(make_netguru, litellm):
    whole = make_netguru(NETGURU_LLM_OPENAI_URL=f"{litellm.url}/v1", NETGURU_MODEL_DIR="/nonexistent")
    user = whole.client().register()
    assert user.post("/api/v1/users/me/api-keys", {"provider": "openai", "key": MASTER_KEY}).status == 201
    return user


def answer_of(user, **order):
    """Asks in a new conversation and waits for the end of the answer."""
    conversation = user.post("/api/v1/chat/conversations", {}).json["id"]
    body = {"content": "why is lis-edge2 in EXSTART?", "mode": "model", **order}
    started = user.post(f"/api/v1/chat/conversations/{conversation}/messages", body)
    assert started.status == 202, started.body
    path = f"/api/v1/chat/messages/{started.json['message_id']}"
    wait_until(lambda: user.get(path).json["state"] != "streaming", "the answer has ended", 240)
    return user.get(path).json


@pytest.mark.parametrize("model", ["through-anthropic", "through-openai"])
def test_text_and_usage_come_through_litellm(asker, provider, model):
    provider.post("/_script", {"answers": [{"steps": [{"text": TEXT}], "usage": {"input": 120, "cached": 0, "output": 34}}]})
    message = answer_of(asker, model=model)
    assert (message["state"], message["content"]) == ("complete", TEXT)
    assert message["metadata"]["provider"] == "openai"
    assert (message["metadata"]["tokens_in"], message["metadata"]["tokens_out"]) == (120, 34)


@pytest.mark.parametrize("model", ["through-anthropic", "through-openai"])
def test_calls_of_tools_come_through_litellm_and_back(asker, provider, model):
    call = {"tool": {"name": "list_documents", "arguments": {}}}
    provider.post("/_script", {"answers": [{"steps": [{"text": "I look. "}, call]}, {"steps": [{"text": "It says {result}."}]}]})
    message = answer_of(asker, model=model)
    assert message["state"] == "complete"
    assert message["content"].startswith("I look. \n\nIt says {") and '"documents":[]' in message["content"].replace(" ", "")


@pytest.mark.parametrize("model", ["through-anthropic", "through-openai"])
def test_failure_behind_litellm_ends_the_answer_in_words(asker, provider, model):
    failed = {"status": 400, "error": {"type": "invalid_request_error", "message": "no such thing"}}
    provider.post("/_script", {"answers": [failed]})
    message = answer_of(asker, model=model)
    assert message["state"] == "failed" and message["reason"]


def test_real_server_answers_a_whole_turn(make_netguru):
    if not REAL_URL:
        pytest.skip("no server at NETGURU_TEST_LLM_URL")
    whole = make_netguru(NETGURU_LLM_LOCAL_URLS=REAL_URL)
    user = whole.client().register()
    document = user.process("edge.cfg", b"hostname edge1\n!\ninterface GigabitEthernet0/1\n mtu 9214\n")
    assert document["status"] == "completed"
    key = {"provider": "local", "base_url": REAL_URL, "model": os.environ.get("NETGURU_TEST_LLM_MODEL", "any"), "key": os.environ.get("NETGURU_TEST_LLM_KEY", "")}
    made = user.post("/api/v1/users/me/api-keys", key)
    assert made.status == 201, made.body
    message = answer_of(user, content="What is the MTU of GigabitEthernet0/1 of edge1? Answer in one sentence.")
    assert message["state"] == "complete", message["reason"]
    assert message["content"].strip() and message["metadata"]["provider"] == "local"
    sent = user.get(f"/api/v1/chat/messages/{message['id']}/sent").json
    assert "mtu 9214" in json.dumps(sent)
