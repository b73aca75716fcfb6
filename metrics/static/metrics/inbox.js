// Keyboard shortcuts of the inbox. The page loads this only for readers who have them switched on,
// and every one of them does what a link, a box or a button does as well.
"use strict";
(() => {
  const box = document.querySelector("[data-inbox]");
  const rows = box ? [...box.querySelectorAll("[data-row]")] : [];
  let at = -1;

  const boxOf = (row) => row.querySelector("input[name=case]");
  const linkOf = (row) => row.querySelector("[data-open]");

  const go = (step) => {
    if (!rows.length) return;
    if (at >= 0) rows[at].removeAttribute("aria-current");
    at = Math.min(Math.max(at + step, 0), rows.length - 1);
    rows[at].setAttribute("aria-current", "true");
    linkOf(rows[at]).focus();
  };
  const choose = () => {
    const one = at >= 0 && boxOf(rows[at]);
    if (one) one.checked = !one.checked;
  };
  const act = (name) => {
    const button = box && box.querySelector(`button[name=act][value=${name}]`);
    if (!button) return;
    const chosen = rows.some((row) => boxOf(row).checked);
    if (!chosen && at < 0) return;
    if (!chosen) boxOf(rows[at]).checked = true;
    button.click();
  };
  const help = () => {
    const list = document.getElementById("shortcuts");
    list.open = !list.open;
    if (list.open) list.querySelector("summary").focus();
  };

  const keys = {
    j: () => go(1),
    k: () => go(-1),
    o: () => at >= 0 && linkOf(rows[at]).click(),
    x: choose,
    a: () => act("acknowledge"),
    s: () => act("snooze"),
    "/": () => document.getElementById("q").focus(),
    "?": help,
  };
  const isTyping = (where) => where.closest("input:not([type=checkbox]), textarea, select");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const deed = keys[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
  rows.forEach((row, number) => row.addEventListener("focusin", () => {
    if (at >= 0) rows[at].removeAttribute("aria-current");
    at = number;
    row.setAttribute("aria-current", "true");
  }));
})();
