/* What is said in the video, beside it: the line that is spoken now is marked and kept in view, and what one looks for is found. */

const REST_SECONDS = 6;

export function enhance(box) {
  const video = document.querySelector("[data-video-player] video");
  const lines = () => [...box.querySelectorAll(".transcript-lines > li")];
  let known = { frame: null, all: [], times: [] };
  let touched = -Infinity;
  for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    box.addEventListener(name, () => (touched = performance.now()), { passive: true });
  }

  /* Follows the video, within its own frame and only while nobody reads elsewhere in it. */
  function follow() {
    const frame = box.querySelector(".transcript-lines");
    if (!frame) return;
    // Read once: it may be two hours of lines, and the video says several times a second where it is.
    if (known.frame !== frame) known = { frame, all: lines(), times: lines().map(atOf) };
    const now = known.all[known.times.findLastIndex((time) => time <= video.currentTime + 0.05)];
    const before = box.querySelector("[aria-current]");
    const link = now?.querySelector("a");
    if (before === (link ?? null)) return;
    before?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    const isRead = performance.now() - touched < REST_SECONDS * 1000 || box.querySelector("[data-find]")?.value;
    if (!now || isRead || frame.scrollHeight <= frame.clientHeight) return;
    frame.scrollTop = now.offsetTop - frame.offsetTop - frame.clientHeight / 3;
  }
  if (video) for (const name of ["timeupdate", "seeking"]) video.addEventListener(name, follow);

  function find(field) {
    const sought = field.value.trim();
    const pattern = sought && new RegExp(sought.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "giu");
    let hits = 0;
    for (const line of lines()) {
      const words = line.querySelector("a > span:last-child");
      const text = words.textContent;
      const found = pattern ? [...text.matchAll(pattern)] : [];
      hits += found.length;
      line.hidden = Boolean(pattern) && !found.length;
      if (found.length || words.childElementCount) words.replaceChildren(...marked(text, found));
    }
    box.querySelector("[data-count]").textContent = !pattern ? "" : hits ? field.dataset.found.replace("{n}", hits) : field.dataset.none;
  }
  box.addEventListener("input", (event) => event.target.matches("[data-find]") && find(event.target));
}

const atOf = (line) => Number(line.querySelector("a").hash.slice(3));

/* The text in pieces, what was found in marks. Nothing here is ever read as HTML. */
function marked(text, found) {
  const pieces = [];
  let end = 0;
  for (const hit of found) {
    const mark = document.createElement("mark");
    mark.textContent = hit[0];
    pieces.push(text.slice(end, hit.index), mark);
    end = hit.index + hit[0].length;
  }
  return [...pieces, text.slice(end)];
}
