// The manual of builtins and of lib: found by name or words, each example runs.

function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

// What stands between backticks is code.
function withCode(text) {
  return text.split("`").map((piece, number) => (number % 2 ? make("code", {}, piece) : piece));
}

let drawn = false;

export function showManual(entries, run) {
  const find = document.getElementById("find");
  const place = document.getElementById("entries");
  const show = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = entries.filter((entry) => words.every((word) => entry.words.includes(word)));
    found.sort((a, b) => words.length ? Number(b.name.toLowerCase().startsWith(words[0])) - Number(a.name.toLowerCase().startsWith(words[0])) : 0);
    document.getElementById("found").textContent = `${found.length} of ${entries.length}`;
    place.replaceChildren(...found.map((entry) => entryOf(entry, run)));
  };
  for (const entry of entries) entry.words = `${entry.name} ${entry.text}`.toLowerCase();
  if (!drawn) find.addEventListener("input", show);
  drawn = true;
  show();
  find.focus();
}

function entryOf(entry, run) {
  const examples = entry.examples.map(({ code, value }) => make("div", { className: "example" },
    make("div", {}, make("pre", {}, code), make("pre", { className: "faint" }, value)),
    Object.assign(make("button", { type: "button", onclick: () => run(`${entry.name.startsWith("lib.") ? "let lib = import <nixpkgs/lib>; in\n" : ""}${code}\n`) }, "Run"), { ariaLabel: `Run the example: ${code}` })));
  return make("article", { className: "entry card", id: `builtin-${entry.name}` },
    make("h2", {}, make("code", {}, [entry.name, ...entry.arguments].join(" "))),
    ...entry.text.split("\n\n").map((paragraph) => make("p", {}, ...withCode(paragraph))), ...examples,
    ...entry.notes.map((note) => make("p", { className: "faint" }, ...withCode(note))));
}
