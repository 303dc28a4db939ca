/* The course builder's outline: rows are dragged, folded, renamed in place and opened in the pane beside it.
 *
 * Everything here has a way without script: links and buttons of plain forms. What a row's buttons send goes through htmx, whose
 * answers bring the rows that differ; a refused order (409) brings the outline as it stands now.
 *
 * A pane tells that it changed something that the outline shows by the event "outline-changed" with { part, id } (from the server:
 * the header HX-Trigger). */
import Sortable from "sortablejs";
import { each } from "./shown.js";

const WIDE = matchMedia("(min-width: 64rem)");
let board;

export function enhance(outline) {
  board = outline;
  nothingOpen = document.querySelector(".pane-empty")?.cloneNode(true);
  each("#modules", sortModules);
  each("[data-lessons]", sortLessons);
  openFromHash();
  mark();
}

const rowOf = (element) => element.closest("[data-part]");
const address = (row) => `${board.dataset.root}outline/${row.dataset.part}/${row.dataset.id}/`;
let nothingOpen;
const titleOf = (row) => row.querySelector("[data-title]");
const linkOf = (row) => document.getElementById(`open-${row.dataset.id}`);

/* Dragging ------------------------------------------------------------------------------------------------------------- */

const OPTIONS = {
  handle: "[data-grip]",
  animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
  forceFallback: true,
  fallbackOnBody: true,
  fallbackTolerance: 4,
  scrollSensitivity: 60,
  delayOnTouchOnly: true,
  delay: 120,
};

let before;

function started(event, kind) {
  before = { parent: event.from, next: event.item.nextElementSibling };
  document.documentElement.classList.add("dragging", `dragging-${kind}`);
}

function ended() {
  document.documentElement.classList.remove("dragging", "dragging-module", "dragging-lesson");
}

/* Send where the row went. Where nothing comes of it, the row goes back. */
async function place(row, values) {
  const back = before;
  let arrived = false;
  const done = (event) => {
    if (event.detail.pathInfo.requestPath === `${address(row)}place/`) arrived = event.detail.successful || event.detail.xhr.status === 409;
  };
  document.addEventListener("htmx:afterRequest", done);
  try {
    await window.htmx.ajax("POST", `${address(row)}place/`, { source: board, target: board, swap: "none", values });
  } catch {
    // The page's own words about a lost connection say it.
  }
  document.removeEventListener("htmx:afterRequest", done);
  if (!arrived && row.isConnected) back.parent.insertBefore(row, back.next?.isConnected ? back.next : null);
}

function sortModules(list) {
  Sortable.create(list, {
    ...OPTIONS,
    draggable: ".part",
    handle: ".part-head > [data-grip]",
    onStart: (event) => started(event, "module"),
    onEnd(event) {
      ended();
      if (event.oldDraggableIndex !== event.newDraggableIndex) place(event.item, { position: event.newDraggableIndex });
    },
  });
}

function sortLessons(list) {
  Sortable.create(list, {
    ...OPTIONS,
    group: "lessons",
    draggable: ".row",
    onStart: (event) => started(event, "lesson"),
    onEnd(event) {
      ended();
      if (event.from === event.to && event.oldDraggableIndex === event.newDraggableIndex) return;
      // A folded module does not say how many lessons it has: what is dropped there goes to its end.
      const position = event.to.dataset.folded === undefined ? event.newDraggableIndex : 100000;
      place(event.item, { module: event.to.dataset.lessons, position });
    },
  });
}

/* What dragging left on the rows would be copied to those that take their place, as inline style that the content policy forbids. */
document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
  if (!board?.contains(target)) return;
  for (const row of [target, ...target.querySelectorAll("[style]")]) row.removeAttribute("style");
});

/* Folding -------------------------------------------------------------------------------------------------------------- */

async function fetchRows(row, values = {}) {
  await window.htmx.ajax("GET", address(row), { source: board, target: board, swap: "none", values });
}

const reveal = (row) => fetchRows(row, { unfold: "yes" });

function fold(link) {
  const module = rowOf(link);
  const body = module.querySelector("[data-body]");
  if (!body) return reveal(module);
  body.hidden = !body.hidden;
  // A folded module stays folded when the whole outline is drawn anew.
  body.querySelector("input[name=open]").disabled = body.hidden;
  link.setAttribute("aria-expanded", String(!body.hidden));
  return undefined;
}

