// Nix text to coloured pieces: a scanner that never fails, whatever is half typed.
//
//   pieces(text) -> [[kind, start, end], ...] without gaps; kind "" is plain

const KEYWORDS = new Set(["if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or"]);
const KNOWN = new Set(["builtins", "true", "false", "null", "import", "map", "throw", "abort", "derivation", "toString",
  "baseNameOf", "dirOf", "isNull", "removeAttrs", "fetchTarball", "fetchGit", "placeholder", "scopedImport"]);
const NAME = /[a-zA-Z_][a-zA-Z0-9_'-]*/y;
const NUMBER = /[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?/y;
const PATH = /(?:~|[a-zA-Z0-9._+-]*)(?:\/[a-zA-Z0-9._+-]+)+|<[a-zA-Z0-9._+-]+(?:\/[a-zA-Z0-9._+-]+)*>/y;

function upTo(text, end, from, more) {
  const found = text.indexOf(end, from);
  return found < 0 ? text.length : found + more;
}

export function pieces(text) {
  const found = [];
  const open = []; // what a closing brace ends: "{" a set, or the kind of string around a ${
  let at = 0;
  const put = (kind, end) => {
    const last = found[found.length - 1];
    if (last && last[0] === kind && last[2] === at) last[2] = end;
    else if (end > at) found.push([kind, at, end]);
    at = end;
  };
  const matched = (pattern) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    return match && match[0];
  };
  const string = (kind) => {
    let end = at;
    while (end < text.length) {
      if (kind === '"' && text[end] === "\\") end += 2;
      else if (kind === '"' && text[end] === '"') return put("string", end + 1);
      else if (kind === "''" && text.startsWith("''", end)) {
        if (text[end + 2] === "$" || text[end + 2] === "'") end += 3;
        else if (text[end + 2] === "\\") end += 4;
        else return put("string", end + 2);
      } else if (text.startsWith("$${", end)) end += 2;
      else if (text.startsWith("${", end)) {
        put("string", end);
        open.push(kind);
        return put("keyword", end + 2);
      } else end += 1;
    }
    put("string", Math.min(end, text.length));
  };
  while (at < text.length) {
    const sign = text[at];
    let word;
    if (sign === "#") put("comment", upTo(text, "\n", at, 0));
    else if (text.startsWith("/*", at)) put("comment", upTo(text, "*/", at + 2, 2));
    else if (sign === '"') { put("string", at + 1); string('"'); }
    else if (text.startsWith("''", at)) { put("string", at + 2); string("''"); }
    else if (sign === "{") { open.push("{"); put("", at + 1); }
    else if (text.startsWith("${", at)) { open.push("{"); put("", at + 2); }
    else if (sign === "}") {
      const kind = open.pop();
      if (kind === '"' || kind === "''") { put("keyword", at + 1); string(kind); }
      else put("", at + 1);
    } else if ((word = matched(PATH))) put("path", at + word.length);
    else if ((word = matched(NAME))) put(KEYWORDS.has(word) ? "keyword" : KNOWN.has(word) ? "builtin" : "", at + word.length);
    else if ((word = matched(NUMBER))) put("number", at + word.length);
    else put("", at + 1);
  }
  return found;
}

// Fills `element` with the text, coloured, and with marks: [{start, end, kind}], the first the outermost.
export function paint(element, text, marks = []) {
  const edges = new Set([0, text.length]);
  for (const mark of marks) { edges.add(mark.start); edges.add(Math.max(mark.end, mark.start)); }
  const parts = [];
  for (const [kind, start, end] of pieces(text)) {
    let from = start;
    const inner = [...edges].filter((edge) => edge > start && edge < end).sort((a, b) => a - b);
    for (const edge of [...inner, end]) {
      const piece = document.createElement("span");
      if (kind) piece.className = `t-${kind}`;
      piece.textContent = text.slice(from, edge);
      const over = marks.filter((mark) => mark.start <= from && edge <= mark.end);
      let whole = piece;
      for (const mark of over.reverse()) {
        const around = document.createElement("mark");
        around.className = mark.kind;
        around.append(whole);
        whole = around;
      }
      parts.push(whole);
      from = edge;
    }
  }
  element.replaceChildren(...parts, "\n");
}
