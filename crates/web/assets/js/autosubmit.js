// Sends the form once every code field in it holds exactly six digits. Spaces do not count, so a
// pasted "123 456" is complete. A first full field leads to the next empty one.
const complete = (field) => /^\d{6}$/.test(field.value.replace(/\s/g, ""));

for (const form of document.querySelectorAll("form[data-autosubmit]")) {
  const fields = [...form.querySelectorAll("input.code")];
  let sent = false;
  form.addEventListener("submit", () => {
    sent = true;
  });
  form.addEventListener("input", (event) => {
    if (sent || !fields.includes(event.target) || !complete(event.target)) return;
    const next = fields.find((field) => !complete(field));
    if (next) next.focus();
    else form.requestSubmit();
  });
  // Coming back with the back button finds the form usable again.
  window.addEventListener("pageshow", () => {
    sent = false;
  });
}
