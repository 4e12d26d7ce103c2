#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A provider of language models that is played: it speaks the wires of OpenAI (chat completions and
responses), Anthropic (messages), Azure and Ollama (its own chat), and answers what a test tells it,
right or wrong.

usage: played_provider.py [--port N] [--obey]

It listens on 127.0.0.1 and prints its port. `--port 0` takes a free one. It ends when its standard
input ends, if that is a pipe, or by a signal.

    POST   /_script    {"answers": [ANSWER, …]}: queues answers, one for each of the next requests;
                       an answer with "forever": true stays. {"obey": true} turns obedience on.
    GET    /_requests  the requests so far: method, path, headers, body, and "left": the client went
    DELETE /_requests  forgets requests, answers and gates
    POST   /_go/NAME   lets every answer go on that waits at {"wait": NAME}

An ANSWER has the same form for every wire:

    {"steps": [STEP, …], "stop": "end|tools|length|filter|refusal",
     "usage": {"input": 12, "cached": 4, "output": 3} or null, "usage_early": true,
     "split": 1, "line_end": "\\r\\n", "pace_ms": 5, "piece": 8}
    {"status": 429, "headers": {"retry-after": "7"}, "error": {"type": …, "code": …, "message": …}}
    {"status": 302, "headers": {"location": …}, "body": "text"}
    {"head": "any bytes in place of an HTTP head"}

An answer with "title": true is for a request that asks for the title of a conversation, the others are not.


"split" writes that many bytes at a time, "piece" makes pieces of that many characters. Steps:

    {"text": …}  {"refusal": …}  {"think": …}  {"tool": {"name": …, "arguments": {…} or "text", "id": …}}
    {"ping": true}  {"comment": …}  {"delay_ms": 5}  {"wait": NAME}  {"error": {…}}
    {"raw": bytes of the stream}  {"event": {"type": …, "data": {…} or "text"}}
    {"big": BYTES}: one event of that size  {"deep": LEVELS}: nested arrays  {"calls": N}: N tool calls
    {"silent": true}: nothing more, until the client leaves  {"cut": true}: closes the connection

A text may hold {question} (the last message of the user), {result} (the last result of a tool) and
{document_id}, {document}, {line_start}, {line_end}, {page} of the first passage in that result.

Without a queued answer it says the question again. If it obeys, it first does what any text of the
request tells it, wherever the text comes from: each "ASSISTANT CALL name {json}" on a line becomes a
tool call, one a request, and "ASSISTANT SAY text" becomes the answer. "ASSISTANT TELL ALL" makes it
repeat everything it was sent. Strings of JSON are read without their escapes. Where a text has room for
letters only, as in the name of a host, the same is written in hexadecimal digits, with dots between
them as one likes: "assistant-call-…z", "assistant-say-…z" and "assistant-tell-all".

Keys decide too: one that begins with "wrong" is refused with 401, "poor" has no credit, "busy" is
limited. Requests that the real provider refuses get 400 here: sampling parameters in the messages of
2026-10-21, a result without its call, a call without its result, blank text blocks.
"""

import argparse
import asyncio
import json
import os
import re
import stat
import sys
import urllib.parse

HEAD_MAX = 64 * 1024
BODY_MAX = 64 * 1024 * 1024
TITLE_PROMPT = "You give a title"
USAGE = {"input": 12, "cached": 4, "output": 3}


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, status, kind, message, code=None):
        super().__init__(message)
        self.answer = {"status": status, "error": {"type": kind, "code": code, "message": message}}


class Left(Exception):
    """The client has gone."""


# What a request says, in the form of no wire.


def text_of(content):
    """All text of a content, be it a string, a block or a list of blocks."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(text_of(part) for part in content)
    if isinstance(content, dict):
        return "\n".join(text_of(content[key]) for key in ("text", "content", "output") if content.get(key))
    return ""


