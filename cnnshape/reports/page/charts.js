"use strict";
/* Where the numbers are: bars by layer or variant, areas over time. The table says the same in text. */

function renderCharts(section) {
  section.append(make("h2", {}, "Where it goes"), make("div", { class: "charts" }, ...data.charts.map(chart)));
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
