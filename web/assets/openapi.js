/** Reads an OpenAPI 3.1 document. Pure functions: no page, no network. */

const METHODS = ["get", "post", "put", "patch", "delete"];
const SAMPLES = {
  email: "ada@example.com",
  "date-time": "2026-11-21T03:33:32.123Z",
  uri: "https://app.example.com",
  uuid: "0b7c4b52-5d3c-4a0e-9c67-6f2f1d1f6a11",
};

/** All operations in the document's order, each with what a reader wants to know. */
export function operationsOf(api) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => describe(api, path, method, item[method])),
  );
}

function describe(api, path, method, operation) {
  return {
    id: `${method}${path.replace(/[^A-Za-z0-9]+/g, "-")}`.replace(/-$/, ""),
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? "",
    description: unwrapped(operation.description ?? ""),
    who: operation["x-who"] ?? "",
    takesSession: takesSession(api, operation),
    parameters: (operation.parameters ?? []).map((parameter) => resolve(api, parameter)),
    bodies: contentsOf(resolve(api, operation.requestBody ?? {})),
    answers: Object.entries(operation.responses ?? {}).map(([status, answer]) => {
      const resolved = resolve(api, answer);
      return { status, description: resolved.description ?? "", contents: contentsOf(resolved) };
    }),
  };
}

/** Paragraphs without the line breaks of the source that they come from. */
function unwrapped(text) {
  return text.replace(/([^\n])\n(?!\n)/g, "$1 ");
}

/** Whether a session can be sent along: `security` of the operation, or of the whole document. */
function takesSession(api, operation) {
  return (operation.security ?? api.security ?? []).some((scheme) => Object.keys(scheme).length > 0);
}

function contentsOf({ content = {} }) {
  return Object.entries(content).map(([type, { schema = {}, example, examples }]) => ({
    type,
    schema,
    example: example ?? Object.values(examples ?? {})[0]?.value,
  }));
}

/** Follow `$ref` until there is none. */
export function resolve(api, part) {
  let found = part;
  while (found?.$ref) {
    found = found.$ref
      .split("/")
      .slice(1)
      .reduce((at, name) => at?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], api);
  }
  return found ?? {};
}

/** A type as people write it: "string (email)", "list of User", "string or null". */
export function typeName(api, schema) {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    return choices.map((choice) => typeName(api, choice)).join(" or ");
  }
  if (schema.$ref) {
    return resolve(api, schema).title ?? schema.$ref.split("/").at(-1);
  }
  if (schema.enum || schema.const !== undefined) {
    return (schema.enum ?? [schema.const]).map((value) => JSON.stringify(value)).join(" or ");
  }
  if (schema.type === "array") {
    return `list of ${typeName(api, schema.items ?? {})}`;
  }
  const type = [schema.type ?? "any"].flat().join(" or ");
  return schema.format ? `${type} (${schema.format})` : type;
}

/** Limits and default of a schema as short phrases. */
export function limitsOf(schema) {
  const parts = [schema, ...(schema.anyOf ?? [])];
  const say = (key, text) => parts.filter((part) => part[key] !== undefined).map((part) => text(part[key]));
  return [
    ...say("minimum", (value) => `at least ${value}`),
    ...say("maximum", (value) => `at most ${value}`),
    ...say("minLength", (value) => `at least ${value} characters`),
    ...say("maxLength", (value) => `at most ${value} characters`),
    ...say("default", (value) => `default ${JSON.stringify(value)}`).filter((text) => text !== "default null"),
  ].join(", ");
}

/** The members of an object schema as {name, type, isRequired, about}. */
export function membersOf(api, schema) {
  const { properties = {}, required = [] } = resolve(api, schema);
  return Object.entries(properties).map(([name, member]) => ({
    name,
    type: typeName(api, member),
    isRequired: required.includes(name),
    about: [member.description, limitsOf(member)].filter(Boolean).join("; "),
  }));
}

/** An example value for a schema: the document's own if it has one, else a plausible one. */
export function exampleOf(api, schema, name = "") {
  const known = resolve(api, schema);
  const given = known.example ?? known.examples?.[0] ?? known.const ?? known.enum?.[0];
  if (given !== undefined) {
    return given;
  }
  const choice = (known.anyOf ?? known.oneOf ?? []).find((item) => item.type !== "null");
  if (choice) {
    return exampleOf(api, choice, name);
  }
  if (known.properties) {
    const members = Object.entries(known.properties);
    return Object.fromEntries(members.map(([key, member]) => [key, exampleOf(api, member, key)]));
  }
  switch ([known.type].flat()[0]) {
    case "array":
      return [exampleOf(api, known.items ?? {}, name)];
    case "integer":
    case "number":
      return known.default ?? known.minimum ?? 1;
    case "boolean":
      return known.default ?? true;
    case "object":
      return {};
    default:
      return SAMPLES[known.format] ?? SAMPLES[name] ?? (name === "name" ? "Ada Lovelace" : "…");
  }
}

/** A curl command for an operation. What differs per caller stands as a shell variable. */
export function curlOf(api, operation, origin) {
  const path = operation.path.replace(/\{(\w+)\+?\}/g, (_, name) => `$${name.toUpperCase()}`);
  const query = operation.parameters
    .filter((parameter) => parameter.in === "query" && parameter.required)
    .map((parameter) => `${parameter.name}=$${parameter.name.toUpperCase()}`);
  const lines = [`curl ${operation.method === "GET" ? "" : `-X ${operation.method} `}"${[origin + path, ...query].join("?")}"`];
  if (operation.takesSession) {
    lines.push('-H "Authorization: Bearer $SESSION_TOKEN"');
  }
  const body = operation.bodies.find(({ type }) => type.includes("json"));
  if (body) {
    const example = JSON.stringify(body.example ?? exampleOf(api, body.schema));
    lines.push(`-H 'Content-Type: ${body.type}'`, `-d '${example.replaceAll("'", "'\\''")}'`);
  }
  return lines.join(" \\\n  ");
}
