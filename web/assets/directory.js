/** The directory page: loads, searches and pages through people. What changes them is in directory-changes.js. */

import { call } from "/assets/api.js";
import { offerChanges } from "/assets/directory-changes.js";
import { byId, say, whileBusy } from "/assets/dom.js";
import { explain } from "/assets/messages.js";
import { personRow } from "/assets/people.js";
import { currentSession, leaveIfSignedOut, signOut } from "/assets/session.js";

const PAGE_SIZE = 25;
const TYPING_PAUSE_MS = 250;

const search = byId("search");
const status = byId("status");

let me = null;
let actions = null;
let trail = [firstPage()];
let next = null;
let running = new AbortController();
let typing = 0;

function firstPage() {
  const query = new URLSearchParams({ limit: PAGE_SIZE });
  if (search.value.trim()) {
    query.set("search", search.value.trim());
  }
  return `/users?${query}`;
}

/** Load the last page of the trail. A newer load stops an older one, so answers cannot overtake each other. */
async function load() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  next = null;
  setLoading(true);
  byId("failed").hidden = true;
  try {
    me ??= await signedIn();
    const page = await call("GET", trail.at(-1), { signal });
    if (signal.aborted) {
      return;
    }
    if (page.data.length === 0 && trail.length > 1) {
      trail.pop();
      await load();
      return;
    }
    next = page.next;
    show(page.data);
  } catch (error) {
    if (signal.aborted || leaveIfSignedOut(error)) {
      return;
    }
    showFailure(error);
  }
  setLoading(false);
}

/** What was there before does not answer what was asked for now, so it goes. */
function showFailure(error) {
  byId("rows").replaceChildren();
  byId("empty").hidden = true;
  status.textContent = "";
  complainAbove(error);
}

function complainAbove(error) {
  byId("failed-text").textContent = explain(error);
  byId("failed").hidden = false;
}

async function signedIn() {
  const { user } = await currentSession();
  if (user.roles.includes("admin") && actions === null) {
    actions = offerChanges({ reload: load, startOver, announce });
    byId("actions-heading").hidden = false;
  }
  return user;
}

function setLoading(loading) {
  byId("progress").hidden = !loading;
  byId("people").setAttribute("aria-busy", String(loading));
}

function show(users) {
  byId("rows").replaceChildren(...users.map((user) => personRow(user, rowOptions(user))));
  say(byId("empty"), users.length ? "" : emptyText());
  const isPaged = trail.length > 1 || next !== null;
  byId("pages").hidden = !isPaged;
  byId("page-number").textContent = `Page ${trail.length}`;
  setAvailable(byId("previous"), trail.length > 1);
  setAvailable(byId("next"), next !== null);
  const count = users.length === 1 ? "1 person" : `${users.length} people`;
  status.textContent = isPaged ? `Page ${trail.length}, ${count}` : count;
}

function rowOptions(user) {
  const isSelf = user.id === me.id;
  return { isSelf, actions: actions && (isSelf ? { Rename: actions.Rename } : actions) };
}

function emptyText() {
  const text = search.value.trim();
  return text
    ? `Nobody's name or e-mail begins with “${text}”.`
    : "Nobody is here yet. People appear once they are invited or sign in.";
}

/** Buttons stay focusable, so that the keyboard does not lose its place at the last page. */
function setAvailable(button, available) {
  button.setAttribute("aria-disabled", String(!available));
}

/** Go back to the first page, for example because the search changed. */
function restart() {
  trail = [firstPage()];
  return load();
}

/** Show everybody again, newest first. */
function startOver() {
  clearTimeout(typing);
  search.value = "";
  return restart();
}

function announce(text) {
  status.textContent = text;
}

search.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(restart, TYPING_PAUSE_MS);
});
byId("search-form").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  restart();
});
byId("next").addEventListener("click", () => {
  if (next !== null) {
    trail.push(next);
    load();
  }
});
byId("previous").addEventListener("click", () => {
  if (trail.length > 1) {
    trail.pop();
    load();
  }
});
byId("retry").addEventListener("click", load);
byId("sign-out").addEventListener("click", (event) =>
  whileBusy(event.currentTarget, "Signing out…", async () => {
    try {
      await signOut();
    } catch (error) {
      complainAbove(error);
    }
  }),
);
load();
