// Copy and print the recovery codes, or copy the key of an authenticator app. The buttons are hidden until
// this runs.
const list = document.querySelector("[data-codes], [data-secret]");
const copy = document.querySelector("[data-copy]");
const print = document.querySelector("[data-print]");
const said = document.querySelector("[data-said]");

const text = () => [...list.children].map((item) => item.textContent.trim()).join("codes" in list.dataset ? "\n" : "");

if (list && copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      said.textContent = copy.dataset.done;
    } catch {
      said.textContent = copy.dataset.failed;
    }
  });
}
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
