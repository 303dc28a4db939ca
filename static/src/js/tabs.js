/* A row of tabs that is wider than a phone opens at the tab where one is. */
import { each } from "./shown.js";

each(".index > [aria-current]:not([aria-current='false'])", (tab) => {
  const row = tab.parentElement;
  if (row.scrollWidth <= row.clientWidth) return;
  const [outer, inner] = [row.getBoundingClientRect(), tab.getBoundingClientRect()];
  row.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
});
