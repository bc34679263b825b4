// The board: cards that come, go and move; priorities by dragging.
import { onNews } from "./feed.js";
import { send } from "./forms.js";

const list = (column) => document.querySelector(`[data-cards="${column}"]`);
const card = (id) => document.getElementById("card-" + id);
const mayDecide = !document.body.hasAttribute("data-read-only");

/** Puts a card where it belongs. */
function place(id, column, order, html, isNews) {
  const old = card(id);
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  if (old) {
    if (plain(old) === plain(fresh)) return;
    const box = old.querySelector("input[name=task]");
    // A selection is of the work that was there when it was made.
    const again = fresh.querySelector("input[name=task]");
    if (box?.checked && again?.value === box.value) again.checked = true;
    if (old.classList.contains("here")) fresh.classList.add("here");
  }
  const focused = old?.contains(document.activeElement) ? document.activeElement : null;
  const moved = !old || old.dataset.column !== column;
  old?.remove();
  const target = list(column);
  const after = [...target.children].find((other) => other.dataset.order > order);
  target.insertBefore(fresh, after ?? null);
  prepare(fresh);
  if (moved && isNews) fresh.classList.add("fresh");
  if (focused) (focused.matches("input") ? fresh.querySelector("input") : focused === old ? fresh : fresh.querySelector("h3 a"))?.focus({ preventScroll: true });
}

function plain(element) {
  return element.outerHTML.replace(/(<time[^>]*?)( title="[^"]*")?( data-local="1")?>[^<]*/g, "$1").replace(/ class="[^"]*"| draggable="true"/g, "");
}

function prepare(element) {
  if (mayDecide) element.draggable = true;
}

function update(news) {
  if (news.all) {
    const known = new Set(news.cards.map((one) => one.id));
    for (const one of document.querySelectorAll(".board .card")) if (!known.has(one.dataset.id)) one.remove();
  }
  for (const { id, column, order, html } of news.cards ?? []) place(id, column, order, html, !news.all);
  for (const id of news.gone ?? []) card(id)?.remove();
  for (const [column, count] of Object.entries(news.counts ?? {})) {
    const shown = document.querySelector(`[data-count="${column}"]`);
    if (shown) shown.textContent = count;
  }
  const done = list("done");
  while (done.children.length > 60) done.lastElementChild.remove();
  selected();
}

function selected() {
  const count = document.querySelectorAll(".card input:checked").length;
  document.getElementById("selected").textContent = count === 1 ? "1 selected" : `${count} selected`;
}

/** Gives tasks a priority. */
export async function prioritise(ids, priority) {
  const form = document.getElementById("bulk");
  for (const box of document.querySelectorAll(".card input[name=task]")) box.checked = ids.includes(box.value.split(":")[0]);
  const button = form.querySelector(`[data-drop="${priority}"]`);
  await send(form, button);
  for (const box of document.querySelectorAll(".card input[name=task]:checked")) box.checked = false;
  selected();
}

export function start() {
  onNews(update);
  document.querySelectorAll(".card").forEach(prepare);
  document.addEventListener("change", (event) => event.target.name === "task" && selected());
  // After a form was sent, the answer is the whole board.
  document.addEventListener("page", ({ detail: fresh }) => {
    const cards = [...fresh.querySelectorAll(".board .card")];
    update({
      all: true,
      cards: cards.map((one) => ({ id: one.dataset.id, column: one.dataset.column, order: one.dataset.order, html: one.outerHTML })),
      counts: Object.fromEntries([...fresh.querySelectorAll("[data-count]")].map((one) => [one.dataset.count, one.textContent])),
    });
  });
  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    const one = event.target.closest?.(".card");
    if (!one) return;
    dragged = one.dataset.id;
    event.dataTransfer.setData("text/plain", dragged);
    event.dataTransfer.effectAllowed = "move";
    one.classList.add("dragged");
    // Chromium ends a drag whose beginning changes the page.
    setTimeout(() => document.body.classList.add("dragging"));
  });
  document.addEventListener("dragend", () => {
    document.body.classList.remove("dragging");
    document.querySelectorAll(".dragged, .over").forEach((one) => one.classList.remove("dragged", "over"));
    dragged = null;
  });
  for (const target of document.querySelectorAll("[data-drop]")) {
    target.addEventListener("dragover", (event) => {
      event.preventDefault();
      target.classList.add("over");
    });
    target.addEventListener("dragleave", () => target.classList.remove("over"));
    target.addEventListener("drop", (event) => {
      event.preventDefault();
      if (dragged) prioritise([dragged], target.dataset.drop);
    });
  }
}
