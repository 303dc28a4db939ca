/* The controls of a video of ours: buttons, a line of time with pictures of what is there, menus for speed, subtitles and quality.
 * They take the place of the browser's own, which know neither of the qualities nor of the pictures, and show which parts were
 * watched.
 *
 * Keys: k play, j and l ten seconds, arrows in the player five, m sound, c subtitles, f full screen, i small window, < and > speed,
 * 0 to 9 tenths. */
import { isShortcut, shortcutsWanted } from "./keys.js";
import { each } from "./shown.js";
import { read, unite, watchedOf } from "./watched.js";

const SPEED = "video-speed";
const VOLUME = "video-volume";
const CAPTIONS = "video-captions";
const IDLE_SECONDS = 3;

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const padded = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
}

/* Takes over from the browser's controls. `start` is where playing begins, in seconds. */
export function control(box, start) {
  const stage = box.querySelector(".video-stage");
  const video = stage.querySelector("video");
  const find = (selector) => stage.querySelector(selector);
  const buttons = (name) => stage.querySelectorAll(`[data-act="${name}"]`);
  const bar = find(".video-bar");
  const scrub = find(".video-scrub input");
  let begun = false;
  let from = start;

  // What is still being made is longer than what there is of it.
  const length = () => Math.max(Number.isFinite(video.duration) ? video.duration : 0, Number(box.dataset.seconds) || 0);
  const reachable = () => (video.seekable.length ? video.seekable.end(video.seekable.length - 1) : length());
  const place = () => (begun ? video.currentTime : from);
  const seek = (to) => {
    const at = Math.max(0, Math.min(to, (begun ? reachable() : length()) - 0.05));
    if (begun) video.currentTime = at;
    else from = at;
    showPlace();
    wake();
  };
  const say = (words) => {
    const said = find(".video-said");
    said.textContent = words;
    said.hidden = !words;
    if (words) wake();
  };
  const play = () => (video.paused ? video.play().catch(() => {}) : video.pause());

  video.controls = false;
  bar.hidden = false;
  stage.dataset.controlled = "";
  const big = find(".video-big");
  big.hidden = false;
  if (from >= 5) big.querySelector("[data-words]").textContent = big.querySelector("[data-words]").dataset.words.replace("{time}", clock(from));

  /* Time ---------------------------------------------------------------------------------------------------------------- */

  function showPlace() {
    const [at, whole] = [place(), length()];
    scrub.max = whole || 1;
    scrub.value = at;
    scrub.setAttribute("aria-valuetext", scrub.dataset.words.replace("{time}", clock(at)).replace("{length}", clock(whole)));
    find(".is-played").style.inlineSize = `${whole ? (100 * at) / whole : 0}%`;
    find("[data-now]").textContent = clock(at);
    find("[data-length]").textContent = clock(whole);
  }

  function showLoaded() {
    const ranges = video.buffered;
    let end = 0;
    for (let at = 0; at < ranges.length; at++) {
      if (ranges.start(at) <= video.currentTime + 0.5 && ranges.end(at) > end) end = ranges.end(at);
    }
    find(".is-loaded").style.inlineSize = `${length() ? (100 * end) / length() : 0}%`;
  }

  const watchedBefore = read(box.dataset.watched);
  let shownWatched = "";
  function showWatched() {
    const whole = length();
    const ranges = unite([...watchedBefore, ...watchedOf(video)].map((range) => [...range]));
    const stops = ranges.flatMap(([first, last]) => {
      const [a, b] = [first, last].map((second) => `${Math.min(100, (100 * second) / (whole || 1)).toFixed(2)}%`);
      return [`transparent ${a}`, `currentColor ${a}`, `currentColor ${b}`, `transparent ${b}`];
    });
    const wanted = stops.length ? `linear-gradient(to right, ${stops.join(", ")})` : "none";
    if (wanted !== shownWatched) find(".is-watched").style.backgroundImage = shownWatched = wanted;
  }

  scrub.addEventListener("input", () => seek(Number(scrub.value)));
  const still = stills(stage, video);
  const preview = find(".video-preview");
  const showPreview = (at, share) => {
    const room = scrub.getBoundingClientRect();
    preview.hidden = false;
    preview.querySelector("[data-at]").textContent = clock(at);
    still(at);
    const half = preview.offsetWidth / 2;
    preview.style.left = `${Math.min(Math.max(half, share * room.width), Math.max(half, room.width - half))}px`;
  };
  scrub.addEventListener("pointermove", (event) => {
    const room = scrub.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - room.left) / room.width));
    showPreview(share * length(), share);
  });
  for (const name of ["pointerleave", "pointercancel", "blur"]) scrub.addEventListener(name, () => (preview.hidden = true));
  scrub.addEventListener("pointerup", (event) => event.pointerType !== "mouse" && (preview.hidden = true));

  /* Speed, qualities, subtitles ----------------------------------------------------------------------------------------- */

  const menu = (name) => stage.querySelector(`details[data-menu="${name}"]`);
  const chosen = (name) => menu(name).querySelector("input:checked");

  function offer(name, entries, choose) {
    const list = menu(name).querySelector("fieldset");
    for (const { value, words, language } of entries) {
      const line = list.querySelector("label").cloneNode(true);
      Object.assign(line.querySelector("input"), { value, checked: false });
      const said = line.querySelector("span");
      said.textContent = words;
      if (language) said.lang = language;
      list.append(line);
    }
    list.addEventListener("change", (event) => {
      choose(event.target.value);
      wake();
    });
  }

  function choose(name, value) {
    const wanted = [...menu(name).querySelectorAll("input")].find((input) => input.value === value);
    if (!wanted || wanted.checked) return;
    wanted.checked = true;
    wanted.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // A click on a line closes its menu; keys go through the lines and leave it open until Escape.
  for (const list of stage.querySelectorAll(".video-menu fieldset")) {
    list.addEventListener("click", (event) => {
      if (!event.detail || !event.target.closest("label")) return;
      list.parentElement.open = false;
      list.parentElement.querySelector("summary").focus({ preventScroll: true });
    });
  }

  function setSpeed(value) {
    video.defaultPlaybackRate = video.playbackRate = Number(value);
    localStorage.setItem(SPEED, value);
  }
  offer("speed", [], setSpeed);
  video.addEventListener("ratechange", () => {
    menu("speed").querySelector("[data-now]").textContent = `${video.playbackRate}×`;
    choose("speed", String(video.playbackRate));
  });
  choose("speed", localStorage.getItem(SPEED) ?? "1");
  const stepSpeed = (by) => {
    const rates = [...menu("speed").querySelectorAll("input")];
    rates[rates.indexOf(chosen("speed")) + by]?.click();
  };

  const captions = subtitles(stage, video, { offer, choose, menu, buttons });

  function nowAutomatic(words) {
    const line = menu("quality").querySelector("[data-words]");
    line.textContent = `${line.dataset.words} (${words})`;
  }

  /* Sound --------------------------------------------------------------------------------------------------------------- */

  const volume = find(".video-sound input");
  const kept = Number(localStorage.getItem(VOLUME) ?? 1);
  if (kept >= 0 && kept <= 1) video.volume = kept;
  volume.addEventListener("input", () => {
    video.volume = Number(volume.value);
    video.muted = video.volume === 0;
  });
  const showSound = () => {
    const isSilent = video.muted || video.volume === 0;
    volume.value = isSilent ? 0 : video.volume;
    turn("mute", isSilent);
    if (video.volume) localStorage.setItem(VOLUME, String(video.volume));
  };
  const mute = () => {
    video.muted = !video.muted && video.volume > 0;
    if (!video.muted && !video.volume) video.volume = 0.5;
  };
  const louder = (by) => {
    video.muted = false;
    video.volume = Math.min(1, Math.max(0, video.volume + by));
  };
  video.addEventListener("volumechange", showSound);

  /* Full screen, small window ------------------------------------------------------------------------------------------- */

  const canFill = Boolean(stage.requestFullscreen && document.fullscreenEnabled);
  for (const button of buttons("full")) button.hidden = !canFill && !video.webkitEnterFullscreen;
  for (const button of buttons("small")) button.hidden = !document.pictureInPictureEnabled;
  const fill = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (canFill) stage.requestFullscreen();
    else video.webkitEnterFullscreen?.();
  };
  const shrink = () => {
    if (document.pictureInPictureElement) document.exitPictureInPicture();
    else if (video.readyState) video.requestPictureInPicture?.().catch(() => {});
  };
  document.addEventListener("fullscreenchange", () => turn("full", document.fullscreenElement === stage));

  /* What is seen -------------------------------------------------------------------------------------------------------- */

  /* A button that says what it does now: `data-off` is its name while the thing is on. */
  function turn(name, isOn) {
    for (const button of buttons(name)) {
      if (!button.dataset.off) continue;
      button.dataset.name ??= button.getAttribute("aria-label");
      button.setAttribute("aria-label", isOn ? button.dataset.off : button.dataset.name);
      button.toggleAttribute("data-on", isOn);
    }
  }

  let idle;
  function wake() {
    delete stage.dataset.idle;
    clearTimeout(idle);
    if (!video.paused) idle = setTimeout(rest, IDLE_SECONDS * 1000);
  }
  function rest() {
    const isHeld = bar.matches(":hover") || stage.querySelector(".video-menu[open]") || !find(".video-said").hidden;
    if (video.paused) return;
    if (isHeld) wake();
    else stage.dataset.idle = "";
  }
  for (const name of ["pointermove", "focusin", "keydown"]) stage.addEventListener(name, wake);
  stage.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && rest());

  // A mouse plays and pauses by a click on the picture; a finger first brings the controls, and takes them away again.
  let pointer = "mouse";
  let wasIdle = false;
  stage.addEventListener("pointerdown", (event) => {
    pointer = event.pointerType;
    wasIdle = "idle" in stage.dataset;
  }, { capture: true });
  video.addEventListener("click", () => {
    if (pointer === "mouse" || !begun) play();
    else if (wasIdle) wake();
    else rest();
  });
  video.addEventListener("dblclick", () => pointer === "mouse" && fill());

  let busy;
  const isBusy = (is) => {
    clearTimeout(busy);
    if (is) busy = setTimeout(() => (find(".video-busy").hidden = false), 300);
    else find(".video-busy").hidden = true;
  };
  video.addEventListener("play", () => {
    if (document.activeElement === big) bar.querySelector('[data-act="play"]').focus({ preventScroll: true });
    big.hidden = true;
    turn("play", true);
    wake();
  });
  video.addEventListener("pause", () => {
    turn("play", false);
    wake();
  });
  for (const name of ["waiting", "seeking"]) video.addEventListener(name, () => isBusy(!video.paused));
  for (const name of ["playing", "seeked", "pause", "error"]) video.addEventListener(name, () => isBusy(false));
  video.addEventListener("playing", () => say(""));
  for (const name of ["timeupdate", "durationchange", "seeking", "ended"]) {
    video.addEventListener(name, () => {
      if (begun && video.readyState) showPlace();
      showWatched();
    });
  }
  for (const name of ["progress", "timeupdate"]) video.addEventListener(name, showLoaded);
  showPlace();
  showSound();
  showWatched();

  /* Hands --------------------------------------------------------------------------------------------------------------- */

  const acts = {
    play,
    back: () => seek(place() - 10),
    on: () => seek(place() + 10),
    mute,
    captions: captions.toggle,
    small: shrink,
    full: fill,
  };
  stage.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) acts[button.dataset.act]();
  });

  const keys = { k: "play", j: "back", l: "on", m: "mute", c: "captions", f: "full", i: "small" };
  const arrows = { ArrowLeft: () => seek(place() - 5), ArrowRight: () => seek(place() + 5), ArrowUp: () => louder(0.05), ArrowDown: () => louder(-0.05) };
  scrub.addEventListener("keydown", (event) => {
    const act = { ...arrows, PageUp: () => seek(place() + 60), PageDown: () => seek(place() - 60) }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  stage.addEventListener("keydown", (event) => {
    // In the player arrows are the video's; outside they go through the lessons.
    if (!arrows[event.key] || !isShortcut(event)) return;
    event.preventDefault();
    arrows[event.key]();
  });
  document.addEventListener("keydown", (event) => {
    if (!isKey(event) || !shortcutsWanted(event.key)) return;
    if (/^[0-9]$/.test(event.key)) seek((length() * Number(event.key)) / 10);
    else if (keys[event.key]) acts[keys[event.key]]();
    else if (event.key === "<" || event.key === ">") stepSpeed(event.key === "<" ? -1 : 1);
    else return;
    event.preventDefault();
  });
  // The line of time and the menus are fields, but no one types into them.
  const isKey = (event) =>
    isShortcut(event) || (stage.contains(event.target) && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey);

  // A note is about the place where one is, and leads back to it.
  each(".note [data-at]", (time) => {
    const link = document.createElement("a");
    link.href = `#t=${time.dataset.at}`;
    link.className = "textlink";
    link.textContent = time.textContent;
    time.replaceWith(link);
  });
  document.addEventListener("focusin", (event) => {
    const at = event.target.closest?.(".note-form textarea")?.form.elements.at;
    if (at && !at.value && begun) at.value = clock(place());
  });

  /* Where to begin, asked by whoever loads the video; from then on the video itself knows where it is. */
  const begin = () => {
    begun = true;
    return from;
  };
  return { begin, seek, say, offer, nowAutomatic };
}

/* The small picture of a place in the video, cut out of the sheet that the track "thumbnails" names. Nothing is fetched before
 * somebody asks for a place. */
function stills(stage, video) {
  const box = stage.querySelector(".video-still");
  const element = video.querySelector("track[kind=metadata]");
  if (!element) return () => {};
  const { track } = element;
  let asked = 0;
  element.addEventListener("load", () => show(asked));
  function show(at) {
    asked = at;
    track.mode = "hidden";
    const cue = [...(track.cues ?? [])].find((one) => one.startTime <= at && at < one.endTime);
    const found = /^(.*)#xywh=(\d+),(\d+),(\d+),(\d+)$/.exec(cue?.text ?? "");
    box.hidden = !found;
    if (!found) return;
    const [, sheet, x, y, width, height] = found;
    Object.assign(box.style, {
      width: `${width}px`,
      height: `${height}px`,
      backgroundImage: `url("${new URL(sheet, location.href).href}")`,
      backgroundPosition: `-${x}px -${y}px`,
    });
  }
  return show;
}

/* Subtitles are drawn here rather than by the browser, so that the controls never cover them. One language is switched by a
 * button, several are chosen from a menu. */
function subtitles(stage, video, { offer, choose, menu, buttons }) {
  const box = stage.querySelector(".video-cue");
  const tracks = [...video.textTracks].filter((track) => track.kind === "captions");
  const draw = (track) => {
    const cues = [...(track?.activeCues ?? [])];
    box.replaceChildren(...cues.flatMap((cue, at) => [...(at ? [document.createElement("br")] : []), cue.getCueAsHTML()]));
    box.hidden = !cues.length;
  };
  let shown = null;
  function show(language) {
    shown = tracks.find((track) => track.language === language) ?? null;
    for (const track of tracks) track.mode = track === shown ? "hidden" : "disabled";
    localStorage.setItem(CAPTIONS, shown ? shown.language : "");
    for (const button of buttons("captions")) button.setAttribute("aria-pressed", String(Boolean(shown)));
    menu("captions").toggleAttribute("data-on", Boolean(shown));
    box.lang = shown?.language ?? "";
    draw(shown);
  }
  for (const track of tracks) track.addEventListener("cuechange", () => track === shown && draw(track));
  // Where the browser itself fills the screen (iPhones), it has to draw them too.
  video.addEventListener("webkitbeginfullscreen", () => shown && (shown.mode = "showing"));
  video.addEventListener("webkitendfullscreen", () => shown && (shown.mode = "hidden"));
  for (const button of buttons("captions")) button.hidden = tracks.length !== 1;
  menu("captions").hidden = tracks.length < 2;
  offer("captions", tracks.map((track) => ({ value: track.language, words: track.label, language: track.language })), show);
  const select = (language) => (tracks.length > 1 ? choose("captions", language) : show(language));
  const kept = localStorage.getItem(CAPTIONS);
  if (kept && tracks.some((track) => track.language === kept)) select(kept);
  const own = () => tracks.find((track) => track.language.split("-")[0] === document.documentElement.lang.split("-")[0]) ?? tracks[0];
  return { toggle: () => tracks.length && select(shown ? "" : (own()?.language ?? "")) };
}
