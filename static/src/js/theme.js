/* Paper, darkroom, or what the system says. Kept in a cookie for a year; the page's head sets it before first paint. */
const NAMES = ["paper", "darkroom"];

function chosen() {
  return document.documentElement.dataset.theme ?? "system";
}

function show() {
  for (const button of document.querySelectorAll("[data-theme-switch] button")) {
    button.setAttribute("aria-pressed", String(button.value === chosen()));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-switch] button");
  if (!button) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  if (NAMES.includes(button.value)) {
    document.documentElement.dataset.theme = button.value;
    document.cookie = `theme=${button.value}; path=/; max-age=31536000; samesite=lax${secure}`;
  } else {
    delete document.documentElement.dataset.theme;
    document.cookie = `theme=; path=/; max-age=0; samesite=lax${secure}`;
  }
  show();
});

show();
