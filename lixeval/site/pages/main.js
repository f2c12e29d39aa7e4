// The page: views, the program and its run, lessons, the manual, links.

import { Editor } from "./editor.js";
import { Engine, Stopped } from "./engine.js";
import { BrokenLink, decode, encode } from "./permalink.js";
import { Story } from "./story.js";
import { showLessons, showLesson } from "./lessons.js";
import { showManual } from "./manual.js";

const FIRST = `let
  x = 1 + 1;
  y = throw "never";
  double = n: n * 2;
in
[ (double x) x ]
`;
const KEPT = "lixeval-program";

const part = (id) => document.getElementById(id);
const embedded = new URLSearchParams(location.search).has("embed");
const state = { broken: false, story: null, step: null, lesson: null, view: "program" };

export function notice(text) {
  part("notice").textContent = text;
  part("notice").hidden = !text;
}

function kept(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(key);
    localStorage.setItem(key, value);
  } catch { /* a browser that keeps nothing */ }
  return null;
}

// Appearance

function theme(chosen) {
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}
theme(kept("lixeval-theme"));
part("theme").addEventListener("click", () => {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  kept("lixeval-theme", next);
  theme(next);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme(kept("lixeval-theme")));
document.body.classList.toggle("embedded", embedded);
part("title").hidden = !embedded;

const names = { builtins: [], lib: [] };
const editor = new Editor(
  { text: part("program"), paper: part("paint"), gutter: part("gutter"), choices: part("complete") },
  names,
  () => { if (!embedded && !state.lesson) kept(KEPT, editor.value); forgetStory(); },
);

// The engine

const canRun = typeof WebAssembly === "object" && typeof Worker === "function";
const engine = canRun ? new Engine((text) => say(text || "")) : null;
if (!canRun) {
  say("");
  notice("This browser has no WebAssembly: programs cannot run here. Lessons and manual can be read; another browser runs them.");
  for (const id of ["run", "steps"]) part(id).disabled = true;
} else {
  engine.loaded.then(() => performance.mark("ready"), (error) => {
    say("");
    notice(`Nix cannot be loaded: ${error.message}`);
  });
}

function say(text) { part("state").textContent = text; }

function busy(is) {
  part("stop").disabled = !is;
  part("run").disabled = part("steps").disabled = is || !canRun;
}

// Asks the engine; null where it was stopped or has crashed, which is told.
export async function ask(question) {
  if (!engine) return null;
  busy(true);
  say(engine.ready ? "Running …" : "Nix is being loaded …");
  try {
    const answer = await engine.ask(question);
    say(`${((performance.now() - engine.asked) / 1000).toFixed(2)} s`);
    return answer;
  } catch (error) {
    say("");
    showResult([["wrong", error instanceof Stopped ? error.message : `${error.message}`]]);
    return null;
  } finally {
    busy(false);
  }
}

// The program

function showResult(parts) {
  const place = part("result");
  place.replaceChildren(...parts.map(([kind, text]) => {
    const piece = document.createElement("pre");
    piece.className = kind;
    piece.textContent = text;
    return piece;
  }));
  place.hidden = false;
}

export function showOutcome(answer) {
  const said = (answer.said || []).map((text) => ["faint", text]);
  if (answer.error) {
    const { start, end } = answer.error;
    if (start !== null && start !== undefined) editor.fault(start, end);
    showResult([...said, ["wrong", answer.error.text]]);
  } else showResult([...said, ["", answer.value]]);
}

function forgetStory() {
  state.story = null;
  state.step = null;
  part("story").replaceChildren();
}

async function run() {
  const answer = await ask({ do: "run", text: editor.value, lesson: state.lesson });
  if (answer) showOutcome(answer);
  return answer;
}

export async function steps(step = 0, focus = true) {
  const answer = await ask({ do: "story", text: editor.value, lesson: state.lesson });
  if (!answer) return;
  showOutcome(answer);
  const record = answer.record;
  if (!record) return; // the text is no program
  const program = record.sources.findIndex((source) => source.text === editor.value);
  state.story = new Story(part("story"), record, {
    mark: (ranges) => editor.mark(ranges.filter((range) => range.source === program)),
    moved: (at) => { state.step = at; },
    cursorName: () => editor.nameAtCursor(),
    run,
    rewriting: answer.rewriting,
  });
  state.story.go(step);
  if (focus && step === 0) part("story").querySelector(".steps").focus();
}

part("run").addEventListener("click", run);
part("steps").addEventListener("click", () => steps());
part("stop").addEventListener("click", () => engine.stop());
part("program").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
});

// Links

