/* <dialog>s: a link or button with data-dialog="<id>" opens one (without script the link leads to a page that asks the
 * same), data-close inside closes it, a click outside too. hx-confirm asks in our own dialog. data-back goes back. */

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog?.showModal && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      dialog.showModal();
    }
    return;
  }
  const closer = event.target.closest("dialog [data-close]");
  if (closer) closer.closest("dialog").close();
  // The backdrop belongs to the dialog element itself.
  else if (event.target instanceof HTMLDialogElement && event.target.open) event.target.close();
  else if (event.target.closest("[data-back]")) history.length > 1 ? history.back() : location.assign("/");
});

const asking = document.getElementById("confirm");

document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question || !asking) return;
  event.preventDefault();
  const element = event.detail.elt;
  asking.querySelector("#confirm-question").textContent = event.detail.question;
  const yes = asking.querySelector("[value=yes]");
  yes.textContent = element.dataset.confirmLabel || yes.dataset.usual || (yes.dataset.usual = yes.textContent);
  const answer = (click) => {
    const button = click.target.closest("button[value]");
    if (!button) return;
    asking.removeEventListener("click", answer);
    asking.close();
    if (button.value === "yes") event.detail.issueRequest(true);
  };
  asking.addEventListener("click", answer);
  asking.addEventListener("close", () => asking.removeEventListener("click", answer), { once: true });
  asking.showModal();
});
