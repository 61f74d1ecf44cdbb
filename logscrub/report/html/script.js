"use strict";
// Filters and sorts what the page already shows. Without this script everything is there, in one order.
(() => {
  const CHUNK = 100;
  const SMALL = 2000;
  const RANKS = ["info", "low", "medium", "high", "critical"];

  const list = document.getElementById("list");
  if (list) {
    findings(list, document.getElementById("tools"));
  }
  document.querySelectorAll("table.sortable").forEach(sortable);
  if (!CSS.supports("selector(::details-content)")) {
    printOpened();
  }

  function findings(root, tools) {
    const groups = [...root.querySelectorAll("section.rule")].map((section) => ({
      section,
      lists: [...section.querySelectorAll(":scope > ul")],
      items: [...section.querySelectorAll(":scope > ul > li")],
      title: section.querySelector("h3").textContent + " " + section.querySelector("p").textContent,
      texts: null,
    }));
    const total = groups.reduce((sum, group) => sum + group.items.length, 0);
    const output = tools.querySelector("output");
    const fields = tools.elements;
    let timer = 0;

    function filter() {
      const words = fields.words.value.toLowerCase().split(/\s+/).filter(Boolean);
      const status = fields.status ? fields.status.value : "";
      const severities = new Set([...tools.querySelectorAll("[name=severity]:checked")].map((box) => box.value));
      let left = 0;
      for (const group of groups) {
        const wanted = severities.has(group.section.dataset.severity);
        if (wanted && words.length && !group.texts) {
          group.texts = new Map(
            group.items.map((item) => [item, (group.title + " " + item.textContent).toLowerCase()]),
          );
        }
        let inGroup = 0;
        for (const one of group.lists) {
          let inList = 0;
          for (const item of one.children) {
            const fits =
              wanted &&
              (!status || item.dataset.status === status) &&
              (!words.length || words.every((word) => group.texts.get(item).includes(word)));
            item.hidden = !fits;
            inList += fits;
          }
          one.hidden = !inList;
          inGroup += inList;
        }
        group.section.hidden = !inGroup;
        left += inGroup;
      }
      root.classList.toggle("flat", left <= SMALL);
      const number = (value) => value.toLocaleString("en");
      output.textContent = left === total ? "" : `${number(left)} of ${number(total)} findings shown`;
    }

    function sort() {
      const order = fields.order.value;
      for (const group of groups) {
        const sorted = order === "count" ? group.items : ordered(group.items, order);
        const lists = group.lists.slice();
        for (let start = 0; start < sorted.length; start += CHUNK) {
          lists.shift().replaceChildren(...sorted.slice(start, start + CHUNK));
        }
        for (const empty of lists) {
          empty.replaceChildren();
        }
      }
      filter();
    }

    function ordered(items, order) {
      const keyed = items.map((item) => {
        const line = item.querySelector("summary") || item;
        const [first, last] = line.childNodes[3].textContent.split(" \u2013 ");
        return [item, order === "place" ? line.childNodes[2].textContent : order === "first" ? first : last || first];
      });
      const compare = new Intl.Collator("en", { numeric: true }).compare;
      const direction = order === "last" ? -1 : 1;
      // What has no time comes last, in either direction.
      keyed.sort(([, one], [, other]) => !one - !other || direction * compare(one, other));
      return keyed.map(([item]) => item);
    }

    function open(wish) {
      for (const one of root.querySelectorAll("li:not([hidden]) > details")) {
        one.open = wish;
      }
    }

    tools.hidden = false;
    tools.addEventListener("submit", (event) => event.preventDefault());
    fields.words.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(filter, 150);
    });
    tools.addEventListener("change", (event) => (event.target.name === "order" ? sort() : filter()));
    fields.open.addEventListener("click", () => open(true));
    fields.close.addEventListener("click", () => open(false));
  }

  // Each head becomes a button: the first click sorts numbers from the top and words from A, the next one turns it round.
  function sortable(table) {
    const body = table.tBodies[0];
    if (body.rows.length < 2) {
      return;
    }
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const numeric = head.classList.contains("number");
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const down = before ? before === "ascending" : numeric;
        for (const other of table.tHead.rows[0].cells) {
          other.removeAttribute("aria-sort");
        }
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const value = (row) => {
          const text = row.cells[column].textContent.trim();
          return numeric ? Number(text.replaceAll(",", "")) : RANKS.includes(text) ? RANKS.indexOf(text) : text;
        };
        const collator = new Intl.Collator("en", { numeric: true });
        const compare = (one, other) => (typeof one === "number" ? one - other : collator.compare(one, other));
        const rows = [...body.rows].sort((one, other) => compare(value(one), value(other)) * (down ? -1 : 1));
        body.replaceChildren(...rows);
      });
    });
  }

  function printOpened() {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details:not([open])")];
      opened.forEach((one) => (one.open = true));
    });
    addEventListener("afterprint", () => opened.forEach((one) => (one.open = false)));
  }
})();
