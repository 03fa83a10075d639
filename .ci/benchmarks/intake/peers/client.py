"""hass-client, as a program uses it: what it hears is counted."""

import asyncio
import json
import os
import resource
import sys

from hass_client import HomeAssistantClient


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Count:
    left = presses = 0
    began = 0.0

    def heard(self, event):
        if event.get("data", {}).get("domain") == "input_button":
            self.presses += 1
        self.left -= 1
        if self.left == 0:
            print(json.dumps({"cpu": cpu() - self.began, "presses": self.presses}), flush=True)


async def main():
    url = os.environ["HASS_URL"].replace("http", "ws", 1) + "/api/websocket"
    count = Count()
    async with HomeAssistantClient(url, os.environ["HASS_TOKEN"]) as client:
        await client.subscribe_events(count.heard, "call_service")
        await client.subscribe_entities(count.heard, json.loads(os.environ["HELPERS"]))
        print('"ready"', flush=True)
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        async for line in reader:
            if not line.startswith(b"begin "):
                continue
            count.left, count.presses, count.began = json.loads(line[6:])["Events"], 0, cpu()
            print('"begun"', flush=True)


asyncio.run(main())
