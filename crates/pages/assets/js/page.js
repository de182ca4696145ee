// On every page.
//
// Once a form is on its way, nothing sends it again until the page is shown anew: neither Enter after a
// script has sent it, nor a second press while the server answers. Other scripts may hold a submit back
// first (they prevent it and send it themselves later); such a one does not count.
const PATIENCE = 30_000; // milliseconds; the server gives up on an answer after as long

const onTheirWay = new Map();

const free = (form) => {
  const { button, timer } = onTheirWay.get(form);
  clearTimeout(timer);
  button?.removeAttribute("aria-busy");
  form.removeAttribute("aria-busy");
  onTheirWay.delete(form);
};

window.addEventListener(
  "submit",
  (event) => {
    if (!onTheirWay.has(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  { capture: true },
);

window.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") return;
  const button = event.submitter ?? form.querySelector("button:not([type=button]):not([disabled])");
  // Whoever stops the page on its way, or gets a file for an answer, stays here and may want it once more.
  const timer = setTimeout(() => free(form), PATIENCE);
  onTheirWay.set(form, { button, timer });
  button?.setAttribute("aria-busy", "true");
  form.setAttribute("aria-busy", "true");
});

// Coming back with the back button finds the forms usable again.
window.addEventListener("pageshow", () => {
  for (const form of [...onTheirWay.keys()]) free(form);
});

// On a narrow screen the navigation is one row that is swiped: the entry of this page is in view.
const row = document.querySelector(".rail nav");
const current = row?.querySelector("[aria-current]");
if (current && row.scrollWidth > row.clientWidth) {
  row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
}

// Where a page begins with something to press rather than with its field, a small screen shows that first.
const begin = document.querySelector("[data-begin]");
if (begin && window.matchMedia("(max-width: 560px)").matches && !document.querySelector("[aria-invalid]")) {
  document.querySelector("main").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}
