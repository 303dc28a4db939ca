/* Fields that answer while one types: how much room is left, whether a password will do, what it reads. */

const number = new Intl.NumberFormat(document.documentElement.lang || undefined);

function count(input) {
  const counter = document.querySelector(`[data-count-for="${CSS.escape(input.id)}"]`);
  if (!counter) return;
  const max = Number(counter.dataset.max);
  // A line break is sent, and counted, as two characters.
  const length = [...input.value.replace(/\n/g, "\r\n")].length;
  counter.textContent = `${number.format(length)} / ${number.format(max)}`;
  counter.toggleAttribute("data-over", length > max);
}

/* Words of at least three characters from the name and mail fields of the same form: what a password must not contain. */
function known(form) {
  const fields = form?.querySelectorAll('input[name$="username"], input[name$="email"], input[name$="name"]') ?? [];
  return [...fields].flatMap((field) => field.value.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter((part) => part.length > 2);
}

const MET = {
  length: (value, rule) => [...value].length >= Number(rule.dataset.number),
  letters: (value) => !/^\d+$/.test(value),
  unlike: (value, _rule, form) => !known(form).some((part) => value.toLowerCase().includes(part)),
};

function judge(input) {
  const list = document.querySelector(`[data-rules-for="${CSS.escape(input.id)}"]`);
  if (!list) return;
  for (const rule of list.querySelectorAll("[data-rule]")) {
    const test = MET[rule.dataset.rule];
    if (!test) continue; // only the server knows the list of common passwords
    if (!input.value) delete rule.dataset.met;
    else if (test(input.value, rule, input.form)) rule.dataset.met = "true";
    // A rule that is not met yet is no fault until one has gone on to the next field.
    else if (input.dataset.left !== undefined || rule.dataset.met === "false") rule.dataset.met = "false";
    else delete rule.dataset.met;
  }
}

document.addEventListener("input", (event) => {
  if (!event.target.id) return;
  count(event.target);
  judge(event.target);
  if (event.target.form) for (const other of event.target.form.querySelectorAll("[data-password] input")) if (other !== event.target) judge(other);
});
document.addEventListener("focusout", (event) => {
  if (!event.target.closest?.("[data-password]") || event.target.tagName !== "INPUT") return;
  if (event.target.value) event.target.dataset.left = "";
  judge(event.target);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const input = button.closest("[data-password]").querySelector("input");
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
  input.focus();
});
