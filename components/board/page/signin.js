// Signing in: a token or key, kept for this tab alone.

import { byId } from "./dom.js";

const TOKEN = "baton.token";

/** Takes the token of a link, `/#token=…`, out of the address, so that it stands neither there nor in the history. */
export function takeFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return false;
  history.replaceState(null, "", location.pathname + location.search);
  keep(token.trim());
  return true;
}

/** The token of this tab. */
export function kept() {
  return read() || null;
}

/** Keeps a token, or forgets the one that is kept. */
export function keep(token) {
  memory = token;
  try {
    if (token === null) sessionStorage.removeItem(TOKEN);
    else sessionStorage.setItem(TOKEN, token);
  } catch {
    // A browser that keeps nothing for pages: it is kept until the page goes.
  }
}

let memory = null;

function read() {
  try {
    return sessionStorage.getItem(TOKEN) ?? memory;
  } catch {
    return memory;
  }
}

/** Asks for a token, saying why where it isn't the first time; resolves with it. */
export function askForToken(why) {
  const [form, field] = [byId("sign-in-form"), byId("token")];
  byId("sign-in-why").textContent = why;
  byId("sign-in").hidden = false;
  field.value = "";
  field.focus();
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      const token = field.value.trim();
      if (token === "") return;
      byId("sign-in").hidden = true;
      resolve(token);
    };
  });
}
