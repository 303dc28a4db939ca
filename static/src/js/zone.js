/* <input type="hidden" data-time-zone>: the zone that the browser runs in, so that dates are right from the first page on. */

export function enhance(input) {
  if (!input.value) input.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
