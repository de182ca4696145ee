// Sends the form once every code field in it holds exactly six digits. Spaces do not count, so a
// pasted "123 456" is complete. A first full field leads to the next empty one. That it is sent once
// is the matter of page.js.
const complete = (field) => /^\d{6}$/.test(field.value.replace(/\s/g, ""));

for (const form of document.querySelectorAll("form[data-autosubmit]")) {
  const fields = [...form.querySelectorAll("input.code")];
  form.addEventListener("input", (event) => {
    if (!fields.includes(event.target) || !complete(event.target)) return;
    const next = fields.find((field) => !complete(field));
    if (next) next.focus();
    else form.requestSubmit();
  });
}
