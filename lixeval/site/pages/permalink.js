// A link that carries a program: what stands behind # is a JSON object, compressed and in base64url.
//
//   #1.…   deflate-raw      #0.…   as it is, where the browser cannot compress
//   {"program": text, "step": number?, "view": "program" | "steps", "lesson": name?}

const LONGEST = 2_000_000;

export class BrokenLink extends Error {}

export async function encode(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  if (typeof CompressionStream === "undefined") return `#0.${base64(bytes)}`;
  return `#1.${base64(await through(new CompressionStream("deflate-raw"), bytes))}`;
}

// null where the address carries nothing; BrokenLink where it carries what cannot be read.
export async function decode(hash) {
  if (!hash || hash === "#") return null;
  const match = /^#([01])\.([A-Za-z0-9_-]+)$/.exec(hash);
  if (!match) {
    if (!/^#[01]\./.test(hash)) return null; // the name of a part of the page
    throw new BrokenLink("it has characters that no link has");
  }
  let state;
  try {
    let bytes = unbase64(match[2]);
    if (match[1] === "1") {
      if (typeof DecompressionStream === "undefined") throw new BrokenLink("this browser cannot unpack it");
      bytes = await through(new DecompressionStream("deflate-raw"), bytes);
    }
    state = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof BrokenLink) throw error;
    throw new BrokenLink("part of it is missing or was changed");
  }
  if (state === null || typeof state !== "object" || typeof state.program !== "string")
    throw new BrokenLink("there is no program in it");
  return {
    program: state.program,
    step: Number.isInteger(state.step) && state.step >= 0 ? state.step : null,
    view: state.view === "steps" ? "steps" : "program",
    lesson: typeof state.lesson === "string" ? state.lesson : null,
  };
}

async function through(stream, bytes) {
  const writer = stream.writable.getWriter();
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  const parts = [];
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > LONGEST) { reader.cancel().catch(() => {}); throw new BrokenLink("it holds too much"); }
    parts.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}

function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function unbase64(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}
