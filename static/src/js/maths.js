/* Formulas: `.math` holds TeX, which KaTeX sets. Loaded only by pages that have one. Styles are set by script on the elements
 * (CSSOM), which the content policy allows; nothing that TeX can say makes a link, loads a picture or runs script (trust: false). */
import katex from "katex";

const MOST = 4000; // characters of one formula; longer ones stay source
const folder = new URL(KATEX_FOLDER, import.meta.url);
let sheet;

function style() {
  sheet ??= new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("katex.css", folder);
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve);
    document.head.append(link);
  });
  return sheet;
}

/* Set one formula; what cannot be read stays as it was typed, with the reason as its title. */
export async function enhance(place) {
  if (place.dataset.tex !== undefined) return;
  const tex = place.textContent;
  place.dataset.tex = "";
  if (tex.length > MOST) return;
  await style();
  const set = document.createElement(place.tagName);
  try {
    katex.render(tex, set, {
      displayMode: place.tagName === "DIV" || place.classList.contains("math-display"),
      throwOnError: true,
      strict: "ignore",
      trust: false,
      maxSize: 40,
      maxExpand: 500,
    });
  } catch (error) {
    place.dataset.wrong = "";
    place.title = String(error.message ?? error).replace(/^KaTeX parse error: /, "");
    return;
  }
  place.replaceChildren(...set.childNodes);
}
