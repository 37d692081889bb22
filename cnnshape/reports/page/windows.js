"use strict";
/* The windows of a layer: what one output element reads. Of a long axis both ends are drawn; the output shows where the pointer or the arrow keys are. */

const CELL = 16;
const HALF = 6;

/** The indices of an axis from first to past, null for those left out. */
function cut(first, past, half) {
  const all = Array.from({ length: Math.min(past - first, 10000) }, (_, at) => first + at);
  return past - first <= 2 * half + 1 ? all : [...all.slice(0, half), null, ...Array.from({ length: half }, (_, at) => past - half + at)];
}

function axis([name, size, kernel, stride, dilation, padding, count, unread]) {
  const [low, high] = padding ?? [0, 0];
  const reach = (count - 1) * stride - low + dilation * (kernel - 1) + 1;
  const half = Math.max(HALF, dilation * (kernel - 1) + 1 + stride);
  return {
    name, size, count, unread, kernel, stride, dilation, low,
    cells: cut(Math.min(-low, 0), Math.max(size + Math.max(high, 0), reach), half),
    made: cut(0, count, HALF),
    taps: (window) => Array.from({ length: kernel }, (_, tap) => window * stride - low + tap * dilation),
  };
}

/** The picture, or null where sizes are not known or too large to draw; `writes`: windows write the left grid. */
function windowsPicture(axes, writes) {
  if (axes.some((each) => each[1] === null || each[5] === null || each[6] === null || each[2] * each[4] > 40)) return null;
  const one = ["", 1, 1, 1, 1, [0, 0], 1, 0];
  const [rows, columns] = (axes.length > 1 ? axes.slice(-2) : [one, axes[0]]).map(axis);
  const left = columns.cells.length * CELL;
  const right = columns.made.length * CELL;
  const gap = 56;
  const wide = left + gap + right;
  const tall = Math.max(rows.cells.length, rows.made.length) * CELL;
  const picture = draw("svg", { viewBox: `-1 -1 ${wide + 2} ${tall + 2}`, width: wide, class: "windows", role: "img", "aria-label": `Windows: ${told(rows)}${told(columns)}` });
  const grid = (lines, across, x, kind) =>
    lines.flatMap((row, y) => across.map((column, at) => {
      if (row === null || column === null) return null;
      return draw("rect", { class: kind(row, column), x: x + at * CELL, y: y * CELL, width: CELL, height: CELL, "data-at": `${row} ${column}` });
    })).filter(Boolean);
  const isInside = (each, index) => index >= 0 && index < each.size;
  const isUnread = (each, index) => index >= each.size - (each.unread ?? 0);
  const cells = grid(rows.cells, columns.cells, 0, (row, column) =>
    !isInside(rows, row) || !isInside(columns, column) ? "padding" : isUnread(rows, row) || isUnread(columns, column) ? "unread" : "input");
  const outputs = grid(rows.made, columns.made, left + gap, () => "output");
  const rays = draw("path", { class: "ray" });
  picture.append(...cells, ...outputs, rays);
  const caption = make("p", { class: "told", "aria-live": "polite" });

  let [atRow, atColumn] = [0, Math.min(1, columns.count - 1)];
  function show(row, column) {
    [atRow, atColumn] = [row, column];
    const [taps, across] = [new Set(rows.taps(row)), new Set(columns.taps(column))];
    let corner = null;
    for (const cell of cells) {
      const [y, x] = cell.dataset.at.split(" ").map(Number);
      const read = taps.has(y) && across.has(x);
      cell.classList.toggle("tap", read);
      if (read) corner = cell;
    }
    const made = outputs.find((cell) => cell.dataset.at === `${row} ${column}`);
    outputs.forEach((cell) => cell.classList.toggle("made", cell === made));
    const at = (cell, name) => Number(cell.getAttribute(name));
    rays.setAttribute("d", corner && made ? `M${at(corner, "x") + CELL} ${at(corner, "y") + CELL / 2}L${at(made, "x")} ${at(made, "y") + CELL / 2}` : "");
    const place = axes.length > 1 ? `row ${row}, column ${column}` : `element ${column}`;
    caption.textContent = writes ? `input ${place} writes what is marked on the left` : `output ${place} reads what is marked on the left`;
  }
  const point = (event) => event.target.classList.contains("output") && show(...event.target.dataset.at.split(" ").map(Number));
  picture.addEventListener("pointerover", point);
  picture.addEventListener("click", point);
  show(atRow, atColumn);
  const within = (index, each) => Math.max(0, Math.min(each.count - 1, index));
  const steer = (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    show(within(atRow + step[0], rows), within(atColumn + step[1], columns));
  };
  const label = "Drawing of the windows; arrow keys move them";
  return make("div", { class: "drawing" }, make("div", { class: "grids", tabindex: 0, role: "group", "aria-label": label, keydown: steer }, picture), caption);
}

function told({ name, size, count, kernel, stride }) {
  return name ? `${name}: ${size} to ${count}, kernel ${kernel}, stride ${stride}. ` : "";
}
