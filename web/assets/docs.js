/** The API page: shows every operation of /openapi.json. */

import { byId, element, say } from "/assets/dom.js";
import { curlOf, exampleOf, limitsOf, membersOf, operationsOf, resolve, typeName } from "/assets/openapi.js";

async function load() {
  const response = await fetch("/openapi.json");
  if (!response.ok) {
    throw new Error(`HTTP status ${response.status}`);
  }
  show(await response.json());
}

function show(api) {
  byId("summary").textContent = api.info.description || api.info.summary || api.info.title;
  const operations = operationsOf(api);
  byId("contents").append(
    element("ul", {}, ...operations.map((operation) => element("li", {}, contentsLink(operation)))),
  );
  byId("operations").append(...operations.map((operation) => article(api, operation)));
  // The browser looked for the #fragment before there was anything to find.
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

function contentsLink({ id, method, path }) {
  return element("a", { href: `#${id}` }, badge(method), " ", element("span", {}, breakable(path)));
}

function badge(method) {
  return element("span", { className: `method ${method.toLowerCase()}` }, method);
}

/** Text whose `words` in backticks are code. */
function prose(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}

/** Lines may break after a slash or an underscore. */
function breakable(path) {
  return path.replace(/[/_]/g, "$&\u200b");
}

function article(api, operation) {
  const heading = element("h2", {}, badge(operation.method), " ", element("code", {}, breakable(operation.path)));
  const anchor = element("a", { href: `#${operation.id}`, className: "anchor", "aria-label": "Link to this operation" }, "#");
  return element(
    "article",
    { id: operation.id, className: "card" },
    element("header", {}, heading, anchor),
    element("p", { className: "what" }, operation.summary),
    operation.description && operation.description !== operation.summary
      ? element("p", { className: "muted prose" }, ...prose(operation.description))
      : null,
    operation.who
      ? element("p", {}, element("span", { className: "muted" }, "Who may: "), element("strong", {}, operation.who))
      : null,
    ...parametersOf(api, operation),
    ...operation.bodies.flatMap((body) => bodyOf(api, body, "Body")),
    element("h3", {}, "Answers"),
    element("div", { className: "answers" }, ...operation.answers.map((answer) => answerOf(api, answer))),
    element("h3", {}, "With curl"),
    code(curlOf(api, operation, location.origin)),
  );
}

function parametersOf(api, { parameters }) {
  if (parameters.length === 0) {
    return [];
  }
  const rows = parameters.map(({ name, in: place, required, schema = {}, description }) => ({
    name,
    type: typeName(api, schema),
    isRequired: required,
    about: [`in ${place}`, description ?? schema.description, limitsOf(schema)].filter(Boolean).join("; "),
  }));
  return [element("h3", {}, "Parameters"), members(rows)];
}

function bodyOf(api, { type, schema, example }, title) {
  const rows = membersOf(api, schema);
  return [
    element("h3", {}, `${title} `, element("code", {}, type)),
    rows.length ? members(rows) : null,
    type.includes("json") && Object.keys(schema).length ? code(JSON.stringify(example ?? exampleOf(api, schema), null, 2)) : null,
  ].filter(Boolean);
}

function answerOf(api, { status, description, contents }) {
  const summary = element(
    "summary",
    {},
    element("strong", { className: status < "400" ? "good" : "wrong" }, status),
    ` ${description}`,
  );
  if (contents.length === 0) {
    return element("p", { className: "plain" }, ...summary.childNodes);
  }
  return element("details", {}, summary, ...contents.flatMap((content) => answerBody(api, content)));
}

function answerBody(api, content) {
  const isList = resolve(api, content.schema).type === "array";
  const described = isList ? { ...content, schema: resolve(api, content.schema).items } : content;
  return bodyOf(api, described, isList ? "List of" : "Body");
}

/** Members or parameters as a definition list. */
function members(rows) {
  return element(
    "dl",
    { className: "members" },
    ...rows.map(({ name, type, isRequired, about }) =>
      element(
        "div",
        {},
        element("dt", {}, element("code", {}, name), isRequired ? " " : null, isRequired ? required() : null),
        element("dd", {}, element("span", { className: "type" }, type), about ? `: ${about}` : ""),
      ),
    ),
  );
}

function required() {
  return element("span", { className: "required" }, "required");
}

/** A block of code with a button that copies it. */
function code(text) {
  const copy = element("button", { type: "button", className: "button small copy" }, "Copy");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Select and copy by hand";
    }
    setTimeout(() => {
      copy.textContent = "Copy";
    }, 2000);
  });
  return element("div", { className: "code" }, element("pre", { tabIndex: 0 }, element("code", {}, text)), copy);
}

try {
  await load();
} catch {
  say(byId("failed"), "The description of the API could not be loaded. Reload the page to try again.");
}
byId("loading").hidden = true;