def chat_parts(body):
    """(kind, text, id) of a chat: system, user, assistant, call, result."""
    for message in body.get("messages", []):
        role, text = message.get("role"), text_of(message.get("content"))
        if role == "tool":
            yield "result", text, message.get("tool_call_id")
        elif role in ("system", "developer"):
            yield "system", text, None
        else:
            yield role, text, None
        for call in message.get("tool_calls") or []:
            yield "call", json.dumps(call["function"]), call["id"]


def ollama_parts(body):
    """The same of Ollama's chat, whose calls have no id: results follow in the order of the calls."""
    made = done = 0
    for message in body.get("messages", []):
        role = message.get("role")
        if role == "tool":
            yield "result", message["content"], done
            done += 1
        else:
            yield role, message.get("content") or "", None
        for call in message.get("tool_calls") or []:
            if not isinstance(call["function"]["arguments"], dict):
                raise Refused(400, "invalid_request_error", "arguments must be an object")
            yield "call", json.dumps(call["function"]), made
            made += 1


def messages_parts(body):
    """The same of Anthropic's messages."""
    yield "system", text_of(body.get("system")), None
    for message in body.get("messages", []):
        content = message.get("content")
        for block in content if isinstance(content, list) else [{"type": "text", "text": content}]:
            kind = block.get("type")
            if kind == "tool_use":
                yield "call", json.dumps(block), block["id"]
            elif kind == "tool_result":
                yield "result", text_of(block.get("content")), block["tool_use_id"]
            elif kind == "text":
                if not block["text"].strip():
                    raise Refused(400, "invalid_request_error", "text content blocks must be non-empty")
                yield message["role"], block["text"], None


def responses_parts(body):
    """The same of responses."""
    yield "system", text_of(body.get("instructions")), None
    items = body.get("input", [])
    for item in [{"role": "user", "content": items}] if isinstance(items, str) else items:
        kind = item.get("type", "message")
        if kind == "function_call":
            yield "call", json.dumps(item), item["call_id"]
        elif kind == "function_call_output":
            yield "result", text_of(item.get("output")), item["call_id"]
        elif kind == "message":
            yield item["role"], text_of(item.get("content")), None


def check_calls(parts):
    """Every call has its result before anything else follows, and every result its call."""
    waiting = set()
    for kind, _, name in parts:
        if kind == "call":
            waiting.add(name)
        elif kind == "result":
            if name not in waiting:
                raise Refused(400, "invalid_request_error", f"the result of {name} has no call")
            waiting.discard(name)
        elif waiting and kind == "user":
            raise Refused(400, "invalid_request_error", f"the calls {sorted(waiting)} have no results")
    if waiting:
        raise Refused(400, "invalid_request_error", f"the calls {sorted(waiting)} have no results")


INSTRUCTION = re.compile(
    r"ASSISTANT (CALL|SAY|TELL ALL)[ \t]*([^\n]*)|(?i:assistant-(?:(call|say)-([0-9a-f.]+)z|(tell)-all))")


