// How things are said.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "medium" });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long something has lasted: "5 min", "2 h 5 min", "3 d 4 h", and what is said after it. */
export function duration(milliseconds, after = "") {
  return milliseconds < MINUTE ? "just now" : `${inUnits(milliseconds)} ${after}`.trimEnd();
}

function inUnits(milliseconds) {
  const [days, hours] = [Math.floor(milliseconds / DAY), Math.floor((milliseconds % DAY) / HOUR)];
  const minutes = Math.floor((milliseconds % HOUR) / MINUTE);
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  return `${minutes} min`;
}

/** An instant, as short as can be: "18:05", or "24 Nov, 18:05" on another day. */
export function instant(time, now) {
  const [then, today] = [new Date(time), new Date(now)];
  const isToday = then.toDateString() === today.toDateString();
  return isToday ? clock.format(then) : `${day.format(then)}, ${clock.format(then)}`;
}

/** An instant in full. */
export function inFull(time) {
  return whole.format(new Date(time));
}

/** What a thing is called: a file of a repository by its path, a part by its number. */
export function nameOf({ repository, path, part_number }) {
  return path ? `${repository}/${path}` : part_number;
}

/** The first of several names, and how many more there are. */
export function inShort(names, most = 3) {
  const rest = names.length - most;
  return names.slice(0, most).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** "1 session", "3 sessions". */
export function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
