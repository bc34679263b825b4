// The feed of what changes. The browser opens it again by itself when it breaks, and says what it has seen last.
import { refresh } from "./regions.js";
import { needs } from "./time.js";

const listeners = [];

/** Calls a function with each piece of news. */
export function onNews(listener) {
  listeners.push(listener);
}

function state(name, words) {
  const shown = document.getElementById("feed-state");
  if (shown) {
    shown.dataset.state = name;
    shown.textContent = words;
  }
  document.body.dataset.live = name;
  document.getElementById("offline").hidden = name !== "broken";
}

/** Listens to a feed. */
export function listen(address) {
  let source;
  const open = () => {
    source = new EventSource(address);
    source.onopen = () => state("live", "live");
    source.onerror = () => {
      state("broken", "not connected; trying again");
      // A browser gives up when it is refused, such as by a proxy while the server starts again.
      if (source.readyState === EventSource.CLOSED) setTimeout(again, 3000);
    };
    source.addEventListener("news", (event) => {
      const news = JSON.parse(event.data);
      document.body.dataset.revision = event.lastEventId;
      needs(news.needed);
      for (const listener of listeners) listener(news);
      if (news.page && listeners.length === 0) refresh();
    });
  };
  const again = () => {
    const next = new URL(address, location.href);
    if (document.body.dataset.revision) next.searchParams.set("since", document.body.dataset.revision);
    address = next.href;
    open();
  };
  open();
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) again();
  });
}
