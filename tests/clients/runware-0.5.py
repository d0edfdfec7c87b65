"""A conversation with the emulator by the vendor's older client, `runware`, told as one JSON object a line.

usage: RUNWARE_VIDEO_INITIAL_TIMEOUT=4000 RUNWARE_VIDEO_POLLING_DELAY=500 runware-0.5.py ADDRESS KEY TASK_UUID
"""

import asyncio
import json
import sys

from runware import IModelSearch, IVideoInference, Runware, RunwareAPIError

ADDRESS, KEY, TASK_UUID = sys.argv[1:]
# One grey pixel.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="


def tell(step, **saw):
    print(json.dumps({"step": step, **saw}), flush=True)


def task(**more):
    return IVideoInference(
        model="heygen:video-agent@0",
        positivePrompt="A short tour of a lighthouse",
        width=64,
        height=64,
        duration=5,
        **more,
    )


async def refused(step, call):
    try:
        answer = await call
    except RunwareAPIError as error:
        tell(step, code=error.code, parameter=error.error_data.get("parameter"), task=error.error_data.get("taskUUID"))
    except ConnectionError as error:
        tell(step, message=str(error))
    else:
        tell(step, answer=str(answer))


async def main():
    client = Runware(api_key=KEY, url=f"ws://{ADDRESS}/v1")
    await client.connect()
    accepted = await client.videoInference(task())
    results = await client.getResponse(taskUUID=accepted.taskUUID)
    tell("one result", results=[vars(result) for result in results])

    await client.videoInference(task(taskUUID=TASK_UUID, numberResults=2, includeCost=True))
    # The client counts a result once for each poll that tells it; so it polls when both are there.
    while len((details := await client.getTaskDetails(TASK_UUID)).response) < 2:
        await asyncio.sleep(0.2)
    results = await client.getResponse(taskUUID=TASK_UUID, numberResults=2)
    tell("results", results=[vars(result) for result in results])
    tell("details", request=[vars(item)["taskUUID"] for item in details.request], response=len(details.response))
    await refused("conflict", client.videoInference(task(taskUUID=TASK_UUID)))

    async def failing():
        accepted = await client.videoInference(task(inputs={"image": f"http://{ADDRESS}/_emulator/health"}))
        return await client.getResponse(taskUUID=accepted.taskUUID)

    await refused("failure", failing())
    stored = await client.uploadMedia(PICTURE)
    tell("stored", media=stored.mediaUUID)
    models = await client.modelSearch(IModelSearch(search="heygen"))
    tell("models", found=[model.air for model in models.results])
    await client.disconnect()

    async def with_bad_key():
        client = Runware(api_key="not-the-key", url=f"ws://{ADDRESS}/v1")
        try:
            await client.connect()
            return await client.videoInference(task())
        finally:
            await client.disconnect()

    await refused("bad key", with_bad_key())


asyncio.run(main())
