"""A conversation with the emulator by the vendor's `runware-sdk`, told as one JSON object a line.

usage: runware-sdk.py TRANSPORT ADDRESS KEY TASK_UUID
"""

import asyncio
import json
import sys

from runware import RunOptions, Runware, RunwareError

TRANSPORT, ADDRESS, KEY, TASK_UUID = sys.argv[1:]
# One grey pixel.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="
URLS = {"http_base_url": f"http://{ADDRESS}/v1", "ws_base_url": f"ws://{ADDRESS}/v1"}


def tell(step, **saw):
    print(json.dumps({"step": step, **saw}), flush=True)


def task(**more):
    return {
        "taskType": "videoInference",
        "model": "heygen:video-agent@0",
        "positivePrompt": "A short tour of a lighthouse",
        "width": 64,
        "height": 64,
        "duration": 5,
        **more,
    }


async def refused(step, call):
    try:
        answer = await call
    except RunwareError as error:
        tell(step, code=error.code, message=error.message, parameter=error.parameter, task=error.task_uuid)
    else:
        tell(step, answer=answer)


async def main():
    async with Runware(api_key=KEY, transport=TRANSPORT, **URLS) as client:
        progress = []
        results = await client.run(
            task(taskUUID=TASK_UUID, numberResults=2, includeCost=True),
            RunOptions(on_progress=lambda item: progress.append(item["progress"])),
        )
        tell("results", results=results)
        tell("progress", progress=progress)
        details = await client.get_task_details({"taskUUID": TASK_UUID})
        tell("details", request=details[0]["request"], response=details[0]["response"])
        await refused("conflict", client.run(task(taskUUID=TASK_UUID)))
        await refused("failure", client.run(task(inputs={"image": f"http://{ADDRESS}/_emulator/health"})))
        account = await client.account_management({"operation": "getDetails"})
        tell("account", balance=account[0]["balance"])
        stored = await client.media_storage({"operation": "upload", "media": PICTURE})
        tell("stored", media=stored[0]["mediaUUID"])
        models = await client.model_search({"search": "heygen"})
        tell("models", found=[model["air"] for model in models[0]["results"]])

    async def with_bad_key():
        async with Runware(api_key="not-the-key", transport=TRANSPORT, **URLS) as client:
            return await client.run(task())

    await refused("bad key", with_bad_key())


asyncio.run(main())
