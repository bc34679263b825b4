// The keyboard. Nothing here is only here: each key does what a link or a button does.

const typing = (target) => target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
let prefix = false;

const items = () => [...document.querySelectorAll(".board .card, .cards.list .card, [data-item]")].filter((one) => one.offsetParent);

function here() {
  return document.activeElement?.closest?.(".card, [data-item]") ?? document.querySelector(".here");
}

function go(step) {
  const all = items();
  if (all.length === 0) return;
  const at = all.indexOf(here());
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
  document.querySelectorAll(".here").forEach((one) => one.classList.remove("here"));
  next.classList.add("here");
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: next.matches(".file") ? "start" : "nearest" });
}

const visit = (path) => (location.href = (document.body.dataset.base + path).replace(/(.)\/$/, "$1"));
const focus = (selector) => {
  const found = document.querySelector(selector);
  found?.focus();
  found?.scrollIntoView({ block: "center" });
};
const tab = (number) => document.querySelectorAll(".tabs a")[number - 1]?.click();

async function priority(key) {
  const board = await import("./board.js");
  const chosen = [...document.querySelectorAll(".card input:checked")].map((box) => box.value);
  const one = here()?.dataset.id;
  const ids = chosen.length > 0 ? chosen : one ? [one] : [];
  if (document.getElementById("bulk") && ids.length > 0) board.prioritise(ids, "P" + key);
}

const KEYS = {
  j: () => go(1),
  k: () => go(-1),
  ArrowDown: (event) => here() && (event.preventDefault(), go(1)),
  ArrowUp: (event) => here() && (event.preventDefault(), go(-1)),
  Enter: (event) => {
    const one = here();
    if (!one || event.target !== one) return;
    const link = one.dataset.href ?? one.querySelector("h3 a")?.href;
    if (link) location.href = link;
    else one.querySelector("summary")?.click();
  },
  x: () => here()?.querySelector("input[name=task]")?.click(),
  a: () => focus("#review-approve, #do-approve, .need-actions .primary"),
  r: () => focus("#review-words, #words-reject"),
  t: () => focus("#words-retry"),
  c: () => focus(".answer textarea, #comment"),
  n: () => visit("/tasks/new"),
  v: () => here()?.querySelector("form.viewed button")?.click(),
  s: () => document.querySelector('.pills[aria-label="Layout"] a:not([aria-current])')?.click(),
  "/": (event) => {
    event.preventDefault();
    focus("#filters input, #search");
  },
  "?": () => document.getElementById("keys").showModal(),
  0: () => priority(0),
  1: () => priority(1),
  2: () => priority(2),
  3: () => priority(3),
};

const GO = {
  b: () => visit("/"),
  n: () => visit("/needs-you"),
  p: () => visit("/projects"),
  d: () => visit("/drafts"),
  m: () => visit("/machines"),
  c: () => visit("/costs"),
  f: () => visit("/flows"),
  1: () => tab(1),
  2: () => tab(2),
  3: () => tab(3),
  4: () => tab(4),
};

export function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    const does = prefix ? GO[event.key] : KEYS[event.key];
    prefix = !prefix && event.key === "g";
    if (does) {
      if (event.key.length === 1) event.preventDefault();
      does(event);
    }
  });
}
