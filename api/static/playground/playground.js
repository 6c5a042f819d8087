// The playground: from what is chosen to a tag, a page that has it, and what the engine answered.

import { announce, ask, byId, count, counted, fail, say, searching, told, words } from "/static/tools/tools.js";

const ATTRIBUTES = ["limit", "section", "language", "window", "unit", "titles", "facts"];
const ABOUT = ["related", "inline"];
const WAIT_MS = 5000;
const PAUSE_MS = 60;

const form = byId("options");
const frame = byId("preview");
const field = (name) => form.elements[name];
let current = 0;

/** The attributes of the tag, in the order they are written in. */
function attributes() {
  const kind = field("kind").value;
  const chosen = [["kind", kind]];
  if (field("for").value) chosen.push(["for", field("for").value.trim()]);
  for (const name of ATTRIBUTES) {
    const { value, disabled } = field(name);
    if (value && !disabled) chosen.push([name, value]);
  }
  if (told.site !== "default") chosen.push(["site", told.site]);
  if (field("sponsored").checked) chosen.push(["sponsored", "1"]);
  if (field("thumbnails").checked) chosen.push(["thumbnails", ""]);
  return chosen;
}

const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function tag() {
  const written = attributes().map(([name, value]) => (value ? ` ${name}="${escaped(value)}"` : ` ${name}`));
  return `<news-list${written.join("")}><a href="/">${escaped(words.fallback)}</a></news-list>`;
}

/** Script and style sheet as the page needs them once; `of` says which address a file has. */
function lines(files, of) {
  const look = field("look").value;
  const sheet = look && files[`looks/${look}.css`];
  const own = (file) => of(file, location.origin);
  const written = sheet ? [`<link rel="stylesheet" href="${own(sheet)}>`] : [];
  return [...written, `<script type="module" src="${own(files["news-list.js"])}></script>`].join("\n");
}

const floating = (file, origin) => `${origin}${file.floating}"`;
const fixed = (file, origin) => `${origin}${file.path}" integrity="${file.integrity}" crossorigin="anonymous"`;

/** Only what the kind of list understands can be chosen. */
function offer() {
  const kind = field("kind").value;
  for (const label of form.querySelectorAll("[data-kinds]")) {
    label.hidden = label.dataset.kinds !== kind;
    label.querySelector("select").disabled = label.hidden;
  }
  if (kind === "section" && !field("section").value) field("section").selectedIndex = 1;
  byId("width-shown").textContent = say(words.pixels, { n: count(Number(field("width").value)) });
  frame.style.inlineSize = `${field("width").value}px`;
}

async function show(files) {
  offer();
  byId("tag").textContent = tag();
  byId("script").textContent = lines(files, floating);
  byId("fixed").textContent = lines(files, fixed);
  const query = new URLSearchParams(attributes());
  for (const name of ["look", "scheme", "dir"]) query.set(name, field(name).value);
  query.set("lang", field("language").value || (field("dir").value === "rtl" ? "ar" : "en"));
  const source = `/playground/page?${query}`;
  if (frame.dataset.source === source) return;
  frame.dataset.source = source;
  const turn = (current += 1);
  frame.contentWindow.location.replace(source);
  await new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  if (turn === current) await tell(turn);
}

/** Tells which address the tag asked, and what it was answered. */
async function tell(turn) {
  const inside = frame.contentDocument;
  new frame.contentWindow.ResizeObserver(() => {
    frame.style.blockSize = `${inside.documentElement.offsetHeight}px`;
  }).observe(inside.documentElement);
  const address = await asked(turn);
  if (turn !== current) return;
  const link = byId("address");
  if (!address) {
    byId("state").textContent = words.no_answer;
    announce(words.no_answer);
    return;
  }
  const relative = address.replace(location.origin, "");
  Object.assign(link, { href: relative, textContent: decodeURI(relative) });
  const response = await fetch(address, { credentials: "omit" });
  const answer = await response.json();
  if (turn !== current) return;
  byId("answer").textContent = JSON.stringify(answer, null, 2);
  const said = response.ok ? counted(words.in_list, answer.items.length) : words.unknown;
  byId("state").textContent = said;
  announce(said);
  document.body.dataset.ready = turn;
}

/** The address that the tag in the page asked, once it has its answer. */
async function asked(turn) {
  const { performance } = frame.contentWindow;
  for (const end = Date.now() + WAIT_MS; Date.now() < end && turn === current; ) {
    const entry = performance.getEntriesByType("resource").find(({ name }) => name.includes("/v1/"));
    if (entry) return entry.name;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return null;
}

async function copy(id) {
  const code = byId(id);
  try {
    await navigator.clipboard.writeText(code.textContent);
    announce(words.copied);
  } catch {
    getSelection().selectAllChildren(code);
    announce(words.not_copied);
  }
}

/** Fills what the site can be asked for. */
function fill() {
  for (const [name, heading] of Object.entries(told.sections)) field("section").append(new Option(heading, name));
  for (const code of told.languages.filter((each) => each.length === 2)) {
    field("language").append(new Option(words.languages[code] ?? code, code));
  }
  field("dir").value = document.dir;
  field("width").value = Math.min(420, frame.parentElement.clientWidth);
  field("scheme").value = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => copy(button.dataset.copy));
  }
}

async function main() {
  fill();
  const given = new URLSearchParams(location.search).get("id") ?? "";
  const [{ files }, { articles }] = await Promise.all([
    ask("/widget/versions.json"),
    ask("/v1/articles", { q: given, limit: 20 }),
  ]);
  const own = given ? articles[0] : articles.find(({ language }) => language === told.spoken);
  field("for").value = (own ?? articles[0])?.article_id ?? "";
  const again = async () => {
    try {
      await show(files);
      fail("");
    } catch {
      fail(words.failed);
    }
  };
  const choose = (article) => {
    field("for").value = article.article_id;
    if (!ABOUT.includes(field("kind").value)) field("kind").value = "related";
    again();
  };
  const find = searching(byId("query"), byId("found"), byId("found-note"), choose);
  form.addEventListener("change", ({ target }) => target.id === "query" || again());
  field("width").addEventListener("input", offer);
  await Promise.all([find(), again()]);
}

main().catch(() => fail(words.failed));
