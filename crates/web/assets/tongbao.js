// Small helps for people whose browser runs scripts. Every page works without this file.

// A form is sent once: the second click of a double click finds the button busy. Should the person come back to the
// page with the browser's own arrow, or the answer not come, the button is ready again.
const busy = new WeakMap();
const ANSWER_WITHIN_MS = 35_000;

function release(form) {
  const held = busy.get(form);
  if (!held) return;
  held.label.textContent = held.text;
  held.button.removeAttribute("aria-disabled");
  busy.delete(form);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (busy.has(form)) {
    event.preventDefault();
    return;
  }
  const button = event.submitter;
  if (!button || !button.dataset.busy) return;
  const label = button.querySelector("[data-label]") ?? button;
  busy.set(form, { button, label, text: label.textContent });
  label.textContent = button.dataset.busy;
  button.setAttribute("aria-disabled", "true");
  setTimeout(release, ANSWER_WITHIN_MS, form);
});

window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) release(form);
});

// An amount is grouped in thousands when the person leaves the field, and bare again while they type.
const grouped = /^\d{1,3}(,\d{3})*(\.\d*)?$/;
for (const input of document.querySelectorAll("input[data-amount]")) {
  const decimals = Number(input.dataset.amount);
  input.addEventListener("focus", () => {
    if (grouped.test(input.value)) input.value = input.value.replaceAll(",", "");
  });
  input.addEventListener("blur", () => {
    const plain = input.value.trim().replaceAll(",", "");
    const parts = /^(\d{1,15})(?:\.(\d*))?$/.exec(plain);
    if (!parts || (parts[2] ?? "").length > decimals) return;
    const whole = parts[1].replace(/^0+(?=\d)/, "").replace(/\B(?=(\d{3})+$)/g, ",");
    input.value = decimals ? `${whole}.${(parts[2] ?? "").padEnd(decimals, "0")}` : whole;
  });
}

// Printing is the one thing that only a script can start.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A number is copied where the browser lets a page do that.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent.replaceAll(" ", "");
    await navigator.clipboard.writeText(text);
    button.querySelector("[data-label]").textContent = button.dataset.copied;
  });
}

// Large print can read the page aloud where the device has a voice.
for (const button of document.querySelectorAll("[data-read]")) {
  if (!("speechSynthesis" in window)) break;
  const [label, stop] = [button.querySelector("[data-label]"), button.querySelector("[data-stop]")];
  const show = (reading) => {
    label.hidden = reading;
    stop.hidden = !reading;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const reading = speechSynthesis.speaking;
    speechSynthesis.cancel();
    show(!reading);
    if (reading) return;
    const speech = new SpeechSynthesisUtterance(document.querySelector("main").innerText);
    speech.lang = document.documentElement.lang;
    speech.addEventListener("end", () => show(false));
    speech.addEventListener("error", () => show(false));
    speechSynthesis.speak(speech);
  });
}

// The worker shows a page of its own when there is no network. Where it may not run, the browser's page does.
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/worker.js").catch(() => {});