async function address(extra = "") {
  const carried = { program: editor.value };
  if (state.step !== null) Object.assign(carried, { step: state.step, view: "steps" });
  if (state.lesson) carried.lesson = state.lesson;
  return `${location.origin}${location.pathname}${extra}${await encode(carried)}`;
}

async function share(label, text) {
  part("address-label").textContent = label;
  part("address").value = text;
  part("share").hidden = false;
  part("address").select();
}

part("link").addEventListener("click", async () => {
  const text = await address();
  history.replaceState(null, "", text);
  share("This link carries the program:", text);
});
part("embed").addEventListener("click", async () => {
  share("Put this into your page:", `<iframe src="${await address("?embed")}" title="A Nix program" width="100%" height="520" loading="lazy"></iframe>`);
});
part("copy").addEventListener("click", async () => {
  try { await navigator.clipboard.writeText(part("address").value); part("copy").textContent = "Copied"; }
  catch { part("address").select(); }
  setTimeout(() => { part("copy").textContent = "Copy"; }, 1500);
});

async function fromAddress() {
  let carried = null;
  try {
    carried = await decode(location.hash);
    if (state.broken) notice("");
    state.broken = false;
  } catch (error) {
    if (!(error instanceof BrokenLink)) throw error;
    state.broken = true;
    notice(`This link cannot be read: ${error.message}. Ask for it again; below is a program to begin with.`);
  }
  if (carried) {
    editor.value = carried.program;
    if (carried.lesson) await openLesson(carried.lesson, carried.program);
    if (canRun && carried.view === "steps") await steps(carried.step || 0, false);
    else if (canRun && !carried.lesson) await run();
    return true;
  }
  return false;
}

// Views

export function view(name) {
  state.view = name;
  for (const button of document.querySelectorAll("nav [data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === name));
  part("lessons").hidden = name !== "lessons";
  part("manual").hidden = name !== "manual";
  part("work").hidden = name !== "program";
}

for (const button of document.querySelectorAll("nav [data-view]"))
  button.addEventListener("click", async () => {
    view(button.dataset.view);
    if (button.dataset.view === "program" && state.lesson) closeLesson();
    if (button.dataset.view === "lessons") showLessons(await data("lessons.json"), openLesson);
    if (button.dataset.view === "manual") showManual(await data("manual.json"), openProgram);
  });

const read = new Map();
function data(name) {
  if (!read.has(name)) read.set(name, fetch(name).then((response) => response.json()));
  return read.get(name);
}

export function openProgram(text) {
  closeLesson();
  editor.value = text;
  forgetStory();
  view("program");
  run();
}

async function openLesson(name, text) {
  const course = await data("lessons.json");
  const lesson = course.find((one) => one.name === name);
  if (!lesson) return notice(`There is no lesson '${name}' here.`);
  view("program");
  state.lesson = name;
  forgetStory();
  part("result").hidden = true;
  editor.value = text === undefined || typeof text !== "string" ? lesson.body : text;
  part("program").readOnly = lesson.kind === "predict";
  part("run").hidden = lesson.kind === "predict";
  part("steps").hidden = lesson.kind === "predict";
  showLesson(course, lesson, {
    text: () => editor.value,
    judge: (answer) => ask({ do: "judge", lesson: name, text: editor.value, answer }),
    outcome: showOutcome,
    reset: () => { editor.value = lesson.body; forgetStory(); },
    reveal: () => { part("run").hidden = part("steps").hidden = false; },
    steps: () => steps(),
    open: openLesson,
  });
  part("lesson").scrollIntoView({ block: "nearest" });
}

function closeLesson() {
  if (!state.lesson) return;
  state.lesson = null;
  part("lesson").hidden = true;
  part("program").readOnly = false;
  part("run").hidden = part("steps").hidden = false;
  part("result").hidden = true;
  forgetStory();
  editor.value = kept(KEPT) || FIRST;
}

// Beginning

editor.value = (!embedded && kept(KEPT)) || FIRST;
data("names.json").then((found) => Object.assign(names, found), () => {});
if (!(await fromAddress()) && canRun) {
  // The value is there before its story is told, unless something else was begun meanwhile.
  const first = editor.value;
  if ((await run()) && editor.value === first) await steps(0, false);
}
addEventListener("hashchange", fromAddress);
part("whole").addEventListener("click", async (event) => { event.preventDefault(); open(await address(), "_blank", "noopener"); });

// It fetches all files once more: the engine goes first.
if ("serviceWorker" in navigator)
  (engine ? engine.loaded : Promise.resolve()).catch(() => {})
    .then(() => navigator.serviceWorker.register("service-worker.js", { type: "module" })).catch(() => {});
