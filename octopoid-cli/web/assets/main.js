// What every page needs. Without it the pages work too: they are read, and forms are sent, as they are.
import { listen } from "./feed.js";
import { keepTimes } from "./time.js";
import { sendInPlace } from "./forms.js";
import { keep } from "./kept.js";
import { keys } from "./keys.js";

const body = document.body;

keepTimes();
keep();
sendInPlace();
keys();
if (document.querySelector(".board")) import("./board.js").then((board) => board.start());
if (document.querySelector(".changes")) import("./changes.js").then((changes) => changes.start());
if (document.getElementById("log")) import("./log.js").then((log) => log.start());
if (body.dataset.feed) listen(body.dataset.feed);

document.addEventListener("click", (event) => {
  // The menu closes when something else is clicked.
  for (const menu of document.querySelectorAll("details.me[open], details.commits[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.getElementById("show-keys")?.addEventListener("click", () => document.getElementById("keys").showModal());
