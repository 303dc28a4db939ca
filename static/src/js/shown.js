/* Run something for every element that matches: those in the page, and those that htmx or a script of ours brings later. */

export function each(selector, act) {
  const look = (root) => {
    if (root.matches?.(selector)) act(root);
    root.querySelectorAll(selector).forEach(act);
  };
  look(document);
  document.addEventListener("htmx:load", (event) => look(event.detail.elt));
  document.addEventListener("shown", (event) => look(event.target));
}

/* Say that a script of ours has put something into `root`. */
export function shown(root) {
  window.htmx?.process(root);
  root.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
}

/* Load a module once its markup is there; the module exports enhance(element). An element is enhanced once. */
export function whenShown(selector, load) {
  const done = new WeakSet();
  each(selector, async (element) => {
    if (done.has(element)) return;
    done.add(element);
    (await load()).enhance(element);
  });
}
