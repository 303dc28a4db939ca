/* Videos go to the store in parts, several at once, one file after the other (R178, R184).
 *
 * <div data-video-upload data-api="/api/v1/creator/videos">: templates/courses/video/_upload.html. The API announces the file, says
 * which parts are missing, and gives an address for each; the parts are PUT there, at this site or straight at S3. A lost connection
 * is waited for. After a reload the same file (name, size, date) goes on with the parts that are missing.
 *
 *   data-picks="#id_video_id"   a <select> that is set to the video as soon as it is announced
 *
 * Fires "video:uploaded" on the body when a file is complete. */
import { bytes } from "./upload.js";

const AT_ONCE = 2; // parts under way
const SIGNED_AT_ONCE = 24; // addresses that are fetched together
const WINDOW = 12_000; // milliseconds over which the rate is measured
const WAITS = [1000, 2000, 4000, 8000, 15_000, 30_000]; // milliseconds before it is tried again

const here = new Set(); // videos whose upload this page shows itself

function markHere() {
  for (const row of document.querySelectorAll("[data-video]")) row.toggleAttribute("data-here", here.has(row.dataset.video));
}
document.addEventListener("htmx:load", markHere);

class Refusal extends Error {
  constructor(status, told) {
    super(told?.detail ?? "");
    this.status = status;
    this.code = told?.code ?? "";
    this.told = told ?? {};
    // What may be different in a moment.
    this.passing = status === 0 || status === 429 || status >= 500;
  }
}

function csrf() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

async function ask(method, url, body) {
  let answer;
  try {
    answer = await fetch(url, {
      method,
      body: body && JSON.stringify(body),
      headers: { Accept: "application/json", "X-CSRFToken": csrf(), ...(body && { "Content-Type": "application/json" }) },
    });
  } catch {
    throw new Refusal(0);
  }
  const told = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(answer.status, told);
  return told;
}

class Stopped extends Error {}

class Upload {
  constructor(root, file) {
    this.root = root;
    this.words = root.dataset;
    this.api = root.dataset.api;
    this.file = file;
    this.requests = new Map(); // part number → XMLHttpRequest
    this.sent = new Map(); // part number → bytes of it that are on their way
    this.samples = [];
    this.done = 0;
    this.state = "waiting";
    this.build();
  }

  /* --- The row --- */

  build() {
    this.row = this.root.querySelector("[data-video-row]").content.firstElementChild.cloneNode(true);
    this.part("name").textContent = this.file.name;
    this.bar = this.row.querySelector("progress");
    for (const [name, words, act] of [
      ["pause-button", "pause", () => this.pause()],
      ["resume-button", "goOn", () => this.resume()],
      ["stop", "cancel", () => this.cancel()],
    ]) {
      const button = this.part(name);
      button.setAttribute("aria-label", this.fill(this.words[words], { name: this.file.name }));
      button.onclick = act;
    }
    this.part("again").onclick = () => this.again?.();
    this.show("waiting");
  }

  part(name) {
    return this.row.querySelector(`[data-${name}]`);
  }

  fill(sentence, values) {
    return sentence.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  }

