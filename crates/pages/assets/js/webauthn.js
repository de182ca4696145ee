// Security keys and passkeys. A button with data-key ("get" or "create") first asks the server, at
// data-options, what the key shall sign; the answer goes into the field `credential` of its form, and from
// there on the form is one like any other: errors, cookies and what comes next are the server's matter.
// What goes wrong before that has its words in the page, in the templates with data-key-words.
const STALE = 240_000; // milliseconds; the server forgets a challenge after 300 000

const supported = typeof PublicKeyCredential === "function" && Boolean(navigator.credentials?.get);

const say = (form, what) => {
  const words = what && form.querySelector(`template[data-key-words="${what}"]`);
  form.querySelector("[data-key-said]").replaceChildren(...(words ? [words.content.cloneNode(true)] : []));
};

// The form that is on its way to the server with whatever it holds.
let leaving = null;
const leave = (button, answer) => {
  leaving = button.form;
  leaving.elements.credential.value = answer;
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

// Which words fit. A prompt that was closed and one that ran out of time look alike to a page. What is no
// DOMException was thrown by a script, the page's own or one that stands in for the browser's.
const reason = (error, waited, timeout) => {
  if (!(error instanceof DOMException)) return "script";
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
  const kind = button.dataset.key;
  let began = 0;
  let timeout = 0;
  try {
    const wanted = await options(button);
    timeout = wanted.timeout;
    began = performance.now();
    const credential = await navigator.credentials[kind]({ publicKey: parse[kind](wanted) });
    if (credential) leave(button, serialize(kind, credential));
    else say(button.form, "cancelled");
  } catch (error) {
    if (error instanceof Refused) leave(button, "");
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
  if (offer || leaving || !suggesting.form.elements.tenant_id.value.trim()) return;
  const abort = new AbortController();
  const wait = async () => {
    try {
      const publicKey = parse.get(await options(suggesting, abort.signal));
      const request = { publicKey, mediation: "conditional", signal: abort.signal };
      const credential = await navigator.credentials.get(request);
      if (credential && !abort.signal.aborted) leave(suggesting, serialize("get", credential));
    } catch {
      // The button is still there.
    }
  };
  offer = { abort, since: performance.now(), ended: wait() };
};

// What a person does on the page; what a script makes up does not count.
const byPerson = (act) => (event) => event.isTrusted && act();

if (suggesting && supported && (await PublicKeyCredential.isConditionalMediationAvailable?.())) {
  const begin = async () => {
    await suggest();
    suggesting.form.elements.tenant_id.addEventListener("change", suggest);
    const renew = byPerson(() => {
      if (offer && performance.now() - offer.since > STALE) suggest();
    });
    for (const sign of ["focus", "pointerdown", "keydown"]) window.addEventListener(sign, renew, true);
  };
  if (suggesting.hasAttribute("data-key-refused")) {
    // One was refused just now. Offered again at once, whatever answers by itself would answer for ever.
    const first = new AbortController();
    const resume = byPerson(() => {
      first.abort();
      begin();
    });
    for (const sign of ["pointerdown", "keydown"]) window.addEventListener(sign, resume, { capture: true, signal: first.signal });
  } else {
    await begin();
  }
}
