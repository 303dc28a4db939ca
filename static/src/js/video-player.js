/* Plays a video of ours. Where the browser has Media Source Extensions hls.js feeds it, and the pass in the addresses of
 * segments is put anew before it ends, so that a long lesson goes on; elsewhere (older iPhones) the browser plays HLS by itself.
 *
 * Keys: k play, j and l ten seconds, m sound, c subtitles, f full screen, i small window, < and > speed, 0 to 9 tenths. */

import { isShortcut, shortcutsWanted } from "./keys.js";

const HELD = /\/videos\/play\/[^/]+\//;
const SPEED = "video-speed";

export async function enhance(box) {
  const video = box.querySelector("video");
  const said = box.querySelector(".video-said");
  const say = (words) => {
    said.textContent = words;
    said.hidden = !words;
  };
  setSpeed(box, video);
  listen(video, box);
  video.addEventListener("playing", () => say(""));
  const { default: Hls } = await import("hls.js");
  if (!Hls.isSupported()) {
    video.src = box.dataset.native;
    resume(video, Number(box.dataset.start));
    box.querySelector(".video-quality").closest("label").hidden = true;
    return;
  }
  const passes = new Passes(box.dataset.pass, () => say(box.dataset.closed));
  const hls = new Hls({
    enableWorker: false, // a worker would need blob: in the content policy
    autoStartLoad: false, // nothing of the picture is fetched before somebody wants to see it
    capLevelToPlayerSize: true,
    backBufferLength: 60,
    xhrSetup: (request, address) => {
      request.open("GET", passes.into(address), true);
      request.withCredentials = new URL(address, location.href).origin !== location.origin; // a CDN's cookies open its segments
    },
  });
  let mended = 0;
  hls.on(Hls.Events.ERROR, async (_name, error) => {
    if (!error.fatal) return;
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && mended++ < 3) return hls.recoverMediaError();
    if (error.type === Hls.ErrorTypes.NETWORK_ERROR && (await passes.renew()) && mended++ < 5) return hls.startLoad();
    say(box.dataset.trouble);
  });
  video.addEventListener("play", () => hls.startLoad(Number(box.dataset.start) || -1), { once: true });
  offerQualities(hls, Hls, box);
  hls.loadSource(box.dataset.videoPlayer);
  hls.attachMedia(video);
  box.addEventListener("removed", () => hls.destroy());
}

/* The pass that stands in the addresses of segments. */
class Passes {
  constructor(address, closed) {
    this.address = address;
    this.closed = closed;
    this.current = "";
    this.timer = 0;
  }

  into(address) {
    if (!this.timer && HELD.test(address)) this.later(120);
    return this.current ? address.replace(HELD, `/videos/play/${this.current}/`) : address;
  }

  later(seconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.renew(), seconds * 1000);
  }

  async renew() {
    try {
      const answer = await fetch(this.address, { headers: { Accept: "application/json" }, redirect: "manual" });
      if (answer.ok) {
        const { pass, seconds } = await answer.json();
        this.current = pass;
        this.later(seconds / 2);
        return true;
      }
      this.closed();
    } catch {
      this.later(10);
    }
    return false;
  }
}

function setSpeed(box, video) {
  const menu = box.querySelector(".video-speed");
  const kept = localStorage.getItem(SPEED);
  if (kept && [...menu.options].some((option) => option.value === kept)) menu.value = kept;
  const set = () => {
    video.defaultPlaybackRate = video.playbackRate = Number(menu.value);
    localStorage.setItem(SPEED, menu.value);
  };
  menu.addEventListener("change", set);
  video.addEventListener("ratechange", () => {
    if ([...menu.options].some((option) => Number(option.value) === video.playbackRate)) menu.value = String(video.playbackRate);
  });
  if (menu.value !== "1") set();
}

function offerQualities(hls, Hls, box) {
  const menu = box.querySelector(".video-quality");
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    const levels = hls.levels.map((level, at) => ({ at, side: Math.min(level.width, level.height) }));
    for (const { at, side } of levels.reverse()) menu.add(new Option(`${side}p`, String(at)));
  });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_name, { level }) => {
    const { width, height } = hls.levels[level];
    menu.options[0].text = `${box.dataset.auto} (${Math.min(width, height)}p)`;
    box.dataset.level = String(Math.min(width, height));
  });
  menu.addEventListener("change", () => {
    hls.nextLevel = Number(menu.value);
  });
}

function resume(video, start) {
  if (!start) return;
  const go = () => {
    // At the very end one wants to see it again, not its last second.
    if (video.duration && start < video.duration - 5) video.currentTime = start;
  };
  video.addEventListener("loadedmetadata", go, { once: true });
}

function listen(video, box) {
  const menu = box.querySelector(".video-speed");
  const step = (by) => {
    const at = menu.selectedIndex + by;
    if (at < 0 || at >= menu.options.length) return;
    menu.selectedIndex = at;
    menu.dispatchEvent(new Event("change"));
  };
  const acts = {
    k: () => (video.paused ? video.play() : video.pause()),
    j: () => (video.currentTime = Math.max(0, video.currentTime - 10)),
    l: () => (video.currentTime = Math.min(video.duration || 0, video.currentTime + 10)),
    m: () => (video.muted = !video.muted),
    c: () => toggleCaptions(video),
    f: () => (document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen?.()),
    i: () => (document.pictureInPictureElement ? document.exitPictureInPicture() : video.requestPictureInPicture?.()),
    "<": () => step(-1),
    ">": () => step(1),
  };
  document.addEventListener("keydown", (event) => {
    if (!isShortcut(event) || !shortcutsWanted(event.key)) return;
    if (/^[0-9]$/.test(event.key) && video.duration) video.currentTime = (video.duration * Number(event.key)) / 10;
    else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
  });
}

function toggleCaptions(video) {
  const tracks = [...video.textTracks].filter((track) => track.kind === "captions");
  const shown = tracks.find((track) => track.mode === "showing");
  for (const track of tracks) track.mode = "disabled";
  if (!shown) {
    const language = document.documentElement.lang;
    const wanted = tracks.find((track) => track.language.startsWith(language)) ?? tracks[0];
    if (wanted) wanted.mode = "showing";
  }
}
