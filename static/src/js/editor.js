/* Markdown over a plain textarea: the toolbar element, and a preview rendered by the server at the address in
 * data-editor (POST text=…, answers sanitised HTML). */
import "@github/markdown-toolbar-element";

export function enhance(editor) {
  const bar = editor.querySelector("[data-editor-bar]");
  const input = editor.querySelector("textarea");
  const preview = editor.querySelector(".editor-preview");
  const toolbar = editor.querySelector("markdown-toolbar");
  const [write, look] = bar.querySelectorAll("[role=tab]");
  let shown = null;

  const choose = (tab) => {
    for (const each of [write, look]) {
      each.setAttribute("aria-selected", String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
    }
    input.hidden = tab === look;
    toolbar.hidden = tab === look;
    preview.hidden = tab !== look;
  };
  const render = async () => {
    if (shown === input.value) return;
    preview.setAttribute("aria-busy", "true");
    const body = new URLSearchParams({ text: input.value });
    const csrf = editor.closest("form")?.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    try {
      const answer = await fetch(editor.dataset.editor, { method: "POST", body, headers: { "X-CSRFToken": csrf, "HX-Request": "true" } });
      if (!answer.ok) throw new Error(String(answer.status));
      preview.innerHTML = await answer.text();
      shown = input.value;
    } catch {
      preview.textContent = preview.dataset.failed;
    }
    preview.removeAttribute("aria-busy");
  };

  write.addEventListener("click", () => choose(write));
  look.addEventListener("click", () => {
    choose(look);
    render();
  });
  bar.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key) || !event.target.matches("[role=tab]")) return;
    const other = event.target === write ? look : write;
    other.focus();
    other.click();
  });
  // A refused field is shown, never hidden behind the preview.
  input.addEventListener("invalid", () => choose(write));
  choose(write);
  bar.hidden = false;
}