/* The pane ------------------------------------------------------------------------------------------------------------- */

function mark() {
  const hash = location.hash.slice(1);
  const current = hash && document.getElementById(hash);
  for (const row of document.querySelectorAll(".row[aria-current]")) row.removeAttribute("aria-current");
  if (current) current.closest(".row")?.setAttribute("aria-current", "true");
}

async function show(link, { focus = true } = {}) {
  const pane = document.getElementById("pane");
  await window.htmx.ajax("GET", link.href, { source: pane, target: pane, swap: "innerHTML" });
  mark();
  if (focus) pane.focus({ preventScroll: true });
  if (pane.getBoundingClientRect().top < 0) pane.scrollIntoView();
}

/* Which link opens the part that the address names: the quiz inside a lesson has its own. */
function linkFor(hash) {
  const element = document.getElementById(hash);
  if (!element) return null;
  return element.matches("a[data-open]") ? element : element.querySelector(".row-name");
}

async function openFromHash() {
  const hash = location.hash.slice(1);
  const [, part, id] = hash.match(/^(module|lesson|quiz)-([0-9a-f-]{36})$/) ?? [];
  if (!part) return;
  if (!linkFor(hash) && part !== "module") await reveal({ dataset: { part, id } });
  const element = document.getElementById(hash);
  if (!element) return;
  element.scrollIntoView({ block: "nearest" });
  const link = part === "module" ? null : linkFor(hash);
  if (link && WIDE.matches) show(link, { focus: false });
  else mark();
  // Without room for a pane the part has its own page, unless one comes from there.
  if (link && !WIDE.matches && !document.referrer.startsWith(link.href)) location.replace(link.href);
}

addEventListener("hashchange", openFromHash);
addEventListener("popstate", () => board?.isConnected && mark());

/* Renaming in place ---------------------------------------------------------------------------------------------------- */

function rename(row) {
  const link = linkOf(row);
  const holder = link.closest("h3") ?? link;
  const form = document.getElementById("rename-template").content.firstElementChild.cloneNode(true);
  const input = form.querySelector("input");
  const was = titleOf(row).textContent.trim();
  form.setAttribute("hx-post", address(row));
  input.id = `rename-${row.dataset.id}`;
  input.value = was;
  const close = (focus) => {
    if (!form.isConnected) return;
    form.remove();
    holder.hidden = false;
    if (focus) link.focus();
  };
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (input.value.trim() === was || sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!sent) close(true);
      return;
    }
    sent = true;
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    // Its rows come with the answer; a refusal leaves the field as it is.
    sent = event.detail.successful;
    if (sent) renamed(row, event);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close(true);
  });
  input.addEventListener("blur", () => {
    if (sent || !form.isConnected) return;
    if (input.value.trim() && input.value.trim() !== was) form.requestSubmit();
    else close(false);
  });
  holder.hidden = true;
  holder.after(form);
  window.htmx.process(form);
  input.select();
  input.focus();
}

/* The pane of what was renamed shows the old name, and would write it back. */
function renamed(row) {
  const { part, id } = row.dataset;
  requestAnimationFrame(() => {
    const link = linkFor(`${part}-${id}`);
    if (link && location.hash === `#${part}-${id}` && WIDE.matches) show(link, { focus: false });
    if (document.activeElement === document.body) document.getElementById(`open-${id}`)?.focus();
  });
}

/* The menu of a row: one for all of them ------------------------------------------------------------------------------- */

function openMenu(opener) {
  const menu = document.getElementById("part-menu");
  const row = rowOf(opener);
  const act = (name) => menu.querySelector(`[data-act=${name}]`);
  const root = address(row);
  const isFree = row.dataset.free !== undefined;
  const offer = act("offer");
  offer.setAttribute("formaction", root);
  offer.value = isFree ? "no" : "yes";
  offer.querySelector("span").textContent = isFree ? menu.dataset.unfree : menu.dataset.free;
  offer.hidden = row.dataset.free === "module";
  act("copy").setAttribute("formaction", `${root}copy/`);
  act("remove").setAttribute("formaction", `${root}removal/`);
  act("describe").href = root;
  act("describe").hidden = row.dataset.part !== "module";
  menu.dataset.of = row.id;
  menu.showPopover();
  const from = opener.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = document.dir === "rtl" ? from.left : from.right - width;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  menu.style.top = `${from.bottom + height + 8 > innerHeight ? Math.max(8, from.top - height - 4) : from.bottom + 4}px`;
  menu.querySelector("button:not([hidden]), a:not([hidden])").focus();
}