def strings_of(value):
    """All strings of a JSON value, with the keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings_of(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings_of(item)


def plain_text(text):
    """The text, and the strings of a JSON object that begins one of its lines without their escapes."""
    start = re.search(r"^\{", text, re.M)
    if not start:
        return text
    try:
        value, end = json.JSONDecoder(strict=False).raw_decode(text, start.start())
    except ValueError:
        return text
    return "\n".join([text[: start.start()], *strings_of(value), text[end:]])


def instructions(text):
    """(verb, rest) of what the text tells the assistant to do."""
    for verb, rest, hex_verb, digits, tell in (match.groups() for match in INSTRUCTION.finditer(plain_text(text))):
        if tell:
            yield "TELL ALL", ""
        elif verb:
            yield verb.upper(), rest
        else:
            yield hex_verb.upper(), bytes.fromhex(digits.replace(".", "")).decode(errors="replace")


def obedient_answer(parts):
    """What the texts of the request tell the assistant to do, or None."""
    found = [told for kind, text, _ in parts if kind != "call" for told in instructions(text)]
    calls = [rest for verb, rest in dict.fromkeys(found) if verb == "CALL"]
    last_user = max((i for i, part in enumerate(parts) if part[0] == "user"), default=0)
    made = sum(part[0] == "call" for part in parts[last_user:])
    if made < len(calls):
        name, _, arguments = calls[made].partition(" ")
        return {"steps": [{"tool": {"name": name, "arguments": arguments or "{}"}}]}
    said = [rest for verb, rest in dict.fromkeys(found) if verb == "SAY"]
    if any(verb == "TELL ALL" for verb, _ in found):
        said.append("\n".join(text for _, text, _ in parts))
    return {"steps": [{"text": "\n".join(said)}]} if said else None


def filled(value, parts):
    """The value with the placeholders of its strings filled in."""
    if isinstance(value, dict):
        return {key: filled(inner, parts) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, parts) for inner in value]
    if not isinstance(value, str) or "{" not in value:
        return value
    facts = {kind: text for kind, text, _ in parts}
    values = {"question": facts.get("user", ""), "result": facts.get("result", "")}
    try:
        passages = json.loads(facts.get("result", "")).get("passages") or [{}]
        values.update((key, str(passages[0][key])) for key in passages[0] if key != "text")
    except (ValueError, AttributeError, TypeError):
        pass
    for key, text in values.items():
        value = value.replace("{" + key + "}", text)
    return value


# The wires: each writes the events of an answer. An event is (type, data); data is JSON or text.


def pieces(text, size):
    """The text in pieces of size characters."""
    return [text[i : i + size] for i in range(0, len(text), size)] or [""]


def arguments_of(tool):
    arguments = tool.get("arguments", {})
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


class Chat:
    """OpenAI chat completions, of Azure too."""

    parts = staticmethod(chat_parts)
    stops = {"end": "stop", "tools": "tool_calls", "length": "length", "filter": "content_filter", "refusal": "stop"}

    def __init__(self, body, answer, is_azure):
        self.body, self.answer, self.is_azure = body, answer, is_azure
        self.calls = 0
        options = body.get("stream_options") or {}
        self.wants_usage = bool(options.get("include_usage"))
        self.pads = not is_azure and options.get("include_obfuscation", True)

    def chunk(self, delta=None, reason=None, choices=None, usage=None):
        chunk = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1764000000,
            "model": self.body.get("model", ""),
            "choices": [{"index": 0, "delta": delta or {}, "finish_reason": reason}] if choices is None else choices,
        }
        if self.wants_usage:
            chunk["usage"] = usage
        if self.pads and choices is None:
            chunk["obfuscation"] = "xyzxyz"
        return None, chunk

    def usage(self):
        usage = self.answer.get("usage", USAGE)
        return {
            "prompt_tokens": usage["input"],
            "completion_tokens": usage["output"],
            "total_tokens": usage["input"] + usage["output"],
            "prompt_tokens_details": {"cached_tokens": usage.get("cached", 0), "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        }

    def start(self):
        if self.is_azure:
            filters = {"hate": {"filtered": False, "severity": "safe"}, "jailbreak": {"filtered": False, "detected": False}}
            yield None, {
                "id": "", "object": "", "created": 0, "model": "", "choices": [],
                "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": filters}],
            }  # fmt: skip
        yield self.chunk({"role": "assistant", "content": ""})
        if self.answer.get("usage_early") and self.answer.get("usage", USAGE):
            yield self.chunk(choices=[], usage=self.usage())

    def text(self, piece):
        yield self.chunk({"content": piece})

    def refusal(self, piece):
        yield self.chunk({"refusal": piece})

    def think(self, piece):
        yield self.chunk({"reasoning_content": piece})

    def tool(self, tool, size):
        index, name = self.calls, tool["name"]
        self.calls += 1
        call_id = tool.get("id", f"call_{index}")
        yield self.chunk({"tool_calls": [{"index": index, "id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}]})
        for piece in pieces(arguments_of(tool), size):
            yield self.chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})

    def ping(self):
        return ()

    def error(self, error):
        yield None, {"error": {"message": "", "type": "server_error", "param": None, "code": None, **error}}

    def end(self, stop):
        yield self.chunk({}, self.stops[stop])
        if self.wants_usage and self.answer.get("usage", USAGE) and not self.answer.get("usage_early"):
            yield self.chunk(choices=[], usage=self.usage())
        yield None, "[DONE]"

    def error_body(self, error):
        return {"error": {"param": None, "code": None, **error}}


class Messages:
    """Anthropic messages."""

    parts = staticmethod(messages_parts)
    stops = {"end": "end_turn", "tools": "tool_use", "length": "max_tokens", "filter": "refusal", "refusal": "refusal"}

    def __init__(self, body, answer, _):
        self.body, self.answer = body, answer
        self.index = -1
        self.calls = 0
        self.open = None

    @staticmethod
    def event(kind, **rest):
        return kind, {"type": kind, **rest}

    def close(self):
        if self.open == "thinking":
            yield self.event("content_block_delta", index=self.index, delta={"type": "signature_delta", "signature": "c2lnbmVk"})
        if self.open:
            yield self.event("content_block_stop", index=self.index)
        self.open = None

    def block(self, kind, **rest):
        """Opens a block of that kind, unless it is the open one."""
        if self.open == kind and kind != "tool_use":
            return
        yield from self.close()
        self.open = kind
        self.index += 1
        yield self.event("content_block_start", index=self.index, content_block={"type": kind, **rest})

    def delta(self, kind, **rest):
        return self.event("content_block_delta", index=self.index, delta={"type": kind, **rest})

    def start(self):
        usage = self.answer.get("usage", USAGE) or {"input": 0, "output": 0}
        cached = usage.get("cached", 0)
        yield self.event(
            "message_start",
            message={
                "id": "msg_1", "type": "message", "role": "assistant", "model": self.body.get("model", ""), "content": [],
                "stop_reason": None, "stop_sequence": None,
                "usage": {"input_tokens": usage["input"] - cached, "cache_creation_input_tokens": 0,
                          "cache_read_input_tokens": cached, "output_tokens": 1},
            },
        )  # fmt: skip
        yield from self.ping()

    def text(self, piece):
        yield from self.block("text", text="")
        yield self.delta("text_delta", text=piece)

    refusal = text

    def think(self, piece):
        yield from self.block("thinking", thinking="", signature="")
        yield self.delta("thinking_delta", thinking=piece)

    def tool(self, tool, size):
        call_id = tool.get("id", f"toolu_{self.calls}")
        self.calls += 1
        yield from self.block("tool_use", id=call_id, name=tool["name"], input={})
        yield self.delta("input_json_delta", partial_json="")
        for piece in pieces(arguments_of(tool), size):
            yield self.delta("input_json_delta", partial_json=piece)

    def ping(self):
        yield self.event("ping")

    def error(self, error):
        yield self.event("error", error={"type": "api_error", "message": "", **error})

    def end(self, stop):
        yield from self.close()
        usage = self.answer.get("usage", USAGE)
        yield self.event(
            "message_delta",
            delta={"stop_reason": self.stops[stop], "stop_sequence": None},
            usage={"output_tokens": usage["output"] if usage else 0},
        )
        yield self.event("message_stop")

    def error_body(self, error):
        return {"type": "error", "error": error, "request_id": "req_1"}


class Responses:
    """OpenAI responses."""

    parts = staticmethod(responses_parts)

    def __init__(self, body, answer, _):
        self.body, self.answer = body, answer
        self.sequence = 0
        self.output = []
        self.open = None
        self.calls = 0

    def event(self, kind, **rest):
        self.sequence += 1
        return kind, {"type": kind, "sequence_number": self.sequence - 1, **rest}

    def response(self, status, **rest):
        return {
            "id": "resp_1", "object": "response", "created_at": 1764000000, "status": status, "model": self.body.get("model", ""),
            "output": self.output, "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None,
            "incomplete_details": None, "instructions": None, "metadata": {}, "temperature": 1.0, "top_p": 1.0, **rest,
        }  # fmt: skip

    def item(self, item):
        """Opens an item."""
        self.open = item
        yield self.event("response.output_item.added", output_index=len(self.output), item={**item, "status": "in_progress"})

    def place(self):
        return {"item_id": self.open["id"], "output_index": len(self.output)}

    def close(self):
        item, self.open = self.open, None
        if not item:
            return
        place = {"item_id": item["id"], "output_index": len(self.output)}
        if item["type"] == "message":
            part = item["content"][0]
            if part["type"] == "output_text":
                yield self.event("response.output_text.done", **place, content_index=0, text=part["text"], logprobs=[])
            else:
                yield self.event("response.refusal.done", **place, content_index=0, refusal=part["refusal"])
            yield self.event("response.content_part.done", **place, content_index=0, part=part)
        elif item["type"] == "function_call":
            yield self.event("response.function_call_arguments.done", **place, name=item["name"], arguments=item["arguments"])
        item["status"] = "completed"
        yield self.event("response.output_item.done", output_index=len(self.output), item=item)
        self.output.append(item)

    def start(self):
        yield self.event("response.created", response=self.response("in_progress"))
        yield self.event("response.in_progress", response=self.response("in_progress"))

    def message(self, part):
        if self.open and self.open["type"] == "message" and self.open["content"][0]["type"] == part["type"]:
            return
        yield from self.close()
        item = {"id": f"msg_{len(self.output)}", "type": "message", "role": "assistant", "content": []}
        yield from self.item(item)
        yield self.event("response.content_part.added", **self.place(), content_index=0, part=dict(part))
        item["content"].append(part)

    def text(self, piece):
        yield from self.message({"type": "output_text", "text": "", "annotations": [], "logprobs": []})
        self.open["content"][0]["text"] += piece
        yield self.event("response.output_text.delta", **self.place(), content_index=0, delta=piece, logprobs=[])

    def refusal(self, piece):
        yield from self.message({"type": "refusal", "refusal": ""})
        self.open["content"][0]["refusal"] += piece
        yield self.event("response.refusal.delta", **self.place(), content_index=0, delta=piece)

    def think(self, piece):
        if not self.open or self.open["type"] != "reasoning":
            yield from self.close()
            item = {"id": f"rs_{len(self.output)}", "type": "reasoning", "summary": [], "encrypted_content": "ZW5j"}
            yield from self.item(item)
        yield self.event("response.reasoning_summary_text.delta", **self.place(), summary_index=0, delta=piece)

    def tool(self, tool, size):
        yield from self.close()
        call_id = tool.get("id", f"call_{self.calls}")
        self.calls += 1
        item = {"id": f"fc_{len(self.output)}", "type": "function_call", "call_id": call_id, "name": tool["name"], "arguments": ""}
        yield from self.item(item)
        for piece in pieces(arguments_of(tool), size):
            item["arguments"] += piece
            yield self.event("response.function_call_arguments.delta", **self.place(), delta=piece)

    def ping(self):
        return ()

    def error(self, error):
        yield self.event("error", **{"code": None, "message": "", "param": None, **error})

    def end(self, stop):
        yield from self.close()
        usage = self.answer.get("usage", USAGE)
        counted = usage and {
            "input_tokens": usage["input"],
            "input_tokens_details": {"cached_tokens": usage.get("cached", 0)},
            "output_tokens": usage["output"],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage["input"] + usage["output"],
        }
        reasons = {"length": "max_output_tokens", "filter": "content_filter"}
        if stop in reasons:
            details = {"reason": reasons[stop]}
            yield self.event("response.incomplete", response=self.response("incomplete", incomplete_details=details, usage=counted))
        else:
            yield self.event("response.completed", response=self.response("completed", usage=counted))

    def error_body(self, error):
        return {"error": {"param": None, "code": None, **error}}


class Ollama:
    """Ollama's own chat: lines in place of events."""

    parts = staticmethod(ollama_parts)
    is_lines = True

    def __init__(self, body, answer, _):
        self.body, self.answer = body, answer

    def line(self, message=None, **rest):
        return None, {
            "model": self.body.get("model", ""), "created_at": "2026-11-28T12:00:00.000000Z",
            "message": {"role": "assistant", "content": "", **(message or {})}, "done": False, **rest,
        }  # fmt: skip

    def start(self):
        return ()

    def text(self, piece):
        yield self.line({"content": piece})

    refusal = text

    def think(self, piece):
        yield self.line({"thinking": piece})

    def tool(self, tool, _):
        arguments = tool.get("arguments", {})
        yield self.line({"tool_calls": [{"function": {"name": tool["name"], "arguments": arguments}}]})

    def ping(self):
        return ()

    def error(self, error):
        yield None, {"error": error.get("message", "")}

    def end(self, stop):
        usage = self.answer.get("usage", USAGE)
        counted = {"prompt_eval_count": usage["input"], "eval_count": usage["output"]} if usage else {}
        reason = "length" if stop == "length" else "stop"
        yield self.line(done=True, done_reason=reason, total_duration=5, **counted)

    def error_body(self, error):
        return {"error": error.get("message", "")}


