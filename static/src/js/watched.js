/* Which seconds of a video were really played: what the element itself remembers (`played`), kept across its reloads. */

const MOST = 200;

/* The element, its ranges so far. An element forgets what was played when its source is put anew; this does not. */
const kept = new WeakMap();

/* All ranges of whole seconds that were played since the page was opened, united: [[0, 45], [60, 72]]. */
export function watchedOf(video) {
  const ranges = [...(kept.get(video) ?? [])];
  for (let at = 0; at < video.played.length; at++) {
    const end = video.played.end(at);
    // The last second of a video is rarely a whole one.
    const last = video.duration && end > video.duration - 0.5 ? Math.ceil(video.duration) : Math.round(end);
    const first = Math.round(video.played.start(at));
    if (last > first) ranges.push([first, last]);
  }
  const united = unite(ranges);
  kept.set(video, united);
  return united;
}

export function unite(ranges) {
  const united = [];
  for (const [first, last] of [...ranges].sort((one, other) => one[0] - other[0])) {
    const before = united.at(-1);
    if (before && first <= before[1]) before[1] = Math.max(before[1], last);
    else united.push([first, last]);
  }
  return united;
}

export function read(text) {
  return text ? text.split(".").map((part) => part.split("-").map(Number)) : [];
}

/* As the server reads it. It takes so many ranges and no more: of somebody who jumps about more often, the longest. */
export function write(ranges) {
  const longest = ranges.length > MOST ? [...ranges].sort((one, other) => other[1] - other[0] - (one[1] - one[0])).slice(0, MOST) : ranges;
  return longest.map((range) => range.join("-")).join(".");
}
