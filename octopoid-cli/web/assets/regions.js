// Regions: parts of a page that are replaced when what they show has changed. What somebody is typing stays.

const seen = new Map();
let running = false;
let again = false;
let sending = 0;

/** Says whether a field has something that must not be lost. */
function isTouched(field) {
  if (field === document.activeElement) return true;
  if (field.tagName === "SELECT") return [...field.options].some((option) => option.selected !== option.defaultSelected);
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  return field.value !== undefined && field.value !== field.defaultValue;
}

/** Replaces what has changed by its namesake in another document. */
export function replace(fresh, only) {
  const work = document.querySelector(".changes")?.dataset.head;
  const newer = fresh.querySelector(".changes")?.dataset.head;
  if (work && newer && work !== newer) document.dispatchEvent(new CustomEvent("newer-work"));
  for (const region of document.querySelectorAll("[data-region]")) {
    if (only && region.id !== only) continue;
    const next = fresh.getElementById(region.id);
    if (!next) continue;
    const html = next.innerHTML;
    const was = seen.get(region.id) ?? region.innerHTML;
    seen.set(region.id, html);
    if (without(was) === without(html)) continue;
    keepOpen(region, next);
    const focus = carry(region, next);
    region.replaceChildren(...next.childNodes);
    if (focus && document.activeElement !== focus.element) {
      focus.element.focus({ preventScroll: true });
      if (focus.start !== null) focus.element.setSelectionRange?.(focus.start, focus.end);
    }
  }
}

/** Spans of time are kept up to date by themselves, and a token is another one on each page. */
function without(html) {
  return html.replace(/(<time[^>]*>)[^<]*/g, "$1").replace(/name="csrf" value="[^"]*"/g, "");
}

/** Takes the fields that somebody has written into over to what comes in their place. */
function carry(from, to) {
  let focus = null;
  for (const row of from.querySelectorAll(".form-row")) {
    // A form that was put below a line here stays below it.
    const place = to.querySelector("#" + CSS.escape(row.dataset.below ?? ""))?.closest("tr");
    const there = to.querySelector(".form-row");
    if (!place) continue;
    const inside = row.contains(document.activeElement) ? document.activeElement : null;
    const at = inside && "selectionStart" in inside ? [inside.selectionStart, inside.selectionEnd] : null;
    there?.remove();
    place.after(row);
    if (inside) focus = { element: inside, start: at?.[0] ?? null, end: at?.[1] };
  }
  for (const field of from.querySelectorAll("textarea, input, select, button, a, summary, [tabindex]")) {
    const isFocused = field === document.activeElement;
    const isField = field.matches("textarea, input:not([type=hidden]), select");
    if (!isFocused && !(isField && isTouched(field))) continue;
    const place = field.id ? to.querySelector("#" + CSS.escape(field.id)) : twin(field, from, to);
    if (!place) {
      if (isField && isTouched(field) && field.value?.trim()) keep(field, to);
      continue;
    }
    const start = isFocused && "selectionStart" in field ? field.selectionStart : null;
    if (isField) place.replaceWith(field);
    if (isFocused) focus = { element: isField ? field : place, start, end: start === null ? null : field.selectionEnd };
  }
  return focus;
}

/** Finds what stands in the place of something without a name of its own. */
function twin(field, from, to) {
  const alike = field.tagName + (field.name ? `[name="${CSS.escape(field.name)}"]` : "") + (field.getAttribute("href") ? `[href="${CSS.escape(field.getAttribute("href"))}"]` : "");
  const at = [...from.querySelectorAll(alike)].indexOf(field);
  return to.querySelectorAll(alike)[at];
}

/** Keeps what was written where its form is gone. */
function keep(field, to) {
  const box = document.createElement("div");
  box.className = "panel call";
  const words = document.createElement("p");
  words.textContent = "What you were writing for has changed. Your text:";
  box.append(words, field);
  to.prepend(box);
}

/** Opens the details that were open. */
function keepOpen(from, to) {
  const open = [...from.querySelectorAll("details")];
  const next = [...to.querySelectorAll("details")];
  if (open.length !== next.length) return;
  next.forEach((details, number) => (details.open = open[number].open));
}

/** Does something during which nothing of the page is replaced by news: a form that is being sent stays the one it is. */
export async function undisturbed(work) {
  sending += 1;
  try {
    return await work();
  } finally {
    sending -= 1;
    catchUp();
  }
}

/** Loads the page again if that was put off. */
function catchUp() {
  if (!again || running || sending > 0) return;
  again = false;
  setTimeout(refresh, 300);
}

/** Loads the page again and replaces what has changed. */
export async function refresh() {
  if (running || sending > 0) {
    again = true;
    return;
  }
  running = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html", "octopoid-refresh": "1" }, cache: "no-store" });
    if (answer.redirected && new URL(answer.url).pathname !== location.pathname) {
      location.href = answer.url;
      return;
    }
    const text = await answer.text();
    if (sending > 0) again = true;
    else if (answer.ok) replace(new DOMParser().parseFromString(text, "text/html"));
  } catch {
    // Not connected; the feed says so, and brings it again.
  } finally {
    running = false;
    catchUp();
  }
}
