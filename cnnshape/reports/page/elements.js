"use strict";
/* The data, what is open and chosen, and how elements are made: text stays text, nothing here reads markup. */

const data = JSON.parse(document.getElementById("data").textContent);
const parts = data.parts || [];
const state = { open: new Set(data.open), chosen: null, query: "", sort: null, down: false };

/** An element with attributes (a function is a listener) and children; strings are text. */
function make(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
function draw(tag, attributes = {}, ...children) {
  return dress(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const inside = parts.map(() => []);
parts.forEach((part, number) => part.in !== null && inside[part.in].push(number));
const isLayer = (number) => number !== null && number !== undefined && parts[number].kind === "layer";

/** The numbers of the parts around a part, innermost first. */
function around(number) {
  const found = [];
  for (let at = parts[number].in; at !== null; at = parts[at].in) found.push(at);
  return found;
}

/** The part that is seen of a part: itself, or the outermost closed block around it. */
function seen(number) {
  return around(number).reduce((shown, block) => (state.open.has(block) ? shown : block), number);
}

const renderers = [];
function changed() {
  for (const render of renderers) render();
}

function toggle(number) {
  if (!state.open.delete(number)) state.open.add(number);
  changed();
}

/** Choose a part (none: null), open what lies around it, and show it where it is drawn. */
function choose(number, from) {
  state.chosen = number;
  if (number !== null) around(number).forEach((block) => state.open.add(block));
  changed();
  history.replaceState(null, "", number === null ? location.pathname : `#${encodeURI(parts[number].path)}`);
  document.dispatchEvent(new CustomEvent("chosen", { detail: from }));
}

/** The part that the address names behind its #, as a link to a layer does. */
function named() {
  const path = decodeURIComponent(location.hash.slice(1));
  const number = parts.findIndex((part, at) => part.path === path && data.cells[at]);
  return number < 0 ? null : number;
}

/** Bytes as the table writes them. */
function bytes(count) {
  let power = 0;
  while (count >= 1024 && power < 5) [count, power] = [count / 1024, power + 1];
  return power ? `${count < 999.5 ? count.toPrecision(3) : Math.round(count)} ${" KMGTP"[power]}iB` : `${count} B`;
}

const tip = document.getElementById("tip");
function tell(event, text) {
  tip.hidden = !text;
  tip.textContent = text || "";
  if (!text) return;
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  tip.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, event.clientY - tip.offsetHeight - 10)}px)`;
}