def find_wire(path):
    """(wire, whether it is Azure) of a path, or None."""
    parts = urllib.parse.urlsplit(path)
    is_azure = parts.path.startswith("/openai/")
    if parts.path.endswith("/chat/completions"):
        return Chat, is_azure
    if parts.path.endswith("/responses"):
        return Responses, is_azure
    if parts.path.endswith("/v1/messages"):
        return Messages, False
    if parts.path.endswith("/api/chat"):
        return Ollama, False
    return None


def is_lines(writer):
    return getattr(writer, "is_lines", False)


def key_of(headers):
    bearer = headers.get("authorization", "")
    return headers.get("api-key") or headers.get("x-api-key") or bearer.removeprefix("Bearer ")


def check_key(key):
    if key.startswith("wrong"):
        raise Refused(401, "authentication_error", f"Incorrect API key provided: {key}", "invalid_api_key")
    if key.startswith("poor"):
        raise Refused(429, "insufficient_quota", "You exceeded your current quota", "insufficient_quota")
    if key.startswith("busy"):
        raise Refused(429, "rate_limit_error", "Rate limit reached", "rate_limit_exceeded")


def check_request(wire, headers, body):
    """Refuses what the real provider refuses."""
    if not body.get("model"):
        raise Refused(400, "invalid_request_error", "you must provide a model")
    if wire is Messages:
        if not headers.get("anthropic-version"):
            raise Refused(400, "invalid_request_error", "anthropic-version: header is required")
        if not body.get("max_tokens"):
            raise Refused(400, "invalid_request_error", "max_tokens: Field required")
        sampling = {"temperature", "top_p", "top_k"} & set(body)
        if headers["anthropic-version"] >= "2026-10-21" and sampling:
            raise Refused(400, "invalid_request_error", f"{sampling.pop()}: no longer supported")
    check_calls(list(wire.parts(body)))


