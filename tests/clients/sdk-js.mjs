// A conversation with the emulator by the vendor's `@runware/sdk-js`, told as one JSON object a line.
//
// usage: node --input-type=module - ADDRESS KEY TASK_UUID <sdk-js.mjs, in a directory with node_modules

import { randomUUID } from "node:crypto";
import { Runware } from "@runware/sdk-js";

const [ADDRESS, KEY, TASK_UUID] = process.argv.slice(2);

// One grey pixel.
const PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==";

const tell = (step, saw) => console.log(JSON.stringify({ step, ...saw }));

const task = (more) => ({
  model: "heygen:video-agent@0",
  positivePrompt: "A short tour of a lighthouse",
  width: 64,
  height: 64,
  duration: 5,
  ...more,
});

const refused = async (step, call) => {
  try {
    tell(step, { answer: await call() });
  } catch (refusal) {
    if (!refusal?.error) throw refusal;
    const { code, parameter, taskUUID } = refusal.error;
    tell(step, { code, parameter, task: taskUUID });
  }
};

const client = await Runware.initialize({ apiKey: KEY, url: `ws://${ADDRESS}/v1` });
const results = await client.videoInference(task({ taskUUID: TASK_UUID, numberResults: 2, includeCost: true }));
tell("results", { results });
const details = await client.getTaskDetails({ taskUUID: TASK_UUID });
tell("details", { request: details.request, response: details.response });

const taskUUID = randomUUID();
await client.videoInference(task({ taskUUID, skipResponse: true }));
const early = await client.getResponse({ taskUUID });
tell("progress", { progress: early.map((item) => item.progress) });

const stored = await client.mediaStorage({ operation: "upload", media: PICTURE });
tell("stored", { media: stored.mediaUUID });
const models = await client.modelSearch({ search: "heygen" });
tell("models", { found: models.results.map((model) => model.air) });

await refused("failure", () =>
  client.videoInference(task({ inputs: { image: `http://${ADDRESS}/_emulator/health` } })),
);
// The client trips over an answer about a task that it saw fail before; so this comes last.
await refused("conflict", () => client.videoInference(task({ taskUUID: TASK_UUID })));
await refused("bad key", () => Runware.initialize({ apiKey: "not-the-key", url: `ws://${ADDRESS}/v1` }));

// Nothing in the client closes its socket.
process.exit(0);
