// What the page does beyond showing what it was served: it stays up to date, submits tasks, and switches faults. The editor of
// scripts is in `script.js`. Everything
// that is shown of a reply goes in as text, never as markup.
"use strict";

const byId = (id) => document.getElementById(id);

// --- Staying up to date ---------------------------------------------------------------------------------------------

const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10000;
let shown = null;
let pause = PAUSE_MS;
let timer = 0;

// Asks for this page again and takes over the live parts of it. What did not change is left alone, so that videos go on
// playing and the focus stays where it is.
async function refresh() {
  clearTimeout(timer);
  const address = location.pathname + location.search;
  try {
    const answer = await fetch(address, { cache: "no-cache" });
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    pause = PAUSE_MS;
    byId("offline").hidden = true;
    if (text !== shown && address === location.pathname + location.search) {
      shown = text;
      const fresh = new DOMParser().parseFromString(text, "text/html");
      for (const part of document.querySelectorAll("[data-live]")) adopt(part, fresh.getElementById(part.id));
    }
  } catch {
    byId("offline").hidden = false;
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(refresh, pause);
}

// Makes an element like another one of the same name.
function adopt(old, fresh) {
  // The page has the same video as long as it has one of this name, and what the editor made of it stays.
  if (old.nodeName === "VIDEO") return;
  for (const { name } of [...old.attributes]) {
    // Whether a box of details is open is up to who reads it.
    if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  // What a reader has typed stays.
  if (!("own" in old.dataset)) adoptChildren(old, fresh);
}

function adoptChildren(old, fresh) {
  const wanted = new Set(Array.from(fresh.children, (child) => child.id));
  // A video that is moved stops: so what goes is taken out before what stays is compared.
  for (const child of [...old.children]) if (child.id && !wanted.has(child.id)) child.remove();
  const known = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let next = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const like = child.id ? known.get(child.id) : next && !next.id && next.nodeName === child.nodeName ? next : null;
    if (!like) {
      old.insertBefore(document.importNode(child, true), next);
      continue;
    }
    if (like === next) next = next.nextSibling;
    else old.insertBefore(like, next);
    if (like.nodeType === Node.ELEMENT_NODE) adopt(like, child);
    else if (like.data !== child.data) like.data = child.data;
  }
  while (next) {
    const last = next;
    next = next.nextSibling;
    last.remove();
  }
}

// Opens tasks, filters and pages without leaving the place on the page.
function go(address) {
  history.pushState(null, "", address);
  return refresh();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-stay]");
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
addEventListener("popstate", refresh);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
// Errors of media do not bubble. A video that is no longer served says so.
document.addEventListener("error", (event) => {
  if (event.target.nodeName === "VIDEO") event.target.closest("figure").classList.add("gone");
}, true);

// --- Calls ----------------------------------------------------------------------------------------------------------

// Sends JSON, or a text that already is some, and answers with the status and the text that came, or with why none came.
async function call(method, path, body, headers = {}) {
  try {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const sent = body === undefined ? {} : { body: text, headers: { "content-type": "application/json", ...headers } };
    const answer = await fetch(path, { method, ...sent });
    return { isGood: answer.ok, status: `${answer.status} ${answer.statusText}`.trim(), text: await answer.text() };
  } catch (why) {
    return { isGood: false, status: `No answer: ${why.message}`, text: "" };
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// The text of errors in a reply, in whichever of its shapes.
function complaints(answer) {
  const reply = parsed(answer.text);
  const errors = Array.isArray(reply?.errors) ? reply.errors : [];
  const texts = errors.map((error) => (typeof error === "string" ? error : error?.message)).filter(Boolean);
  return texts.length > 0 ? texts.join("\n") : answer.text.slice(0, 2000);
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

// --- A new task -----------------------------------------------------------------------------------------------------

const taskForm = byId("task-form");

// `crypto.randomUUID` is not there for pages over plain HTTP from another machine.
function newUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// What a field says, or undefined when it is left at its default. What is no number where one belongs goes out as it was
// typed: to see what the provider makes of it.
function valueOf(field) {
  const text = field.value.trim();
  switch (field.dataset.kind) {
    case "flag":
      return field.checked || undefined;
    case "integer":
      return text === "" ? undefined : Number.isNaN(Number(text)) ? text : Number(text);
    case "json":
      return text === "" ? undefined : parsed(text) ?? text;
    default:
      return text === "" ? undefined : field.value;
  }
}

function taskOf(form) {
  const task = { taskType: form.dataset.taskType, taskUUID: newUuid(), model: form.dataset.model };
  for (const field of form.querySelectorAll("[data-kind]")) {
    const value = valueOf(field);
    if (value === undefined) continue;
    const path = field.name.split(".");
    const name = path.pop();
    const owner = path.reduce((owner, step) => (owner[step] ??= {}), task);
    owner[name] = value;
  }
  return task;
}

function clearErrors(form) {
  for (const note of form.querySelectorAll(".field-error")) note.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    if (byId(`${field.id}-hint`)) field.setAttribute("aria-describedby", `${field.id}-hint`);
    else field.removeAttribute("aria-describedby");
  }
}

// Puts an error beside each field that it is about, and says whether there is one.
function showBeside(form, error) {
  const names = [error?.parameter].flat().filter((name) => typeof name === "string");
  const fields = [...form.querySelectorAll("[data-kind]")].filter((field) => names.includes(field.name));
  for (const field of fields) {
    const note = element("p", "field-error", error.message);
    note.append(" ", element("code", "", error.code));
    note.id = `${field.id}-error`;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", `${field.id}-error ${field.id}-hint`);
    field.closest(".field").append(note);
    field.closest("details")?.setAttribute("open", "");
  }
  return fields.length > 0;
}

function showAnswer(box, answer, others) {
  box.replaceChildren(element("p", answer.isGood ? "good" : "bad", answer.status));
  for (const error of others) box.append(element("p", "bad", `${error.code}: ${error.message}`));
  if (answer.text) {
    const details = document.createElement("details");
    details.append(element("summary", "", "Reply"), element("pre", "", answer.text.slice(0, 20000)));
    box.append(details);
  }
}

taskForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = taskForm.querySelector("button.main");
  button.disabled = true;
  clearErrors(taskForm);
  byId("task-answer").replaceChildren(element("p", "", "Waiting for the answer…"));
  const task = taskOf(taskForm);
  const key = byId("api-key")?.value ?? "page";
  const answer = await call("POST", "/v1", [task], { authorization: `Bearer ${key}` });
  button.disabled = false;
  const errors = parsed(answer.text)?.errors;
  const others = (Array.isArray(errors) ? errors : []).filter((error) => !showBeside(taskForm, error));
  showAnswer(byId("task-answer"), answer, others);
  taskForm.querySelector("[aria-invalid]")?.focus();
  if (answer.isGood && !errors) await go(`/?task=${encodeURIComponent(task.taskUUID)}`);
  else await refresh();
});

// --- Faults ---------------------------------------------------------------------------------------------------------

const ruleSwitch = byId("rule-switch");
const ruleValue = byId("rule-value");

// Offers the values of the chosen switch.
function offerValues() {
  const row = byId(`switch-${ruleSwitch.value}`);
  const values = [...row.querySelectorAll("button")];
  const options = values.map((button) => {
    const option = document.createElement("option");
    option.value = button.dataset.value;
    option.label = `${button.dataset.value}: ${button.title}`;
    return option;
  });
  byId("rule-values").replaceChildren(...options);
  const chosen = values.find((button) => button.dataset.value === ruleValue.value);
  byId("rule-meaning").textContent = chosen ? `${chosen.dataset.value}: ${chosen.title}` : row.querySelector("dd").firstChild.data.trim();
}

ruleSwitch.addEventListener("change", () => {
  ruleValue.value = "";
  offerValues();
});
ruleValue.addEventListener("input", offerValues);
offerValues();

function ruleOf() {
  const rule = { set: { [ruleSwitch.value]: ruleValue.value.trim() } };
  const match = {};
  if (byId("rule-prompt").value !== "") match.positivePrompt = byId("rule-prompt").value;
  const name = byId("rule-field").value.trim();
  if (name !== "") match[name] = parsed(byId("rule-is").value) ?? byId("rule-is").value;
  if (Object.keys(match).length > 0) rule.match = match;
  for (const limit of ["chance", "times"]) {
    const text = byId(`rule-${limit}`).value.trim();
    if (text !== "") rule[limit] = Number.isNaN(Number(text)) ? text : Number(text);
  }
  return rule;
}

// What a step let tasks do, such as "1 did render, 3 did upload".
function walked(reply) {
  const counts = new Map();
  for (const { did } of reply?.tasks ?? []) if (did) counts.set(did, (counts.get(did) ?? 0) + 1);
  const parts = Array.from(counts, ([did, count]) => `${count} did ${did}`);
  return parts.length > 0 ? `${parts.join(", ")}.` : "No stepped task is under way.";
}

// Carries out one call about the scenario and says what came of it: a text, or made from the reply.
async function control(method, path, body, done) {
  const answer = await call(method, path, body);
  const box = byId("rule-answer");
  if (answer.isGood) box.replaceChildren(element("p", "good", typeof done === "string" ? done : done(parsed(answer.text))));
  else box.replaceChildren(element("p", "bad", answer.status), element("pre", "", complaints(answer)));
  await refresh();
  return answer.isGood;
}

byId("rule-form").addEventListener("submit", (event) => {
  event.preventDefault();
  control("POST", "/_emulator/rules", ruleOf(), "The rule is in force.");
});

// The pace of everything is a rule like any other: those that only choose it make room for the new one.
async function choosePace(pace) {
  const rules = [...document.querySelectorAll("#scenario .rules li")];
  for (let index = rules.length - 1; index >= 0; index -= 1) {
    if (!("isPace" in rules[index].dataset)) continue;
    if (!(await control("DELETE", `/_emulator/rules/${index}`, undefined, "Tasks go on by themselves."))) return;
  }
  if (pace === "stepped") await control("POST", "/_emulator/rules", { set: { pace } }, "New tasks wait for steps.");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { remove, pace, switch: name, value } = button.dataset;
  if (remove !== undefined) control("DELETE", `/_emulator/rules/${remove}`, undefined, "The rule is removed.");
  else if (pace !== undefined) choosePace(pace);
  else if (button.dataset.step !== undefined) control("POST", "/_emulator/step", undefined, walked);
  else if (name !== undefined) {
    ruleSwitch.value = name;
    ruleValue.value = value;
    offerValues();
    ruleValue.focus();
  }
});

timer = setTimeout(refresh, PAUSE_MS);
