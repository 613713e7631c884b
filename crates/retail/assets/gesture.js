// Draws a field of digits as nine dots. Without this file the digits are typed.
//
//   <div data-pattern="what a reader says of it" data-dot="Dot 0" data-clear="words of the button">… one input …</div>
//
// A pointer draws from dot to dot; with the keyboard, or a reader, each dot is a button. The field keeps the digits and goes
// with the form as if they had been typed.
const place = (dot) => [((dot - 1) % 3) * 2 + 1, Math.floor((dot - 1) / 3) * 2 + 1];
const svg = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);

function draw(box) {
  const input = box.querySelector("input");
  const pad = document.createElement("div");
  pad.className = "retail-pad";
  pad.setAttribute("role", "group");
  pad.setAttribute("aria-label", box.dataset.pattern);
  const lines = svg("svg");
  lines.setAttribute("viewBox", "0 0 6 6");
  lines.setAttribute("aria-hidden", "true");
  const line = svg("polyline");
  lines.append(line);
  pad.append(lines);
  const dots = [];
  let drawn = [];
  let drawing = false;

  function show() {
    line.setAttribute("points", drawn.map((dot) => place(dot).join(",")).join(" "));
    dots.forEach((button, at) => button.setAttribute("aria-pressed", String(drawn.includes(at + 1))));
  }

  function put(next) {
    drawn = next;
    input.value = drawn.join("");
    show();
  }

  function add(dot) {
    if (drawn.includes(dot)) return;
    const next = [...drawn];
    // A straight line takes the dot that it passes over, as the bank reads it.
    const last = next.at(-1);
    if (last) {
      const [[x, y], [toX, toY]] = [place(last), place(dot)];
      const straight = (x + toX) % 4 === 2 && (y + toY) % 4 === 2;
      const middle = (last + dot) / 2;
      if (straight && !next.includes(middle)) next.push(middle);
    }
    put([...next, dot]);
  }

  function under(event) {
    const found = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-number]");
    return found && pad.contains(found) ? Number(found.dataset.number) : null;
  }

  for (let dot = 1; dot <= 9; dot += 1) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.number = dot;
    button.setAttribute("aria-label", box.dataset.dot.replace("0", dot));
    button.setAttribute("aria-pressed", "false");
    // A click without a pointer's path comes from the keyboard or a reader.
    button.addEventListener("click", (event) => event.detail === 0 && add(dot));
    dots.push(button);
    pad.append(button);
  }

  pad.addEventListener("pointerdown", (event) => {
    const dot = under(event);
    if (!dot) return;
    // A touch would keep its events at the first dot.
    event.target.releasePointerCapture?.(event.pointerId);
    drawing = true;
    add(dot);
  });
  pad.addEventListener("pointermove", (event) => {
    const dot = drawing ? under(event) : null;
    if (dot) add(dot);
  });
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => (drawing = false));

  const clear = document.createElement("button");
  clear.type = "button";
  clear.className = "link-button";
  clear.textContent = box.dataset.clear;
  clear.addEventListener("click", () => put([]));
  input.addEventListener("input", () => {
    drawn = [...new Set(input.value.replace(/[^1-9]/g, ""))].map(Number);
    show();
  });
  box.append(pad, clear);
}

for (const box of document.querySelectorAll("[data-pattern]")) draw(box);