class Provider:
    """The answers to come and the requests that came."""

    def __init__(self, obeys):
        self.always_obeys = obeys
        self.reset()

    def reset(self):
        self.obeys = self.always_obeys
        self.answers = []
        self.requests = []
        self.gates = {}

    def gate(self, name):
        return self.gates.setdefault(name, asyncio.Event())

    def answer_for(self, parts):
        asks_for_title = any(kind == "system" and text.startswith(TITLE_PROMPT) for kind, text, _ in parts)
        answer = next((answer for answer in self.answers if answer.get("title", False) == asks_for_title), None)
        if answer:
            if not answer.get("forever"):
                self.answers.remove(answer)
            return filled(answer, parts)
        told = obedient_answer(parts) if self.obeys else None
        return told or filled({"steps": [{"text": "You said: {question}"}]}, parts)

    def control(self, method, path, body):
        """(status, JSON) of a call to /_…."""
        if path == "/_requests" and method == "GET":
            return 200, self.requests
        if path == "/_requests" and method == "DELETE":
            self.reset()
            return 200, {}
        if path == "/_script" and method == "POST":
            self.answers.extend(body.get("answers", []))
            self.obeys = body.get("obey", self.obeys)
            return 200, {"queued": len(self.answers)}
        if path.startswith("/_go/") and method == "POST":
            self.gate(path[5:]).set()
            return 200, {}
        return 404, {}


