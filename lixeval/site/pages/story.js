// A recorded run, shown: steps as a list that opens, a slider, and the thunks as boxes.
//
//   record (docs/record.md) -> Run: what is known at each step -> Story: list, slider, boxes -> mark(ranges)
//
// Steps lie within steps: `end` of a step is behind the last one in it.  A part of the list is built when it is opened,
// so a run of a hundred thousand steps is as quick as a short one.

const SHOWN_IN_A_FRAME = 200;
const BOXES = 70;
const TEXT = 60;

export class Run {
  constructor(record) {
    this.record = record;
    this.steps = record.steps;
    this.cells = record.cells;
    this.texts = record.sources.map((source) => (source.text === null ? null : Array.from(source.text)));
    const never = this.steps.length + 1;
    const times = () => new Array(this.cells.length).fill(never);
    this.made = times(); this.asked = times(); this.known = times(); this.failed = times();
    this.value = new Array(this.cells.length);
    this.steps.forEach((step, number) => {
      const cell = step.cell;
      if (cell === undefined) return;
      if (step.event === "make") this.made[cell] = Math.min(this.made[cell], number);
      else if (step.event === "force") {
        this.asked[cell] = Math.min(this.asked[cell], number);
        this.made[cell] = Math.min(this.made[cell], number);
      } else if (step.event === "answer" && this.known[cell] === never) {
        this.known[cell] = number;
        this.value[cell] = step.value;
      } else if (step.event === "fail") this.failed[cell] = Math.min(this.failed[cell], number);
    });
  }

  // What is known of a thunk once step `at` is done.
  state(cell, at) {
    if (this.known[cell] <= at) return "known";
    if (this.failed[cell] <= at) return "failed";
    return this.asked[cell] <= at ? "asked" : "waiting";
  }

  // A value as it was known at a step: what nobody had asked for by then is _.
  text(form, at, depth = 2) {
    if (form === undefined) return "_";
    if (form === null || typeof form !== "object") return JSON.stringify(form);
    if ("cell" in form) return this.state(form.cell, at) === "known" ? this.text(this.value[form.cell], at, depth) : "_";
    if ("int" in form) return form.int;
    if ("float" in form) return form.float;
    if ("path" in form) return form.path;
    if ("string" in form) return JSON.stringify(form.string) + (form.length ? "…" : "");
    if ("builtin" in form) return `builtins.${form.builtin}`;
    if ("function" in form) return form.name ? `${form.name}: …` : "x: …";
    if ("cut" in form) return form.cut === "list" ? "[ … ]" : form.cut === "set" ? "{ … }" : "…";
    if ("value" in form) return this.text(this.record.values[form.value], at, depth);
    const more = form.more ? " …" : "";
    if ("list" in form) {
      if (!form.list.length) return "[ ]";
      if (!depth) return "[ … ]";
      return `[ ${form.list.map((one) => this.text(one, at, depth - 1)).join(" ")}${more} ]`;
    }
    if ("set" in form) {
      const names = Object.keys(form.set);
      if (!names.length) return "{ }";
      if (!depth) return "{ … }";
      return `{ ${names.map((name) => `${name} = ${this.text(form.set[name], at, depth - 1)};`).join(" ")}${more} }`;
    }
    return "…";
  }

  // The cells that a value names, its own and those in it.
  refers(form, found = [], depth = 4) {
    if (form && typeof form === "object" && depth) {
      if ("cell" in form) found.push(form.cell);
      else if ("value" in form) this.refers(this.record.values[form.value], found, depth - 1);
      else if ("list" in form) form.list.forEach((one) => this.refers(one, found, depth));
      else if ("set" in form) Object.values(form.set).forEach((one) => this.refers(one, found, depth));
    }
    return found;
  }

  name(cell) {
    const known = this.cells[cell];
    if (known.name !== undefined) return known.kind === "element" ? `element ${known.name}` : known.name;
    return known.kind === "file" ? this.sourceName(known.where && known.where[0]) : known.kind || "it";
  }

  sourceName(source) {
    const name = source === undefined || source === null ? "" : this.record.sources[source].name;
    if (name === "«string»" || name === "/program.nix") return source === 0 ? "the program" : "a text";
    return name.split("/").slice(-2).join("/");
  }

  excerpt(where) {
    if (!where || where[0] === null || where.length < 3) return "";
    const text = this.texts[where[0]];
    return text ? short(text.slice(where[1], where[2]).join("").replace(/\s+/g, " "), 44) : "";
  }

