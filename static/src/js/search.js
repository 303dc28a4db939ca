/* "/" goes to the search field, unless one is writing. On small screens that is the one in the page (#search). */

function field() {
  return [...document.querySelectorAll("[data-search]")].find((input) => input.checkVisibility?.() ?? input.offsetParent);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]")) return;
  const input = field();
  if (!input) return;
  event.preventDefault();
  input.focus();
  input.select();
});

function arrive() {
  if (location.hash === "#search") field()?.focus();
}

arrive();
addEventListener("hashchange", arrive);
// The link to a place one is already at changes no hash.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href$="#search"]');
  if (link && link.href === location.href) field()?.focus();
});
