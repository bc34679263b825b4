// The changes of a task: viewed marks in place, and forms below the lines that somebody comments on.

import { forget, restore } from "./kept.js";

let last = null;

/** Opens the form for a comment below a line; with `first`, for all lines from there on. */
async function comment(link, first) {
  const place = new URL(link.href);
  const query = new URLSearchParams();
  for (const name of ["path", "side", "line", "base", "head"]) query.set(name, place.searchParams.get(name) ?? "");
  if (first) query.set("first", first);
  const answer = await fetch(`${place.pathname.replace(/\/changes$/, "/comment-form")}?${query}`);
  if (!answer.ok) {
    location.href = link.href;
    return;
  }
  const cell = link.closest("td");
  const open = document.querySelector(".form-row");
  // What was written for these lines goes with the form; what was written for others is not taken along.
  const written = open?.querySelector("#comment-body")?.value ?? "";
  const isHere = open?.dataset.below === cell.id;
  if (written.trim() && !isHere && !confirm("Drop what you have written for the other lines?")) return;
  if (open && !isHere) forget(open);
  open?.remove();
  const row = document.createElement("tr");
  row.className = "below form-row";
  row.dataset.below = cell.id;
  const content = row.insertCell();
  content.colSpan = link.closest("table").classList.contains("split") ? 4 : 3;
  content.innerHTML = await answer.text();
  let after = cell.parentElement;
  while (after.nextElementSibling?.classList.contains("below")) after = after.nextElementSibling;
  after.after(row);
  const body = row.querySelector("#comment-body");
  body.value = isHere ? written : "";
  body.focus();
  restore(row);
  row.querySelector("#comment-replacement").value ||= lines(cell, first ? Number(query.get("line")) - first + 1 : 1);
  last = { link, line: Number(query.get("line")), path: query.get("path"), side: query.get("side") };
}

/** Returns the text of the lines that end with that of a cell. */
function lines(cell, count) {
  const texts = [];
  let row = cell.parentElement;
  const side = cell.id.split("-")[1];
  while (row && texts.length < count) {
    const own = row.querySelector(`td[id*="-${side}-"]`);
    const code = own?.nextElementSibling?.classList.contains("code") ? own.nextElementSibling : row.querySelector(".code");
    if (own && code) texts.unshift(code.textContent);
    row = row.previousElementSibling;
  }
  return texts.join("\n");
}

async function view(form) {
  const button = form.querySelector("button");
  const isViewed = button.value === "1";
  const body = new URLSearchParams(new FormData(form, button));
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
  if (answer.type !== "opaqueredirect" && !answer.ok) return;
  const file = form.closest(".file");
  file.querySelector("details").open = !isViewed;
  button.value = isViewed ? "0" : "1";
  button.textContent = isViewed ? "✓ Viewed" : "Viewed";
  button.setAttribute("aria-pressed", isViewed);
  document.querySelector(`.files a[href="#${file.id}"]`)?.parentElement.toggleAttribute("data-viewed", isViewed);
  const count = document.getElementById("viewed-count");
  count.textContent = `${document.querySelectorAll(".files [data-viewed]").length} of ${count.dataset.total} viewed`;
  if (isViewed) file.scrollIntoView({ block: "nearest" });
}

export function start() {
  document.addEventListener(
    "submit",
    (event) => {
      if (!event.target.classList.contains("viewed")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      view(event.target);
    },
    true,
  );
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".diff .no a");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const query = new URL(link.href).searchParams;
      const isRange = event.shiftKey && last?.path === query.get("path") && last?.side === query.get("side");
      comment(link, isRange ? Math.min(last.line, Number(query.get("line"))) : null);
      return;
    }
    if (event.target.closest("[data-cancel]")) {
      event.preventDefault();
      const open = document.querySelector(".form-row");
      if (open) forget(open);
      open?.remove();
      last?.link.focus();
    }
  });
  // A comment that the address names may stand in a file that is folded.
  const named = document.getElementById(location.hash.slice(1));
  const folded = named?.closest("details:not([open])");
  if (folded) {
    folded.open = true;
    named.scrollIntoView();
  }
}
