// The worker: loads Python in WebAssembly and lixeval, then answers questions.  Memory is bounded here, time by who asks.

import { PYODIDE, SNAPSHOT } from "./config.js";
import { put, unzipped } from "./unzip.js";

const MEMORY = 1024 * 1024 * 1024;

const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65536 > MEMORY) throw new RangeError("memory is bounded");
  return grow.call(this, pages);
};

let answer = null;

// Python's memory as it was when the engine was imported; null where there is none: then Python starts by itself.
async function unpacked() {
  if (!SNAPSHOT || typeof DecompressionStream === "undefined") return null;
  const response = await fetch(new URL(SNAPSHOT, import.meta.url));
  if (!response.ok) return null;
  const stream = response.body.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function load() {
  const archive = fetch(new URL("app.zip", import.meta.url)).then((response) => {
    if (!response.ok) throw new Error(`app.zip cannot be had: ${response.status}`);
    return response.arrayBuffer();
  });
  archive.catch(() => {});
  const files = archive.then(unzipped).catch(() => null);
  const snapshot = unpacked().catch(() => null);
  postMessage({ loading: "Python is being loaded …" });
  const base = new URL(PYODIDE, import.meta.url).href;
  const { loadPyodide } = await import(`${base}pyodide.mjs`);
  const options = { indexURL: base, env: { HOME: "/home" }, stdout: () => {}, stderr: () => {} };
  const memory = await snapshot;
  let python;
  try {
    python = await loadPyodide(memory ? { ...options, _loadSnapshot: memory } : options);
  } catch (error) {
    if (!memory) throw error;
    python = await loadPyodide(options);
  }
  postMessage({ loading: "Nix is being loaded …" });
  const found = await files;
  if (found) put(found, python.FS, "/");
  else python.unpackArchive(await archive, "zip", { extractDir: "/" });
  // What importlib.invalidate_caches would do, which takes a second: it imports all that finds packages' metadata.
  python.runPython("import sys; sys.path_importer_cache.clear(); '/app' in sys.path or sys.path.insert(0, '/app')");
  answer = python.pyimport("lixeval.site.engine").answer;
  postMessage({ ready: true });
}

onmessage = ({ data }) => {
  try {
    postMessage({ id: data.id, answer: JSON.parse(answer(data.question)) });
  } catch (error) {
    const text = String(error && error.message ? error.message : error);
    const deep = /call stack|recursion/i.test(text);
    postMessage({ id: data.id, crash: deep
      ? "What the program makes is nested too deeply for a browser. The engine is loaded anew; your text is still here."
      : `The engine has crashed and is loaded anew; your text is still here. (${text.slice(-400)})` });
  }
};

load().catch((error) => postMessage({ broken: String(error && error.message ? error.message : error) }));
