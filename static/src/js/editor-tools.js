/* The tools of the editor that only lessons have: tables, code blocks with a language, formulas, callouts, lists that go on by
 * themselves, and pictures by button, paste and drop. */

/* Type into the textarea as if by hand, so that the browser's own undo takes it back. */
function type(input, text, start = input.selectionStart, end = input.selectionEnd) {
  input.focus();
  input.setSelectionRange(start, end);
  // An empty text is not typed but deleted.
  if (document.execCommand(text ? "insertText" : "delete", false, text)) return;
  input.setRangeText(text, start, end, "end");
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

/* Put a block on lines of its own; `select` is [from, to] within the block. */
function typeBlock(input, block, select) {
  const { selectionStart: start, selectionEnd: end, value } = input;
  const before = value.slice(0, start);
  const after = value.slice(end);
  const lead = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const tail = !after || after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n";
  type(input, lead + block + tail, start, end);
  const at = start + lead.length;
  input.setSelectionRange(at + select[0], at + select[1]);
}

const selected = (input) => input.value.slice(input.selectionStart, input.selectionEnd);

const INSERT = {
  table(input, words) {
    const head = `| ${words.cell} | ${words.cell} |\n| --- | --- |\n|  |  |\n|  |  |`;
    typeBlock(input, head, [2, 2 + words.cell.length]);
  },
  code(input, words) {
    const code = selected(input);
    typeBlock(input, `\`\`\`${words.language}\n${code}\n\`\`\``, [3, 3 + words.language.length]);
  },
  maths(input) {
    const formula = selected(input);
    const line = input.value.slice(input.value.lastIndexOf("\n", input.selectionStart - 1) + 1, input.selectionStart);
    if (line.trim() || (formula && !formula.includes("\n"))) {
      const start = input.selectionStart;
      type(input, `$${formula}$`);
      input.setSelectionRange(start + 1, start + 1 + formula.length);
    } else typeBlock(input, `$$\n${formula}\n$$`, [3, 3 + formula.length]);
  },
  callout(input, _words, button) {
    const lines = selected(input).split("\n").map((line) => `> ${line}`).join("\n");
    const first = `> [!${button.dataset.callout}]\n`;
    typeBlock(input, first + lines, [first.length + 2, first.length + lines.length]);
  },
};

/* A new line within a list begins like the one before; on an empty item the list ends. */
function goOn(event, input) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || input.selectionStart !== input.selectionEnd) return;
  const start = input.value.lastIndexOf("\n", input.selectionStart - 1) + 1;
  const line = input.value.slice(start, input.selectionStart);
  const item = line.match(/^(\s*)(?:([-*+])( \[[ xX]\])?|(\d{1,8})([.)])) (.*)$/);
  if (!item) return;
  event.preventDefault();
  const [, indent, sign, box, number, point, text] = item;
  if (!text.trim()) return type(input, "", start, input.selectionStart);
  type(input, `\n${indent}${sign ? sign + (box ? " [ ]" : "") : Number(number) + 1 + point} `);
}

/* Pictures: a placeholder stands in the text until the picture has its address. */
class Pictures {
  constructor(editor, input, words, template) {
    Object.assign(this, { editor, input, words, template });
    this.notes = editor.querySelector("[data-editor-notes]");
    this.running = 0;
  }

  take(files, at = this.input.selectionStart) {
    let place = at;
    for (const file of files) place = this.send(file, place);
  }

  send(file, at) {
    const name = file.name.replace(/[[\]()]/g, "") || "picture";
    const told = this.words.uploading.replace("{name}", name);
    let mark = `![${told}…]()`;
    const { value } = this.input;
    const lead = at && value[at - 1] !== "\n" ? "\n\n" : "";
    const tail = value[at] && value[at] !== "\n" ? "\n\n" : "\n";
    type(this.input, lead + mark + tail, at, at);
    this.count(1);
    const data = new FormData();
    data.append("file", file, file.name);
    const xhr = new XMLHttpRequest();
    xhr.open("POST", this.editor.dataset.editorPictures);
    xhr.setRequestHeader("Accept", "application/json");
    xhr.setRequestHeader("X-CSRFToken", this.input.form?.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
    xhr.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable || event.loaded >= event.total) return;
      const next = `![${told} ${Math.floor((event.loaded / event.total) * 100)}%…]()`;
      if (this.replace(mark, next)) mark = next;
    });
    xhr.addEventListener("load", () => {
      let answer = {};
      try {
        answer = JSON.parse(xhr.responseText);
      } catch {
        // A page instead of an answer: refused somewhere on the way.
      }
      if (xhr.status < 300 && answer.markdown) this.replace(mark, answer.markdown);
      else this.fail(mark, lead, tail, answer.detail ?? this.words.refused.replace("{name}", name));
      this.count(-1);
    });
    xhr.addEventListener("error", () => {
      this.fail(mark, lead, tail, this.words.lost.replace("{name}", name));
      this.count(-1);
    });
    xhr.send(data);
    return at + lead.length + mark.length + tail.length;
  }

  count(step) {
    this.running += step;
    // Who saves waits until the placeholders are gone.
    this.editor.toggleAttribute("data-uploading", this.running > 0);
    if (this.running === 0) this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* Keeps the cursor where it is, however long the words before it become. */
  replace(old, text) {
    const at = this.input.value.indexOf(old);
    if (at < 0) return false;
    this.input.setRangeText(text, at, at + old.length, "preserve");
    return true;
  }

  fail(mark, lead, tail, sentence) {
    if (!this.replace(`${lead}${mark}${tail}`, lead ? (tail === "\n\n" ? "\n\n" : "") : "")) this.replace(mark, "");
    const note = this.template.content.firstElementChild.cloneNode(true);
    note.querySelector("[data-words]").textContent = sentence;
    note.querySelector("[data-close]").addEventListener("click", () => note.remove());
    this.notes.append(note);
  }
}

export function enhance(editor, input, toolbar) {
  const template = editor.querySelector("[data-editor-words]");
  const words = template.dataset;
  const chooser = editor.querySelector("[data-editor-file]");
  const pictures = new Pictures(editor, input, words, template);
  const images = (transfer) => [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));

  toolbar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const menu = button.closest("details");
    if (menu) menu.open = false;
    if (button.dataset.insert === "picture") chooser.click();
    else INSERT[button.dataset.insert](input, words, button);
  });
  chooser.addEventListener("change", () => {
    pictures.take([...chooser.files]);
    chooser.value = "";
  });
  input.addEventListener("keydown", (event) => goOn(event, input));
  input.addEventListener("paste", (event) => {
    const files = images(event.clipboardData);
    // Text copied from a word processor brings a picture of itself along: the text is what was meant.
    if (!files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    pictures.take(files);
  });
  input.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    editor.dataset.over = "";
  });
  input.addEventListener("dragleave", () => delete editor.dataset.over);
  input.addEventListener("drop", (event) => {
    delete editor.dataset.over;
    const files = images(event.dataTransfer);
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    pictures.take(files);
  });
}
