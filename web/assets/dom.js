/** Builds and changes elements. Data only ever becomes text, never markup. */

/** Make an element: `element("td", { className: "email" }, "ada@example.com")`. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") {
      made.setAttribute(name, value);
    } else {
      made[name] = value;
    }
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Find an element of the page by its id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Put text into an element and show it, or hide it when there is nothing to say. */
export function say(target, text) {
  target.textContent = text;
  target.hidden = text === "";
}

/** Mark a field as wrong and say why; an empty text clears it. */
export function complain(input, text) {
  const message = byId(`${input.id}-error`);
  message.textContent = text;
  if (text) {
    input.setAttribute("aria-invalid", "true");
  } else {
    input.removeAttribute("aria-invalid");
  }
}

/** Run `work` while the button shows `label` and takes no clicks; it keeps the focus. */
export async function whileBusy(button, label, work) {
  if (button.getAttribute("aria-disabled") === "true") {
    return;
  }
  const before = button.textContent;
  button.textContent = label;
  button.setAttribute("aria-disabled", "true");
  button.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    button.textContent = before;
    button.removeAttribute("aria-disabled");
    button.removeAttribute("aria-busy");
  }
}
