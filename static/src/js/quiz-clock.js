/* The clock of an attempt with a time limit. The server says how many seconds are left, with the page and whenever answers are
 * saved; here they are only counted down. When they are over the form is handed in; the server's own clock decides what counts. */

const SPOKEN = [600, 300, 60];

function shown(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (!parts[0]) parts.shift();
  return parts.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
}

export function enhance(clock) {
  const form = clock.closest("form");
  const face = clock.querySelector("[data-clock]");
  const words = clock.querySelector("[data-clock-words]");
  let ends = 0;
  let spoken = Infinity;
  const set = (seconds) => {
    ends = Date.now() + seconds * 1000;
  };
  const say = (left) => {
    const mark = SPOKEN.filter((limit) => left <= limit).at(-1);
    if (mark === undefined || mark >= spoken) return;
    spoken = mark;
    words.textContent = mark === 60 ? clock.dataset.minute : clock.dataset.minutes.replace("%s", String(mark / 60));
  };
  const tick = () => {
    if (!clock.isConnected) return clearInterval(timer);
    const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    face.textContent = shown(left);
    clock.toggleAttribute("data-low", left <= 60);
    say(left);
    if (left) return undefined;
    clearInterval(timer);
    words.textContent = clock.dataset.over;
    return form.requestSubmit(form.querySelector("[name=hand_in]"));
  };
  const resync = (event) => {
    if (!clock.isConnected) return document.removeEventListener("htmx:load", resync);
    const line = event.detail.elt;
    if (line.matches?.("[data-seconds-left]")) set(Number(line.dataset.secondsLeft));
    return undefined;
  };
  set(Number(clock.dataset.countdown));
  document.addEventListener("htmx:load", resync);
  const timer = setInterval(tick, 250);
  tick();
}
