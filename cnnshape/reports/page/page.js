"use strict";
/* The page: what stands where. */

function header() {
  const root = document.documentElement;
  const theme = make("button", { type: "button", class: "theme", click: () => turn() }, "Dark");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const turn = (first) => {
    const now = root.dataset.theme ?? (dark ? "dark" : "light");
    const next = first ? now : now === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    theme.textContent = next === "dark" ? "Light" : "Dark";
  };
  turn(true);
  document.getElementById("head").append(
    make("div", { class: "bar" }, make("h1", {}, data.name), make("p", { class: "about" }, data.about), theme),
    make("dl", { class: "tiles" }, ...data.tiles.map(([label, number, note]) => make("div", {}, make("dt", {}, label), make("dd", {}, number), make("dd", { class: "note" }, note)))),
  );
}

function findings(main) {
  if (!data.findings.length) return;
  const items = data.findings.map(({ severity, message, code, part, text }) =>
    make("li", { class: severity },
      make("details", { open: severity === "error" ? "" : null },
        make("summary", {}, make("b", {}, `${severity} ${code}`), ` ${message}`),
        make("pre", { tabindex: 0 }, text),
        part !== null ? make("button", { type: "button", click: () => choose(part) }, "Show the layer") : null)));
  main.append(make("section", { id: "findings", "aria-label": "Findings" }, make("ul", {}, ...items)));
}

function page() {
  const main = document.getElementById("main");
  const section = (id, label) => make("section", { id, "aria-label": label });
  for (const { part, severity } of data.findings) if (part !== null && severity === "error") parts[part].fault = true;
  header();
  findings(main);
  const graph = data.edges?.length ? section("graph", "Graph") : null;
  const charts = data.charts?.length ? section("charts", "Charts") : null;
  const layers = section("layers", "Table");
  layers.tabIndex = -1;
  main.append(make("div", { class: graph ? "columns" : "column" }, graph, make("div", { class: "rest" }, charts, layers)));
  if (charts) renderCharts(charts);
  renderTable(layers);
  renderLayer(document.getElementById("layer"));
  changed();
  if (graph) requestAnimationFrame(() => setTimeout(() => show(graph))); // a large one takes a moment, and the table none
}

function show(graph) {
  const picture = renderGraph(graph);
  changed();
  picture.fit();
  const fault = data.findings.find(({ part, severity }) => part !== null && severity === "error");
  if (fault) picture.center(fault.part);
  if (named() !== null) choose(named(), "address");
}

page();
