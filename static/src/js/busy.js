/* A form that is on its way shows it on the button that sent it (the spinner appears after 300 ms, by CSS) and is not
 * sent twice. Forms that htmx or upload.js send take care of themselves. */

function settle(root) {
  for (const button of root.querySelectorAll("[aria-busy=true][data-sent]")) {
    button.removeAttribute("aria-busy");
    delete button.dataset.sent;
  }
  for (const form of root.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
}

function mark(button) {
  button.setAttribute("aria-busy", "true");
  button.dataset.sent = "";
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.target === "_blank" || form.method === "dialog" || form.hasAttribute("data-upload")) return;
  if (form.matches("[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete]") || form.closest("[hx-boost=true]")) return;
  if (form.dataset.sending !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "";
  if (event.submitter?.matches(".btn")) mark(event.submitter);
});

// Coming back by the browser's own buttons finds the page as it was left: busy.
addEventListener("pageshow", () => settle(document));

document.addEventListener("htmx:beforeRequest", (event) => {
  const element = event.detail.elt;
  const sender = event.detail.requestConfig?.triggeringEvent?.submitter ?? (element.matches(".btn") ? element : null);
  if (sender?.matches(".btn")) mark(sender);
});
document.addEventListener("htmx:afterRequest", () => settle(document));
