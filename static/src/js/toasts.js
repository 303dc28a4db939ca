/* Toasts leave after six seconds, wait while one points at them or stands in them, and stay when they are refusals
 * (data-stay). Others raise one with the event "toast" on the document or, from the server, with
 * HX-Trigger: {"toast": {"message": "Draft saved", "level": "success"}}. */
const REGION = document.getElementById("toasts");
const SECONDS = 6;

function leave(toast) {
  const held = toast.contains(document.activeElement);
  toast.remove();
  if (held) document.getElementById("main")?.focus({ preventScroll: true });
}

function start(toast) {
  if (toast.dataset.running !== undefined) return;
  toast.dataset.running = "";
  if (toast.dataset.stay !== undefined) return;
  let left = SECONDS * 1000;
  let since = 0;
  let timer;
  const pause = () => {
    clearTimeout(timer);
    left -= performance.now() - since;
  };
  const go = () => {
    since = performance.now();
    timer = setTimeout(() => leave(toast), Math.max(left, 1000));
  };
  toast.addEventListener("pointerenter", pause);
  toast.addEventListener("pointerleave", go);
  toast.addEventListener("focusin", pause);
  toast.addEventListener("focusout", go);
  go();
}

export function toast(message, { level = "success" } = {}) {
  const template = document.getElementById("toast-template");
  if (!REGION || !template) return;
  const line = template.content.firstElementChild.cloneNode(true);
  line.querySelector("p").textContent = message;
  if (level === "error" || level === "warning") {
    line.dataset.stay = "";
    line.setAttribute("role", "alert");
    line.querySelector("[data-when=error]").hidden = false;
  } else {
    line.querySelector("[data-when=success]").hidden = false;
  }
  REGION.append(line);
}

if (REGION) {
  // A live region is read out when something is added to it, not when it is there from the start.
  const waiting = [...REGION.children];
  requestAnimationFrame(() => REGION.replaceChildren(...waiting));
  new MutationObserver(() => REGION.querySelectorAll("[data-toast]").forEach(start)).observe(REGION, { childList: true });
  REGION.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) leave(event.target.closest("[data-toast]"));
  });
  document.addEventListener("toast", (event) => toast(event.detail.message ?? event.detail.value, event.detail));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-toast]");
    if (button) toast(button.dataset.showToast, { level: button.dataset.level });
  });
}
