// Text that was written and not sent yet is kept in the browser, for when the page is loaded again or the dashboard restarts.
const AREAS = "textarea[data-keep][id]";

/** Returns the name under which a text is kept: its page, its lines and its field. */
function name(area) {
  const place = area.closest("[data-below], [data-at]");
  return `octopoid ${location.pathname} ${place?.dataset.below ?? place?.dataset.at ?? ""} ${area.id}`;
}

/** Puts texts that were kept back where they were. */
export function restore(root) {
  for (const area of root.querySelectorAll(AREAS)) {
    const kept = localStorage.getItem(name(area));
    if (kept !== null) area.value = kept;
  }
}

/** Forgets the texts of a form that was sent. */
export function forget(form) {
  for (const area of form.querySelectorAll(AREAS)) localStorage.removeItem(name(area));
}

export function keep() {
  restore(document);
  document.addEventListener("input", ({ target }) => {
    if (!target.matches(AREAS)) return;
    if (target.value.trim()) localStorage.setItem(name(target), target.value);
    else localStorage.removeItem(name(target));
  });
}
