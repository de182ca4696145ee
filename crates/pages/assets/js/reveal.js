// A button in each password field that shows what was typed. It hides again when the form is sent,
// so that the browser never stores the password as ordinary text.
for (const box of document.querySelectorAll("[data-reveal]")) {
  const field = box.querySelector("input");
  const button = document.createElement("button");
  const set = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? box.dataset.hide : box.dataset.show;
    button.setAttribute("aria-label", shown ? box.dataset.hideLabel : box.dataset.showLabel);
  };
  button.type = "button";
  set(false);
  button.addEventListener("click", () => {
    set(field.type === "password");
    field.focus();
  });
  field.form.addEventListener("submit", () => set(false));
  box.classList.add("reveal");
  box.append(button);
}
