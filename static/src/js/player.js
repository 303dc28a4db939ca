/* The player: counts the time that somebody really spends, brings one back to the place on the page, and answers to keys.
 *
 * A page counts the seconds in which it is in view and somebody did something within the last minute (or a video plays), and
 * reports the sum since it was opened, every fifteen seconds and when it goes out of sight. Sums are safe to send twice; the
 * server holds them against its own clock. */

import { isShortcut, shortcutsWanted } from "./keys.js";
import { watchedOf, write } from "./watched.js";

const REPORT_SECONDS = 15;
const IDLE_SECONDS = 60;
const KEYS = "player-keys";

function csrf() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

function placeOnPage() {
  const room = document.documentElement.scrollHeight - innerHeight;
  return room > 40 ? Math.round((1000 * Math.min(scrollY, room)) / room) : 0;
}

/* The lesson is done because its video was watched: the marks and the outline say so at once. */
function celebrate({ words }) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { message: words } }));
  document.body.dispatchEvent(new CustomEvent("lesson-done"));
}

function count(root) {
  const { sitting, beats } = root.dataset;
  const kept = `sitting:${sitting}`;
  let seconds = Number(sessionStorage.getItem(kept)) || 0;
  let reported = -1;
  let reportedPlace = -1;
  let reportedWatched = "";
  let last = performance.now();
  let active = last;
  let ended = false;

  const video = () => document.querySelector("[data-player] video");
  const isWatching = () => video() && !video().paused && !video().ended;
  const touched = () => {
    active = performance.now();
  };
  for (const name of ["pointerdown", "pointermove", "keydown", "scroll", "wheel", "touchstart"]) {
    addEventListener(name, touched, { passive: true, capture: true });
  }

  function tick() {
    const now = performance.now();
    // A sleeping machine wakes with a long gap: it counts as one second.
    const passed = Math.min((now - last) / 1000, 2);
    last = now;
    const isFramed = document.activeElement?.tagName === "IFRAME";
    if (document.visibilityState === "visible" && (now - active < IDLE_SECONDS * 1000 || isWatching() || isFramed)) seconds += passed;
  }

  async function report() {
    const sum = Math.floor(seconds);
    const place = placeOnPage();
    const watched = video() ? write(watchedOf(video())) : "";
    if (ended || (sum === reported && place === reportedPlace && watched === reportedWatched)) return;
    const body = new URLSearchParams({ ticket: sitting, seconds: sum, page: place });
    // A video that nobody started stands at its beginning: that is not where one was.
    if (video()?.played.length) body.set("video", Math.floor(video().currentTime));
    if (watched) body.set("watched", watched);
    sessionStorage.setItem(kept, String(seconds));
    try {
      // keepalive lets the last report leave after the page; unlike a beacon it carries the token's header.
      const answer = await fetch(beats, { method: "POST", body, headers: { "X-CSRFToken": csrf() }, keepalive: true, redirect: "manual" });
      if (answer.ok) [reported, reportedPlace, reportedWatched] = [sum, place, watched];
      if (answer.status === 200) celebrate(await answer.json());
      else if (answer.type === "opaqueredirect" || (answer.status >= 400 && answer.status < 500 && answer.status !== 429)) ended = true;
    } catch {
      // Without a connection the next report carries the whole sum.
    }
  }

  setInterval(tick, 1000);
  setInterval(() => document.visibilityState === "visible" && report(), REPORT_SECONDS * 1000);
  document.addEventListener("visibilitychange", () => {
    tick();
    if (document.visibilityState === "hidden") report();
    else touched();
  });
  addEventListener("pagehide", report);
  document.addEventListener("ended", report, { capture: true });
  report();
}

/* Back to where one was, unless the address names a place or the browser itself came back. */
function comeBack(root) {
  const place = Number(root.dataset.place);
  const [entry] = performance.getEntriesByType("navigation");
  if (!place || location.hash || entry?.type !== "navigate") return;
  const go = () => scrollTo({ top: (place / 1000) * (document.documentElement.scrollHeight - innerHeight), behavior: "instant" });
  if (document.readyState === "complete") go();
  else addEventListener("load", go, { once: true });
}

function listen(root) {
  const toggle = document.querySelector("[data-keys]");
  if (toggle) {
    toggle.checked = localStorage.getItem(KEYS) !== "off";
    toggle.addEventListener("change", () => localStorage.setItem(KEYS, toggle.checked ? "on" : "off"));
  }
  const rtl = document.documentElement.dir === "rtl";
  const press = (id) => document.getElementById(id)?.click();
  const go = (address) => address && location.assign(address);
  const acts = {
    n: () => go(root.dataset.after),
    p: () => go(root.dataset.before),
    ArrowRight: () => go(rtl ? root.dataset.before : root.dataset.after),
    ArrowLeft: () => go(rtl ? root.dataset.after : root.dataset.before),
    d: () => press("mark-done"),
    b: () => press("mark-bookmark"),
    "?": () => document.getElementById("keys")?.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const act = acts[event.key];
    if (!act || event.repeat || !shortcutsWanted(event.key)) return;
    if (!isShortcut(event, "video, audio, [role=slider], [role=tablist]")) return;
    // Arrows scroll what is wider than the page (tables, code): there they stay what they are.
    if (event.key.startsWith("Arrow") && event.target.closest("[tabindex='0'], pre")) return;
    event.preventDefault();
    act();
  });
}

export function enhance(root) {
  listen(root);
  if (root.dataset.sitting) {
    comeBack(root);
    count(root);
  }
}
