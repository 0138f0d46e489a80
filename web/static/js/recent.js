// What was searched for in this browser lately: kept here only, newest first, easily forgotten.
const KEY = "recent-searches";
const MOST = 6;
const LONGEST = 60;

export function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(kept) ? kept.filter((text) => typeof text === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function remember(text) {
  const query = text.trim().slice(0, LONGEST);
  if (!query) return;
  try {
    const others = recent().filter((known) => known !== query);
    localStorage.setItem(KEY, JSON.stringify([query, ...others].slice(0, MOST)));
  } catch {
    // A browser that keeps nothing searches all the same.
  }
}

export function forget() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}
