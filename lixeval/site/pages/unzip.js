// A zip's files, unpacked by the browser itself while Python is being loaded: Python in WebAssembly takes a second for it.

const END = 0x06054b50, ENTRY = 0x02014b50, STORED = 0;

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// [[name, bytes], …]; throws where it is no zip, or one that this browser cannot unpack.
export async function unzipped(buffer) {
  const view = new DataView(buffer), text = new TextDecoder(), found = [];
  let end = buffer.byteLength - 22;
  while (end > 0 && view.getUint32(end, true) !== END) end--;
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== ENTRY) throw new Error("app.zip is damaged");
    const method = view.getUint16(at + 10, true), size = view.getUint32(at + 20, true), long = view.getUint16(at + 28, true);
    const name = text.decode(new Uint8Array(buffer, at + 46, long)), local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const bytes = new Uint8Array(buffer, start, size);
    if (!name.endsWith("/")) found.push(Promise.all([name, method === STORED ? bytes.slice() : inflated(bytes)]));
    at += 46 + long + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return Promise.all(found);
}

// Puts such files into Python's file system, below a folder.
export function put(files, FS, folder) {
  const made = new Set();
  for (const [name, bytes] of files) {
    const path = `${folder}${name}`, parent = path.slice(0, path.lastIndexOf("/"));
    if (!made.has(parent)) { FS.mkdirTree(parent); made.add(parent); }
    FS.writeFile(path, bytes, { canOwn: true });
  }
}
