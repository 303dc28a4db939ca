/* <form data-upload> sends its files one by one in the background and shows how far each is.
 *
 * Without script the same form posts all its files at once. With it, every chosen (or dropped) file is one POST to the
 * form's action, with the form's other fields, Accept: application/json, text/html and X-Requested-With: XMLHttpRequest.
 *
 *   data-upload-list="#files"   where the rows go (default: after the form's fields, in a list of the form's own)
 *   data-max-bytes="4294967296" files beyond it are refused here, with the sentence the template holds
 *   components/upload_template.html must stand inside the form
 *
 * An answer below 400 with HTML replaces the row (the stored file's own row, components/upload_row.html); with JSON the
 * row says "stored". A refusal says why: `detail` of problem+json, the first of `errors`, or the text of the first
 * `.wrong` or `.toast-line p` in HTML. When all files are through, "upload:done" is fired on the form with
 * detail.stored, the number of files that were kept; htmx may listen: hx-trigger="upload:done from:#the-form". */

const STEPS = ["B", "KB", "MB", "GB", "TB"];
const number = new Intl.NumberFormat(document.documentElement.lang || undefined, { maximumFractionDigits: 1, minimumFractionDigits: 1 });

export function bytes(size, step = size > 0 ? Math.min(Math.floor(Math.log(size) / Math.log(1024)), STEPS.length - 1) : 0) {
  if (step === 0) return `${size}\u00a0B`;
  return `${number.format(size / 1024 ** step)}\u00a0${STEPS[step]}`;
}

function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
}

function reason(xhr, words) {
  const type = xhr.getResponseHeader("Content-Type") ?? "";
  if (type.includes("json")) {
    try {
      const told = JSON.parse(xhr.responseText);
      const first = told.errors && Object.values(told.errors).flat()[0];
      return told.detail || (typeof first === "string" ? first : first?.message) || words.refused;
    } catch {
      return words.refused;
    }
  }
  if (type.includes("html")) {
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    return page.querySelector(".wrong, .toast-line p, [data-error]")?.textContent.trim() || words.refused;
  }
  return words.refused;
}

class Row {
  constructor(template, file, form) {
    this.words = template.dataset;
    this.file = file;
    this.form = form;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.part("name").textContent = file.name;
    this.stop = this.part("stop");
    this.stop.setAttribute("aria-label", `${this.stop.getAttribute("aria-label")} ${file.name}`);
    this.bar = this.element.querySelector("progress");
  }

  part(name) {
    return this.element.querySelector(`[data-${name}]`);
  }

  shows(state) {
    for (const icon of this.element.querySelectorAll("[data-when]")) icon.hidden = icon.dataset.when !== state;
    this.bar.hidden = state !== "going";
    this.part("again").hidden = state !== "failed" || this.final;
  }

  fail(sentence, { final = false } = {}) {
    this.final = final;
    this.shows("failed");
    this.part("words").textContent = "";
    this.part("wrong").textContent = sentence;
    this.part("wrong").hidden = false;
  }

  left(seconds) {
    let words;
    if (seconds < 90) words = filled(this.words.seconds, { n: Math.max(1, Math.round(seconds)) });
    else if (seconds < 5400) words = filled(this.words.minutes, { n: Math.round(seconds / 60) });
    else words = filled(this.words.hours, { n: Math.round(seconds / 3600) });
    return words.replace(/ /g, "\u00a0");
  }

