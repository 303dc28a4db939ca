/* Markdown over a plain textarea: the toolbar element, keyboard shortcuts, and a preview rendered by the server at the address in
 * data-editor (POST text=…, or with data-editor-whole all the form's fields; answers sanitised HTML). With data-editor-pictures it
 * has every tool for lessons (editor-tools.js) and can stand side by side with a preview that follows what is typed. */
import "@github/markdown-toolbar-element";
import { setFormulas } from "./formulas.js";
import { shown } from "./shown.js";

const PAUSE = 350; // milliseconds without a key before the preview follows

const SHORTCUTS = {
  b: "md-bold",
  i: "md-italic",
  k: "md-link",
  e: "md-code",
  "shift+7": "md-ordered-list",
  "shift+8": "md-unordered-list",
  "shift+9": "md-quote",
  "shift+l": "md-task-list",
  "shift+m": "[data-insert=maths]",
};

export function enhance(editor) {
  const bar = editor.querySelector("[data-editor-bar]");
  const input = editor.querySelector("textarea");
  const preview = editor.querySelector(".editor-preview");
  const toolbar = editor.querySelector("markdown-toolbar");
  const both = bar.querySelector("[data-editor-both]");
  const [write, look] = bar.querySelectorAll("[role=tab]");
  let shownOf = null;
  let asked = 0;
  let timer;

  const choose = (tab) => {
    editor.removeAttribute("data-both");
    both?.setAttribute("aria-pressed", "false");
    for (const each of [write, look]) {
      each.setAttribute("aria-selected", String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
    }
    input.hidden = tab === look;
    toolbar.hidden = tab === look;
    preview.hidden = tab !== look;
  };
  const body = () => {
    if (editor.dataset.editorWhole === undefined) return new URLSearchParams({ text: input.value });
    return new URLSearchParams([...new FormData(input.form)].filter(([, value]) => typeof value === "string"));
  };
  const render = async () => {
    const sent = body();
    if (shownOf === String(sent)) return;
    const turn = ++asked;
    preview.setAttribute("aria-busy", "true");
    const csrf = editor.closest("form")?.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    try {
      const answer = await fetch(editor.dataset.editor, { method: "POST", body: sent, headers: { "X-CSRFToken": csrf, "HX-Request": "true" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = document.createElement("div");
      fresh.innerHTML = await answer.text();
      // Formulas are set before the text is shown, so that it does not flicker while one writes.
      await setFormulas(fresh);
      if (turn !== asked) return;
      preview.replaceChildren(...fresh.childNodes);
      shown(preview);
      shownOf = String(sent);
    } catch {
      if (turn === asked && !preview.firstElementChild) preview.textContent = preview.dataset.failed;
    }
    if (turn === asked) preview.removeAttribute("aria-busy");
  };
  const follow = () => {
    if (preview.hidden) return;
    clearTimeout(timer);
    timer = setTimeout(render, PAUSE);
  };

  write.addEventListener("click", () => choose(write));
  look.addEventListener("click", () => {
    choose(look);
    render();
  });
  both?.addEventListener("click", () => {
    if (editor.dataset.both !== undefined) return choose(write);
    choose(write);
    editor.dataset.both = "";
    both.setAttribute("aria-pressed", "true");
    preview.hidden = false;
    render();
  });
  bar.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key) || !event.target.matches("[role=tab]")) return;
    const other = event.target === write ? look : write;
    other.focus();
    other.click();
  });
  input.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    // Digits by their key: with shift they write other signs, differently on each keyboard.
    const key = /^Digit\d$/.test(event.code) ? event.code.slice(5) : event.key.toLowerCase();
    const tool = toolbar.querySelector(SHORTCUTS[event.shiftKey ? `shift+${key}` : key] ?? "unknown-tool");
    if (!tool) return;
    event.preventDefault();
    tool.click();
  });
  input.addEventListener("scroll", () => {
    if (editor.dataset.both === undefined) return;
    const room = input.scrollHeight - input.clientHeight;
    if (room > 0) preview.scrollTop = (input.scrollTop / room) * (preview.scrollHeight - preview.clientHeight);
  });
  (editor.dataset.editorWhole === undefined ? input : (input.form ?? input)).addEventListener("input", follow);
  // A refused field is shown, never hidden behind the preview.
  input.addEventListener("invalid", () => choose(write));
  if (editor.dataset.editorPictures) import("./editor-tools.js").then((tools) => tools.enhance(editor, input, toolbar));
  choose(write);
  bar.hidden = false;
}
