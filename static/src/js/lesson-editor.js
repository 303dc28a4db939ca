/* The pane of a lesson saves itself: a pause after typing sends the form with the stamp of the state that one saw.
 *
 * What is typed lies in localStorage until the server has it ("lesson:<id>:<stamp>"), so that neither a lost connection nor a
 * closed window loses it. When somebody else saved first (409), fields that only one of the two changed are put together; a field
 * that both changed is shown twice, and one chooses. "outline-changed" is fired on the document (outline.js). */
import { toast } from "./toasts.js";

const PAUSE = 1200; // milliseconds without a key before it is saved
const LONGEST = 8000; // milliseconds that typing without a pause may put it off
const RETRY = [3000, 8000, 20000, 60000]; // milliseconds before it is tried again
const TICK = 250;

const clock = (moment) => new Intl.DateTimeFormat(document.documentElement.lang || undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(moment);
const day = (moment) =>
  new Intl.DateTimeFormat(document.documentElement.lang || undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(moment);

/* localStorage may be full, or closed to us. */
const shelf = {
  put(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  drop(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // Nothing to drop.
    }
  },
  keys(prefix) {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    } catch {
      return [];
    }
  },
};

class Pane {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.form = root.querySelector("#lesson-form");
    this.state = root.querySelector("[data-save-state]");
    this.stamp = Number(this.words.stamp);
    this.prefix = `lesson:${this.words.lesson}:`;
    this.base = this.values(); // what the form showed when it was last as stored
    this.server = { ...this.base }; // the same as the server writes it: tidied
    this.tries = 0;
    this.halted = false;
    this.since = 0;
  }

  /* --- What stands in the form --- */

  values() {
    const found = {};
    for (const control of this.form.elements) {
      if (!control.name || control.name === "csrfmiddlewaretoken" || control.name === "stamp") continue;
      if (control.type === "checkbox") found[control.name] = control.checked;
      else if (control.type === "radio") {
        if (control.checked) found[control.name] = control.value;
      } else if (control.type !== "file" && control.type !== "submit") found[control.name] = control.value;
    }
    return found;
  }

  put(name, value) {
    const control = this.form.elements[name];
    if (!control) return;
    if (control instanceof RadioNodeList) control.value = value;
    else if (control.type === "checkbox") control.checked = value;
    else if (control.value !== value) {
      const { selectionStart, selectionEnd } = control;
      control.value = value;
      if (document.activeElement === control && selectionStart !== null) control.setSelectionRange(selectionStart, selectionEnd);
    }
  }

  label(name) {
    const control = this.form.elements[name];
    const one = control instanceof RadioNodeList ? control[0].closest("fieldset").querySelector("legend") : control?.labels?.[0];
    return (one?.firstChild?.textContent ?? one?.textContent ?? name).trim();
  }

  changed(values = this.values(), base = this.base) {
    return Object.keys(values).filter((name) => values[name] !== base[name]);
  }

  uploading() {
    return this.form.querySelector(".editor[data-uploading]") !== null;
  }

  /* --- The line that says where it stands --- */

  say(sentence, level = "") {
    this.state.textContent = sentence;
    this.state.dataset.level = level;
  }

  /* --- Kept on this device --- */

  keep() {
    if (!this.changed().length) return true;
    return shelf.put(this.prefix + this.stamp, { values: this.values(), base: this.base, at: Date.now() });
  }

  forget() {
    for (const key of shelf.keys(this.prefix)) shelf.drop(key);
  }

  /* --- Saving --- */

  typed() {
    if (!this.since) this.since = performance.now();
    this.keep();
    this.later(Math.max(0, Math.min(PAUSE, LONGEST - (performance.now() - this.since))));
  }

  later(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  async save({ leaving = false } = {}) {
    clearTimeout(this.timer);
    if (this.halted) return;
    if (this.running) {
      this.again = true;
      return;
    }
    if (this.uploading() && !leaving) return this.later(TICK);
    const sent = this.values();
    if (!this.changed(sent).length) {
      this.since = 0;
      this.done(this.savedAt);
      return;
    }
    this.keep();
    this.since = 0;
    this.running = true;
    this.say(this.words.saving);
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(sent)) {
      if (typeof value === "string") body.set(name, value);
      else if (value) body.set(name, "on");
    }
    body.set("stamp", this.stamp);
    try {
      const answer = await fetch(this.words.lessonEditor, {
        method: "POST",
        body,
        // A browser lets a page that is being left send 64 KiB; the shelf holds the rest.
        keepalive: leaving && String(body).length < 60000,
        redirect: "manual",
        headers: { Accept: "application/json", "X-CSRFToken": this.form.querySelector("[name=csrfmiddlewaretoken]").value },
      });
      await this.answered(answer, sent);
    } catch {
      this.unanswered = sent;
      this.failed();
    }
    this.running = false;
    if (this.again) {
      this.again = false;
      this.later(0);
    }
  }

  async answered(answer, sent) {
    if (answer.type === "opaqueredirect" || answer.status === 401) return this.say(this.words.signedOut, "error");
    if (answer.status >= 500 || answer.status === 429) return this.failed(Number(answer.headers.get("Retry-After")) * 1000);
    const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
    const told = isJson ? await answer.json() : {};
    if (answer.ok) return this.stored(told, sent);
    if (answer.status === 409) return this.stale(told, sent);
    if (answer.status === 422) return this.refused(told);
    this.say(answer.status === 404 ? this.words.gone : this.words.signedOut, "error");
  }

  stored(told, sent) {
    this.tries = 0;
    this.unanswered = null;
    this.stamp = told.stamp;
    this.form.elements.stamp.value = told.stamp;
    this.server = told.fields;
    this.base = { ...sent };
    const now = this.values();
    for (const [name, value] of Object.entries(told.fields)) {
      // What the server tidied (an embed code became a link) is shown, unless one is typing there.
      if (value === sent[name] || now[name] !== sent[name] || document.activeElement === this.form.elements[name]) continue;
      this.put(name, value);
      this.base[name] = value;
    }
    this.forget();
    this.right();
    this.done(new Date(told.saved_at));
    if (this.changed().length) {
      this.keep();
      this.later(PAUSE);
    }
    this.tell(told.fields);
  }

  /* The outline beside shows titles, kinds, minutes, and that there is something to publish. */
  tell({ title, kind, minutes, is_free_preview: free }) {
    const shown = JSON.stringify([title, kind, minutes, free]);
    if (shown === this.told) return;
    this.told = shown;
    document.dispatchEvent(new CustomEvent("outline-changed", { detail: { part: "lesson", id: this.words.lesson } }));
  }

  done(moment) {
    if (!moment) return;
    this.savedAt = moment;
    this.say(this.words.saved.replace("{time}", clock(moment)), "success");
  }

  failed(wait = 0) {
    this.keep();
    this.say(navigator.onLine ? this.words.waiting : this.words.offline, "warning");
    this.later(wait || RETRY[Math.min(this.tries, RETRY.length - 1)]);
    this.tries += 1;
  }

  refused(told) {
    const [name, sentences] = Object.entries(told.errors ?? {})[0] ?? ["", [told.detail]];
    this.right();
    const control = name && this.form.elements[name];
    const marked = control instanceof RadioNodeList ? control[0] : control;
    marked?.setAttribute?.("aria-invalid", "true");
    this.say(this.words.refused.replace("{reason}", name ? `${this.label(name)}: ${sentences[0]}` : sentences[0]), "error");
  }

  right() {
    for (const control of this.form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  }

  /* --- Two windows --- */

  stale(told, sent) {
    const theirs = told.fields;
    const mine = this.values();
    const moved = Object.keys(theirs).filter((name) => theirs[name] !== this.server[name]);
    // Our own earlier save, whose answer was lost, is no other window's.
    const ours = (name) => [sent[name], this.unanswered?.[name]].includes(theirs[name]);
    const both = moved.filter((name) => mine[name] !== this.base[name] && mine[name] !== theirs[name] && !ours(name));
    if (both.length) return this.choose(told, both);
    const taken = moved.filter((name) => mine[name] === this.base[name]);
    for (const name of taken) this.put(name, theirs[name]);
    this.rest(told);
    if (taken.length) toast(this.words.merged.replace("{names}", taken.map((name) => this.label(name)).join(", ")));
    this.keep();
    this.again = true;
  }

  /* From now on one writes on what is stored; where the form differs from it, it is to be saved. */
  rest(told) {
    this.server = told.fields;
    const mine = this.values();
    for (const [name, value] of Object.entries(told.fields)) if (mine[name] !== this.base[name] || mine[name] === value) this.base[name] = value;
    shelf.drop(this.prefix + this.stamp);
    this.stamp = told.stamp;
    this.form.elements.stamp.value = told.stamp;
  }

  choose(told, names) {
    this.halted = true;
    this.keep();
    this.say(this.words.stale, "warning");
    const panel = this.root.querySelector("[data-conflict]");
    const place = panel.querySelector("[data-conflict-fields]");
    const template = panel.querySelector("[data-conflict-field]");
    place.replaceChildren(
      ...names.map((name) => {
        const one = template.content.firstElementChild.cloneNode(true);
        one.querySelector("summary").textContent = this.label(name);
        one.querySelector("pre").textContent = String(told.fields[name]) || "—";
        return one;
      }),
    );
    const settle = (take) => {
      const mine = this.values();
      for (const [name, value] of Object.entries(told.fields)) {
        if ((take && names.includes(name)) || mine[name] === this.base[name]) this.put(name, value);
      }
      this.rest(told);
      panel.hidden = true;
      this.halted = false;
      this.later(0);
      if (!this.changed().length) this.done(new Date());
    };
    panel.querySelector("[data-keep-mine]").onclick = () => settle(false);
    panel.querySelector("[data-take-other]").onclick = () => settle(true);
    panel.hidden = false;
    panel.scrollIntoView({ block: "start" });
  }

  /* --- What an earlier visit left on this device --- */

  recover() {
    const found = shelf
      .keys(this.prefix)
      .map((key) => ({ key, stamp: Number(key.slice(this.prefix.length)), ...shelf.get(key) }))
      .filter((draft) => draft.values)
      .sort((a, b) => b.at - a.at)[0];
    if (!found) return;
    const names = this.changed({ ...this.base, ...found.values });
    if (!names.length) return this.forget();
    this.halted = true;
    const panel = this.root.querySelector("[data-recovery]");
    const words = panel.querySelector("[data-recovery-words]");
    words.textContent = (found.stamp === this.stamp ? words.dataset.words : words.dataset.old).replace("{time}", day(found.at));
    panel.querySelector("[data-recovery-text]").textContent = names.map((name) => `${this.label(name)}: ${found.values[name]}`).join("\n\n");
    const end = () => {
      this.forget();
      panel.hidden = true;
      this.halted = false;
    };
    panel.querySelector("[data-recover]").onclick = () => {
      for (const name of names) this.put(name, found.values[name]);
      end();
      this.form.dispatchEvent(new Event("input", { bubbles: true }));
      this.later(0);
    };
    panel.querySelector("[data-discard]").onclick = () => {
      end();
      this.typed();
    };
    panel.hidden = false;
  }
}

export function enhance(root) {
  const pane = new Pane(root);
  const left = () => !root.isConnected;
  const flush = () => {
    pane.keep();
    if (!pane.halted && pane.changed().length) pane.save({ leaving: true });
  };
  const listen = (target, name, act) => {
    const heard = (event) => {
      if (left()) target.removeEventListener(name, heard);
      else act(event);
    };
    target.addEventListener(name, heard);
  };

  pane.done(new Date(pane.words.savedAt));
  pane.recover();
  pane.form.addEventListener("input", () => pane.typed());
  pane.form.addEventListener("change", () => pane.typed());
  pane.form.addEventListener("submit", (event) => {
    event.preventDefault();
    pane.tries = 0;
    pane.save();
  });
  listen(document, "keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s" || event.altKey || event.shiftKey) return;
    event.preventDefault();
    pane.save();
  });
  listen(window, "online", () => pane.changed().length && pane.later(0));
  listen(window, "offline", () => pane.changed().length && pane.say(pane.words.offline, "warning"));
  listen(window, "pagehide", flush);
  listen(document, "visibilitychange", () => document.visibilityState === "hidden" && flush());
  // Another part of the outline is about to take the pane's place.
  listen(document, "htmx:beforeSwap", (event) => event.detail.target?.contains(root) && event.detail.shouldSwap && flush());
}
