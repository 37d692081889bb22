"use strict";
/* One layer: its numbers, what it reads and who reads it, how each number came about, and its windows. */

function renderLayer(panel) {
  let before = null;
  function render() {
    const number = state.chosen;
    if (number === before) return;
    before = number;
    panel.hidden = number === null;
    document.body.classList.toggle("with-layer", number !== null);
    panel.replaceChildren(...(number === null ? [] : content(number)));
    panel.scrollTop = 0;
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || state.chosen === null) return;
    const number = state.chosen;
    choose(null);
    document.querySelector(`tr[data-part="${number}"]`)?.focus();
  });
  renderers.push(render);
}

function content(number) {
  const part = parts[number];
  const names = part.path.split("/");
  const cells = data.cells[number] ?? [];
  const facts = data.columns.flatMap((column, at) => (cells[at] ? [make("div", { class: column.wide ? "wide" : null }, make("dt", {}, column.title), make("dd", {}, cells[at]))] : []));
  return [
    make("div", { class: "top" },
      make("p", { class: "path" }, names.slice(0, -1).join(" / ")),
      make("button", { type: "button", class: "close", "aria-label": "Close", click: () => choose(null) }, "×")),
    make("h2", { id: "layer-name", class: `of-${part.family} ${part.mark ?? ""}` }, names.at(-1)),
    ...data.findings.filter((finding) => finding.part === number).map((finding) => make("p", { class: `finding ${finding.severity}` }, `${finding.code}: ${finding.message}`)),
    data.explained ? call(number) : null,
    make("dl", { class: "facts" }, ...facts),
    data.edges ? neighbours("Reads", number, 1, 0) : null,
    data.edges ? neighbours("Read by", number, 0, 1) : null,
    data.shares ? sharing(number) : null,
    data.explained ? windows(number) : null,
    ...(data.explained ? explanation(number) : []),
  ].filter(Boolean);
}

const layerNumbers = new Map(parts.flatMap((part, number) => (part.kind === "layer" ? [number] : [])).map((number, at) => [number, at]));

function call(number) {
  const layer = data.explained.layers[layerNumbers.get(number)];
  return layer ? make("code", { class: "call" }, data.explained.calls[layer[0]]) : null;
}

/** Links to what a part reads, or to who reads it; of a block what passes its border. */
function neighbours(label, number, own, other) {
  const within = (each) => each === number || around(each).includes(number);
  const found = new Map();
  for (const edge of data.edges) if (within(edge[own]) && !within(edge[other])) found.set(edge[other], edge[3]);
  if (!found.size) return null;
  return links(label, [...found]);
}

/** Links to the layers that use the same weights. */
function sharing(number) {
  const found = data.shares.filter((pair) => pair.includes(number)).map(([owner, user]) => (owner === number ? [user, "uses them too"] : [owner, "counts them"]));
  return found.length ? links("Weights", found) : null;
}

/** Parts under a heading, each with a word about it; layers are links. */
function links(label, several) {
  const name = (each) => (isLayer(each) ? make("button", { type: "button", class: "link", click: () => choose(each) }, parts[each].path) : parts[each].name);
  const items = several.map(([each, about]) => make("li", {}, name(each), make("span", {}, ` ${about}`)));
  return make("div", { class: "links" }, make("h3", {}, label), make("ul", {}, ...items));
}

function windows(number) {
  const layer = data.explained.layers[layerNumbers.get(number)];
  const picture = layer && layer[2] !== null ? windowsPicture(data.explained.windows[layer[2]], Boolean(layer[3])) : null;
  return picture ? make("div", {}, make("h3", {}, "Windows"), picture) : null;
}

function explanation(number) {
  const layer = data.explained.layers[layerNumbers.get(number)];
  const blocks = [];
  let subject = null;
  for (const at of layer ? layer[1] : []) {
    const [about, formula, numbers, result, note] = data.explained.steps[at];
    if (about !== subject) blocks.push(make("h3", {}, (subject = about)));
    const lines = [formula, numbers && numbers !== result ? `= ${numbers}` : "", result && (formula || numbers) ? `= ${result}` : result].filter(Boolean);
    blocks.push(make("div", { class: "step" }, ...lines.map((line) => make("code", {}, line.replace(/^= /, formula ? "= " : ""))), note ? make("p", {}, note) : null));
  }
  return blocks;
}
