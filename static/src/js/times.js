/* <time data-local> is rewritten in the browser's zone; the server marks those for which nobody chose a zone. */
import { each } from "./shown.js";

const DAY = { day: "numeric", month: "short" };
const FORMS = {
  day: DAY,
  date: { ...DAY, year: "numeric" },
  datetime: { ...DAY, year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};
const language = document.documentElement.lang || "en";
// Day before month, as the server writes it.
const locale = language === "en" ? "en-GB" : language;

each("time[data-local]", (time) => {
  const moment = new Date(time.dateTime);
  const form = FORMS[time.dataset.local];
  if (form && !Number.isNaN(moment.valueOf())) time.textContent = new Intl.DateTimeFormat(locale, form).format(moment);
});
