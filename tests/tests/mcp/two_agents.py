"""Two agents by the official SDK: `two_agents.py URL MODE TOKEN TOKEN`, where MODE is the SDK's (legacy: `initialize`; auto: finds out;
a version: that one). They may be of one user. Ends with a traceback where something isn't as it should be."""

import asyncio
import sys
import uuid

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

URL, MODE, ONE, OTHER = sys.argv[1:]
PATHS = [f"src/{uuid.uuid4()}/{name}" for name in ("a.rs", "b.rs", "c d.rs")]
REPOSITORY = "cad"


def connect(token):
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60)
    return Client(streamable_http_client(URL, http_client=http), mode=MODE)


class Agent:
    def __init__(self, client, name):
        self.client, self.name = client, name

    async def call(self, tool, /, error=False, **arguments):
        result = await self.client.call_tool(tool, {**arguments, "agent": self.name})
        assert bool(result.is_error) == error, (tool, arguments, result)
        assert result.content[0].text and result.structured_content is not None, result
        return result.structured_content, result.content[0].text


async def main():
    async with connect(ONE) as one, connect(OTHER) as other:
        tools = {tool.name for tool in (await one.list_tools()).tools}
        assert tools == {
            "who_holds", "acquire", "renew", "release", "request_handoff", "answer_handoff", "wait_for_turn", "my_sessions",
        }, tools
        first, second = Agent(one, "first"), Agent(other, "second")
        wanted = {"paths": PATHS, "repository": REPOSITORY}

        taken, _ = await first.call("acquire", **wanted, note="refactoring")
        fences = {session["path"]: session["fence"] for session in taken["edit_sessions"]}
        assert sorted(fences) == sorted(PATHS), taken
        again, _ = await first.call("acquire", **wanted)
        assert [s["session_id"] for s in again["edit_sessions"]] == [s["session_id"] for s in taken["edit_sessions"]]

        seen, text = await second.call("who_holds", **wanted)
        assert all(path["held"] for path in seen["paths"]) and "first" in text and "refactoring" in text, (seen, text)
        held, text = await second.call("acquire", error=True, **wanted)
        assert held["code"] == "held" and len(held["holders"]) == 3 and "first" in text, (held, text)
        assert held["handoff_requests"] == [], held
        in_line, text = await second.call("acquire", error=True, **wanted, line=True)
        assert len(in_line["handoff_requests"]) == 3 and "wait_for_turn" in text, (in_line, text)
        waiting, text = await second.call("wait_for_turn", seconds=0)
        assert waiting["turn"] is False and len(waiting["handoff_requests"]) == 3, waiting

        mine, text = await first.call("my_sessions")
        assert len(mine["edit_sessions"]) == 3 and len(mine["asked"]) == 3, mine
        turn = asyncio.create_task(second.call("wait_for_turn"))
        await first.call("release", paths=PATHS[:1], repository=REPOSITORY)
        answered, _ = await first.call("answer_handoff", request_id=mine["asked"][1]["request_id"], decision="accept")
        assert answered["status"] == "accepted", answered
        for session in taken["edit_sessions"]:
            if session["path"] == mine["asked"][2]["path"]:
                await first.call("release", session_id=session["session_id"])
        got, text = await turn
        while not got["turn"]:
            got, text = await second.call("wait_for_turn")
        assert {s["path"] for s in got["edit_sessions"]} == set(PATHS), got
        assert all(s["fence"] > fences[s["path"]] for s in got["edit_sessions"]), (fences, got)
        gone, text = await first.call("renew", error=True, session_id=taken["edit_sessions"][0]["session_id"])
        assert gone["code"] == "session_lost", gone
        held, text = await first.call("acquire", error=True, **wanted)
        assert "second" in text and len(held["holders"]) == 3, (held, text)
        renewed, _ = await second.call("renew", **wanted, ttl_seconds=60)
        assert len(renewed["edit_sessions"]) == 3, renewed
        released, _ = await second.call("release", **wanted)
        assert len(released["released"]) == 3, released
        free, _ = await first.call("who_holds", **wanted)
        assert not any(path["held"] for path in free["paths"]), free


asyncio.run(main())
