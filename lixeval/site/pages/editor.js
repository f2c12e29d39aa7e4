// The editor: a textarea, so that every keyboard, phone and screen reader knows it, over a coloured copy of its text.

import { paint } from "./highlight.js";

const LINE = 21;
const KEYWORDS = ["assert", "else", "if", "import", "in", "inherit", "let", "rec", "then", "with"];

export class Editor {
  constructor({ text, paper, gutter, choices }, names, changed) {
    this.area = text;
    this.paper = paper;
    this.gutter = gutter;
    this.choices = choices;
    this.names = names; // {builtins: [...], lib: [...]}
    this.changed = changed;
    this.marks = [];
    this.faults = [];
    this.chosen = -1;
    text.addEventListener("input", () => { this.faults = []; this.marks = []; this.draw(); this.offer(false); changed(); });
    text.addEventListener("scroll", () => this.scroll());
    text.addEventListener("keydown", (event) => this.key(event));
    text.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    text.addEventListener("click", () => this.close());
    this.draw();
  }

  get value() { return this.area.value; }

  set value(text) {
    this.area.value = text;
    this.marks = [];
    this.faults = [];
    this.area.scrollTop = this.area.scrollLeft = 0;
    this.draw();
  }

  mark(ranges) {
    this.marks = ranges;
    this.draw();
    const first = ranges.find((range) => range.kind === "over") || ranges[0];
    if (first) this.show(first.start);
  }

  fault(start, end) {
    // At the end of a line there is nothing to underline but what stands before.
    if (start > 0 && (start >= this.value.length || this.value[start] === "\n")) start -= 1;
    this.faults = [{ start, end: Math.max(end, start + 1), kind: "fault" }];
    this.draw();
    this.show(start);
  }

  show(offset) {
    const top = (this.value.slice(0, offset).split("\n").length - 1) * LINE;
    const { scrollTop, clientHeight } = this.area;
    if (top < scrollTop || top > scrollTop + clientHeight - 2 * LINE) this.area.scrollTop = Math.max(0, top - clientHeight / 2);
    this.scroll();
  }

  draw() {
    paint(this.paper, this.value, [...this.faults, ...this.marks]);
    const count = this.value.split("\n").length;
    this.gutter.textContent = Array.from({ length: count }, (_, number) => number + 1).join("\n");
    this.scroll();
  }

  scroll() {
    this.paper.scrollTop = this.gutter.scrollTop = this.area.scrollTop;
    this.paper.scrollLeft = this.area.scrollLeft;
    this.paper.style.transform = "";
  }

  nameAtCursor() {
    const at = this.area.selectionStart;
    const before = /[a-zA-Z_][a-zA-Z0-9_'-]*$/.exec(this.value.slice(0, at));
    const behind = /^[a-zA-Z0-9_'-]*/.exec(this.value.slice(at));
    return (before ? before[0] : "") + (before ? behind[0] : "");
  }

  // Completion

  offer(asked) {
    const at = this.area.selectionStart;
    const match = /((?:builtins|lib)\.)?([a-zA-Z_][a-zA-Z0-9_'-]*)?$/.exec(this.value.slice(0, at));
    const [, subject, word = ""] = match;
    if (!subject && !asked && word.length < 2) return this.close();
    const all = subject === "builtins." ? this.names.builtins : subject === "lib." ? this.names.lib : this.known();
    const found = all.filter((name) => name.startsWith(word) && name !== word).slice(0, 40);
    if (!found.length) return this.close();
    this.word = word;
    this.choices.replaceChildren(...found.map((name, number) => {
      const item = document.createElement("li");
      item.role = "option";
      item.setAttribute("role", "option");
      item.id = `choice-${number}`;
      item.textContent = name;
      item.addEventListener("mousedown", (event) => { event.preventDefault(); this.take(name); });
      return item;
    }));
    const before = this.value.slice(0, at - word.length).split("\n");
    const width = this.signWidth();
    const left = before[before.length - 1].length * width - this.area.scrollLeft;
    this.choices.style.left = `${Math.max(0, Math.min(left, this.area.clientWidth - 170))}px`;
    const top = before.length * LINE + 12 - this.area.scrollTop;
    this.choices.style.top = top + 190 > this.area.clientHeight && top > 215 ? `${top - LINE - 195}px` : `${top}px`;
    this.choices.hidden = false;
    this.choose(asked ? 0 : -1);
  }

  known() {
    const own = this.value.match(/[a-zA-Z_][a-zA-Z0-9_'-]*/g) || [];
    return [...new Set([...own, ...KEYWORDS, "builtins", "lib", "true", "false", "null", "throw", "map", "toString"])].sort();
  }

  signWidth() {
    if (!this.width) {
      const context = document.createElement("canvas").getContext("2d");
      context.font = getComputedStyle(this.area).font;
      this.width = context.measureText("m").width;
    }
    return this.width;
  }

  choose(number) {
    const items = [...this.choices.children];
    this.chosen = number < 0 ? -1 : (number + items.length) % items.length;
    items.forEach((item, index) => item.setAttribute("aria-selected", String(index === this.chosen)));
    if (this.chosen >= 0) {
      this.area.setAttribute("aria-activedescendant", `choice-${this.chosen}`);
      items[this.chosen].scrollIntoView({ block: "nearest" });
    } else this.area.removeAttribute("aria-activedescendant");
  }

  take(name) {
    const at = this.area.selectionStart;
    this.area.setRangeText(name, at - this.word.length, at, "end");
    this.close();
    this.draw();
    this.changed();
  }

  close() {
    this.choices.hidden = true;
    this.chosen = -1;
    this.area.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const open = !this.choices.hidden;
    if (event.ctrlKey && event.key === " ") { event.preventDefault(); this.offer(true); return; }
    if (open && event.key === "Escape") { event.preventDefault(); this.close(); return; }
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.choose(event.key === "ArrowDown" ? this.chosen + 1 : this.chosen < 0 ? this.choices.children.length - 1 : this.chosen - 1);
      return;
    }
    if (open && this.chosen >= 0 && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      this.take(this.choices.children[this.chosen].textContent);
      return;
    }
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      const before = this.value.slice(0, this.area.selectionStart);
      const indent = /(?:^|\n)([ \t]*)[^\n]*$/.exec(before)[1];
      if (!indent) return;
      event.preventDefault();
      this.area.setRangeText(`\n${indent}`, this.area.selectionStart, this.area.selectionEnd, "end");
      this.close();
      this.draw();
      this.changed();
    }
  }
}