  /* Resolves to true when the server kept the file. */
  send(input, limit) {
    if (limit && this.file.size > limit) {
      this.fail(filled(this.words.tooLarge, { total: bytes(this.file.size), limit: bytes(limit) }), { final: true });
      this.stop.onclick = () => this.element.remove();
      return Promise.resolve(false);
    }
    this.part("wrong").hidden = true;
    this.bar.value = 0;
    this.shows("going");
    const data = new FormData(this.form);
    data.delete(input.name);
    data.append(input.name, this.file, this.file.name);
    const xhr = new XMLHttpRequest();
    const began = performance.now();
    const total = bytes(this.file.size);
    const step = this.file.size > 0 ? Math.min(Math.floor(Math.log(this.file.size) / Math.log(1024)), STEPS.length - 1) : 0;
    return new Promise((resolve) => {
      xhr.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        const share = event.loaded / event.total;
        const seconds = (performance.now() - began) / 1000;
        this.bar.value = share * 100;
        this.bar.setAttribute("aria-label", filled(this.words.perCent, { n: Math.floor(share * 100) }));
        const done = bytes(Math.min(event.loaded, this.file.size), step);
        // The first second tells nothing about the rest.
        const known = seconds > 1 && share > 0.01;
        this.part("words").textContent = known
          ? filled(this.words.progress, { done, total, left: this.left((seconds / share) * (1 - share)) })
          : filled(this.words.started, { done, total });
      });
      xhr.upload.addEventListener("load", () => (this.part("words").textContent = filled(this.words.finishing, { total })));
      xhr.addEventListener("load", () => {
        if (xhr.status >= 400 || xhr.status === 0) {
          this.fail(reason(xhr, this.words), { final: xhr.status < 500 && xhr.status !== 429 });
          resolve(false);
          return;
        }
        if ((xhr.getResponseHeader("Content-Type") ?? "").includes("html") && xhr.responseText.trim()) this.replace(xhr.responseText);
        else {
          this.shows("done");
          this.part("words").textContent = filled(this.words.done, { total });
          this.stop.hidden = true;
        }
        resolve(true);
      });
      xhr.addEventListener("error", () => {
        this.fail(this.words.lost);
        resolve(false);
      });
      xhr.addEventListener("abort", () => {
        this.fail(this.words.stopped);
        resolve(false);
      });
      // Stops what is under way; once it has failed, takes the row away.
      this.stop.onclick = () => (xhr.readyState === XMLHttpRequest.DONE || xhr.readyState === XMLHttpRequest.UNSENT ? this.element.remove() : xhr.abort());
      this.part("again").onclick = () => this.onagain?.();
      xhr.open("POST", this.form.getAttribute("action") || location.href);
      xhr.setRequestHeader("Accept", "application/json, text/html;q=0.9");
      xhr.setRequestHeader("X-Requested-With", "XMLHttpRequest");
      xhr.send(data);
    });
  }

  replace(html) {
    const stored = document.createElement("template");
    stored.innerHTML = html;
    const nodes = [...stored.content.children];
    this.element.replaceWith(stored.content);
    for (const node of nodes) window.htmx?.process(node);
  }
}

export function enhance(form) {
  const template = form.querySelector("[data-upload-template]");
  const input = form.querySelector("input[type=file]");
  if (!template || !input) return;
  const list = document.querySelector(form.dataset.uploadList || "#_") ?? form.appendChild(document.createElement("div"));
  const limit = Number(form.dataset.maxBytes || 0);
  // The button is for those without script: choosing a file starts it.
  for (const button of form.querySelectorAll("[data-upload-submit]")) button.hidden = true;
  let queue = Promise.resolve();
  let waiting = 0;
  let stored = 0;

  const enqueue = (row) => {
    waiting += 1;
    queue = queue.then(async () => {
      if (row.element.isConnected && (await row.send(input, limit))) stored += 1;
      waiting -= 1;
      if (waiting === 0) {
        form.dispatchEvent(new CustomEvent("upload:done", { bubbles: true, detail: { stored } }));
        stored = 0;
      }
    });
  };
  const take = (files) => {
    for (const file of files) {
      const row = new Row(template, file, form);
      row.onagain = () => enqueue(row);
      row.stop.onclick = () => row.element.remove();
      row.shows("going");
      list.append(row.element);
      enqueue(row);
    }
  };

  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.files.length) take([...input.files]);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    form.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.toggleAttribute("data-over", kind === "dragover");
      if (kind === "drop") take([...event.dataTransfer.files]);
    });
  }
  addEventListener("beforeunload", (event) => {
    if (waiting > 0) event.preventDefault();
  });
}
