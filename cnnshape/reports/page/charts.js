"use strict";
/* Where the numbers are: bars by layer or variant, areas over time, points of what a search found. */

function renderCharts(section) {
  const heading = data.kind === "search" ? "What was found" : "Where it goes";
  section.append(make("h2", {}, heading), make("div", { class: "charts" }, ...data.charts.map((spec) => (spec.kind === "scatter" ? scatter : chart)(spec))));
}

/** Two figures of variants against each other, which are chosen; a point tells its variant, and chooses its line. */
function scatter(spec) {
  const [wide, tall, margin] = [600, 360, 12];
  const picture = draw("svg", { viewBox: `0 0 ${wide} ${tall}`, role: "img", "aria-label": `${spec.title}: ${spec.note}` });
  const axes = [...spec.shown];
  const told = (axis, value) => (value === null ? "?" : spec.axes[axis].bytes ? bytes(value) : value.toLocaleString("en"));
  const legend = make("span", { class: "ends" });
  const marks = new Map();
  const render = () => {
    picture.replaceChildren();
    marks.clear();
    const known = spec.values.map((values, at) => at).filter((at) => axes.every((axis) => spec.values[at][axis] !== null));
    const ends = axes.map((axis) => known.map((at) => spec.values[at][axis])).map((values) => [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)]);
    const place = (at, which, size) => margin + ((spec.values[at][axes[which]] - ends[which][0]) / (ends[which][1] - ends[which][0] || 1)) * (size - 2 * margin);
    for (const at of known.reverse()) {
      const dot = draw("circle", {
        class: `mark of-other ${parts[at].mark}`, cx: place(at, 0, wide), cy: tall - place(at, 1, tall), r: parts[at].mark === "added" ? 4.5 : 2.5,
        pointermove: (event) => tell(event, `${spec.names[at]}: ${axes.map((axis) => `${spec.axes[axis].title} ${told(axis, spec.values[at][axis])}`).join(", ")}`),
        pointerleave: (event) => tell(event),
        click: () => data.cells[at] && choose(at, "chart"),
      });
      marks.set(at, dot);
      picture.append(dot);
    }
    legend.textContent = known.length ? axes.map((axis, which) => `${which ? "up" : "across"}: ${told(axis, ends[which][0])} to ${told(axis, ends[which][1])}`).join("; ") : "";
  };
  const choice = (which, label) =>
    make("label", {}, `${label} `, make("select", { change: (event) => { axes[which] = Number(event.target.value); render(); } },
      ...spec.axes.map((axis, at) => make("option", { value: at, selected: at === axes[which] ? "" : null }, axis.title))));
  renderers.push(() => marks.forEach((dot, at) => dot.classList.toggle("chosen", at === state.chosen)));
  render();
  return make("figure", { class: "scatter wide" }, make("figcaption", {}, make("b", {}, spec.title), make("span", {}, spec.note), choice(0, "across"), choice(1, "up"), legend), picture);
}

function chart(spec) {
  const [wide, tall] = [600, 96];
  const picture = draw("svg", { viewBox: `0 0 ${wide} ${tall}`, preserveAspectRatio: "none", role: "img", "aria-label": `${spec.title}: ${spec.note}` });
  const most = Math.max(1, ...spec.values.map((value) => value || 0));
  const step = wide / spec.values.length;
  const height = (value) => ((value || 0) / most) * (tall - 4);
  if (spec.kind === "bars") {
    spec.values.forEach((value, at) => {
      if (!value) return;
      const tallness = Math.max(1, height(value));
      picture.append(draw("rect", { class: `mark of-${parts[spec.parts[at]].family} ${parts[spec.parts[at]].mark ?? ""}`, x: at * step, y: tall - tallness, width: Math.max(step - (step > 3 ? 1 : 0), 0.8), height: tallness }));
    });
  } else {
    for (const [phase, from, to] of phases(spec)) {
      const top = spec.values.slice(from, to).map((value, at) => `L${((from + at) * step).toFixed(1)} ${(tall - height(value)).toFixed(1)}h${step.toFixed(2)}`);
      picture.append(draw("path", { class: `area ${phase}-phase`, d: `M${(from * step).toFixed(1)} ${tall}${top.join("")}V${tall}Z` }));
    }
  }
  const cursor = draw("rect", { class: "cursor", y: 0, width: Math.max(step, 1.5), height: tall, visibility: "hidden" });
  picture.append(cursor);
  const under = (event) => {
    const frame = picture.getBoundingClientRect();
    return Math.min(spec.values.length - 1, Math.max(0, Math.floor(((event.clientX - frame.left) / frame.width) * spec.values.length)));
  };
  const mark = (at) => {
    cursor.setAttribute("x", at * step);
    cursor.setAttribute("visibility", "visible");
  };
  picture.addEventListener("pointermove", (event) => {
    const at = under(event);
    const number = spec.parts[at];
    const value = spec.values[at];
    const told = value === null ? "?" : spec.bytes ? bytes(value) : value.toLocaleString("en");
    mark(at);
    tell(event, `${isLayer(number) ? parts[number].path : ""}${spec.phases ? `, ${spec.phases[at]}` : ""}: ${told}`);
  });
  picture.addEventListener("pointerleave", (event) => {
    tell(event);
    chosen();
  });
  picture.addEventListener("click", (event) => isLayer(spec.parts[under(event)]) && choose(spec.parts[under(event)], "chart"));
  const chosen = () => {
    const at = spec.parts.indexOf(state.chosen);
    if (at < 0 || state.chosen === null) cursor.setAttribute("visibility", "hidden");
    else mark(at);
  };
  renderers.push(chosen);
  const legend = spec.phases ? make("span", { class: "phases" }, ...phases(spec).map(([phase]) => make("i", { class: `${phase}-phase` }, phase))) : null;
  return make("figure", { class: `${spec.kind} ${spec.phases ? "wide" : ""}` }, make("figcaption", {}, make("b", {}, spec.title), make("span", {}, spec.note), legend), picture);
}

/** Runs of one phase: its name, and where it begins and ends. */
function phases(spec) {
  const found = [];
  (spec.phases ?? spec.values.map(() => "forward")).forEach((phase, at) => {
    if (found.at(-1)?.[0] === phase) found.at(-1)[2] = at + 1;
    else found.push([phase, at, at + 1]);
  });
  return found;
}
