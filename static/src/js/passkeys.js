/* Passkeys and security keys. The page carries the server's question, the browser asks the device, and the answer goes
 * into the form's `credential` field. data-passkey is "login" (the question is fetched when it is needed), "get" or "create"
 * (it lies in the element that data-options names). What goes wrong is said in words, on the page. */

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const described = (list) => list?.map((entry) => ({ ...entry, id: bytes(entry.id) }));

function readable(credential) {
  if (credential.toJSON) return credential.toJSON();
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function create({ publicKey }, alone) {
  const selection = { ...publicKey.authenticatorSelection, residentKey: alone ? "required" : "discouraged", requireResidentKey: alone };
  if (alone) selection.userVerification = "required";
  return navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: described(publicKey.excludeCredentials),
      authenticatorSelection: selection,
    },
  });
}

async function get({ publicKey }) {
  return navigator.credentials.get({
    publicKey: { ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: described(publicKey.allowCredentials) },
  });
}

async function question(form) {
  if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`no question: ${answer.status}`);
  return (await answer.json()).request_options;
}

const REASONS = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known", SecurityError: "insecure" };

export function enhance(form) {
  const button = form.querySelector("[data-passkey-start]");
  const trouble = form.querySelector("[data-passkey-error]");
  const say = (reason) => {
    trouble.textContent = trouble.dataset[reason];
    trouble.hidden = false;
  };
  const start = async () => {
    trouble.hidden = true;
    if (!window.isSecureContext) return say("insecure");
    if (!navigator.credentials || !window.PublicKeyCredential) return say("unsupported");
    button.setAttribute("aria-busy", "true");
    try {
      const options = await question(form);
      const credential = form.dataset.passkey === "create" ? await create(options, form.elements.passwordless?.checked ?? false) : await get(options);
      form.elements.credential.value = JSON.stringify(readable(credential));
      form.submit();
    } catch (error) {
      button.removeAttribute("aria-busy");
      say(REASONS[error.name] ?? "failed");
    }
  };
  button.addEventListener("click", start);
  // Enter in a field is the button, not an empty answer.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
}