  show(state, sentence = "") {
    this.state = state;
    const icon = { done: "done", failed: "failed" }[state] ?? "going";
    for (const one of this.row.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== icon;
    this.bar.hidden = state === "failed" || state === "done";
    this.part("pause-button").hidden = !["going", "lost"].includes(state);
    this.part("resume-button").hidden = state !== "paused";
    this.part("again").hidden = state !== "failed" || this.final;
    this.part("wrong").hidden = state !== "failed";
    this.part("wrong").textContent = state === "failed" ? sentence : "";
    this.part("stop").hidden = state === "finishing" || state === "done";
    if (state === "failed") this.part("words").textContent = "";
    else this.tell();
  }

  tell() {
    const total = bytes(this.file.size);
    const loaded = Math.min(this.file.size, this.done + [...this.sent.values()].reduce((sum, one) => sum + one, 0));
    const share = this.file.size ? (loaded / this.file.size) * 100 : 0;
    this.bar.value = share;
    this.bar.setAttribute("aria-label", this.fill(this.words.perCent, { n: Math.floor(share) }));
    const values = { done: bytes(loaded), total };
    let sentence = this.words[this.state] ?? this.words.started;
    if (this.state === "going") {
      const rate = this.rate(loaded);
      if (rate > 0) Object.assign(values, { rate: bytes(rate), left: this.left((this.file.size - loaded) / rate) });
      sentence = rate > 0 ? this.words.progress : this.words.started;
    }
    this.part("words").textContent = this.fill(sentence, values);
  }

  /* Bytes a second over the last moments; 0 while it is not known. */
  rate(loaded) {
    const now = performance.now();
    this.samples.push([now, loaded]);
    while (this.samples.length > 2 && now - this.samples[0][0] > WINDOW) this.samples.shift();
    const [since, from] = this.samples[0];
    return now - since > 1000 ? Math.max(0, (loaded - from) / ((now - since) / 1000)) : 0;
  }

  left(seconds) {
    if (seconds < 90) return this.fill(this.words.seconds, { n: Math.max(1, Math.round(seconds)) });
    if (seconds < 5400) return this.fill(this.words.minutes, { n: Math.round(seconds / 60) });
    return this.fill(this.words.hours, { n: Math.round(seconds / 3600) });
  }

  /* --- Sending --- */

  /* Resolves to true when the server has the whole file. Waits while it is paused. */
  async run() {
    this.final = false;
    if (this.state === "stopped") return false;
    const wrong = this.file.size === 0 ? this.words.empty : this.file.size > Number(this.words.maxBytes) ? this.fill(this.words.tooLarge, { total: bytes(this.file.size), limit: bytes(Number(this.words.maxBytes)) }) : "";
    if (wrong) return this.fail(wrong, true);
    try {
      // What was paused before its turn keeps its place in the queue and does not hold up the others' rows.
      await this.unpaused();
      this.show("going");
      this.session = await this.lasting(() =>
        ask("POST", this.api, {
          name: this.file.name,
          size_bytes: this.file.size,
          content_type: this.file.type.slice(0, 100),
          fingerprint: `${this.file.name}:${this.file.size}:${this.file.lastModified}`,
        }),
      );
      here.add(this.session.video);
      markHere();
      this.root.dispatchEvent(new CustomEvent("video:announced", { detail: { id: this.session.video, name: this.file.name } }));
      this.missing = [...this.session.missing];
      this.done = this.session.received_bytes;
      this.samples = [];
      for (;;) {
        await this.sendMissing();
        this.show("finishing");
        try {
          await this.lasting(() => ask("POST", `${this.api}/uploads/${this.session.id}/completion`));
          break;
        } catch (error) {
          if (error.code !== "upload_incomplete") throw error;
          await this.look();
          this.show("going");
        }
      }
    } catch (error) {
      here.delete(this.session?.video);
      markHere();
      if (error instanceof Stopped) return false;
      return this.fail(error.message || this.words.refused, error instanceof Refusal && error.status === 422);
    }
    here.delete(this.session.video);
    this.show("done");
    return true;
  }

  fail(sentence, final = false) {
    this.final = final;
    this.show("failed", sentence);
    return false;
  }

  size(number) {
    return Math.min(this.session.part_bytes, this.file.size - (number - 1) * this.session.part_bytes);
  }

  async sendMissing() {
    this.addresses = new Map();
    while (this.missing.length) {
      await this.unpaused();
      // Each lane takes the next part until none is left; a pause empties the lanes.
      const lanes = Array.from({ length: Math.min(AT_ONCE, this.missing.length) }, () => this.lane());
      const ends = await Promise.allSettled(lanes);
      const broken = ends.find((end) => end.status === "rejected" && !(end.reason instanceof Stopped && this.state !== "stopped"));
      if (broken) {
        this.abortAll();
        throw broken.reason;
      }
    }
  }

  async lane() {
    while (this.missing.length) {
      await this.unpaused();
      if (!this.missing.length) return;
      const number = this.missing.shift();
      try {
        await this.lasting(async () => this.put(number, await this.address(number)));
        this.done += this.size(number);
      } catch (error) {
        this.missing.unshift(number);
        this.missing.sort((a, b) => a - b);
        throw error;
      } finally {
        this.sent.delete(number);
        this.requests.delete(number);
      }
    }
  }

  async address(number) {
    if (!this.addresses.has(number)) {
      this.signing ??= (async () => {
        const numbers = [number, ...this.missing].slice(0, SIGNED_AT_ONCE);
        const { parts } = await ask("POST", `${this.api}/uploads/${this.session.id}/parts`, { numbers });
        for (const one of parts) this.addresses.set(one.number, one.url);
      })().finally(() => (this.signing = null));
      await this.signing;
      if (!this.addresses.has(number)) return this.address(number);
    }
    return this.addresses.get(number);
  }

  put(number, url) {
    const xhr = new XMLHttpRequest();
    this.requests.set(number, xhr);
    const begin = (number - 1) * this.session.part_bytes;
    return new Promise((resolve, reject) => {
      xhr.upload.onprogress = (event) => {
        this.sent.set(number, Math.min(event.loaded, this.size(number)));
        if (this.state === "lost") this.show("going");
        else this.tell();
      };
      xhr.onload = () => {
        if (xhr.status >= 200 && xhr.status < 300) return resolve();
        let told = null;
        try {
          told = JSON.parse(xhr.responseText);
        } catch {
          // The store answers in words of its own.
        }
        const refusal = new Refusal(xhr.status, told);
        // An address that has ended, or a part that broke off: a new address, and once more.
        this.addresses.delete(number);
        if (xhr.status !== 410 || told?.code === "expired_link") refusal.passing = true;
        reject(refusal);
      };
      xhr.onerror = () => reject(new Refusal(0));
      xhr.onabort = () => reject(new Stopped());
      xhr.open("PUT", url);
      xhr.send(this.file.slice(begin, begin + this.size(number)));
    });
  }

  /* Does it until it works; gives up only what will not be different later, or when it is stopped. */
  async lasting(act) {
    for (let tries = 0; ; tries += 1) {
      if (this.state === "stopped") throw new Stopped();
      try {
        const found = await act();
        if (this.state === "lost") this.show("going");
        return found;
      } catch (error) {
        // A server that refuses the same part again and again will not take it.
        if (!(error instanceof Refusal) || !error.passing || (error.status >= 400 && tries >= 8)) throw error;
        if (this.state === "going") this.show("lost");
        this.samples = [];
        await this.moment(WAITS[Math.min(tries, WAITS.length - 1)]);
        await this.unpaused();
      }
    }
  }

  /* A while, or less when the connection comes back or a button is pressed. */
  moment(wait) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        removeEventListener("online", end);
        resolve();
      };
      const timer = setTimeout(end, wait);
      addEventListener("online", end);
      this.wake = end;
    });
  }

  async look() {
    const standing = await this.lasting(() => ask("GET", `${this.api}/uploads/${this.session.id}`));
    this.missing = [...standing.missing];
    this.done = standing.received_bytes;
    this.addresses = new Map();
    this.samples = [];
  }

  async unpaused() {
    while (this.state === "paused") await new Promise((resolve) => (this.awake = resolve));
    if (this.state === "stopped") throw new Stopped();
  }

  pause() {
    this.show("paused");
    this.abortAll();
    this.wake?.();
  }

  resume() {
    this.samples = [];
    this.show("going");
    this.awake?.();
  }

  async cancel() {
    const wasOver = this.state === "failed" || this.state === "done";
    this.state = "stopped";
    this.abortAll();
    this.wake?.();
    this.awake?.();
    this.row.remove();
    if (this.session && !wasOver) {
      await ask("DELETE", `${this.api}/uploads/${this.session.id}`).catch(() => {});
      this.root.dispatchEvent(new CustomEvent("video:cancelled", { detail: { id: this.session.video } }));
      document.body.dispatchEvent(new CustomEvent("video:uploaded"));
    }
  }

  abortAll() {
    for (const xhr of this.requests.values()) xhr.abort();
  }
}

