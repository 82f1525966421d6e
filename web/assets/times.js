/** Writes instants the way people read them. The pages are English, so are their dates. */

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
const MOMENT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const RELATIVE = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** A `<time>` element with the date; the exact moment is its tooltip. */
export function dateOf(iso) {
  return timeElement(iso, DATE.format(new Date(iso)));
}

/** A `<time>` element such as "3 hours ago"; a date when it was more than a month ago. */
export function agoOf(iso) {
  const days = Math.abs(Date.parse(iso) - Date.now()) / 86_400_000;
  return days > 30 ? dateOf(iso) : timeElement(iso, relative(iso));
}

/** A `<time>` element such as "28 Nov 2026, 03:33 (in 7 days)". */
export function momentOf(iso) {
  return timeElement(iso, `${MOMENT.format(new Date(iso))} (${relative(iso)})`);
}

function relative(iso) {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 0];
  return size ? RELATIVE.format(Math.round(seconds / size), unit) : "just now";
}

function timeElement(iso, text) {
  const made = document.createElement("time");
  made.dateTime = iso;
  made.title = MOMENT.format(new Date(iso));
  made.textContent = text;
  return made;
}
