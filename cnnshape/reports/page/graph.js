"use strict";
/* The graph: every open block is laid out by itself, with its edges cut where they pass its border, and is then one
   box among others. The layers of each layout are dagre's; between them edges go straight down. */

const ROOM = { beside: 22, below: 34, aside: 14, height: 42, head: 20 };
const MANY = 200; // parts of one block, for which the best order takes dagre seconds
const pen = document.createElement("canvas").getContext("2d");
const ARROW = "M0 0.5 L8 4 L0 7.5 z";

function widthOf(text, font) {
  pen.font = font;
  return pen.measureText(text).width;
}

/** The size of a part that is drawn closed. */
function room(number) {
  const { title, subtitle } = parts[number];
  const wide = Math.max(widthOf(title, "600 12.5px system-ui, sans-serif"), widthOf(subtitle, "11px system-ui, sans-serif"));
  return { width: Math.max(Math.min(wide, 420) + 26, 90), height: ROOM.height };
}

/** The pieces of the edges, by the block that they lie in (-1: none): [from, to, edge]; a piece from or to the border has a text there. */
function pieces() {
  const found = new Map();
  const add = (block, piece) => found.get(block)?.push(piece) ?? found.set(block, [piece]);
  const once = new Set();
  for (const [source, target, tensor, shape] of data.edges) {
    const [from, to] = [seen(source), seen(target)];
    const key = `${from}:${to}:${tensor}`;
    if (from === to || once.has(key)) continue;
    once.add(key);
    const up = [-1, ...around(from).reverse(), from];
    const down = [-1, ...around(to).reverse(), to];
    const apart = up.findIndex((part, at) => part !== down[at]);
    const edge = { from, to, tensor, shape };
    add(up[apart - 1], [up[apart], down[apart], edge]);
    for (let at = apart; at < up.length - 1; at++) add(up[at], [up[at + 1], `>${from}:${tensor}`, edge]);
    for (let at = apart; at < down.length - 1; at++) add(down[at], [`<${from}:${tensor}`, down[at + 1], edge]);
  }
  return found;
}

/** Places for the parts of a block: their boxes, the edges, and where edges pass the border. */
function layout(block, members, links) {
  const inner = new Map();
  const graph = new dagre.graphlib.Graph().setGraph({ nodesep: ROOM.beside, ranksep: ROOM.below }).setDefaultEdgeLabel(() => ({}));
  for (const number of members) {
    if (state.open.has(number) && inside[number].length) inner.set(number, layout(number, inside[number], links));
    graph.setNode(String(number), { ...(inner.get(number)?.size ?? room(number)) });
  }
  const own = links.get(block) ?? [];
  const port = (name, border) => {
    if (graph.hasNode(name)) return;
    graph.setNode(name, { width: 1, height: 1 });
    graph.hasNode(border) || graph.setNode(border, { width: 1, height: 1 });
    border === "top" ? graph.setEdge(border, name, { weight: 4 }) : graph.setEdge(name, border, { weight: 4 });
  };
  for (const [from, to] of own) {
    if (String(from)[0] === "<") port(from, "top");
    if (String(to)[0] === ">") port(to, "bottom");
    if (from !== to) graph.setEdge(String(from), String(to));
  }
  dagre.layout(graph, { disableOptimalOrderHeuristic: members.length > MANY });
  const bands = new Map();
  for (const name of graph.nodes()) {
    const { y, height } = graph.node(name);
    bands.set(Math.round(y), Math.max(bands.get(Math.round(y)) ?? 0, height));
  }
  const place = (name) => graph.node(String(name));
  const band = (y) => (bands.get(Math.round(y)) ?? 0) / 2;
  const border = graph.nodes().filter((name) => "<>".includes(name[0]));
  const upper = border.some((name) => name[0] === "<") ? place(border.find((name) => name[0] === "<")).y : 0;
  const head = block >= 0 && !border.some((name) => name[0] === "<") ? ROOM.head : 0;
  const lower = border.some((name) => name[0] === ">") ? place(border.find((name) => name[0] === ">")).y : graph.graph().height;
  const aside = block < 0 ? 0 : ROOM.aside;
  const xs = graph.edges().flatMap((edge) => graph.edge(edge).points.map(({ x }) => x)); // which may lie beside all nodes
  for (const name of graph.nodes()) xs.push(place(name).x - place(name).width / 2, place(name).x + place(name).width / 2);
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const [right, down] = [aside - first, head - upper];
  const least = block < 0 ? 0 : widthOf(parts[block].name, "600 11px system-ui, sans-serif") + 34;
  const size = { width: Math.max(last - first + 2 * aside, least), height: lower - upper + head + (block >= 0 && lower === graph.graph().height ? 12 : 0) };
  const ports = new Map(border.map((name) => [name, place(name).x + right]));
  const edges = own.map(([from, to, edge]) => {
    const [source, target] = [place(from), place(to)];
    let [begin, end] = [source.x, target.x];
    if (inner.has(from)) begin += inner.get(from).ports.get(`>${edge.from}:${edge.tensor}`) - source.width / 2;
    if (inner.has(to)) end += inner.get(to).ports.get(`<${edge.from}:${edge.tensor}`) - target.width / 2;
    const bends = graph.edge(String(from), String(to)).points.slice(1, -1);
    const points = [
      [begin, source.y + (members.includes(from) ? source.height / 2 : 0)],
      [begin, source.y + band(source.y)],
      ...bends.flatMap(({ x, y }) => [[x, y - band(y)], [x, y + band(y)]]),
      [end, target.y - band(target.y)],
      [end, target.y - (members.includes(to) ? target.height / 2 : 0)],
    ];
    return {
      points: points.map(([x, y]) => [x + right, y + down]),
      arrow: members.includes(to) && !inner.has(to),
      label: members.includes(from) && members.includes(to) ? edge.shape : null,
      key: `${from}:${edge.tensor}`,
      ends: [edge.from, edge.to],
    };
  });
  const boxes = members.map((number) => {
    const { x, y, width, height } = place(number);
    return { number, x: x - width / 2 + right, y: y - height / 2 + down, width, height, inner: inner.get(number) };
  });
  return { size, ports, edges, boxes };
}

