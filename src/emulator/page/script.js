// The editor of a result's script. Its text is the script, word for word what is sent; the fields above it show the parts that
// people change most, and write into the text what is typed into them.
"use strict";

// What a shot is called where its words are.
const SHOTS = {
  titleCard: "Title card",
  presenter: "Presenter",
  bRoll: "B-roll",
  bullets: "Bullets",
  montage: "Montage",
  counter: "Counter",
  closingCard: "Closing card",
};

const scriptText = (editor) => editor.querySelector("textarea.json");

// The script in the text, or null; why not stands below it then.
function readScript(editor) {
  const box = editor.querySelector(".answer");
  try {
    const script = JSON.parse(scriptText(editor).value);
    box.replaceChildren();
    return script;
  } catch (why) {
    box.replaceChildren(element("p", "bad", `This is not JSON: ${why.message}`));
    return null;
  }
}

// A field over what stands at a path such as `scenes[1].narration`: one line, or a list with an entry a line.
function scriptField(editor, scene, path, label, value) {
  const field = element("div", "field", "");
  const isList = Array.isArray(value);
  const input = document.createElement(isList ? "textarea" : "input");
  input.id = `${editor.id}-${path}`;
  input.name = path;
  input.dataset.kind = isList ? "lines" : "line";
  input.value = isList ? value.join("\n") : value;
  if (isList) input.rows = Math.max(1, value.length);
  const name = element("label", "", label);
  name.htmlFor = input.id;
  field.append(name, input);
  scene.append(field);
}

// Shows the fields of a script. Whatever it is: people write it.
function showScenes(editor, script) {
  const scenes = Array.isArray(script?.scenes) ? script.scenes : [];
  const isText = (text) => typeof text === "string";
  const isTexts = (texts) => Array.isArray(texts) && texts.every(isText);
  const made = scenes.map((scene, at) => {
    const box = document.createElement("fieldset");
    box.className = "scene";
    const shots = Array.isArray(scene?.shots) ? scene.shots : [];
    const frames = shots.reduce((sum, shot) => sum + Number(shot?.frames), 0);
    const seconds = (frames / Number(script.frameRate)).toFixed(1);
    box.append(element("legend", "", `Scene ${at + 1}${Number.isNaN(Number(seconds)) ? "" : ` · ${seconds} s`}`));
    if (isText(scene?.heading)) scriptField(editor, box, `scenes[${at}].heading`, "Heading", scene.heading);
    if (isTexts(scene?.narration)) {
      scriptField(editor, box, `scenes[${at}].narration`, "Said, a sentence a line", scene.narration);
    }
    shots.forEach((shot, number) => {
      if (!isTexts(shot?.onScreen) || shot.onScreen.length === 0) return;
      const label = `${SHOTS[shot.kind] ?? shot.kind}: words on screen`;
      scriptField(editor, box, `scenes[${at}].shots[${number}].onScreen`, label, shot.onScreen);
    });
    return box;
  });
  editor.querySelector(".scenes").replaceChildren(...made);
}

// Writes what was typed into a field into the text.
function writeField(editor, input) {
  const script = readScript(editor);
  if (script === null) return;
  const steps = input.name.match(/[^.[\]]+/g);
  const last = steps.pop();
  const owner = steps.reduce((owner, step) => owner?.[step], script);
  if (owner === undefined || owner === null) return;
  const isList = input.dataset.kind === "lines";
  owner[last] = isList ? input.value.split("\n").filter((line) => line.trim() !== "") : input.value;
  scriptText(editor).value = JSON.stringify(script, null, 2);
}

document.addEventListener("input", (event) => {
  const editor = event.target.closest("[data-script]");
  if (!editor) return;
  if (event.target !== scriptText(editor)) return writeField(editor, event.target);
  const script = readScript(editor);
  // While the text is none, there is nothing that fields could write into; what they show comes back with it.
  editor.querySelector(".scenes").toggleAttribute("inert", script === null);
  if (script !== null) showScenes(editor, script);
});

