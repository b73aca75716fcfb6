// Everything works without this file; it only saves clicks.
"use strict";
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form) form.requestSubmit();
  const all = event.target.closest("[data-check-all]");
  if (all) {
    const boxes = document.querySelectorAll(`input[type=checkbox][name="${all.dataset.checkAll}"]`);
    boxes.forEach((box) => { box.checked = all.checked; });
  }
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
  if (event.target.closest("[data-print]")) window.print();
});
// Close an open menu with Escape or a click elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