/** A path through the points, upright at each. */
function course(points) {
  let [x, y] = points[0];
  let path = `M${x.toFixed(1)} ${y.toFixed(1)}`;
  for (const [toX, toY] of points.slice(1)) {
    const half = (y + toY) / 2;
    if (Math.abs(toX - x) < 0.5 && toY - y < 0.5) continue; // an arrow at the end of nothing has no direction
    if (Math.abs(toX - x) < 0.5) path += `L${toX.toFixed(1)} ${toY.toFixed(1)}`;
    else path += `C${x.toFixed(1)} ${half.toFixed(1)} ${toX.toFixed(1)} ${half.toFixed(1)} ${toX.toFixed(1)} ${toY.toFixed(1)}`;
    [x, y] = [toX, toY];
  }
  return path;
}

function renderGraph(section) {
  let zoom = 1;
  const picture = draw("svg", { role: "group", "aria-label": "The graph of the layers; arrow keys follow its edges", keydown: steer });
  const canvas = make("div", { class: "canvas" }, picture);
  const button = (label, text, click) => make("button", { type: "button", "aria-label": label, title: label, click }, text);
  const blocks = parts.flatMap((part, number) => (part.kind === "block" ? [number] : []));
  const tools = make(
    "div",
    { class: "tools" },
    blocks.length ? button("Close all blocks", "Close all", () => { state.open.clear(); changed(); }) : null,
    blocks.length ? button("Open all blocks", "Open all", () => { blocks.forEach((each) => state.open.add(each)); changed(); }) : null,
    button("Smaller", "−", () => scale(zoom / 1.25)),
    button("Larger", "+", () => scale(zoom * 1.25)),
    button("Fit the width", "Fit", fit),
  );
  section.append(make("div", { class: "bar" }, make("h2", {}, "Graph"), tools), canvas, legend());
  let whole;

  function legend() {
    const marks = [...new Set(parts.map((part) => part.mark || (part.kind === "layer" ? part.family : null)))].filter(Boolean);
    return make("ul", { class: "legend" }, ...marks.map((mark) => make("li", { class: `of-${mark} ${mark}` }, mark)));
  }

  function scale(to) {
    zoom = Math.min(3, Math.max(0.1, to));
    picture.style.width = `${whole.size.width * zoom + 32}px`;
    picture.style.height = `${whole.size.height * zoom + 32}px`;
  }

  function fit() {
    scale(Math.min(1, (canvas.clientWidth - 48) / whole.size.width));
  }

  function group({ boxes, edges }) {
    const labels = new Map();
    const lines = new Map(); // how many labels stand where an edge begins: a layer may make several tensors
    const paths = edges.map(({ points, arrow, label, key, ends }) => {
      if (label !== null && !labels.has(key)) {
        const [x, y] = points[1];
        const line = lines.get(`${x} ${y}`) ?? 0;
        lines.set(`${x} ${y}`, line + 1);
        labels.set(key, draw("text", { class: "shape", x: x + 6, y: y + 15 + 11 * line }, label));
      }
      return draw("path", { class: "edge", d: course(points), "marker-end": arrow ? "url(#arrow)" : null, "data-ends": ends.join(" ") });
    });
    return [...boxes.map(box), ...paths, ...labels.values()];
  }

  function box({ number, x, y, width, height, inner }) {
    const part = parts[number];
    const block = part.kind === "block";
    const told = block ? `${part.title}, ${part.subtitle}, ${inner ? "open" : "closed"}` : `${part.title}, ${part.subtitle}`;
    const head = draw(
      "g",
      {
        class: `part ${part.kind} of-${part.family} ${part.merge ? "merge" : ""} ${part.dead ? "dead" : ""} ${part.fault ? "fault" : ""} ${part.mark || ""}`,
        "data-part": number,
        role: "button",
        tabindex: -1,
        "aria-expanded": block ? String(Boolean(inner)) : null,
        "aria-label": told,
        click: (event) => { event.stopPropagation(); press(number); },
      },
    );
    if (inner) {
      head.append(draw("rect", { class: "frame", width, height, rx: 12 }), draw("text", { class: "head", x: 12, y: 17 }, `▾ ${part.name}`));
      return draw("g", { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` }, head, ...group(inner));
    }
    const radius = part.merge || !data.cells[number] ? height / 2 : 8;
    if (block) head.append(draw("rect", { class: "behind", x: 4, y: 4, width, height, rx: radius }));
    head.append(
      draw("rect", { class: "body", width, height, rx: radius }),
      draw("text", { class: "title", x: width / 2, y: 18 }, block ? `▸ ${part.title}` : part.title),
      draw("text", { class: "subtitle", x: width / 2, y: 33 }, part.subtitle),
    );
    head.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    return head;
  }

  function press(number) {
    if (parts[number].kind === "block") toggle(number);
    else if (parts[number].kind === "layer") choose(number, "graph");
  }

  let drawn = "";
  function render() {
    const now = [...state.open].sort().join();
    if (now !== drawn || !whole) {
      drawn = now;
      const focused = document.activeElement?.closest("#graph [data-part]")?.dataset.part;
      const top = parts.flatMap((part, number) => (part.in === null ? [number] : []));
      whole = layout(-1, top, pieces());
      const { width, height } = whole.size;
      picture.setAttribute("viewBox", `-16 -16 ${width + 32} ${height + 32}`);
      picture.replaceChildren(
        draw("defs", {}, draw("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7.5, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" }, draw("path", { d: ARROW }))),
        ...group(whole),
      );
      scale(zoom);
      const entry = find(focused) || picture.querySelector("[data-part]");
      if (entry) entry.setAttribute("tabindex", 0);
      if (focused !== undefined) entry?.focus({ preventScroll: true });
    }
    picture.querySelectorAll(".chosen").forEach((each) => each.classList.remove("chosen"));
    if (state.chosen === null) return;
    const shown = seen(state.chosen);
    find(shown)?.classList.add("chosen");
    picture.querySelectorAll(".edge").forEach((edge) => edge.classList.toggle("chosen", edge.dataset.ends.split(" ").includes(String(shown))));
  }

  const find = (number) => picture.querySelector(`[data-part="${number}"]`);

  /** Arrow keys go along the edges, and across what lies beside. */
  function steer(event) {
    const from = event.target.closest("[data-part]");
    if (!from) return;
    const number = Number(from.dataset.part);
    const ends = [...picture.querySelectorAll(".edge")].map((edge) => edge.dataset.ends.split(" ").map(Number));
    const all = [...picture.querySelectorAll("[data-part]")];
    const at = all.indexOf(from);
    const next = {
      ArrowDown: () => find(ends.find(([source]) => source === number)?.[1]) ?? all[at + 1],
      ArrowUp: () => find(ends.find(([, target]) => target === number)?.[0]) ?? all[at - 1],
      ArrowRight: () => all[at + 1],
      ArrowLeft: () => all[at - 1],
    }[event.key];
    if (event.key === "Enter" || event.key === " ") press(number);
    else if (!next) return;
    else {
      const to = next();
      if (!to) return;
      from.setAttribute("tabindex", -1);
      to.setAttribute("tabindex", 0);
      to.focus();
    }
    event.preventDefault();
  }

  /** Scroll a part, or the block that it is closed in, to the middle. */
  function center(number) {
    const body = find(seen(number));
    if (!body) return;
    const [frame, view] = [body.getBoundingClientRect(), canvas.getBoundingClientRect()];
    canvas.scrollTop += frame.top - view.top + (frame.height - view.height) / 2;
    canvas.scrollLeft += frame.left - view.left + (frame.width - view.width) / 2;
  }

  document.addEventListener("chosen", (event) => state.chosen !== null && event.detail !== "graph" && center(state.chosen));
  renderers.push(render);
  return { fit, center };
}