class Connection:
    """One client. A pump reads ahead, so that a client that leaves is noticed while it is answered."""

    def __init__(self, provider, reader, writer):
        self.provider, self.reader, self.writer = provider, reader, writer
        self.buffer = b""
        self.is_lines = False
        self.has_left = asyncio.Event()
        self.arrived = asyncio.Event()

    async def pump(self):
        try:
            while data := await self.reader.read(65536):
                self.buffer += data
                self.arrived.set()
                while len(self.buffer) > BODY_MAX:
                    await asyncio.sleep(0.01)
        except OSError:
            pass
        self.has_left.set()
        self.arrived.set()

    async def more(self):
        if self.has_left.is_set():
            raise Left
        self.arrived.clear()
        await self.arrived.wait()

    async def take(self, size):
        while len(self.buffer) < size:
            await self.more()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    async def take_to(self, mark):
        while mark not in self.buffer:
            if len(self.buffer) > HEAD_MAX:
                raise Left
            await self.more()
        taken, _, self.buffer = self.buffer.partition(mark)
        return taken.decode("latin-1")

    async def send(self, data):
        if self.has_left.is_set():
            raise Left
        self.writer.write(data)
        await self.writer.drain()

    async def pause(self, awaitable):
        """Waits for it, or until the client has gone."""
        waits = [asyncio.ensure_future(awaitable), asyncio.ensure_future(self.has_left.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self.has_left.is_set():
            raise Left

    async def run(self):
        pump = asyncio.ensure_future(self.pump())
        try:
            while await self.serve_one():
                pass
        except (Left, OSError):
            pass
        finally:
            pump.cancel()
            self.writer.close()

    async def read_request(self):
        lines = (await self.take_to(b"\r\n\r\n")).split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = await self.take(int(headers.get("content-length", 0)))
        try:
            parsed = json.loads(body) if body else {}
        except ValueError:
            parsed = {"not json": body.decode("latin-1")}
        return method, path, headers, parsed

    async def serve_one(self):
        """Whether the connection may serve another request."""
        method, path, headers, body = await self.read_request()
        if path.startswith("/_"):
            return await self.send_json(*self.provider.control(method, path, body))
        seen = {"method": method, "path": path, "headers": headers, "body": body, "left": False}
        self.provider.requests.append(seen)
        try:
            return await self.serve_call(method, path, headers, body)
        except Left:
            seen["left"] = True
            raise

    async def serve_call(self, method, path, headers, body):
        found = find_wire(path)
        if path.endswith("/api/tags"):
            found = Ollama, False
        wire, is_azure = found or (Messages if "anthropic-version" in headers else Chat, False)
        try:
            check_key(key_of(headers))
            if method == "GET" and path.endswith("/api/tags"):
                return await self.send_json(200, {"models": [{"name": "played", "model": "played"}]})
            if method == "GET" and path.split("?")[0].endswith("/models"):
                return await self.send_json(200, {"object": "list", "data": [{"id": "played", "object": "model"}]})
            if not found or method != "POST":
                raise Refused(404, "not_found_error", f"no {path} here")
            check_request(wire, headers, body)
            answer = self.provider.answer_for(list(wire.parts(body)))
        except Refused as refusal:
            answer = refusal.answer
        writer = wire(body, answer, is_azure)
        if "head" in answer:
            await self.send(answer["head"].encode("latin-1"))
            return False
        if "status" in answer:
            payload = answer.get("body")
            if payload is None:
                payload = json.dumps(writer.error_body(answer.get("error", {})))
            return await self.send_whole(answer["status"], payload, answer.get("headers", {}))
        if not body.get("stream"):
            return await self.send_json(400, writer.error_body({"type": "invalid_request_error", "message": "only streams"}))
        return await self.stream(writer, answer)

    async def send_json(self, status, value):
        return await self.send_whole(status, json.dumps(value), {})

    async def send_whole(self, status, payload, headers):
        data = payload.encode()
        lines = [f"HTTP/1.1 {status} Played", f"Content-Length: {len(data)}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode() + data)
        return True

    async def stream(self, writer, answer):
        kind = b"application/x-ndjson" if is_lines(writer) else b"text/event-stream"
        await self.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\nTransfer-Encoding: chunked\r\n"
            b"x-request-id: req_1\r\nrequest-id: req_1\r\n\r\n"
        )
        self.is_lines = is_lines(writer)
        await self.send_events(writer.start(), answer)
        steps = answer.get("steps", [])
        for step in steps:
            if step.get("cut"):
                return False
            await self.play(writer, step, answer)
        has_tool = any("tool" in step or "calls" in step for step in steps)
        await self.send_events(writer.end(answer.get("stop", "tools" if has_tool else "end")), answer)
        await self.send(b"0\r\n\r\n")
        return True

    async def play(self, writer, step, answer):
        """One step of an answer."""
        size = answer.get("piece", 8)
        (name, value), *_ = step.items()
        if name in ("text", "refusal", "think"):
            for piece in pieces(value, size):
                await self.send_events(getattr(writer, name)(piece), answer)
        elif name == "tool":
            await self.send_events(writer.tool(value, size), answer)
        elif name == "calls":
            for i in range(value):
                await self.send_events(writer.tool({"name": "repeat", "arguments": {"n": i}}, size), answer)
        elif name == "ping":
            await self.send_events(writer.ping(), answer)
        elif name == "error":
            await self.send_events(writer.error(value), answer)
        elif name == "comment" and not self.is_lines:
            await self.send_chunk(f": {value}\n".encode(), answer)
        elif name == "raw":
            await self.send_chunk(value.encode("utf-8", "surrogateescape"), answer)
        elif name == "event":
            await self.send_events([(value.get("type"), value.get("data", {}))], answer)
        elif name == "big":
            await self.send_chunk(self.data_of(b"x" * value), answer)
        elif name == "deep":
            await self.send_chunk(self.data_of(b"[" * value + b"]" * value), answer)
        elif name == "comment":
            pass
        elif name == "delay_ms":
            await self.pause(asyncio.sleep(value / 1000))
        elif name == "wait":
            await self.pause(self.provider.gate(value).wait())
        elif name == "silent":
            await self.pause(asyncio.Event().wait())
        else:
            raise ValueError(f"unknown step {name}")

    def data_of(self, data):
        return data + b"\n" if self.is_lines else b"data: " + data + b"\n\n"

    async def send_events(self, events, answer):
        end = answer.get("line_end", "\n")
        for kind, data in events:
            text = data if isinstance(data, str) else json.dumps(data)
            name = f"event: {kind}{end}" if kind else ""
            if answer.get("pace_ms"):
                await self.pause(asyncio.sleep(answer["pace_ms"] / 1000))
            event = text + end if self.is_lines else f"{name}data: {text}{end}{end}"
            await self.send_chunk(event.encode(), answer)

    async def send_chunk(self, data, answer):
        split = answer.get("split", len(data)) or 1
        for i in range(0, len(data), split):
            part = data[i : i + split]
            await self.send(b"%x\r\n%s\r\n" % (len(part), part))
            if split < len(data):
                await asyncio.sleep(0)


async def watch_input(stop):
    """Ends the program with its parent: when the pipe of its standard input ends."""
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        return
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
    stop.set()


async def serve(port, obeys):
    stop = asyncio.Event()
    provider = Provider(obeys)

    async def connected(reader, writer):
        await Connection(provider, reader, writer).run()

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    watcher = asyncio.ensure_future(watch_input(stop))
    await stop.wait()
    watcher.cancel()
    server.close()


def main():
    parser = argparse.ArgumentParser(description="plays a provider of language models")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--obey", action="store_true", help="do what the texts of a request say")
    options = parser.parse_args()
    try:
        asyncio.run(serve(options.port, options.obey))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
