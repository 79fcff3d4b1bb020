// What a button asks before it acts. A dialog stays open with what the API says until that has taken it, or it is closed.

import { byId, h } from "./dom.js";

/**
 * Opens a dialog. `fields` are elements with a `name`; `buttons` are `{text, kind, act}`, where `act` gets what the fields hold and may
 * throw a Problem. Resolves when it is closed.
 */
export function ask({ title, text = null, fields = [], buttons }) {
  const error = h("p", { class: "why", role: "alert" });
  const form = h(
    "form",
    {},
    h("h2", { id: "dialog-title" }, title),
    text === null ? null : h("p", {}, text),
    fields,
    error,
    h("div", { class: "buttons" }, buttons.map(submitter), h("button", { type: "button", onclick: () => dialog.close() }, "Cancel")),
  );
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = buttons[Number(event.submitter?.value ?? 0)];
    const all = form.querySelectorAll("button");
    error.textContent = "";
    all.forEach((each) => (each.disabled = true));
    try {
      await button.act(Object.fromEntries(new FormData(form)));
      dialog.close();
    } catch (problem) {
      error.textContent = problem.message;
      all.forEach((each) => (each.disabled = false));
      event.submitter?.focus();
    }
  });
  const opener = document.activeElement;
  const place = { key: opener.closest("[data-key]")?.dataset.key, action: opener.dataset.action };
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (!opener.isConnected) focusAgain(place);
      resolve();
    });
  });
}

/** Gives the focus back where the button that opened a dialog was made anew meanwhile, or has gone. */
function focusAgain({ key, action }) {
  const children = [...document.querySelectorAll("[data-key]")].filter(({ dataset }) => dataset.key === key);
  const buttons = children.flatMap((child) => [...child.querySelectorAll("button")]);
  (buttons.find(({ dataset }) => dataset.action === action) ?? buttons[0] ?? byId("everything")).focus({ preventScroll: true });
}

function submitter({ text, kind = "main" }, place) {
  return h("button", { type: "submit", class: kind, value: place }, text);
}

/** A text of one or more lines. */
export function textField(name, label, { value = "", required = false, maxlength = 2000 } = {}) {
  const area = h("textarea", { name, rows: 3, required, maxlength }, value);
  return h("label", {}, h("span", {}, label), area);
}

/** A name, with those that are known to choose from. */
export function nameField(name, label, known) {
  const list = h("datalist", { id: `known-${name}` }, known.map((value) => h("option", { value })));
  const input = h("input", { name, required: true, maxlength: 200, list: list.id, autocomplete: "off", spellcheck: "false" });
  return h("label", {}, h("span", {}, label), input, list);
}

/** What a browser asks for in a way of its own: `datetime-local`, `number`. */
export function inputField(name, label, type, attributes = {}) {
  return h("label", {}, h("span", {}, label), h("input", { name, type, ...attributes }));
}

/** A choice of `[value, text]`. */
export function choiceField(name, label, choices) {
  const options = choices.map(([value, text]) => h("option", { value }, text));
  return h("label", {}, h("span", {}, label), h("select", { name }, options));
}
