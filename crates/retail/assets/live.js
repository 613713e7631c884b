// Shows a new movement on an open page. Without this file a reload does the same.
//
// While the page is in sight it asks every few seconds whether something moved; if so, the parts of the page that show
// movements are fetched anew. When the session is over the page is loaded again, which leads to signing in.
const EVERY_MS = 4_000;
const page = document.querySelector("[data-pulse]");
let pulse = page?.dataset.pulse;
let timer = 0;
let failures = 0;

async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return location.reload();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    // What the person is reading stays as it is until they are done: an open table stays open.
    if (!next || part.contains(document.activeElement)) continue;
    const opened = [...part.querySelectorAll("details")].map((one) => one.open);
    part.replaceWith(next);
    next.querySelectorAll("details").forEach((one, place) => (one.open = opened[place] ?? one.open));
  }
  pulse = fresh.querySelector("[data-pulse]")?.dataset.pulse ?? pulse;
  const said = document.querySelector("[data-live-said]");
  if (said) said.textContent = said.dataset.liveSaid;
}

async function ask() {
  timer = 0;
  if (document.hidden) return;
  try {
    const answer = await fetch("/live", { headers: { accept: "application/json" } });
    if (answer.status === 401) return location.reload();
    if (answer.ok) {
      failures = 0;
      if ((await answer.json()).pulse !== pulse) await refresh();
    } else failures += 1;
  } catch {
    failures += 1;
  }
  later();
}

function later() {
  // A bank that does not answer is asked ever more seldom, at least each minute.
  if (!timer && !document.hidden) timer = setTimeout(ask, Math.min(EVERY_MS * 2 ** failures, 60_000));
}

if (page) {
  document.addEventListener("visibilitychange", () => (document.hidden ? 0 : ask()));
  window.addEventListener("pagehide", () => clearTimeout(timer));
  window.addEventListener("pageshow", (event) => event.persisted && ask());
  later();
}
