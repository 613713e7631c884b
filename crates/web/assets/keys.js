// Passkeys, security keys and the key of a bound device, for any form of the bank. Without this file such a form is sent
// without an answer, and the bank says what is missing.
//
// A form that asks for a passkey or security key (WebAuthn):
//   <form method="post" action="…" data-webauthn="get" data-options="{&quot;publicKey&quot;:{…}}">
//     <input type="hidden" name="answer">
//     <p class="…" role="alert" hidden data-trouble data-none="…" data-cancelled="…" data-known="…"></p>
//     <button>…</button>
//   data-webauthn is "create" (a new key) or "get" (an answer); data-options is the JSON that the bank made, bytes in
//   base64url. When the form is sent, the browser asks the person, the answer goes as JSON into the field `answer`, and the
//   form goes on its way. If that fails, the form stays and the paragraph `data-trouble` says why: `data-none` (this browser
//   has no such keys), `data-cancelled` (stopped, or no key that fits), `data-known` (this device has one already).
//   With data-autofill the browser also offers passkeys in the field whose autocomplete says `webauthn`.
//
// A form in which a bound device proves itself:
//   <form … data-device="DEVICE" data-device-proof="MESSAGE"><input type="hidden" name="device_proof">
//   DEVICE is the device's number, MESSAGE what the bank wants signed, in base64url. A browser that holds no key for it
//   sends the field empty: the bank then takes it for a browser like any other. Both kinds may be one form.
//
// A form that binds this device:
//   <form … data-device="DEVICE" data-device-bind="MESSAGE"> with hidden fields `public_key`, `device_proof`, `traits`.
//   A new key is made that cannot be read out, not even by this page, and signs the message.
//
// All end by sending the form as a press of its button would.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};

// ---- WebAuthn

function readOptions(json, kind) {
  const options = JSON.parse(json);
  const key = options.publicKey;
  key.challenge = bytes(key.challenge);
  if (kind === "create") key.user.id = bytes(key.user.id);
  for (const one of key.excludeCredentials ?? key.allowCredentials ?? []) one.id = bytes(one.id);
  return options;
}

function written(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    answer.attestationObject = text(response.attestationObject);
    answer.transports = response.getTransports?.() ?? [];
  } else {
    answer.authenticatorData = text(response.authenticatorData);
    answer.signature = text(response.signature);
    answer.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: answer,
    clientExtensionResults: {},
  });
}

let waiting = null;

async function askKey(form) {
  if (!window.PublicKeyCredential) throw new DOMException("", "NotSupportedError");
  waiting?.abort();
  const kind = form.dataset.webauthn;
  const credential = await navigator.credentials[kind](readOptions(form.dataset.options, kind));
  form.elements.answer.value = written(credential);
}

async function offerInField(form) {
  if (!(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  const options = { ...readOptions(form.dataset.options, "get"), mediation: "conditional", signal: waiting.signal };
  const credential = await navigator.credentials.get(options);
  form.elements.answer.value = written(credential);
  form.requestSubmit();
}

// ---- The key of a bound device

function inStore(mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("tongbao", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("device");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("device", mode);
      const request = work(transaction.objectStore("device"));
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(request.result);
      };
      transaction.onabort = () => reject(transaction.error);
    };
  });
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" };

async function sign(form, pair, message) {
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, bytes(message));
  form.elements.device_proof.value = text(signature);
}

async function proveDevice(form) {
  const pair = await inStore("readonly", (store) => store.get(form.dataset.device));
  if (pair) await sign(form, pair, form.dataset.deviceProof);
}

async function bindDevice(form) {
  const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  await inStore("readwrite", (store) => store.put(pair, form.dataset.device));
  form.elements.public_key.value = text(await crypto.subtle.exportKey("raw", pair.publicKey));
  await sign(form, pair, form.dataset.deviceBind);
  form.elements.traits.value = JSON.stringify(traits());
}

// Coarse on purpose: enough to notice that a device has become another sort of device, not to tell people apart.
function traits() {
  const width = Math.min(screen.width, screen.height);
  return {
    language: navigator.language.slice(0, 12),
    screen: width < 600 ? "phone" : width < 1000 ? "tablet" : "desktop",
    platform: (navigator.userAgentData?.platform ?? navigator.platform ?? "").slice(0, 24),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "",
  };
}

// ---- Forms

const ready = new WeakSet();
const asking = new WeakSet();

function say(form, why) {
  const trouble = form.querySelector("[data-trouble]");
  if (!trouble) return;
  trouble.textContent = why ? (trouble.dataset[why] ?? trouble.dataset.cancelled ?? "") : "";
  trouble.hidden = !why;
}

const why = (error) => ({ NotSupportedError: "none", SecurityError: "none", InvalidStateError: "known" })[error.name];

async function prepare(form, submitter) {
  asking.add(form);
  say(form, null);
  try {
    if (form.dataset.webauthn && !form.elements.answer.value) await askKey(form);
    if (form.dataset.deviceBind) await bindDevice(form);
    // A device that cannot prove itself is a browser like any other.
    if (form.dataset.deviceProof) await proveDevice(form).catch(() => {});
    ready.add(form);
    form.requestSubmit(submitter);
  } catch (error) {
    say(form, why(error) ?? "cancelled");
  } finally {
    asking.delete(form);
  }
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const { webauthn, deviceBind, deviceProof } = form.dataset;
    // One press, one answer: the next press asks anew.
    if (!(webauthn || deviceBind || deviceProof) || ready.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!asking.has(form)) prepare(form, event.submitter);
  },
  true,
);

// Back by the browser's own arrow: an answer that was sent is no answer any more.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-webauthn]")) form.elements.answer.value = "";
});

for (const form of document.querySelectorAll("form[data-autofill]")) offerInField(form).catch(() => {});
