/* Plays a video of ours. Where the browser has Media Source Extensions hls.js feeds it, and the pass in the addresses of
 * segments is put anew before it ends, so that a long lesson goes on; elsewhere (older iPhones) the browser plays HLS by itself,
 * with its own controls. */
import { control } from "./video-controls.js";

const HELD = /\/videos\/play\/[^/]+\//;

export async function enhance(box) {
  const video = box.querySelector("video");
  const { default: Hls } = await import("hls.js");
  const start = startOf(box);
  if (!Hls.isSupported()) {
    video.preload = "metadata";
    video.src = box.dataset.native;
    resume(video, start);
    followLinks(video, (at) => (video.currentTime = at));
    return;
  }
  const controls = control(box, start);
  followLinks(video, controls.seek);
  const passes = new Passes(box.dataset.pass, Number(box.dataset.renew), () => controls.say(box.dataset.closed));
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
  let [recovered, asked] = [0, 0];
  hls.on(Hls.Events.ERROR, async (_name, error) => {
    if (!error.fatal) return;
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && recovered++ < 3) return hls.recoverMediaError();
    if (error.type === Hls.ErrorTypes.NETWORK_ERROR && asked++ < 5 && (await passes.renew())) return hls.startLoad();
    if (!passes.isClosed) controls.say(box.dataset.trouble);
  });
  // A line that came back may go again.
  hls.on(Hls.Events.FRAG_BUFFERED, () => (asked = 0));
  // From the beginning where nothing else is said: what is still being made would begin at its end, like a live broadcast.
  video.addEventListener("play", () => hls.startLoad(controls.begin()), { once: true });
  offerQualities(hls, Hls, controls, box);
  video.querySelector("source")?.remove(); // what browsers play by themselves, before and without this script
  video.preload = "metadata";
  hls.loadSource(box.dataset.videoPlayer);
  hls.attachMedia(video);
}

/* Where to begin: what the address says (#t=231), else where one was; at the very end one wants to see it again. */
function startOf(box) {
  const said = atOf(location.hash);
  if (said !== null) return said;
  const start = Number(box.dataset.start) || 0;
  return start < Number(box.dataset.seconds) - 5 ? start : 0;
}

function atOf(hash) {
  const match = /^#t=(\d{1,6})$/.exec(hash);
  return match ? Number(match[1]) : null;
}

/* Links to a time (#t=231) in the transcript and elsewhere on the page move the video rather than the page. */
function followLinks(video, seek) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#t="]');
    const at = link && atOf(link.hash);
    if (at === null || at === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    seek(at);
    video.play();
  });
}

/* The pass that stands in the addresses of segments. */
class Passes {
  constructor(address, first, closed) {
    this.address = address;
    this.first = first;
    this.closed = closed;
    this.current = "";
    this.timer = 0;
    this.isClosed = false;
  }

  into(address) {
    if (!this.timer && HELD.test(address)) this.later(this.first);
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
      this.isClosed = true;
      this.closed();
    } catch {
      this.later(10);
    }
    return false;
  }
}

function offerQualities(hls, Hls, controls, box) {
  const sideOf = ({ width, height }) => Math.min(width, height);
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    const levels = hls.levels.map((level, at) => ({ value: String(at), words: `${sideOf(level)}p` })).reverse();
    controls.offer("quality", levels, (value) => {
      // Who chooses a quality wants to see it; hls.js by itself would first play all that it has of another.
      if (value === "-1") hls.nextLevel = -1;
      else hls.currentLevel = Number(value);
    });
  });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_name, { level }) => {
    const side = sideOf(hls.levels[level]);
    controls.nowAutomatic(`${side}p`);
    box.dataset.level = String(side);
  });
}

function resume(video, start) {
  if (!start) return;
  const go = () => {
    video.currentTime = start;
  };
  if (video.readyState) go();
  else video.addEventListener("loadedmetadata", go, { once: true });
}
