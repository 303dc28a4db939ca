/* A chart that is wider than a phone opens at its newest day. */
import { each } from "./shown.js";

each("[data-scroll-end]", (region) => {
  region.scrollLeft = region.scrollWidth;
});
