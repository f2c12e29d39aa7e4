// The lessons: the list of them, and the card of the one that is open.

const KEPT = "lixeval-solved";

function solved() {
  try { return new Set(JSON.parse(localStorage.getItem(KEPT) || "[]")); } catch { return new Set(); }
}

function solve(name) {
  try { localStorage.setItem(KEPT, JSON.stringify([...solved().add(name)])); } catch { /* nothing is kept */ }
}

function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

export function showLessons(course, open) {
  const done = solved();
  const chapters = new Map();
  for (const lesson of course) {
    if (!chapters.has(lesson.chapter)) chapters.set(lesson.chapter, []);
    chapters.get(lesson.chapter).push(lesson);
  }
  const parts = [];
  for (const [chapter, lessons] of chapters) {
    parts.push(make("h2", {}, chapter));
    parts.push(make("ul", { className: "course" }, ...lessons.map((lesson) => {
      const is = done.has(lesson.name);
      const button = make("button", { type: "button", className: is ? "done" : "", onclick: () => open(lesson.name) }, lesson.title);
      if (is) button.setAttribute("aria-label", `${lesson.title}, solved`);
      return make("li", {}, button);
    })));
  }
  const count = course.filter((lesson) => done.has(lesson.name)).length;
  document.getElementById("course").replaceChildren(make("p", {}, `${count} of ${course.length} solved`), ...parts);
}

const ASKED = { complete: "Complete", repair: "Repair", predict: "Predict" };

export function showLesson(course, lesson, { judge, outcome, reset, reveal, steps, open }) {
  const card = document.getElementById("lesson");
  const at = course.indexOf(lesson);
  const verdict = make("p", { className: "verdict" });
  verdict.setAttribute("role", "status");
  const hints = make("div", {});
  let shown = 0;
  const more = make("button", { type: "button", hidden: !lesson.hints.length, onclick: () => {
    hints.append(make("p", {}, `Hint: ${lesson.hints[shown]}`));
    shown += 1;
    more.hidden = shown >= lesson.hints.length;
  } }, "Hint");
  const answer = make("input", { type: "text", id: "prediction", autocomplete: "off", spellcheck: false });
  const after = make("button", { type: "button", hidden: true, onclick: () => { reveal(); steps(); } }, "See the steps");
  const check = async () => {
    const found = await judge(lesson.kind === "predict" ? answer.value.trim() : null);
    if (!found) return;
    verdict.className = `verdict ${found.state}`;
    verdict.textContent = `${{ right: "Right", wrong: "Not yet", open: "Open" }[found.state]}: ${found.text}`;
    if (found.outcome) outcome(found.outcome);
    if (found.state === "right") { solve(lesson.name); after.hidden = false; reveal(); }
  };
  answer.addEventListener("keydown", (event) => { if (event.key === "Enter") check(); });
  const asked = lesson.kind === "predict"
    ? [make("label", { htmlFor: "prediction" }, "Your answer "), answer]
    : [];
  const next = course[at + 1];
  card.replaceChildren(
    make("p", { className: "faint small" }, `${lesson.chapter}, ${at + 1} of ${course.length}`),
    make("h2", {}, lesson.title),
    ...lesson.read.map((text) => make("p", {}, text)),
    make("p", {}, make("b", {}, `${ASKED[lesson.kind]}: `), lesson.ask),
    make("div", { className: "bar" }, ...asked,
      make("button", { type: "button", className: "main", id: "check", onclick: check }, "Check"), more,
      ...(lesson.kind === "predict" ? [] : [make("button", { type: "button", onclick: reset }, "Begin again")]), after,
      ...(next ? [make("button", { type: "button", id: "next", onclick: () => open(next.name) }, "Next")] : [])),
    hints, verdict);
  card.hidden = false;
}