async function loadScript(editor) {
  const answer = await call("GET", editor.dataset.script);
  const box = editor.querySelector(".answer");
  if (!answer.isGood) return box.replaceChildren(element("p", "bad", answer.status), element("pre", "", complaints(answer)));
  scriptText(editor).value = answer.text;
  editor.querySelector(".scenes").removeAttribute("inert");
  const script = readScript(editor);
  if (script !== null) showScenes(editor, script);
}

// A script is fetched when somebody opens it. `toggle` does not bubble.
document.addEventListener("toggle", (event) => {
  const editor = event.target;
  if (editor.dataset.script !== undefined && editor.open && scriptText(editor).value === "") loadScript(editor);
}, true);

// Which scenes were drawn, in words.
function drawnScenes(drawn, scenes) {
  const numbers = drawn.map((at) => at + 1);
  if (numbers.length === 0) return "Nothing that is seen has changed: no scene was drawn anew.";
  if (numbers.length === scenes) return `All ${scenes} scenes were drawn anew.`;
  if (numbers.length === 1) return `Scene ${numbers[0]} of ${scenes} was drawn anew.`;
  return `Scenes ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)} of ${scenes} were drawn anew.`;
}

// An address under which no browser has kept anything, although the server has the same thing there.
function anew(address) {
  const fresh = new URL(address, location.href);
  fresh.searchParams.set("drawn", String(Number(fresh.searchParams.get("drawn")) + 1));
  return fresh.href;
}

// Shows what lies at a video's address now. Browsers go on with the old one for minutes, and a track with its cues.
function showAnew(video) {
  const old = video.querySelector("track");
  const track = old.cloneNode();
  const { mode } = old.track;
  track.src = anew(old.src);
  old.replaceWith(track);
  track.track.mode = mode;
  video.src = anew(video.src);
}

// Sends the text as it is, so that lines and columns in an error are those of the text.
async function redraw(button) {
  const editor = button.closest("[data-script]");
  const box = editor.querySelector(".answer");
  clearErrors(editor);
  if (readScript(editor) === null) return scriptText(editor).closest("details").setAttribute("open", "");
  button.disabled = true;
  box.replaceChildren(element("p", "", "Drawing…"));
  const answer = await call("POST", editor.dataset.script, scriptText(editor).value);
  button.disabled = false;
  if (answer.isGood) {
    const { drawn, scenes } = parsed(answer.text);
    box.replaceChildren(element("p", "good", drawnScenes(drawn, scenes)));
    showAnew(editor.closest("figure").querySelector("video"));
    return;
  }
  const errors = parsed(answer.text)?.errors;
  if (!Array.isArray(errors)) return box.replaceChildren(element("p", "bad", answer.status), element("pre", "", complaints(answer)));
  const count = errors.length === 1 ? "One mistake" : `${errors.length} mistakes`;
  box.replaceChildren(element("p", "bad", `${count}: nothing was drawn.`));
  for (const error of errors) if (!showBesideField(editor, error)) box.append(element("p", "bad", error?.message));
  editor.querySelector("[aria-invalid]")?.focus();
}

// Puts an error beside the field that it is about, or that holds what it is about, and says whether there is one.
function showBesideField(editor, error) {
  const about = error?.parameter;
  if (typeof about !== "string") return false;
  const field = [...editor.querySelectorAll(".scenes [name]")].find(({ name }) => about === name || about.startsWith(`${name}[`));
  if (!field) return false;
  const note = element("p", "field-error", error.message);
  note.id = `${field.id}-error-${field.parentElement.querySelectorAll(".field-error").length}`;
  field.setAttribute("aria-invalid", "true");
  const others = field.getAttribute("aria-describedby");
  field.setAttribute("aria-describedby", others ? `${others} ${note.id}` : note.id);
  field.closest(".field").append(note);
  return true;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-script] button");
  if (!button) return;
  if (button.dataset.redraw !== undefined) redraw(button);
  else if (button.dataset.reload !== undefined) {
    clearErrors(button.closest("[data-script]"));
    loadScript(button.closest("[data-script]"));
  }
});
