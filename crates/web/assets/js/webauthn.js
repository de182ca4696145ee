// Security keys and passkeys. A button with data-key ("get" or "create") first asks the server, at
// data-options, what the key shall sign; the answer goes into the field `credential` of its form, and from
// there on the form is one like any other: errors, cookies and what comes next are the server's matter.
// What goes wrong before that has its words in the page, in the templates with data-key-words.
const STALE = 240_000; // milliseconds; the server forgets a challenge after 300 000

const supported =
  typeof PublicKeyCredential === "function" &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function" &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function" &&
  typeof PublicKeyCredential.prototype.toJSON === "function";

const parse = {
  create: (json) => PublicKeyCredential.parseCreationOptionsFromJSON(json),
  get: (json) => PublicKeyCredential.parseRequestOptionsFromJSON(json),
};

const say = (form, what) => {
  const words = what && form.querySelector(`template[data-key-words="${what}"]`);
  form.querySelector("[data-key-said]").replaceChildren(...(words ? [words.content.cloneNode(true)] : []));
};

// The form that is on its way to the server with whatever it holds.
let leaving = null;
const leave = (button, credential) => {
  leaving = button.form;
  leaving.elements.credential.value = credential ? JSON.stringify(credential.toJSON()) : "";
  leaving.requestSubmit(button);
};

// What the server wants signed. Whatever it refuses, it explains when the form itself is sent.
class Refused extends Error {}
class Busy extends Error {}
const options = async (button, signal) => {
  const body = new URLSearchParams(new FormData(button.form));
  const request = { method: "POST", body, signal, redirect: "manual", headers: { accept: "application/json" } };
  const answer = await fetch(button.dataset.options, request);
  if (answer.status === 429 || answer.status >= 500) throw new Busy();
  if (!answer.ok) throw new Refused();
  return (await answer.json()).publicKey;
};

// Which words fit. A prompt that was closed and one that ran out of time look alike to a page.
const reason = (error, waited, timeout) => {
  switch (error.name) {
    case "NotAllowedError":
      return timeout && waited >= timeout ? "late" : "cancelled";
    case "InvalidStateError":
      return "taken";
    case "SecurityError":
      return "address";
    case "NotSupportedError":
    case "ConstraintError":
      return "unable";
    default:
      return "failed";
  }
};

const ask = async (button) => {
  let began = 0;
  let timeout = 0;
  try {
    const wanted = await options(button);
    timeout = wanted.timeout;
    began = performance.now();
    const publicKey = parse[button.dataset.key](wanted);
    leave(button, await navigator.credentials[button.dataset.key]({ publicKey }));
  } catch (error) {
    if (error instanceof Refused) leave(button, null);
    else if (error instanceof Busy || !began) say(button.form, "busy");
    else say(button.form, reason(error, performance.now() - began, timeout));
  }
};

document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  const form = event.target;
  if (!button?.dataset.key || form === leaving) return;
  event.preventDefault();
  if (!supported) return say(form, "unsupported");
  if (form.dataset.keyBusy) return;
  form.dataset.keyBusy = "yes";
  say(form, "");
  await withdraw();
  await ask(button);
  delete form.dataset.keyBusy;
  if (!leaving && form === suggesting?.form) suggest();
});

// Coming back with the back button finds the form usable again.
window.addEventListener("pageshow", () => {
  leaving = null;
  for (const field of document.querySelectorAll("input[name=credential]")) field.value = "";
});

// Pages that are about nothing but a key say at once that the browser has no way to one.
const only = document.querySelector("button[data-key-only]");
if (only && !supported) say(only.form, "unsupported");

// Passkeys in the suggestions of the user-name field. Nothing was asked for here, so nothing is said.
const suggesting = document.querySelector("button[data-key-autofill]");
let offer = null;

const withdraw = async () => {
  const { abort, ended } = offer ?? {};
  offer = null;
  abort?.abort();
  await ended;
};

const suggest = async () => {
  await withdraw();
  if (offer || !suggesting.form.elements.tenant_id.value.trim()) return;
  const abort = new AbortController();
  const wait = async () => {
    try {
      const publicKey = parse.get(await options(suggesting, abort.signal));
      const request = { publicKey, mediation: "conditional", signal: abort.signal };
      leave(suggesting, await navigator.credentials.get(request));
    } catch {
      // The button is still there.
    }
  };
  offer = { abort, since: performance.now(), ended: wait() };
};

if (suggesting && supported && (await PublicKeyCredential.isConditionalMediationAvailable?.())) {
  await suggest();
  suggesting.form.elements.tenant_id.addEventListener("change", suggest);
  const renew = () => {
    if (offer && performance.now() - offer.since > STALE) suggest();
  };
  for (const sign of ["focus", "pointerdown", "keydown"]) window.addEventListener(sign, renew, true);
}