  line(where) {
    if (!where || where[0] === null) return "";
    const source = this.record.sources[where[0]];
    if (!source.text) return ` in ${this.sourceName(where[0])}`;
    const before = this.texts[where[0]].slice(0, where[1]).join("").split("\n");
    const place = `${before.length}:${before[before.length - 1].length + 1}`;
    return where[0] === 0 ? ` at ${place}` : ` at ${this.sourceName(where[0])}:${place}`;
  }

  // An offset as JavaScript counts; the record counts characters.
  units(source, offset) {
    const text = this.texts[source];
    return text === null || text.length === this.record.sources[source].text.length ? offset : text.slice(0, offset).join("").length;
  }

  // Of a function only the place where it begins is known: its head is shown.
  extent([source, start, end]) {
    if (end !== undefined || this.texts[source] === null) return [source, start, end === undefined ? start : end];
    const colon = this.texts[source].indexOf(":", start);
    return [source, start, colon < 0 || colon > start + 2000 ? start + 1 : colon + 1];
  }

  isOwn(where) {
    return !where || where[0] === null || !this.record.sources[where[0]].library;
  }

  // Where a step is in the text.
  where(number) {
    const step = this.steps[number];
    if (step.where) return step.where;
    if (step.cell !== undefined) return this.cells[step.cell].where;
    return step.of !== undefined ? this.where(step.of) : undefined;
  }

  // A step in a sentence.
  sentence(number) {
    const step = this.steps[number];
    const done = step.end === undefined ? number : step.end - 1;
    const value = step.failed ? "fails" : `is ${short(this.text(step.value, done), TEXT)}`;
    switch (step.event) {
      case "make": {
        const cell = this.cells[step.cell];
        return `${this.name(step.cell)} is put off: ${this.excerpt(cell.where) || "…"}`;
      }
      case "force": {
        if (this.state(step.cell, number - 1) === "known") return `${this.name(step.cell)} is asked for again: remembered`;
        if (this.cells[step.cell].kind === "file") return `${this.name(step.cell)} is asked for`;
        return `${this.name(step.cell)} is asked for${this.line(this.cells[step.cell].where)}`;
      }
      case "answer":
        return `${this.subject(step.of)} is ${short(this.text(step.value, number), TEXT)}`;
      case "fail":
        return `${this.subject(step.of)} fails`;
      case "stop":
        return `${this.subject(step.of)}: the story ends before it is known`;
      case "call": {
        const given = (step.arguments || []).map((one) => short(this.text(one, number, 1), 30)).join(" ");
        if (step.builtin) return `builtins.${step.builtin} is called: ${given}`;
        return `the function${this.line(step.where)} is called: ${given}`;
      }
      case "look-up":
        return `${step.name}, of ${{ let: "a let", rec: "the set around", argument: "the argument", with: "a with", builtin: "the builtins" }[step.scope] || step.scope}, ${value}`;
      case "select":
        return `${this.excerpt(step.where)} ${value}`;
      case "update":
        return step.replaced && step.replaced.length
          ? `// takes over from the right: ${step.replaced.join(", ")}`
          : "// joins two sets that share no name";
      case "import":
        return `a file is imported: ${(step.arguments || []).map((one) => this.text(one, number)).join(" ")}`;
      case "derive":
        return "a derivation is made";
      case "coerce":
        return `a string is made of ${(step.arguments || []).map((one) => short(this.text(one, number), TEXT)).join(" ")}`;
      case "find":
        return `${this.excerpt(step.where)} is looked for in the search path`;
      default: {
        const gained = step.gained && step.gained.length ? `; its context: ${step.gained.length} store path(s)` : "";
        return `${this.excerpt(step.where)} ${value}${gained}`;
      }
    }
  }

  subject(number) {
    const step = this.steps[number];
    if (step === undefined) return "it";
    if (step.cell !== undefined) return this.name(step.cell);
    if (step.builtin) return `builtins.${step.builtin}`;
    return step.event === "call" ? `the call of the function${this.line(step.where)}` : this.excerpt(step.where) || step.event;
  }

  // Steps that lie directly in another one; of the whole run where `number` is -1.
  *inside(number) {
    const end = number < 0 ? this.steps.length : this.steps[number].end || number + 1;
    for (let at = number + 1; at < end; ) {
      yield at;
      at = Math.max(this.steps[at].end || 0, at + 1);
    }
  }

  // The steps around one, outermost first.
  around(number) {
    const found = [];
    for (let by = this.steps[number] && this.steps[number].by; by !== undefined && by !== null; by = this.steps[by].by) found.unshift(by);
    return found;
  }

  next(number, accept) {
    for (let at = number + 1; at < this.steps.length; at += 1) if (accept(this.steps[at], at)) return at;
    return -1;
  }

