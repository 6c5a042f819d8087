// Shows /openapi.json: every endpoint, what it takes, what it answers, and a form for each GET.

/** An element with attributes and children; text goes in as text, never as markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ""));
  return made;
}

const api = await (await fetch("/openapi.json")).json();

/** The schema that a reference stands for. */
function resolved(schema = {}) {
  if (!schema.$ref) return schema;
  return schema.$ref.split("/").slice(1).reduce((place, key) => place[key], api);
}

/** "string", "integer 1–100", "list of Item": a type in a few words. */
function typeName(schema = {}) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) {
    const kinds = schema.anyOf.map(typeName);
    return kinds.filter((kind) => kind !== "null").join(" or ") + (kinds.includes("null") ? "?" : "");
  }
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `list of ${typeName(schema.items)}`;
  if (schema.type === "object" && schema.additionalProperties?.$ref) {
    return `object of ${typeName(schema.additionalProperties)}`;
  }
  const range = schema.minimum === undefined ? "" : ` ${schema.minimum}–${schema.maximum}`;
  return (schema.type ?? "any") + range;
}

/** The schemas that a schema speaks of. */
function parts(schema = {}) {
  if (schema.$ref) return [schema];
  return [...(schema.anyOf ?? []), schema.items, schema.additionalProperties]
    .filter((part) => part && typeof part === "object")
    .flatMap(parts);
}

/** The fields of an object, one below the other, and theirs below them. */
function fields(schema, above = []) {
  const list = element("ul", { class: "schema" });
  for (const [name, field] of Object.entries(resolved(schema).properties ?? {})) {
    const entry = element("li", {}, element("code", {}, name), " ",
      element("span", { class: "type" }, typeName(field)));
    if (field.description) entry.append(` · ${field.description}`);
    for (const part of parts(field)) {
      if (!above.includes(part.$ref) && resolved(part).properties) {
        entry.append(fields(part, [...above, part.$ref]));
      }
    }
    list.append(entry);
  }
  return list;
}

/** One line of a form: the parameter's name, its box, what it means. */
function parameterLine(parameter, id) {
  const { name, schema, description, required } = parameter;
  const kind = typeName(schema) + (schema.default === undefined || schema.default === null ? "" : `, default ${JSON.stringify(schema.default)}`);
  const words = [kind, description ?? schema.description, required && "required"].filter(Boolean);
  const box = element("input", { id, name, required, autocomplete: "off", spellcheck: "false" });
  return [element("label", { for: id }, name), element("div", {}, box, element("small", {}, words.join(" · ")))];
}

/** Ask, and show the answer with its status and the headers that matter. */
async function tryOut(path, form, output) {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  const address = path + (query.size ? `?${query}` : "");
  output.hidden = false;
  output.textContent = `GET ${address} …`;
  try {
    const answer = await fetch(address);
    const text = await answer.text();
    const isJson = (answer.headers.get("content-type") ?? "").includes("json");
    const headers = ["etag", "cache-control", "x-model-version"]
      .filter((name) => answer.headers.has(name))
      .map((name) => `${name}: ${answer.headers.get(name)}\n`);
    output.textContent = `GET ${address}\n${answer.status}\n${headers.join("")}\n` +
      (isJson ? JSON.stringify(JSON.parse(text), null, 2) : text);
  } catch (error) {
    output.textContent = String(error);
  }
}

/** What may come back: each status, and the fields of its body. */
function answers(operation) {
  return Object.entries(operation.responses).map(([status, answer]) => {
    const [type, media] = Object.entries(answer.content ?? {})[0] ?? [];
    const block = element("div", {}, element("h3", {}, `${status} ${answer.description}`));
    if (type && !type.includes("json")) block.append(element("p", { class: "type" }, type));
    if (media && resolved(media.schema).properties) block.append(fields(media.schema));
    return block;
  });
}

/** One endpoint, closed until it is wanted. */
function endpoint(path, method, operation) {
  const id = operation.operationId;
  const inside = element("div", { class: "inside" });
  const body = operation.requestBody;
  if (operation.security) inside.append(element("p", {}, "Needs, or heeds, the header ", element("code", {}, "X-API-Key"), "."));
  const form = element("form", {});
  const lines = (operation.parameters ?? []).flatMap((p, i) => parameterLine(p, `${id}-${i}`));
  if (lines.length) form.append(element("h3", {}, "Parameters"), element("div", { class: "parameters" }, ...lines));
  if (body) {
    form.append(element("h3", {}, "Body"), element("p", {}, `${body.description} (${Object.keys(body.content).join(", ")})`));
  }
  if (method === "get" && !operation.security) {
    const output = element("pre", { hidden: true, "aria-live": "polite", dir: "auto" });
    form.append(element("button", {}, "Try it"), output);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      tryOut(path, form, output);
    });
  } else {
    form.querySelectorAll("input").forEach((box) => box.remove());
  }
  inside.append(form, element("h3", {}, "Answers"), ...answers(operation));
  const summary = element("summary", {}, element("span", { class: `method ${method}` }, method),
    element("span", {}, path), element("span", { class: "about" }, operation.description ?? ""));
  return element("details", { id }, summary, inside);
}

const byTag = new Map();
for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const tag = operation.tags?.[0] ?? "other";
    if (!byTag.has(tag)) byTag.set(tag, []);
    byTag.get(tag).push([path, method, operation]);
  }
}

const contents = document.getElementById("contents");
const endpoints = document.getElementById("endpoints");
for (const [tag, operations] of byTag) {
  contents.append(element("h2", {}, tag));
  endpoints.append(element("h2", {}, tag));
  for (const [path, method, operation] of operations) {
    contents.append(element("a", { href: `#${operation.operationId}` },
      element("span", { class: `method ${method}` }, method), ` ${path}`));
    endpoints.append(endpoint(path, method, operation));
  }
}

/** Open the endpoint that the address names. */
function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) {
    named.open = true;
    named.scrollIntoView();
  }
}
addEventListener("hashchange", openNamed);
openNamed();
document.getElementById("about").replaceChildren(
  `${api.info.description} Version ${api.info.version}. The contract itself: `,
  element("a", { href: "/openapi.json" }, "openapi.json"),
);
