// Times that go on, and the number of tasks that need somebody.

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

function span(seconds) {
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** Keeps the spans on the page up to date. */
export function keepTimes() {
  const update = () => {
    const now = Date.now();
    for (const time of document.querySelectorAll("time[datetime]")) {
      const at = Date.parse(time.dateTime);
      if (Number.isNaN(at)) continue;
      const words = at > now ? `in ${span((at - now) / 1000)}` : span((now - at) / 1000) + ("span" in time.dataset ? "" : " ago");
      if (time.textContent !== words) time.textContent = words;
      if (!time.dataset.local) {
        time.dataset.local = "1";
        time.title = new Date(at).toLocaleString();
      }
    }
  };
  update();
  setInterval(update, 5000);
}

let needed = Number(document.body.dataset.needed ?? 0);

/** Shows how many tasks need somebody, and says so where that was asked for. */
export function needs(count) {
  if (count === undefined || count === needed) return;
  const more = count > needed;
  needed = count;
  const shown = document.getElementById("needed");
  if (shown) {
    shown.textContent = count;
    shown.toggleAttribute("data-zero", count === 0);
  }
  document.title = document.title.replace(/^\(\d+\) /, "");
  if (count > 0) document.title = `(${count}) ${document.title}`;
  if (more && document.hidden && "Notification" in window && Notification.permission === "granted" && localStorage.getItem("octopoid-notices")) {
    new Notification("Octopoid", { body: count === 1 ? "1 task needs you." : `${count} tasks need you.`, tag: "octopoid-needs-you" });
  }
}

const ask = document.getElementById("ask-notices");
if (ask && "Notification" in window && Notification.permission !== "denied") {
  const words = () => (ask.textContent = localStorage.getItem("octopoid-notices") ? "Notices: on" : "Notify me in this browser");
  ask.hidden = false;
  words();
  ask.addEventListener("click", async () => {
    if (localStorage.getItem("octopoid-notices")) localStorage.removeItem("octopoid-notices");
    else if ((await Notification.requestPermission()) === "granted") localStorage.setItem("octopoid-notices", "1");
    words();
  });
}
