/* data-copy="<id>" copies the text (or value) of that element, and says so for two seconds. */

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  if (!source) return;
  const text = "value" in source ? source.value : source.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without permission, or over plain HTTP: select it, so that one keystroke copies.
    if ("select" in source) source.select();
    else getSelection().selectAllChildren(source);
    return;
  }
  const words = button.querySelector("span:not(.sr-only)") ?? button;
  words.dataset.usual ??= words.textContent;
  words.textContent = button.dataset.copied;
  button.setAttribute("aria-live", "polite");
  setTimeout(() => (words.textContent = words.dataset.usual), 2000);
});
