// What a page and an authenticator tell each other, as JSON and as the browser's objects. Byte strings are
// base64url without padding (WebAuthn Level 3, 5.1.9, 5.1.10 and 5.1: the JSON forms).
//
// All of it goes member by member. The browser's own helpers are younger than keys are, and what stands in for
// the browser's objects, as some password managers do, often has none that work. This stands before webauthn.js,
// in one file with it.

class Unreadable extends Error {}

const bytes = (text) => {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
};

const view = (value) =>
  ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);

const base64url = (value) => {
  const binary = Array.from(view(value), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};

const descriptors = (list) => list?.map((each) => ({ ...each, id: bytes(each.id) }));

// What navigator.credentials.create() and get() are given.
const parse = {
  create: (json) => ({
    ...json,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: descriptors(json.excludeCredentials) ?? [],
  }),
  get: (json) => ({
    ...json,
    challenge: bytes(json.challenge),
    allowCredentials: descriptors(json.allowCredentials) ?? [],
  }),
};

const REQUIRED = {
  create: ["clientDataJSON", "attestationObject"],
  get: ["clientDataJSON", "authenticatorData", "signature"],
};

// A part that may be absent, or of which a stand-in knows nothing.
const optional = (read) => {
  try {
    return read() ?? undefined;
  } catch {
    return undefined;
  }
};

const byMember = (kind, credential) => {
  const given = credential.response;
  const response = {};
  for (const name of REQUIRED[kind]) {
    if (!given[name]) throw new Unreadable(name);
    response[name] = base64url(given[name]);
  }
  if (kind === "create") response.transports = optional(() => given.getTransports()) ?? [];
  const handle = kind === "get" && optional(() => given.userHandle);
  if (handle && view(handle).length > 0) response.userHandle = base64url(handle);
  if (!credential.rawId) throw new Unreadable("rawId");
  const id = base64url(credential.rawId);
  const attachment = optional(() => credential.authenticatorAttachment);
  return {
    id,
    rawId: id,
    type: "public-key",
    response,
    clientExtensionResults: optional(() => credential.getClientExtensionResults()) ?? {},
    ...(attachment ? { authenticatorAttachment: attachment } : {}),
  };
};

const isWhole = (kind, json) =>
  typeof json?.id === "string" && REQUIRED[kind].every((name) => typeof json.response?.[name] === "string");

// What a key answered, as text for the server.
const serialize = (kind, credential) => {
  let json;
  try {
    json = byMember(kind, credential);
  } catch {
    // What keeps its members to itself may still know how to write itself down.
    json = optional(() => credential.toJSON());
  }
  if (!isWhole(kind, json)) throw new Unreadable("the answer is not whole");
  return JSON.stringify(json);
};
