/* "/" goes to the search field, unless one is writing. On small screens that is the one in the page (#search, which the masthead's
   icon leads to: a field that is an address's target gets the focus by itself). */

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
