/* When a key pressed anywhere on a page of the player is a shortcut, and when it belongs to what has the focus. */

const TYPING = "input, textarea, select, [contenteditable], math-field";

/* A closed dialog keeps the focus of what was in it until the next frame: what cannot be seen takes no keys. */
const within = (event, selector) => event.target.closest?.(selector) && event.target.checkVisibility?.() !== false;

export function isShortcut(event, others = "") {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return false;
  return !within(event, others ? `${TYPING}, ${others}` : TYPING);
}

/* One may turn the shortcuts off (WCAG 2.1.4), but never the key that opens the list where they are turned on. */
export function shortcutsWanted(key) {
  const toggle = document.querySelector("[data-keys]");
  return !toggle || toggle.checked || key === "?";
}
