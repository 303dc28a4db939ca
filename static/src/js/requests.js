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

/* When the session has ended, the answer to a fragment is the whole sign-in page. */
function signedOut(event) {
  const login = document.getElementById("toast-template")?.dataset.login;
  const { xhr, pathInfo } = event.detail;
  return login && xhr.responseURL && new URL(xhr.responseURL).pathname === login && !pathInfo.requestPath.startsWith(login);
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (signedOut(event)) {
    event.detail.shouldSwap = false;
    const { login } = document.getElementById("toast-template").dataset;
    location.assign(`${login}?next=${encodeURIComponent(location.pathname + location.search)}`);
    return;
  }
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
  else toast(document.getElementById("toast-template").dataset.refused, { level: "error" });
});