function choose(item) {
  const menu = item.closest("#part-menu");
  const row = document.getElementById(menu.dataset.of);
  menu.hidePopover();
  if (item.dataset.act === "rename" && row) rename(row);
}

/* Focus ---------------------------------------------------------------------------------------------------------------- */

/* Where the focus goes when the row that has it is removed: to the next one, the one before, or its module. */
let heirs = [];

function remember(row) {
  const near = [row.nextElementSibling, row.previousElementSibling, row.parentElement.closest("[data-part]")];
  heirs = [...near.filter((element) => element?.dataset.id).map((element) => `open-${element.dataset.id}`), "new-module"];
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!board?.isConnected) return;
  const row = document.getElementById(document.getElementById("part-menu").dataset.of);
  if (!row || event.detail.pathInfo.requestPath !== `${address(row)}removal/`) return;
  remember(row);
  if (`#${row.id}` === location.hash || row.querySelector(`[id="${location.hash.slice(1)}"]`)) closePane();
});

/* What is open beside the outline goes with its row. */
function closePane() {
  const pane = document.getElementById("pane");
  history.replaceState(history.state, "", location.pathname + location.search);
  if (!nothingOpen) return;
  pane.replaceChildren(nothingOpen.cloneNode(true));
  window.htmx.process(pane);
}

document.addEventListener("htmx:afterSettle", () => {
  if (!board?.isConnected) return;
  mark();
  if (heirs.length && document.activeElement === document.body) heirs.map((id) => document.getElementById(id)).find(Boolean)?.focus();
  heirs = [];
});

document.addEventListener("outline-focus", (event) => {
  document.getElementById(event.detail.id)?.focus();
});

/* Events --------------------------------------------------------------------------------------------------------------- */

document.addEventListener("click", (event) => {
  if (!board?.isConnected || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const { target } = event;
  const toggle = target.closest("[data-toggle]");
  const opens = target.closest("a[data-open]");
  const more = target.closest("[data-more]");
  const item = target.closest("#part-menu [data-act]");
  if (toggle) {
    event.preventDefault();
    fold(toggle);
  } else if (opens && WIDE.matches) {
    event.preventDefault();
    history.pushState(history.state, "", `#${opens.closest("[id^=quiz-], [id^=lesson-]").id}`);
    show(opens);
  } else if (more) {
    event.preventDefault();
    openMenu(more);
  } else if (item) {
    // The form is sent first, by the button's own press.
    setTimeout(() => choose(item));
  }
});

document.addEventListener("dblclick", (event) => {
  const title = event.target.closest(".builder-outline [data-title]");
  if (title) rename(rowOf(title));
});

document.addEventListener("keydown", (event) => {
  const link = event.target.closest?.(".builder-outline [id^=open-]");
  if (event.key !== "F2" || !link) return;
  event.preventDefault();
  rename(rowOf(link));
});

/* Rows that a pane changed are fetched once nobody types or drags in the outline: what is half done there would be swapped away. */
const stale = new Map();

function catchUp() {
  const { activeElement, documentElement } = document;
  if (!board?.isConnected || documentElement.classList.contains("dragging")) return;
  if (activeElement?.matches("input") && board.contains(activeElement)) return;
  for (const dataset of stale.values()) fetchRows({ dataset });
  stale.clear();
}

document.addEventListener("outline-changed", (event) => {
  const { part, id } = event.detail ?? {};
  if (!part || !id) return;
  stale.set(id, { part, id });
  catchUp();
});
document.addEventListener("focusout", () => stale.size && setTimeout(catchUp));
document.addEventListener("pointerup", () => stale.size && setTimeout(catchUp, 300));
