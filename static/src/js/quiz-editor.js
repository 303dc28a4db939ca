/* Dragging in the quiz pane: questions among one another, answers within their question. The buttons do the same without it. */
import Sortable from "sortablejs";

const MOTION = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120;

function sortQuestions(list) {
  Sortable.create(list, {
    handle: ".question-head > .drag",
    draggable: ".question",
    animation: MOTION,
    onStart() {
      // The order that is dragged: where another window stored another one, the server refuses and shows it.
      const ids = [...list.querySelectorAll(":scope > .question > [name=order]")].map((input) => input.value);
      document.getElementById("questions-seen").value = ids.join(",");
    },
    onEnd(event) {
      if (event.oldIndex !== event.newIndex) list.dispatchEvent(new CustomEvent("sorted"));
    },
  });
  // What dragging leaves in style attributes would be carried over to the new list, which the content policy forbids.
  list.addEventListener("htmx:beforeSwap", () => list.querySelectorAll("[style]").forEach((part) => part.removeAttribute("style")));
}

function sortOptions(list) {
  Sortable.create(list, {
    handle: ".drag",
    draggable: ".option",
    animation: MOTION,
    onEnd(event) {
      if (event.oldIndex !== event.newIndex) list.dispatchEvent(new Event("change", { bubbles: true }));
    },
  });
}

export function enhance(list) {
  (list.matches("[data-sort-questions]") ? sortQuestions : sortOptions)(list);
}
