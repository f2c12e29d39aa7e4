// The engine's side of the page: a worker that runs Python, asked one thing at a time; stopped by ending it.

const SECONDS = 20;

export class Stopped extends Error {}

export class Engine {
  // `said(text)` is told how loading goes.
  constructor(said) {
    this.said = said;
    this.waiting = null;
    this.start();
  }

  start() {
    this.ready = false;
    this.worker = new Worker(new URL("engine-worker.js", import.meta.url), { type: "module" });
    this.loaded = new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }) => this.hear(data, resolve, reject);
      this.worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message || "the engine cannot be loaded"));
        this.end(new Error("the engine has crashed; it is loaded anew"));
      };
    });
    this.loaded.catch(() => {});
  }

  hear(data, resolve, reject) {
    if (data.loading) this.said(data.loading);
    else if (data.ready) { this.ready = true; this.said(""); resolve(); }
    else if (data.broken) reject(new Error(data.broken));
    else if (this.waiting && data.id === this.waiting.id) {
      const { done, failed, clock } = this.waiting;
      clearTimeout(clock);
      this.waiting = null;
      if (data.crash) { this.end(); failed(new Error(data.crash)); } else done(data.answer);
    }
  }

  // The answer to a question (`lixeval.site.engine`); rejected with Stopped, or with an Error that says what happened.
  async ask(question) {
    if (this.waiting) this.stop("Another run was begun.");
    const mine = (this.last = Symbol());
    await this.loaded;
    if (mine !== this.last) throw new Stopped("Another run was begun.");
    return new Promise((done, failed) => {
      const id = Math.random();
      const clock = setTimeout(() => this.stop(`It took more than ${SECONDS} seconds and was stopped.`), SECONDS * 1000);
      this.waiting = { id, done, failed, clock };
      this.asked = performance.now();
      this.worker.postMessage({ id, question: JSON.stringify(question) });
    });
  }

  stop(why = "Stopped.") {
    this.last = null;
    if (this.waiting) this.end(new Stopped(why));
  }

  end(reason) {
    this.worker.terminate();
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting) { clearTimeout(waiting.clock); if (reason) waiting.failed(reason); }
    this.start();
  }
}
