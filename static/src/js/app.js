/* What every page runs. Small, delegated from the document, so that fragments that htmx brings work like first paint.
 * What only some pages need is loaded when its markup appears. */
import "./theme.js";
import "./toasts.js";
import "./dialogs.js";
import "./menus.js";
import "./search.js";
import "./busy.js";
import "./fields.js";
import "./copy.js";
import "./times.js";
import "./charts.js";
import "./tabs.js";
import "./requests.js";
import { whenShown } from "./shown.js";

whenShown("[data-editor]", () => import("./editor.js"));
whenShown("[data-lesson-editor]", () => import("./lesson-editor.js"));
whenShown(".math", () => import("./maths.js"));
whenShown("[data-embed]", () => import("./embed.js"));
whenShown("[data-upload]", () => import("./upload.js"));
whenShown("[data-video-player]", () => import("./video-player.js"));
whenShown("[data-transcript]", () => import("./transcript.js"));
whenShown("[data-video-upload]", () => import("./video-upload.js"));
whenShown("[data-gallery]", () => import("./gallery.js"));
whenShown("[data-passkey]", () => import("./passkeys.js"));
whenShown("[data-time-zone]", () => import("./zone.js"));
whenShown("[data-player]", () => import("./player.js"));
whenShown("[data-countdown]", () => import("./quiz-clock.js"));
whenShown("[data-outline]", () => import("./outline.js"));
whenShown("[data-sort-questions], [data-sort-options]", () => import("./quiz-editor.js"));
