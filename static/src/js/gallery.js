/* Pictures open in a viewer: arrows and buttons step through them, Escape closes, focus returns to the thumbnail. */

export function enhance(gallery) {
  const links = [...gallery.querySelectorAll("a[data-picture]")];
  const viewer = gallery.querySelector("dialog.viewer");
  const picture = viewer.querySelector("img");
  const words = viewer.querySelector("p");
  let at = 0;

  const show = (index) => {
    at = (index + links.length) % links.length;
    picture.src = links[at].href;
    picture.alt = links[at].dataset.picture || links[at].querySelector("img").alt;
    picture.hidden = false;
    words.textContent = `${at + 1} / ${links.length}${links[at].dataset.picture ? ` · ${links[at].dataset.picture}` : ""}`;
  };
  for (const button of viewer.querySelectorAll("[data-step]")) {
    button.hidden = links.length < 2;
    button.addEventListener("click", () => show(at + Number(button.dataset.step)));
  }
  viewer.addEventListener("keydown", (event) => {
    const towardsStart = document.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const towardsEnd = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (event.key === towardsStart) show(at - 1);
    if (event.key === towardsEnd) show(at + 1);
  });
  links.forEach((link, index) =>
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      show(index);
      viewer.showModal();
    }),
  );
}
