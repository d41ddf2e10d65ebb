// Times are read as they stand in the text: the venue's wall clock, whatever zone the browser is in.

const WALL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/;
const DAY_MS = 24 * 3600_000;
const SIGNS = { USD: "$", CAD: "CA$", AUD: "A$", EUR: "€", GBP: "£" };

function wall(iso) {
  const found = WALL.exec(iso || "");
  if (!found) return null;
  const [year, month, day, hour, minute] = found.slice(1).map(Number);
  return new Date(Date.UTC(year, month - 1, day, hour, minute));
}

const format = (date, options) => new Intl.DateTimeFormat("en-US", { timeZone: "UTC", ...options }).format(date);

/** {weekday, day, month, date, time} of an event, for its ticket. */
export function whenOf(event) {
  const start = wall(event.start_time);
  if (!start) return null;
  const end = wall(event.end_time);
  const sameDay = end && end - start < DAY_MS;
  const clock = (date) => format(date, { hour: "numeric", minute: "2-digit" });
  // An end at midnight is that of the day before.
  const until = () => `until ${format(new Date(end - 1), { weekday: "short", month: "short", day: "numeric" })}`;
  const now = wallNow(event.timezone);
  const runs = end - start > DAY_MS && start < now && now < end; // then its last day is the news, not its first
  const allDay = event.all_day || (end > start && !(start % DAY_MS) && !(end % DAY_MS)); // as some calendars write a day without hours
  const open = !(start % DAY_MS) && !(end > start); // midnight without an end: what calendars write for an hour that is still open
  let time = open ? "Time not listed" : clock(start);
  if (runs) time = allDay || clock(start) === clock(end) ? "Runs for several days" : `${halfOf(start, end, clock)}–${clock(end)}`;
  else if (allDay) time = end - start > DAY_MS ? `All day, ${until()}` : "All day";
  else if (end && end > start && sameDay) time = `${halfOf(start, end, clock)}–${clock(end)}`;
  else if (end && end > start) time = `${clock(start)}, ${until()}`;
  const day = runs ? new Date(end - 1) : start;
  return {
    weekday: runs ? "Until" : format(day, { weekday: "short" }),
    day: format(day, { day: "numeric" }),
    month: format(day, { month: "short" }),
    long: `${runs ? "until " : ""}${format(day, { weekday: "long", month: "long", day: "numeric" })}`,
    time: /\d/.test(time) && !allDay ? `${time}${zoneNote(event)}` : time,
  };
}

/** The venue's wall clock now, as `wall` reads one; the reader's own where the zone is not known. */
function wallNow(zone) {
  const at = (timeZone) => wall(new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(new Date()).replace(" ", "T"));
  try {
    return at(zone || undefined);
  } catch (error) {
    if (error instanceof RangeError) return at();
    throw error;
  }
}

/** "10:30" before "11:15 AM": the half of the day is said once. */
function halfOf(start, end, clock) {
  const [from, to] = [clock(start), clock(end)];
  return from.slice(-2) === to.slice(-2) ? from.replace(/\s[AP]M$/, "") : from;
}

/** The zone's short name where the reader's own clock shows another time: " PST". */
function zoneNote(event) {
  const zone = event.timezone;
  const at = new Date(event.start_time);
  if (!zone || Number.isNaN(at.getTime())) return "";
  try {
    const here = new Intl.DateTimeFormat("en-US", { dateStyle: "short", timeStyle: "short" }).format(at);
    const there = new Intl.DateTimeFormat("en-US", { dateStyle: "short", timeStyle: "short", timeZone: zone }).format(at);
    if (here === there) return "";
    const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" }).formatToParts(at);
    return ` ${parts.find((part) => part.type === "timeZoneName").value}`;
  } catch (error) {
    if (error instanceof RangeError) return "";
    throw error;
  }
}

function amount(number, currency) {
  const sign = SIGNS[currency || "USD"] ?? `${currency} `;
  return `${sign}${Number.isInteger(number) ? number : number.toFixed(2)}`;
}

/** "Free", "$5", "$5–8"; empty when the source does not say. Reads both shapes of an event. */
export function priceOf(event) {
  if (typeof event.price === "string") return event.price;
  const { price_min: low, price_max: high, currency } = event;
  if (event.is_free === true || (high === 0 && event.is_free !== false)) return "Free";
  if (low == null && high == null) return "";
  if (low == null) return `up to ${amount(high, currency)}`;
  if (high == null) return `from ${amount(low, currency)}`;
  return low === high ? amount(low, currency) : `${amount(low, currency)}–${amount(high, currency).replace(/^[^\d]+/, "")}`;
}

export function agesOf(event) {
  if (typeof event.age_range === "string") return event.age_range.replace(/^./, (letter) => letter.toUpperCase());
  const { age_min: low, age_max: high } = event;
  if (low == null && high == null) return "";
  if (high == null || high >= 99) return low ? `Ages ${low}+` : "All ages";
  if (!low) return `Up to ${high} years`;
  return low === high ? `Age ${low}` : `Ages ${low}–${high}`;
}

export function whereOf(event) {
  if (event.event_attendance_mode === "online") return "Online";
  const venue = event.venue || {};
  const town = [venue.city, venue.state].filter(Boolean).join(", ");
  const parts = [venue.name, venue.name?.includes(venue.city) ? "" : town];
  return parts.filter(Boolean).join(" · ") || event.location || "";
}

export function agoOf(iso) {
  const minutes = Math.round((Date.now() - new Date(iso)) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.round(minutes / 60)} h`;
  return new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric" }).format(new Date(iso));
}

/** The short form of a place's label: "Davis, CA". */
export function shortPlace(label) {
  return label.replace(/,\s*(USA|United States)$/, "");
}
