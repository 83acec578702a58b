#!/usr/bin/env python3
# A server of the Model Context Protocol over stdin and stdout, with one tool. It knows nothing of sockets:
# services.d/examples/mcp.toml puts it on one.
import json
import sys

TOOL = {
    "name": "add",
    "description": "Adds two numbers",
    "inputSchema": {
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a", "b"],
    },
}


def answer(request):
    method, values = request["method"], request.get("params", {})
    if method == "initialize":
        return {
            "protocolVersion": values.get("protocolVersion", "2025-06-18"),
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "adder", "version": "1"},
        }
    if method == "ping":
        return {}
    if method == "tools/list":
        return {"tools": [TOOL]}
    if method == "tools/call" and values.get("name") == TOOL["name"]:
        numbers = values["arguments"]
        return {"content": [{"type": "text", "text": str(numbers["a"] + numbers["b"])}]}
    raise ValueError(f"no such method: {method}")


for line in sys.stdin:
    reply = {"jsonrpc": "2.0", "id": None}
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise TypeError("a request is an object")
        if "id" not in request:
            continue  # a notification
        reply["id"] = request["id"]
        reply["result"] = answer(request)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        reply["error"] = {"code": -32602, "message": str(error)}
    print(json.dumps(reply), flush=True)
