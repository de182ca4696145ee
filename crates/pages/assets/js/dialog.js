// A link with data-dialog leads to a page that asks something. Here that page's question opens in a
// dialog instead. Whatever goes wrong, or leads elsewhere, falls back to following the link.
const question = async (href) => {
  const answer = await fetch(href, { credentials: "same-origin", headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-question]");
};

const show = (content) => {
  const dialog = document.createElement("dialog");
  dialog.append(document.adoptNode(content));
  dialog.setAttribute("aria-labelledby", content.querySelector("h1").id);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  document.body.append(dialog);
  dialog.showModal();
};

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-dialog]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || !window.HTMLDialogElement) return;
  event.preventDefault();
  const content = await question(link.href).catch(() => null);
  if (content) show(content);
  else window.location.assign(link.href);
});
