/** Shows people: initials, roles, and the rows of the directory. */

import { element } from "/assets/dom.js";
import { agoOf, dateOf } from "/assets/times.js";

/** Up to two letters for a person's picture. */
export function initials({ name, email }) {
  const words = (name || email.split("@")[0]).split(/[\s._+-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toUpperCase()).join("");
}

/** What to call a person in a sentence. */
export function nameOf({ name, email }) {
  return name || email;
}

/** Roles as chips; `none` is what to show without any. */
export function roleChips(roles, none) {
  const chips = roles.map((role) => element("span", { className: "chip" }, role));
  return chips.length ? chips.flatMap((chip, index) => (index ? [" ", chip] : [chip])) : [none];
}

/** A row of the directory. `actions` maps a verb ("Rename") to what its button does; without any there is no cell. */
export function personRow(user, { isSelf, actions }) {
  const row = element(
    "tr",
    { role: "row" },
    cell("Name", "name", nameCell(user, isSelf)),
    cell("E-mail", "email", user.email),
    cell("Status", "status-cell", element("span", { className: `state ${user.status}` }, capital(user.status))),
    cell("Roles", "roles", ...roleChips(user.roles, "–")),
    cell("Joined", "joined", dateOf(user.created_at)),
    cell("Last sign-in", "seen", user.last_sign_in_at ? agoOf(user.last_sign_in_at) : "Never"),
  );
  row.dataset.id = user.id;
  if (actions) {
    row.append(actionsCell(user, actions));
  }
  return row;
}

function cell(label, className, ...children) {
  return element("td", { role: "cell", className, "data-label": label }, ...wrapped(children));
}

/** On a phone a cell is a grid of label and value: the value must be one item. */
function wrapped(children) {
  return [element("span", {}, ...children)];
}

function nameCell(user, isSelf) {
  return element(
    "span",
    { className: "person" },
    element("span", { className: "avatar", "aria-hidden": "true" }, initials(user)),
    element(
      "span",
      {},
      user.name || element("span", { className: "muted" }, "No name yet"),
      ...(isSelf ? [" ", element("span", { className: "chip" }, "You")] : []),
    ),
  );
}

function actionsCell(user, actions) {
  const buttons = Object.entries(actions).map(([verb, act]) => {
    const button = element(
      "button",
      { type: "button", className: `button small ${verb.toLowerCase()}`, "aria-label": `${verb} ${nameOf(user)}` },
      verb,
    );
    button.addEventListener("click", () => act(user));
    return button;
  });
  return element("td", { role: "cell", className: "actions-cell" }, ...buttons);
}

function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
