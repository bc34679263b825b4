// A log that goes on.

export function start() {
  const log = document.getElementById("log");
  const follow = document.getElementById("follow");
  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const toEnd = () => (log.scrollTop = log.scrollHeight);
  toEnd();
  log.addEventListener("scroll", () => (follow.checked = isAtEnd()));
  follow.addEventListener("change", () => follow.checked && toEnd());
  const source = new EventSource(log.dataset.feed);
  source.addEventListener("log", (event) => {
    const template = document.createElement("template");
    template.innerHTML = event.data;
    log.append(template.content);
    if (follow.checked) toEnd();
  });
  addEventListener("pagehide", () => source.close());
}
