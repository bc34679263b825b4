// Forms are sent without leaving the page where they lead back to it. What was written stays where that fails.
import { forget } from "./kept.js";
import { replace, undisturbed } from "./regions.js";

/** Shows a sentence at the top of the page. */
export function say(words, isProblem) {
  const said = document.getElementById("said");
  const line = document.createElement("p");
  line.className = isProblem ? "said problem" : "said";
  line.textContent = words;
  said.replaceChildren(line);
  line.scrollIntoView({ block: "nearest" });
}

/** Sends a form; returns whether that worked. */
export const send = (form, submitter) => undisturbed(() => submit(form, submitter));

async function submit(form, submitter) {
  const fields = new URLSearchParams(new FormData(form, submitter));
  // A verdict is on the changes that the page shows, although its forms may know of newer ones.
  const read = document.querySelector(".changes[data-head]")?.dataset.head;
  if (read && fields.has("head") && !fields.has("path")) fields.set("head", read);
  const address = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  const buttons = [...form.elements].filter((one) => one.tagName === "BUTTON" && !one.disabled);
  buttons.forEach((button) => (button.disabled = true));
  try {
    const answer = await fetch(address, { method: "POST", body: fields });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) {
      const why = fresh.getElementById("why") ?? fresh.querySelector(".problem");
      say(why?.textContent ?? "That did not work.", true);
      return false;
    }
    forget(form);
    const place = new URL(answer.url);
    if (place.pathname !== location.pathname || !document.querySelector("[data-region], .board")) {
      location.href = answer.url;
      return true;
    }
    form.closest(".form-row")?.remove();
    form.reset();
    const said = fresh.getElementById("said");
    if (said) document.getElementById("said").replaceChildren(...said.childNodes);
    replace(fresh);
    document.dispatchEvent(new CustomEvent("page", { detail: fresh }));
    return true;
  } catch {
    say("The dashboard cannot be reached. What you have written is still here; send it again.", true);
    return false;
  } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
}

/** Sends a form; a review takes along the comment that is just being written. */
const review = (form, submitter) => undisturbed(() => submitWithComment(form, submitter));

async function submitWithComment(form, submitter) {
  const open = submitter?.name === "verdict" && document.querySelector(".form-row .comment-form");
  const isWritten = open && (open.elements.body.value.trim() || open.elements.replace.checked);
  if (isWritten) {
    if (!(await submit(open, open.querySelector("[name=draft][value='1']")))) return;
    // The answer has replaced the form by one that has taken over what was written in it.
    const address = form.getAttribute("action");
    form = [...document.forms].find((one) => one.getAttribute("action") === address) ?? form;
    submitter = form.querySelector(`[name=verdict][value="${submitter.value}"]`) ?? submitter;
  }
  await submit(form, submitter);
}

/** Sends forms of the page in place. */
export function sendInPlace() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    const address = form.getAttribute("action");
    // These lead elsewhere, or answer with a page of their own.
    if (/\/(sign-out|sign-in|links|tasks|edit|revert)$/.test(address)) return;
    event.preventDefault();
    review(form, event.submitter);
  });
  // Choosing a filter is enough.
  document.getElementById("filters")?.addEventListener("change", (event) => {
    if (event.target.tagName === "SELECT") event.currentTarget.requestSubmit();
  });
  // A page that is left with something unsent asks first.
  addEventListener("beforeunload", (event) => {
    const unsent = [...document.querySelectorAll("textarea")].some((field) => !field.readOnly && !field.disabled && field.value !== field.defaultValue && field.value.trim());
    if (unsent && !leaving) event.preventDefault();
  });
}

document.addEventListener("newer-work", () => say("The work has changed since this page was loaded. Load it again to see how.", true));

let leaving = false;
document.addEventListener("submit", () => {
  leaving = true;
  setTimeout(() => (leaving = false), 2000);
});