export function enhance(root) {
  const input = root.querySelector("[data-video-file]");
  const list = root.querySelector("[data-video-list]");
  let queue = Promise.resolve();
  let waiting = 0;

  const enqueue = (upload) => {
    waiting += 1;
    queue = queue.then(async () => {
      const kept = await upload.run();
      waiting -= 1;
      if (kept) document.body.dispatchEvent(new CustomEvent("video:uploaded"));
      if (kept && !root.dataset.picks) setTimeout(() => upload.row.remove(), 2500);
    });
  };
  const take = (files) => {
    for (const file of files) {
      const upload = new Upload(root, file);
      upload.again = () => {
        upload.show("waiting");
        enqueue(upload);
      };
      list.append(upload.row);
      enqueue(upload);
    }
  };

  const takeChosen = () => {
    take([...input.files]);
    input.value = "";
  };
  input.addEventListener("change", takeChosen);
  // Chosen before this script was there.
  if (input.files.length) takeChosen();
  // Choosing a file is nothing that the form around it has to save.
  for (const kind of ["input", "change"]) input.addEventListener(kind, (event) => event.stopPropagation());
  for (const kind of ["dragover", "dragleave", "drop"]) {
    root.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      root.toggleAttribute("data-over", kind === "dragover");
      if (kind === "drop") take(input.multiple ? [...event.dataTransfer.files] : [...event.dataTransfer.files].slice(0, 1));
    });
  }
  const choose = (id, name) => {
    const select = document.querySelector(root.dataset.picks || "#_");
    if (!select) return;
    if (name && ![...select.options].some((option) => option.value === id)) select.add(new Option(name, id), 1);
    select.value = id;
    for (const kind of ["input", "change"]) select.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  root.addEventListener("video:announced", (event) => choose(event.detail.id, event.detail.name));
  root.addEventListener("video:cancelled", (event) => {
    const select = document.querySelector(root.dataset.picks || "#_");
    if (select?.value !== event.detail.id) return;
    select.selectedOptions[0]?.remove();
    choose("");
  });
  addEventListener("beforeunload", (event) => {
    if (waiting > 0 && root.isConnected) event.preventDefault();
  });
}
