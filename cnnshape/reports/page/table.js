"use strict";
/* The table: a tree of blocks that open, or all layers in the order of a column, or those that a search finds. */

function renderTable(section) {
  const body = make("tbody");
  const status = make("span", { role: "status", class: "status" });
  const search = make("input", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search the table",
    input: (event) => {
      state.query = event.target.value.trim().toLowerCase();
      render();
    },
  });
  const first = data.named || "Layer";
  const titles = [first, ...data.columns.map((column) => column.title)];
  const heads = titles.map((title, at) =>
    make(
      "th",
      { scope: "col", class: at && data.columns[at - 1].right ? "right" : null },
      make("button", { type: "button", click: () => sortBy(at) }, title),
    ),
  );
  const most = data.columns.map((column, at) =>
    Math.max(1, ...Object.entries(data.counts).map(([number, counts]) => (parts[number].kind === "block" ? 0 : counts[at] || 0))),
  );
  const table = make(
    "table",
    { role: "treegrid", "aria-label": `${first}s`, keydown: steer },
    make("thead", {}, make("tr", {}, ...heads)),
    body,
  );
  section.append(
    make("div", { class: "bar" }, make("h2", { id: "layers-title" }, data.heading || "Layers"), search, status),
    make("div", { class: "scroll" }, table),
  );

  function sortBy(at) {
    const right = at > 0 && data.columns[at - 1].right;
    if (state.sort !== at) [state.sort, state.down] = [at, right];
    else if (state.down === right) state.down = !right;
    else state.sort = null;
    render();
  }

  /** The numbers of the lines, in order. */
  function lines() {
    const all = Object.keys(data.cells).map(Number);
    if (!state.query && state.sort === null) return all.filter((number) => around(number).every((block) => state.open.has(block)));
    const found = all.filter((number) => !inside[number].length && text(number).includes(state.query));
    if (state.sort === null) return found;
    const sign = state.down ? -1 : 1;
    return found.sort((one, other) => sign * compare(value(one), value(other)) || one - other);
  }

  const text = (number) => [parts[number].path, ...data.cells[number]].join(" ").toLowerCase();
  const value = (number) => {
    const at = state.sort - 1;
    return at < 0 ? parts[number].path : (data.columns[at].count ? data.counts[number][at] : data.cells[number][at]);
  };
  const compare = (one, other) =>
    one === null || other === null
      ? (one === null) - (other === null)
      : typeof one === "number" ? one - other : one.localeCompare(other, "en", { numeric: true });

  function row(number, flat) {
    const part = parts[number];
    const depth = flat ? 0 : around(number).length;
    const opens = !flat && inside[number].length > 0;
    const name = make(
      "th",
      { scope: "row", class: "name" },
      opens
        ? make("button", { type: "button", tabindex: -1, class: "twist", "aria-hidden": "true", click: (event) => { event.stopPropagation(); toggle(number); } }, "▸")
        : make("i", { class: "dot", style: null }),
      flat ? part.path : part.name,
    );
    name.style.setProperty("--depth", depth);
    const cells = data.cells[number].map((content, at) => {
      const share = data.columns[at].count && part.kind !== "block" ? (data.counts[number][at] || 0) / most[at] : 0;
      const cell = make("td", { class: data.columns[at].right ? "right" : data.columns[at].wide ? "wide" : null }, content);
      if (share > 0.004) cell.style.setProperty("--share", `${(100 * share).toFixed(1)}%`);
      return cell;
    });
    return make(
      "tr",
      {
        "data-part": number,
        class: [part.kind, `of-${part.family}`, part.fault ? "fault" : "", part.dead ? "dead" : "", part.mark || ""].join(" "),
        tabindex: -1,
        "aria-level": depth + 1,
        "aria-expanded": opens ? String(state.open.has(number)) : null,
        "aria-selected": "false",
        click: () => choose(number, "table"),
      },
      name,
      ...cells,
    );
  }

  let drawn = "";
  function render() {
    const flat = Boolean(state.query) || state.sort !== null;
    const focused = document.activeElement?.closest("tr[data-part]")?.dataset.part;
    const shown = lines();
    const now = `${flat} ${[...state.open]} ${shown}`;
    if (now === drawn) return select();
    drawn = now;
    body.replaceChildren(...shown.map((number) => row(number, flat)));
    heads.forEach((head, at) =>
      state.sort === at ? head.setAttribute("aria-sort", state.down ? "descending" : "ascending") : head.removeAttribute("aria-sort"),
    );
    status.textContent = state.query ? `${shown.length} found` : "";
    select();
    const entry = body.querySelector(`[data-part="${focused ?? state.chosen}"]`) || body.firstElementChild;
    if (entry) entry.tabIndex = 0;
    if (focused !== undefined) entry?.focus({ preventScroll: true });
  }

  function select() {
    body.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    body.querySelector(`[data-part="${state.chosen}"]`)?.setAttribute("aria-selected", "true");
  }

  /** Arrow keys walk the tree and open and close it; Enter chooses. */
  function steer(event) {
    const line = event.target.closest("tr[data-part]");
    if (!line) return;
    const number = Number(line.dataset.part);
    const expanded = line.getAttribute("aria-expanded");
    const walk = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling, Home: body.firstElementChild, End: body.lastElementChild };
    if (event.key in walk) walk[event.key]?.focus();
    else if (event.key === "ArrowRight" && expanded === "false") toggle(number);
    else if (event.key === "ArrowLeft" && expanded === "true") toggle(number);
    else if (event.key === "ArrowLeft") body.querySelector(`[data-part="${parts[number].in}"]`)?.focus();
    else if (event.key === "Enter" || event.key === " ") choose(number, "table");
    else return;
    event.preventDefault();
  }

  document.addEventListener("chosen", (event) => {
    if (!["table", "address"].includes(event.detail)) body.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  });
  renderers.push(render);
}
