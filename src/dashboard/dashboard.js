// What the dashboard does beyond showing what it was served: it keeps its pages up to date, and asks for a video's link
// anew when the old one has run out. Everything that is done goes through plain forms.
"use strict";

const offline = document.getElementById("offline");
const AGAIN_MS = 5000;
let source = null;
let timer = 0;

// Makes the live parts of this page like those of the page that was sent. What did not change is left alone, so that videos
// play on, open questions stay open, and the focus stays where it is.
function take(html) {
  offline.hidden = true;
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const like = fresh.getElementById(part.id);
    if (like) adopt(part, like);
  }
  // A part that was not there before comes with the next load; it is rare, and loses nothing.
  for (const part of fresh.querySelectorAll("[data-live]")) if (!document.getElementById(part.id)) location.reload();
}

function adopt(old, fresh) {
  for (const { name } of [...old.attributes]) {
    // Whether something is unfolded is up to who reads it.
    if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.nodeName !== "VIDEO") adoptChildren(old, fresh);
}

function adoptChildren(old, fresh) {
  // A video that is moved stops: what goes is taken out before what stays is compared.
  const wanted = new Set(Array.from(fresh.children, (child) => child.id));
  for (const child of [...old.children]) if (child.id && !wanted.has(child.id)) child.remove();
  const known = new Map(Array.from(old.children).filter((child) => child.id).map((child) => [child.id, child]));
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

// The same address, asked for as a stream, sends the page again whenever it changed. A page that nobody sees lets go of its
// connection: browsers have few for each host.
function watch() {
  stop();
  if (document.hidden) return;
  source = new EventSource(location.pathname + location.search);
  source.onmessage = (event) => take(event.data);
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) ask();
    else offline.hidden = false;
  };
}

function stop() {
  clearTimeout(timer);
  if (source) source.close();
  source = null;
}

// There is no stream: too many pages are open, the session is over, or nobody is there.
async function ask() {
  stop();
  try {
    const answer = await fetch(location.pathname + location.search, { headers: { accept: "text/html" } });
    if (answer.status === 401 || answer.status === 403) return location.reload();
    take(await answer.text());
  } catch {
    offline.hidden = false;
  }
  if (!document.hidden) timer = setTimeout(watch, AGAIN_MS);
}

if (document.querySelector("[data-live]:not(#standing)")) {
  watch();
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : watch()));
  addEventListener("pagehide", stop);
}

// What was done is told once: a page that is loaded again does not say it again.
if (location.search.includes("said=")) {
  const address = new URL(location.href);
  address.searchParams.delete("said");
  history.replaceState(null, "", address);
}

// Links to videos last for minutes. Errors of media do not bubble.
document.addEventListener("error", (event) => {
  const video = event.target;
  if (video.nodeName !== "VIDEO") return;
  const at = video.currentTime;
  if (at > 0 && !video.dataset.again) {
    video.dataset.again = "yes";
    video.addEventListener("loadedmetadata", () => {
      video.currentTime = at;
      delete video.dataset.again;
    }, { once: true });
    video.load();
  } else {
    video.closest("figure").classList.add("gone");
  }
}, true);
