// The changes of a task: viewed marks in place.

export function start() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.classList.contains("viewed")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = form.querySelector("button");
    const isViewed = button.value === "1";
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, button)), redirect: "manual" });
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
  }, true);
}
