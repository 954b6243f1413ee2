"use strict";
// Sorting: a click on a column's name, numbers by their value; a second click turns the order.
for (const table of document.querySelectorAll("table.sorted")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const falls = head.getAttribute("aria-sort") === "descending";
      const turn = falls ? 1 : -1;
      const value = row => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const number = row => (value(row) === "" ? NaN : Number(value(row)));
      const order = (one, other) => {
        const [a, b] = [number(one), number(other)];
        if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
        return turn * (Number.isNaN(a) ? value(one).localeCompare(value(other)) : a - b);
      };
      for (const each of heads) each.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", falls ? "ascending" : "descending");
      body.append(...[...body.rows].sort(order));
    });
  });
}
// Filtering: lines by a text in their names and by their kind, columns by their boxes.
for (const form of document.querySelectorAll("form[data-of]")) {
  const table = document.getElementById(form.dataset.of);
  const show = () => {
    const text = form.elements.text.value.toLowerCase();
    const kinds = [...form.querySelectorAll("[name=kind]:not(:checked)")].map(box => box.value);
    const hidden = [...form.querySelectorAll("[name=column]:not(:checked)")].map(box => box.value);
    for (const row of table.tBodies[0].rows) {
      const names = [...row.querySelectorAll("th")].map(cell => cell.textContent).join(" ");
      row.hidden = !names.toLowerCase().includes(text) || kinds.includes(row.dataset.kind);
    }
    for (const row of table.rows)
      for (const cell of row.cells) cell.hidden = hidden.includes(cell.dataset.column);
  };
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", event => event.preventDefault());
  show();
}
// The neighbours of the word that is found on the map, before and after training, in its two arms.
const neighbours = map => {
  const {words, arms} = JSON.parse(document.getElementById("nearest").textContent);
  const place = document.getElementById("neighbours");
  const cell = (row, text, kind = "td") => {
    row.appendChild(document.createElement(kind)).textContent = text;
  };
  const show = () => {
    const typed = map.signal("word").toLowerCase(), same = words.indexOf(typed);
    const at = same < 0 ? words.findIndex(word => word.startsWith(typed)) : same;
    place.replaceChildren();
    if (at < 0) return;
    const table = place.appendChild(document.createElement("table"));
    table.createCaption().textContent = `Nearest words of ${words[at]}`;
    const columns = ["left", "right"].map(side => map.signal(side)).flatMap(arm =>
      ["before", "after"].map(when => ({name: `${arm}, ${when}`, seeds: arms[arm].seeds,
                                        found: arms[arm][when][at]})));
    const head = table.createTHead().insertRow(), body = table.createTBody();
    for (const column of columns) cell(head, column.name, "th");
    columns[0].found.forEach((_, rank) => {
      const row = body.insertRow();
      for (const {found, seeds} of columns) {
        const [other, count] = found[rank];
        cell(row, seeds > 1 ? `${words[other]} (${count} of ${seeds} seeds)` : words[other]);
      }
    });
  };
  for (const name of ["word", "left", "right"]) map.addSignalListener(name, show);
  show();
};
// Charts, in the colours of the page.
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const ink = dark ? "#e6e4e1" : "#1c1c1c", line = dark ? "#3b3b3b" : "#e6e6e6";
const config = {
  background: "transparent", font: "system-ui, sans-serif",
  axis: {labelColor: ink, titleColor: ink, gridColor: line, domainColor: ink, tickColor: ink},
  title: {color: ink}, header: {labelColor: ink},
  view: {stroke: line}, point: {filled: false}, text: {color: ink},
};
for (const place of document.querySelectorAll(".chart")) {
  const data = place.querySelector("script").textContent;
  const spec = JSON.parse(dark ? data.replaceAll('"#000000"', '"#e6e4e1"') : data);
  const room = place.clientWidth - 70;
  const legend = {labelColor: ink, titleColor: ink, columns: room < 700 ? 1 : 3};
  if (spec.title) {
    place.before(Object.assign(document.createElement("h3"), {textContent: spec.title.text}));
    delete spec.title;
  }
  if (room < 2 * spec.spec.width) {
    spec.columns = 1;
    spec.spec.width = Math.min(spec.spec.width, room);
  }
  const look = {ast: true, renderer: "svg", actions: false, config: {...config, legend}};
  const drawn = vegaEmbed(place, spec, look);
  if (place.id === "words") drawn.then(({view}) => neighbours(view));
}