  outcome() {
    const { value, error, stopped, beyond } = this.record.outcome;
    if (stopped && !beyond) return `The value is not known: ${error.message}`;
    return error ? `It fails: ${error.message}` : `The value: ${this.text(value, this.steps.length)}`;
  }

  // Of a run that was not recorded whole nobody can tell.
  neverAsked() {
    const found = [];
    if (this.record.outcome.stopped) return found;
    this.cells.forEach((cell, number) => {
      if (this.asked[number] > this.steps.length && cell.name !== undefined && cell.where && this.isOwn(cell.where)) found.push(number);
    });
    return found;
  }
}

function short(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

export class Story {
  // `mark(ranges)` shows [{source, start, end, kind}] in the text; `moved(step)` is told of each step that is gone to.
  constructor(place, record, { mark = () => {}, moved = () => {}, cursorName = () => "", run = null, rewriting = null } = {}) {
    this.run = new Run(record);
    this.mark = mark;
    this.moved = moved;
    this.cursorName = cursorName;
    this.runAgain = run;
    this.rewriting = rewriting || [];
    this.at = 0;
    this.opened = new Set();
    place.replaceChildren(this.build());
    this.go(0);
  }

  build() {
    const count = this.run.steps.length;
    const button = (text, label, act) => make("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
    this.slider = make("input", { type: "range", min: 0, max: Math.max(0, count - 1), value: 0, "aria-label": "Step",
      oninput: () => this.go(Number(this.slider.value)) });
    this.said = make("p", { class: "said", role: "status" });
    this.list = make("div", { class: "steps card", tabindex: "0", role: "group", "aria-label": "Steps; right and left go one step, up and down one frame, n to the next force of a name",
      onkeydown: (event) => this.key(event) });
    this.graph = make("div", { class: "graph card", tabindex: "0", role: "group", "aria-label": "What is put off, asked for and known" });
    this.names = make("select", { "aria-label": "Go to the next time that a name is asked for", onchange: () => this.toName(this.names.value) });
    const names = new Set();
    this.run.cells.forEach((cell) => { if (cell.name !== undefined && this.run.isOwn(cell.where) && cell.kind !== "element") names.add(cell.name); });
    this.names.append(make("option", { value: "" }, "to the next …"), ...[...names].sort().slice(0, 300).map((name) => make("option", { value: name }, name)));
    const bar = make("div", { class: "bar" },
      button("«", "To the first step", () => this.go(0)),
      button("‹", "One step back", () => this.go(this.at - 1)),
      button("›", "One step on", () => this.go(this.at + 1)),
      button("»", "To the last step", () => this.go(count - 1)),
      button("Who asked?", "To the step that asked for this one", () => this.whoAsked()),
      button("Where made?", "To where this value was put off", () => this.whereMade()),
      this.names);
    const never = this.run.neverAsked();
    const told = never.slice(0, 12).map((cell) => `${this.run.name(cell)}${this.run.line(this.run.cells[cell].where)}`);
    const end = make("div", { class: "small" }, make("p", {}, this.run.outcome()),
      ...(told.length ? [make("p", {}, `Never asked for: ${told.join(", ")}${never.length > 12 ? " …" : ""}`)] : []));
    const key = (kind, text) => make("span", {}, make("i", { class: kind }), text);
    const legend = make("div", { class: "legend small faint" }, key("", "put off"), key("asked", "being computed"), key("known", "known"), key("failed", "failed"));
    const cut = this.run.record.cut ? [make("p", { class: "small faint" }, "The run was too long to be recorded whole.")] : [];
    return make("div", { class: "story" }, bar, this.slider, this.said, ...this.rewritten(), this.list, this.graph, legend, end, ...cut);
  }

  // A small program's story: its expression before and after, what is replaced marked.
  rewritten() {
    this.rewrites = this.rewriting.map((line) => {
      const signs = Array.from(line.before);
      const [start, end] = line.redex;
      const marked = make("mark", { class: "now" }, signs.slice(start, end).join(""));
      const after = line.after ? [make("b", {}, `  →  ${line.after}`)] : [];
      const note = line.note ? [make("span", { class: "faint" }, `   ${line.note}`)] : [];
      return make("button", { type: "button", class: `go${line.rule === "failure" ? " failed" : ""}`, onclick: () => this.go(line.step) },
        "\u00a0\u00a0".repeat(Math.min(line.depth, 12)), signs.slice(0, start).join(""), marked, signs.slice(end).join(""), ...after, ...note);
    });
    if (!this.rewrites.length) return [];
    const items = this.rewrites.map((button) => make("li", { class: "line" }, button));
    return [make("details", { class: "rewriting card", open: true }, make("summary", {}, "Rewritten"), make("ol", {}, ...items))];
  }

  showRewriting() {
    let current = -1;
    // A line with a result has the step that asked for it, and comes behind what that took.
    let reached = -1;
    this.rewriting.forEach((line, number) => { reached = Math.max(reached, line.step); if (reached <= this.at) current = number; });
    this.rewrites.forEach((button, number) => {
      if (number === current) button.setAttribute("aria-current", "step"); else button.removeAttribute("aria-current");
    });
  }

  go(step, focus = false) {
    const last = this.run.steps.length - 1;
    this.at = Math.max(0, Math.min(step, last));
    if (last < 0) return;
    for (const frame of this.run.around(this.at)) this.opened.add(frame);
    this.slider.value = this.at;
    const sentence = this.run.sentence(this.at);
    this.slider.setAttribute("aria-valuetext", `${this.at + 1} of ${last + 1}: ${sentence}`);
    this.said.replaceChildren(make("b", {}, `${this.at + 1} of ${last + 1}  `), sentence);
    this.showRewriting();
    this.showList();
    this.showGraph();
    this.showMarks();
    if (focus) this.list.focus();
    this.moved(this.at);
  }

  showMarks(over) {
    const ranges = [];
    const add = (where, kind) => {
      if (!where || where[0] === null) return;
      where = this.run.extent(where);
      ranges.push({ source: where[0], start: this.run.units(where[0], where[1]), end: this.run.units(where[0], where[2]), kind });
    };
    add(this.run.where(this.at), "now");
    if (over !== undefined) add(this.run.cells[over].where, "over");
    this.mark(ranges);
  }

  // The list: what is open is there, what is closed is not built.
  showList() {
    this.list.replaceChildren(this.frame(-1));
    const current = this.list.querySelector("[aria-current]");
    if (current) this.list.scrollTop = current.offsetTop - this.list.offsetTop - this.list.clientHeight / 2;
  }

  frame(number) {
    const list = make("ol");
    const steps = [...this.run.inside(number)];
    const path = new Set([...this.run.around(this.at), this.at]);
    const middle = steps.findIndex((step) => path.has(step));
    const from = Math.max(0, Math.min(middle - SHOWN_IN_A_FRAME / 2, steps.length - SHOWN_IN_A_FRAME));
    const to = Math.min(steps.length, from + SHOWN_IN_A_FRAME);
    if (from > 0) list.append(make("li", { class: "faint small" }, `${from} steps before`));
    for (const step of steps.slice(from, to)) list.append(this.item(step));
    if (to < steps.length) list.append(make("li", { class: "faint small" }, `${steps.length - to} steps behind`));
    return list;
  }

  item(number) {
    const step = this.run.steps[number];
    const holds = (step.end || 0) > number + 1;
    const open = holds && this.opened.has(number);
    const sentence = this.run.sentence(number);
    const toggle = holds
      ? make("button", { type: "button", class: "open", tabindex: "-1", "aria-expanded": String(open), "aria-label": `${open ? "Close" : "Open"}: ${sentence}`,
          onclick: () => { if (open) this.opened.delete(number); else this.opened.add(number); this.showList(); } }, open ? "▾" : "▸")
      : make("span", { class: "open", style: undefined }, "");
    const go = make("button", { type: "button", tabindex: "-1", class: `go${step.failed || step.event === "fail" ? " failed" : ""}`,
      "aria-current": number === this.at ? "step" : undefined, onclick: () => this.go(number) }, sentence);
    const item = make("li", {}, make("div", { class: "line" }, toggle, go));
    if (open) item.append(this.frame(number));
    return item;
  }

  showGraph() {
    const shown = [];
    this.run.cells.forEach((cell, number) => {
      if (this.run.made[number] <= this.at && this.run.isOwn(cell.where)) shown.push(number);
    });
    const left = shown.length > BOXES ? shown.length - BOXES : 0;
    const cells = shown.slice(left);
    const rows = new Map();
    for (const cell of cells) {
      const level = Math.min(9, this.run.around(this.run.made[cell]).filter((step) => ["force", "call"].includes(this.run.steps[step].event)).length);
      if (!rows.has(level)) rows.set(level, []);
      rows.get(level).push(cell);
    }
    this.boxes = new Map();
    const body = [...rows.keys()].sort((a, b) => a - b).map((level) => make("div", { class: "row" }, ...rows.get(level).map((cell) => this.box(cell))));
    const lines = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    lines.setAttribute("aria-hidden", "true");
    this.graph.replaceChildren(...(left ? [make("p", { class: "small faint" }, `${left} older ones are not drawn`)] : []), ...body, lines);
    this.lines(lines, cells);
  }

  box(cell) {
    const state = this.run.state(cell, this.at);
    const value = state === "known" ? this.run.text(this.run.value[cell], this.at, 1) : state === "failed" ? "failed" : "_";
    const text = `${this.run.name(cell)} = ${short(value, 34)}`;
    const enter = () => { this.showMarks(cell); };
    const box = make("button", { type: "button", class: `box ${state}`, title: `${text}${this.run.line(this.run.cells[cell].where)}`,
      "aria-label": `${text}, ${{ known: "known", failed: "failed", asked: "being computed", waiting: "put off" }[state]}`,
      onmouseenter: enter, onfocus: enter, onmouseleave: () => this.showMarks(), onblur: () => this.showMarks(),
      onclick: () => this.go(this.run.made[cell]) }, text);
    this.boxes.set(cell, box);
    return box;
  }

  // Solid: a value holds another one.  Dashed: who is being computed asks for whom.
  lines(svg, cells) {
    const place = (box) => ({ x: box.offsetLeft + box.offsetWidth / 2, y: box.offsetTop, below: box.offsetTop + box.offsetHeight });
    const inRow = (box) => ({ ...place(box), x: box.offsetLeft + box.offsetWidth / 2 + (box.offsetParent === this.graph ? 0 : box.offsetParent.offsetLeft),
      y: box.offsetTop + (box.offsetParent === this.graph ? 0 : box.offsetParent.offsetTop),
      below: box.offsetTop + box.offsetHeight + (box.offsetParent === this.graph ? 0 : box.offsetParent.offsetTop) });
    const draw = (from, to, kind) => {
      const a = this.boxes.get(from), b = this.boxes.get(to);
      if (!a || !b || a === b) return;
      const start = inRow(a), end = inRow(b);
      const down = end.y > start.y + 4;
      const level = Math.abs(end.y - start.y) <= 4;
      const y1 = level || down ? start.below : start.y, y2 = level ? end.below : down ? end.y : end.below;
      const bend = level ? 16 : (y2 - y1) / 2;
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", `M${start.x} ${y1} C${start.x} ${y1 + bend} ${end.x} ${level ? y2 + bend : y2 - bend} ${end.x} ${y2}`);
      if (kind) path.setAttribute("class", kind);
      svg.append(path);
    };
    for (const cell of cells) {
      if (this.run.state(cell, this.at) !== "known") continue;
      for (const other of new Set(this.run.refers(this.run.value[cell]))) draw(cell, other, "");
    }
    const asking = [...this.run.around(this.at), this.at]
      .filter((step) => this.run.steps[step].event === "force" && this.run.state(this.run.steps[step].cell, this.at) === "asked")
      .map((step) => this.run.steps[step].cell);
    for (let number = 1; number < asking.length; number += 1) draw(asking[number - 1], asking[number], "asks");
    svg.setAttribute("width", this.graph.scrollWidth);
    svg.setAttribute("height", this.graph.scrollHeight);
  }

  // Ways through the run

  whoAsked() {
    const by = this.run.steps[this.at].by;
    if (by !== undefined && by !== null) this.go(by);
  }

  whereMade() {
    const step = this.run.steps[this.at];
    const cell = step.cell !== undefined ? step.cell : step.value && step.value.cell;
    if (cell !== undefined && this.run.made[cell] < this.run.steps.length) this.go(this.run.made[cell]);
  }

  toName(name) {
    if (!name) return;
    const asks = (step) => step.event === "force" && this.run.cells[step.cell].name === name;
    const found = this.run.next(this.at, asks);
    const again = found < 0 ? this.run.next(-1, asks) : found;
    if (again >= 0) this.go(again);
    else this.said.textContent = `Nobody asks for ${name}.`;
    this.names.value = "";
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = this.run.steps[this.at];
    const siblings = () => [...this.run.inside(step.by === undefined || step.by === null ? -1 : step.by)];
    const act = {
      ArrowRight: () => this.go(this.at + 1),
      ArrowLeft: () => this.go(this.at - 1),
      ArrowUp: () => this.whoAsked(),
      ArrowDown: () => { const all = siblings(); const next = all[all.indexOf(this.at) + 1]; this.go(next === undefined ? this.at + 1 : next); },
      Home: () => this.go(0),
      End: () => this.go(this.run.steps.length - 1),
      n: () => this.toName(this.cursorName() || (step.cell !== undefined ? this.run.cells[step.cell].name : step.name)),
      " ": () => this.runAgain && this.runAgain(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}
