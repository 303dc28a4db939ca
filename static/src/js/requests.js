/* htmx: the CSRF token for every unsafe request, refusals that the server aims at the toasts, and a word when the
 * server cannot be reached. */
import { toast } from "./toasts.js";

function token() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.value;
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb === "get") return;
  const value = token();
  if (value) event.detail.headers["X-CSRFToken"] = value;
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

function failed() {
  const words = document.getElementById("toast-template")?.dataset;
  if (words) toast(navigator.onLine ? words.broken : words.offline, { level: "error" });
}

document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:timeout", failed);
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status >= 500) failed();
  // A page that was left open until the session ended: the sign-in page comes with the next full load.
  else if (event.detail.xhr.status === 401 || event.detail.xhr.status === 403) location.reload();
});
